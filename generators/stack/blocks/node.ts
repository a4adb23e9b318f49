import { splitCommand } from '../../answers/command.ts';
import type { Answers, NodeApp } from '../../answers/schema.ts';
import { defaultGrace, hasPort } from '../../answers/stacks/common.ts';
import { inFolder } from '../../paths.ts';
import type { Artifact, Contribution, Limits, Service } from '../types.ts';
import {
  appsOf,
  dockerignore,
  limitsOf,
  needsWithEnv,
  placeOf,
  publishedPort,
  publishedPortEnv,
  secretEnv,
  sharedByRoles,
  withEnvFiles,
} from './app.ts';
import type { Block } from './block.ts';
import { debugged, developmentCommand, inspectorEnvironment, inspectorFile, inspectorPort } from './debuggers.ts';
import { forwardedGuide } from './forwarded-guide.ts';
import { limitEnv } from './limits.ts';
import { buildArguments, buildEnv, nodeBuild, nodeWatch, workdirOf } from './node-build.ts';
import { inWorkspace, membersOf } from './node-packages.ts';
import { nodeCheck, nodeMigration } from './node-roles.ts';
import type { As } from './reach/types.ts';
import { mainNetworks, migrateName, migrateService, roleService, workerRoles } from './roles.ts';

const limits: Limits = { cpus: '1.0', memory: '512M', pids: 256, reservation: '128M', floor: '96M' };
// The tools compile their configuration first.
const migrateLimits: Limits = { cpus: '1.0', memory: '512M', pids: 128, reservation: '64M', floor: '128M' };

export const node: Block = {
  name: 'node',
  kind: 'app',
  summary: 'a Node app (Express, Fastify, Hono, Nest, Next or plain), built with npm, pnpm, yarn or bun',
  contribute(answers) {
    return appsOf(answers, 'node').map(([name, app]) => contribution(answers, name, app));
  },
};

function contribution(answers: Answers, name: string, app: NodeApp): Contribution {
  const context = contextOf(app);
  const debug = debugged(answers, name);
  const services = [...migrate(answers, name, app), main(answers, name, app), ...workers(answers, name, app)];
  return {
    services,
    env: [
      ...secretEnv(name, app),
      ...(hasPort(app) ? [publishedPortEnv(name, app)] : []),
      ...(debug ? [debug.env] : []),
      ...buildEnv(answers, name),
      ...services.flatMap((service) => limitEnv(service.name, service.limits)),
    ],
    artifacts: [
      dockerfile(answers, name, app),
      ...withEnvFiles(answers, context),
      ...(debug ? [inspector(context)] : []),
    ],
    ignores: [
      dockerignore(context, [
        '**/node_modules',
        '**/.next',
        '**/.turbo',
        ...(/^yarn@(?!1\b)/.test(app.packageManager) ? ['**/.yarn/cache', '**/.yarn/install-state.gz'] : []),
        '**/coverage',
        ...(app.build === 'none' ? [] : ['**/dist']),
      ]),
    ],
    guide: [
      { id: 'node-lockfile', view: { app: name, folder: context, packageManager: app.packageManager } },
      ...(hasPort(app)
        ? [{ id: 'app-loopback', view: { app: name, port: app.port } }, ...forwardedGuide(name, app)]
        : []),
      ...(/^pnpm@(?:1[1-9]|[2-9]\d)\b/.test(app.packageManager)
        ? [{ id: 'ignored-builds', view: { app: name, file: inFolder(context, 'pnpm-workspace.yaml') } }]
        : []),
      ...(app.buildVariables ?? [])
        .slice(0, 1)
        .map((variable) => ({ id: 'build-variable', view: { app: name, variable } })),
      { id: 'node-memory', view: { app: name } },
      ...(debug ? [{ id: 'node-debugger', view: { app: name, debugPort: debug.env.default } }] : []),
      ...roleGuide(name, app),
    ],
  };
}

/** What the roles of a Node app share, and whom they wait for: the migrations first. */
function shared(
  answers: Answers,
  name: string,
  app: NodeApp,
  own: Service['environment'] = {},
  as: As = 'app',
): ReturnType<typeof sharedByRoles> {
  const all = sharedByRoles(answers, name, app, undefined, as);
  return {
    ...all,
    environment: { NODE_ENV: 'production', ...own, ...all.environment },
    devEnvironment: { NODE_ENV: 'development', ...buildArguments(app), ...all.devEnvironment },
    dependsOn: {
      ...(nodeMigration(app) && { [migrateName(name)]: 'service_completed_successfully' as const }),
      ...all.dependsOn,
    },
  };
}

