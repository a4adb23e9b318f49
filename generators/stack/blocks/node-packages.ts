/** How each package manager of Node is installed and driven in an image. */
import tools from '../../../templates/tools.json' with { type: 'json' };
import type { NodeApp } from '../../answers/schema.ts';

/** What an app says of its packages: one that Node runs, or one that it only builds. */
export type InstalledApp = Pick<
  NodeApp,
  'path' | 'packageManager' | 'frozen' | 'workspace' | 'installFolders' | 'build' | 'scripts'
> & { readonly start?: string };

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
  /** Folders of the workspace whose manifests are needed: what is not there is not installed. */
  readonly members: readonly string[];
  /** The ones among them that are there for the lockfile only: production must lose them. */
  readonly strangers: readonly string[];
  /** Development dependencies included. */
  readonly install: string;
  readonly installProduction: string;
  /** Empty where nothing is built. */
  readonly build: string;
  /** What the build may keep for the next one: it is in no layer. */
  readonly buildCaches: readonly string[];
  /** The same build, where these are. */
  readonly buildWithCaches: string;
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
  /** The folder of the one member of the workspace that is wanted, with all that it needs there. */
  readonly member?: string;
}

const joined = (...words: readonly (string | false)[]): string => words.filter((word) => word !== false).join(' ');

const managers: Readonly<Record<'npm' | 'pnpm' | 'yarn' | 'bun', Manager>> = {
  npm: {
    carrier: (version) => (version === undefined ? undefined : `npm@${version}`),
    cache: () => '/root/.npm',
    lockfile: 'package-lock.json',
    extraManifests: () => [],
    install: ({ frozen, production, member }) =>
      joined(
        frozen ? 'npm ci' : 'npm install',
        production && '--omit=dev',
        production && member !== undefined && `--workspace ${member} --include-workspace-root`,
      ),
    run: (script) => `npm run ${script}`,
  },
  pnpm: {
    carrier: (version) => (version === undefined ? tools.pnpm : `pnpm@${version}`),
    cache: () => '/root/.local/share/pnpm/store',
    lockfile: 'pnpm-lock.yaml',
    extraManifests: () => ['pnpm-workspace.yaml*', '.pnpmfile.*'],
    install: ({ frozen, production, member }) =>
      joined(
        'pnpm install',
        frozen ? '--frozen-lockfile' : '--no-frozen-lockfile',
        production && '--prod',
        // What only development dependencies lead to is left out; packages of the root are in reach of all others.
        production && member !== undefined && `--filter-prod "{${member}}..." --filter "{.}"`,
      ),
    run: (script) => `pnpm run ${script}`,
  },
  yarn: {
    // Node images up to 24 have a yarn 1 in its place. From 2 on the npm package `yarn` is only a shim.
    carrier: (version) =>
      `--force ${version === undefined ? tools.yarn : Number.parseInt(version, 10) >= 2 ? `@yarnpkg/cli-dist@${version}` : `yarn@${version}`}`,
    cache: (major) => (major >= 2 ? '/root/.yarn/berry/cache' : '/usr/local/share/.cache/yarn'),
    lockfile: 'yarn.lock',
    extraManifests: (major) => (major >= 2 ? ['.yarnrc.yml*'] : []),
    install: ({ major, frozen, production, member }) => {
      if (major < 2) return joined('yarn install', frozen && '--frozen-lockfile', production && '--production');
      if (!production) return joined('yarn install', frozen && '--immutable');
      return member === undefined
        ? 'yarn workspaces focus --all --production'
        : `cd ${member} && yarn workspaces focus --production`;
    },
    run: (script) => `yarn run ${script}`,
  },
  bun: {
    carrier: (version) => (version === undefined ? tools.bun : `bun@${version}`),
    cache: () => '/root/.bun/install/cache',
    lockfile: 'bun.lock',
    extraManifests: () => ['bunfig.toml*'],
    install: ({ frozen, production, member }) =>
      joined(
        'bun install',
        frozen && '--frozen-lockfile',
        production && '--production',
        production && member !== undefined && `--filter ./${member}`,
      ),
    run: (script) => `bun run ${script}`,
  },
};

