/** How each package manager of Node is installed and driven in an image. */
import tools from '../../../templates/tools.json' with { type: 'json' };
import type { NodeApp } from '../../answers/schema.ts';

/** What tells how a project is installed and built. */
export type NodeProject = Pick<NodeApp, 'path' | 'packageManager' | 'frozen' | 'build' | 'start' | 'workspace'>;

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
  /** Empty where nothing is built. */
  readonly build: string;
  /** Builds what the app needs of its workspace, for a development server of the app itself. Empty where there is none. */
  readonly buildDependencies: string;
}

interface Manager {
  /** What `npm install --global` needs to hear to get it, for a version; undefined where every Node image has it. */
  readonly carrier: (version: string | undefined) => string | undefined;
  readonly cache: (major: number) => string;
  readonly lockfile: string;
  readonly extraManifests: (major: number) => readonly string[];
  readonly install: (options: Install) => string;
  readonly run: (script: string) => string;
}

interface Install {
  readonly major: number;
  /** Exactly what the lockfile says. */
  readonly frozen: boolean;
  /** Without what only development and the build need. */
  readonly production: boolean;
}

const joined = (...words: readonly (string | false)[]): string => words.filter((word) => word !== false).join(' ');

const managers: Readonly<Record<'npm' | 'pnpm' | 'yarn' | 'bun', Manager>> = {
  npm: {
    carrier: (version) => (version === undefined ? undefined : `npm@${version}`),
    cache: () => '/root/.npm',
    lockfile: 'package-lock.json',
    extraManifests: () => [],
    install: ({ frozen, production }) => joined(frozen ? 'npm ci' : 'npm install', production && '--omit=dev'),
    run: (script) => `npm run ${script}`,
  },
  pnpm: {
    carrier: (version) => (version === undefined ? tools.pnpm : `pnpm@${version}`),
    cache: () => '/root/.local/share/pnpm/store',
    lockfile: 'pnpm-lock.yaml',
    extraManifests: () => ['pnpm-workspace.yaml*'],
    install: ({ frozen, production }) =>
      joined('pnpm install', frozen ? '--frozen-lockfile' : '--no-frozen-lockfile', production && '--prod'),
    run: (script) => `pnpm run ${script}`,
  },
  yarn: {
    // Node images up to 24 have a yarn 1 in its place. From 2 on the npm package `yarn` is only a shim.
    carrier: (version) =>
      `--force ${version === undefined ? tools.yarn : Number.parseInt(version, 10) >= 2 ? `@yarnpkg/cli-dist@${version}` : `yarn@${version}`}`,
    cache: (major) => (major >= 2 ? '/root/.yarn/berry/cache' : '/usr/local/share/.cache/yarn'),
    lockfile: 'yarn.lock',
    extraManifests: (major) => (major >= 2 ? ['.yarnrc.yml*'] : []),
    install: ({ major, frozen, production }) => {
      if (major < 2) return joined('yarn install', frozen && '--frozen-lockfile', production && '--production');
      return production ? 'yarn workspaces focus --all --production' : joined('yarn install', frozen && '--immutable');
    },
    run: (script) => `yarn run ${script}`,
  },
  bun: {
    carrier: (version) => (version === undefined ? tools.bun : `bun@${version}`),
    cache: () => '/root/.bun/install/cache',
    lockfile: 'bun.lock',
    extraManifests: () => [],
    install: ({ frozen, production }) =>
      joined('bun install', frozen && '--frozen-lockfile', production && '--production'),
    run: (script) => `bun run ${script}`,
  },
};

/** The commands that install and build this app in its image. */
export function nodePackages(app: NodeProject): NodePackages {
  const [name, version] = app.packageManager.split('@') as [keyof typeof managers, string | undefined];
  const manager = managers[name];
  const major = Number.parseInt(version ?? '1', 10);
  const carrier = manager.carrier(version);
  const runs = app.start.startsWith(`${name} `);
  const options = { major, frozen: app.frozen };
  return {
    ...(carrier && { setup: `npm install --global ${carrier}` }),
    runs,
    stage: carrier && !runs ? 'tools' : 'base',
    // Plug'n'Play has no node_modules, which start commands and images are made for.
    ...(name === 'yarn' && major >= 2 && { environment: 'YARN_NODE_LINKER=node-modules' }),
    cache: manager.cache(major),
    manifests: ['package.json', ...(app.frozen ? [manager.lockfile] : []), ...manager.extraManifests(major)],
    install: manager.install({ ...options, production: false }),
    installProduction: manager.install({ ...options, production: true }),
    build: app.build === 'none' ? '' : buildCommand(app, name, manager),
    buildDependencies: app.build === 'none' ? '' : dependenciesCommand(app, name),
  };
}

/** Builds the packages of the workspace that the app depends on, and then the app. */
function buildCommand(app: NodeProject, name: string, manager: Manager): string {
  if (!app.workspace) return manager.run(app.build);
  // The dots: with all that it depends on, in that order.
  if (name === 'pnpm') return `pnpm --filter "{${inWorkspace(app)}}..." run --if-present ${app.build}`;
  const dependencies = dependenciesCommand(app, name);
  return joined(dependencies !== '' && `${dependencies} &&`, npmBuild(app, [inWorkspace(app)]));
}

/** Builds only what the app depends on inside its workspace. */
function dependenciesCommand(app: NodeProject, name: string): string {
  const others = app.workspace?.packages.filter((folder) => folder !== inWorkspace(app)) ?? [];
  if (others.length === 0) return '';
  if (name === 'pnpm') return `pnpm --filter "{${inWorkspace(app)}}^..." run --if-present ${app.build}`;
  return npmBuild(app, others);
}

/** npm reads the workspaces of yarn and bun too. */
function npmBuild(app: NodeProject, folders: readonly string[]): string {
  return `npm run ${app.build} --if-present ${folders.map((folder) => `--workspace ${folder}`).join(' ')}`;
}

/** The folder of an app, from the root of its workspace. */
export function inWorkspace({ path, workspace }: Pick<NodeProject, 'path' | 'workspace'>): string {
  const root = workspace?.path ?? path;
  if (path === root) return '.';
  return root === '.' ? path : path.slice(root.length + 1);
}