function migrate(answers: Answers, name: string, app: NodeApp): readonly Service[] {
  const migration = nodeMigration(app);
  if (!migration) return [];
  const { dependsOn } = sharedByRoles(answers, name, app, undefined, 'migration');
  return [
    migrateService(
      name,
      { ...shared(answers, name, app, {}, 'migration'), dependsOn },
      {
        command: migration.command,
        comment: 'Runs before the app at every `up` and ends: what is applied already is skipped.',
        limits: migrateLimits,
        check: nodeCheck(migration.command),
        ...(migration.ownImage && { own: { stack: answers.name, build: { ...buildOf(app), target: 'migrate' } } }),
      },
    ),
  ];
}

function workers(answers: Answers, name: string, app: NodeApp): readonly Service[] {
  return workerRoles(answers, name, app, { limits, init: true, check: nodeCheck }).map((role) => {
    const action = role.devCommand ? ('sync' as const) : ('sync+restart' as const);
    const watched = app.dev === 'none' ? {} : { watch: { path: contextOf(app), target: '/app', action } };
    return roleService(name, shared(answers, name, app), { ...role, ...watched });
  });
}

function contextOf(app: NodeApp): string {
  return app.workspace?.path ?? app.path;
}

function buildOf(app: NodeApp): NonNullable<Service['build']> {
  return { context: contextOf(app), dockerfile: inFolder(inWorkspace(app), 'Dockerfile'), args: buildArguments(app) };
}

/** The process that the image starts by itself: a server, or a program that nobody connects to. */
function main(answers: Answers, name: string, app: NodeApp): Service {
  const port = hasPort(app) ? publishedPort(name, app) : undefined;
  const ports = port === undefined ? [] : [port];
  const own = {
    ...(port && { PORT: String(port.container) }),
    // Next binds to what HOSTNAME says, and Docker sets it to the container's id.
    ...(app.framework === 'next' && { HOSTNAME: '0.0.0.0' }),
  };
  const common = shared(answers, name, app, own);
  const debug = debugged(answers, name);
  return {
    ...common,
    name,
    title: `the Node ${port ? 'app' : 'program'} in ${placeOf(app)}`,
    role: port ? 'web' : 'worker',
    fragment: 'node',
    view: {
      probe: port && nodeProbe(app.health, port.container),
      port: app.port,
      health: app.health,
      grace: app.grace ?? (port ? 30 : defaultGrace),
      watch: nodeWatch(app),
    },
    ...(debug && { devEnvironment: { ...common.devEnvironment, ...inspectorEnvironment } }),
    build: buildOf(app),
    networks: mainNetworks(common, port !== undefined),
    check: nodeCheck(app.start),
    ports: { production: ports, development: [...ports, ...(debug ? [debug.port] : [])] },
    limits: limitsOf(app, limits),
    hardening: { tmpfs: app.framework === 'next' ? ['/tmp', `${workdirOf(app)}/.next/cache`] : ['/tmp'] },
    oneShot: false,
  };
}

/** Where the build finds what opens the inspector, from the folder that it is given. */
const inspectorSource = 'docker/inspector.cjs';

/** One for all apps that are built from a folder. */
function inspector(context: string): Artifact {
  return {
    path: inFolder(context, inspectorSource),
    template: 'docker/node/inspector.cjs',
    view: { port: inspectorPort },
    mode: 0o644,
    why: 'opens the debugger of Node in development',
  };
}

/** What goes wrong with the roles beside `web`. */
function roleGuide(name: string, app: NodeApp): NonNullable<Contribution['guide']> {
  const migration = nodeMigration(app);
  const [worker] = Object.entries(app.workers ?? {});
  return [
    ...(worker
      ? [
          { id: 'node-worker-entry', view: { app: name, service: `${name}-${worker[0]}`, start: worker[1].start } },
          {
            id: 'node-worker-stop',
            view: {
              app: name,
              service: `${name}-${worker[0]}`,
              role: worker[0],
              grace: worker[1].grace ?? defaultGrace,
            },
          },
        ]
      : []),
    ...(migration
      ? [
          {
            id: 'node-migrate-failed',
            view: {
              app: name,
              service: migrateName(name),
              command: migration.command.join(' '),
              image: migration.ownImage ? migrateName(name) : name,
            },
          },
        ]
      : []),
  ];
}