/** The commands that install and build this app in its image. */
export function nodePackages(app: InstalledApp): NodePackages {
  const [name, version] = app.packageManager.split('@') as [keyof typeof managers, string | undefined];
  const manager = managers[name];
  const major = Number.parseInt(version ?? '1', 10);
  const carrier = manager.carrier(version);
  const runs = app.start?.startsWith(`${name} `) ?? false;
  const isBerry = name === 'yarn' && major >= 2;
  const member = app.workspace && inWorkspace(app) !== '.' ? inWorkspace(app) : undefined;
  const options = { major, frozen: app.frozen, ...(member !== undefined && { member }) };
  // Yarn from 2 on takes a lockfile for changed when a member is missing; the others install what is there.
  const members = (isBerry ? app.workspace?.packages : membersOf(app)) ?? [];
  const strangers = members.filter((folder) => !membersOf(app).includes(folder) && folder !== member);
  const environment = joined(
    // Plug'n'Play has no node_modules, which start commands and images are made for; Yarn itself is in the image already.
    isBerry && 'YARN_NODE_LINKER=node-modules YARN_IGNORE_PATH=1 YARN_ENABLE_TELEMETRY=0',
    // The version that is wanted is there, and so is what the lockfile says: pnpm need not look after either at each run.
    name === 'pnpm' && major >= 11 && 'pnpm_config_pm_on_fail=ignore pnpm_config_verify_deps_before_run=false',
    usesTurbo(app) && 'TURBO_TELEMETRY_DISABLED=1',
  );
  const build = app.build === 'none' ? '' : buildCommand(app, name, manager);
  const keeps = build !== '' && usesTurbo(app);
  return {
    ...(carrier && { setup: `npm install --global ${carrier}` }),
    runs,
    stage: carrier && !runs ? 'tools' : 'base',
    ...(environment !== '' && { environment }),
    cache: manager.cache(major),
    manifests: ['package.json', ...(app.frozen ? [manager.lockfile] : []), ...manager.extraManifests(major)],
    members,
    strangers,
    install: manager.install({ ...options, production: false }),
    installProduction: joined(
      manager.install({ ...options, production: true }),
      strangers.length > 0 && `&& cd /app && rm -rf ${strangers.join(' ')}`,
    ),
    build,
    buildCaches: keeps ? [turboCache] : [],
    buildWithCaches: keeps ? `${build} --cache-dir=${turboCache}` : build,
    buildDependencies: app.build === 'none' ? '' : dependenciesCommand(app, name),
  };
}

const turboCache = '/root/.cache/turbo';

/** Builds the packages of the workspace that the app depends on, and then the app. */
function buildCommand(app: InstalledApp, name: string, manager: Manager): string {
  if (!app.workspace) return manager.run(app.build);
  if (usesTurbo(app)) return turbo(app, '');
  // The dots: with all that it depends on, in that order.
  if (name === 'pnpm') return `pnpm --filter "{${inWorkspace(app)}}..." run --if-present ${app.build}`;
  const own = inWorkspace(app);
  return own === '.'
    ? joined(needsOf(app).length > 0 && `${npmBuild(app, needsOf(app))} &&`, manager.run(app.build))
    : npmBuild(app, [...needsOf(app), own]);
}

/** Builds only what the app depends on inside its workspace. */
function dependenciesCommand(app: InstalledApp, name: string): string {
  const needs = needsOf(app);
  if (needs.length === 0) return '';
  if (usesTurbo(app)) return turbo(app, '^...');
  if (name === 'pnpm') return `pnpm --filter "{${inWorkspace(app)}}^..." run --if-present ${app.build}`;
  return npmBuild(app, needs);
}

/** Turborepo knows the root by another name, and mostly runs itself there. */
function usesTurbo(app: InstalledApp): boolean {
  return app.workspace?.turbo === true && inWorkspace(app) !== '.';
}

/** turbo.json says what is built before; the program itself is one of the packages of the root. */
function turbo(app: InstalledApp, more: string): string {
  return `node_modules/.bin/turbo run ${app.build} --filter=./${inWorkspace(app)}${more}`;
}

/** npm reads the workspaces of yarn and bun too, and keeps to the order that they are named in. */
function npmBuild({ build }: InstalledApp, folders: readonly string[]): string {
  return `npm run ${build} --if-present ${folders.map((folder) => `--workspace ${folder}`).join(' ')}`;
}

/** The folder of an app, from the root of its workspace. */
export function inWorkspace({ path, workspace }: Pick<InstalledApp, 'path' | 'workspace'>): string {
  const root = workspace?.path ?? path;
  if (path === root) return '.';
  return root === '.' ? path : path.slice(root.length + 1);
}

/** The members of its workspace that an app is built on, what is built first coming first. */
function needsOf(app: InstalledApp): readonly string[] {
  const own = inWorkspace(app);
  return (app.workspace?.needs ?? app.workspace?.packages ?? []).filter((folder) => folder !== own);
}

/** The members of its workspace that an app consists of: what it is built on, and itself at the end. */
export function membersOf(app: InstalledApp): readonly string[] {
  if (!app.workspace) return [];
  const own = inWorkspace(app);
  return own === '.' ? needsOf(app) : [...needsOf(app), own];
}
