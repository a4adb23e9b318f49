/** How each package manager of Node is installed and driven in an image. */
import tools from '../../../templates/tools.json' with { type: 'json' };
import type { NodeApp } from '../../answers/schema.ts';

export interface NodePackages {
  /** Puts the package manager into the image; absent where the image has it. */
  readonly setup?: string;
  /** Whether the app itself runs with it, so that production needs it too. */
  readonly runs: boolean;
  /** The stage that has it. */
  readonly stage: 'base' | 'tools';
  /** What it must be told in every stage that uses it. */
  readonly environment?: string;
  /** The cache to keep between builds: it is in no layer. */
  readonly cache: string;
  /** Manifests at the root that installs read, with a star where one may be missing; dependencies are installed anew only when one of them changes. */
  readonly manifests: readonly string[];
  readonly install: string;
  readonly installProduction: string;
  readonly build: string;
}

interface Manager {
  /** The npm package that carries it, for a major version; undefined where every Node image has it. */
  readonly carrier: (version: string | undefined) => string | undefined;
  readonly cache: (major: number) => string;
  readonly lockfile: (major: number) => string;
  readonly extraManifests: (major: number) => readonly string[];
  /** Installs; `frozen` as the lockfile says, `scripts` whether install-time scripts may run before the sources are there. */
  readonly install: (options: {
    readonly major: number;
    readonly frozen: boolean;
    readonly production: boolean;
    readonly scripts: boolean;
  }) => string;
  readonly run: (script: string, workspacePackage: string | undefined) => string;
}

const joined = (...words: readonly (string | false)[]): string => words.filter((word) => word !== false).join(' ');

const managers: Readonly<Record<'npm' | 'pnpm' | 'yarn' | 'bun', Manager>> = {
  npm: {
    carrier: (version) => (version === undefined ? undefined : `npm@${version}`),
    cache: () => '/root/.npm',
    lockfile: () => 'package-lock.json',
    extraManifests: () => [],
    install: ({ frozen, production, scripts }) =>
      // `npm rebuild` runs the install scripts of the dependencies and none of the app's own.
      joined(
        frozen ? 'npm ci' : 'npm install',
        production && '--omit=dev',
        !scripts && '--ignore-scripts && npm rebuild',
      ),
    run: (script, member) => (member ? `npm run ${script} --workspaces --if-present` : `npm run ${script}`),
  },
  pnpm: {
    carrier: (version) => (version === undefined ? tools.pnpm : `pnpm@${version}`),
    cache: () => '/root/.local/share/pnpm/store',
    lockfile: () => 'pnpm-lock.yaml',
    extraManifests: () => ['pnpm-workspace.yaml*'],
    install: ({ frozen, production, scripts }) =>
      joined(
        'pnpm install',
        frozen ? '--frozen-lockfile' : '--no-frozen-lockfile',
        production && '--prod',
        !scripts && '--ignore-scripts && pnpm rebuild --recursive',
      ),
    // The dots: the package and what it depends on inside the workspace, in that order.
    run: (script, member) =>
      member ? `pnpm --filter "${member}..." run --if-present ${script}` : `pnpm run ${script}`,
  },
  yarn: {
    // From 2 on the npm package `yarn` is only a shim.
    carrier: (version) =>
      Number.parseInt(version ?? '1', 10) >= 2 ? `@yarnpkg/cli-dist@${version}` : `yarn@${version ?? '1'}`,
    cache: (major) => (major >= 2 ? '/root/.yarn/berry/cache' : '/usr/local/share/.cache/yarn'),
    lockfile: () => 'yarn.lock',
    extraManifests: (major) => (major >= 2 ? ['.yarnrc.yml*'] : []),
    install: ({ major, frozen, production, scripts }) =>
      major >= 2
        ? joined(
            production ? 'yarn workspaces focus --all --production' : 'yarn install',
            !production && frozen && '--immutable',
            !production && !scripts && '--mode=skip-build',
          )
        : joined(
            'yarn install',
            frozen && '--frozen-lockfile',
            production && '--production',
            !scripts && '--ignore-scripts && npm rebuild',
          ),
    run: (script, member) => (member ? `yarn workspace ${member} run ${script}` : `yarn run ${script}`),
  },
  bun: {
    carrier: (version) => (version === undefined ? tools.bun : `bun@${version}`),
    cache: () => '/root/.bun/install/cache',
    lockfile: () => 'bun.lock',
    extraManifests: () => [],
    install: ({ frozen, production, scripts }) =>
      joined(
        'bun install',
        frozen && '--frozen-lockfile',
        production && '--production',
        !scripts && '--ignore-scripts',
      ),
    run: (script, member) => (member ? `bun run --filter '${member}' ${script}` : `bun run ${script}`),
  },
};

/** The commands that install and build this app in its image. */
export function nodePackages(app: NodeApp): NodePackages {
  const [name, version] = app.packageManager.split('@') as [keyof typeof managers, string | undefined];
  const manager = managers[name];
  const major = Number.parseInt(version ?? '1', 10);
  const carrier = manager.carrier(version);
  // Yarn 1 comes with the images up to Node 24 only; installing it is the same everywhere.
  const setup = carrier && `npm install --global ${carrier}`;
  const runs = app.start.startsWith(`${name} `);
  const options = { major, frozen: app.frozen, scripts: !app.scripts };
  return {
    ...(setup && { setup }),
    runs,
    stage: setup && !runs ? 'tools' : 'base',
    // Plug'n'Play has no node_modules, which start commands and images are made for.
    ...(name === 'yarn' && major >= 2 && { environment: 'YARN_NODE_LINKER=node-modules' }),
    cache: manager.cache(major),
    manifests: ['package.json', ...(app.frozen ? [manager.lockfile(major)] : []), ...manager.extraManifests(major)],
    install: manager.install({ ...options, production: false }),
    installProduction: manager.install({ ...options, production: true }),
    build: app.build === 'none' ? '' : manager.run(app.build, app.workspace && app.package),
  };
}