/** A probe that needs nothing but Node: slim images have neither curl nor wget. */
export function nodeProbe(health: string, port: number): readonly string[] {
  const source =
    health === 'none'
      ? `require('node:net').connect(${port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`
      : `fetch('http://127.0.0.1:${port}${health}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
  return ['CMD', 'node', '-e', source];
}

function dockerfile(answers: Answers, name: string, app: NodeApp): Artifact {
  const build = nodeBuild(app);
  const prisma = prismaStage(app);
  const migrate = migrationStage(app);
  const hasBuild = app.build !== 'none' || app.scripts || migrate !== undefined || prisma !== undefined;
  const own = inWorkspace(app);
  const next = app.framework === 'next' && app.build !== 'none';
  return {
    path: inFolder(app.path, 'Dockerfile'),
    template: 'docker/node.Dockerfile',
    view: {
      ...build,
      ...(app.framework === 'next' && {
        packages: {
          ...build.packages,
          environment: [build.packages.environment, 'NEXT_TELEMETRY_DISABLED=1'].filter(Boolean).join(' '),
        },
      }),
      name,
      withEnv: needsWithEnv(answers),
      hasBuild,
      prisma,
      migrate,
      files: migrate ? 'built' : hasBuild ? 'build' : 'sources',
      buildCaches: [
        ...build.buildCaches,
        // It is the app's alone.
        ...(next ? [`id=${answers.name}-${name}-next,target=${build.workdir}/.next/cache`] : []),
      ],
      developmentBuild: runsBuilt(app) ? build.packages.build : build.packages.buildDependencies,
      standalone: app.standalone && standalone(own),
      // What Next has built is left as it is.
      built: next ? `./${inFolder(own, '.next')}` : '',
      folders: app.workspace ? ['.', ...membersOf(app)] : [],
      port: hasPort(app) ? app.port : undefined,
      start: splitCommand(app.start),
      debugger: debugged(answers, name) ? { file: inspectorSource, target: inspectorFile } : undefined,
      dev: developmentCommand(app),
    },
    mode: 0o644,
    why: `builds ${name}: development and production`,
  };
}

/** Whether development too runs what the build makes, in one role or another. */
function runsBuilt(app: NodeApp): boolean {
  const roles = [app, ...Object.values(app.workers ?? {})];
  return roles.some(({ dev = 'none' }) => dev === 'none');
}

/**
 * How Prisma's client is made: from the schema, in the folder of the app. Its configuration may ask for DATABASE_URL,
 * which nothing is connected to here.
 */
function prismaStage(app: NodeApp): { readonly generate: string } | undefined {
  if (app.migrate !== 'prisma') return undefined;
  const folder = inWorkspace(app);
  const bins = binFolders(app).join(':');
  const generate = `PATH=${bins}:$PATH DATABASE_URL=postgresql://build@127.0.0.1/build prisma generate`;
  return { generate: folder === '.' ? generate : `cd ${folder} && ${generate}` };
}

/** Where the programs of dependencies are: in the app, or at the root of its workspace. */
function binFolders(app: NodeApp): readonly string[] {
  return [...new Set([workdirOf(app), '/app'])].map((folder) => `${folder}/node_modules/.bin`);
}

/** The stage for migrations that need an image of their own. */
function migrationStage(app: NodeApp): Readonly<Record<string, unknown>> | undefined {
  const migration = nodeMigration(app);
  if (!migration?.ownImage) return undefined;
  return { command: migration.command, path: binFolders(app).join(':') };
}

/** What Next's standalone server consists of; in a workspace it keeps the folders of the workspace. */
function standalone(folder: string): Readonly<Record<'server' | 'assets' | 'public', string>> {
  return {
    server: inFolder(folder, '.next/standalone'),
    assets: inFolder(folder, '.next/static'),
    public: inFolder(folder, 'public'),
  };
}
