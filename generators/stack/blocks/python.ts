/** FastAPI, Django, Flask and plain Python programs: one image, its web role, its migrations and its workers. */
import type { Answers, FastapiApp, PythonApp } from '../../answers/schema.ts';
import { defaultGrace, hasPort } from '../../answers/stacks/common.ts';
import { uploadVolume } from '../../answers/uploads.ts';
import { inFolder } from '../../paths.ts';
import { tuned } from '../targets/tuning.ts';
import type { Contribution, EnvVar, GuideEntry, Limits, Service, Tuning, Volume } from '../types.ts';
import { envPrefix, variable } from '../values.ts';
import {
  appsOf,
  dockerignore,
  limitsOf,
  placeOf,
  publishedPort,
  publishedPortEnv,
  secretEnv,
  sharedByRoles,
  withEnv,
  withEnvFiles,
} from './app.ts';
import type { Block } from './block.ts';
import { type Debugged, debugged } from './debuggers.ts';
import { addressHeader } from './forwarded.ts';
import { forwardedGuide } from './forwarded-guide.ts';
import { limitEnv } from './limits.ts';
import { checkOf, checkOfCommand } from './python-check.ts';
import { pythonDockerfile } from './python-dockerfile.ts';
import { pythonPackages } from './python-packages.ts';
import { migrationOf, probeOf, type Server, serverFiles, serverOf } from './python-server.ts';
import { hostVariables, settingsOf } from './python-settings.ts';
import type { As } from './reach/types.ts';
import { mainNetworks, migrateName, migrateService, type Role, roleService, workerRoles } from './roles.ts';

const limits: Limits = { cpus: '1.0', memory: '512M', pids: 128, reservation: '128M', floor: '96M' };
const migrateLimits: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M', floor: '96M' };

export const fastapi: Block = {
  name: 'fastapi',
  kind: 'app',
  summary: 'a FastAPI app on uvicorn, built with uv, poetry, pipenv or pip; migrated by Alembic before it starts',
  contribute(answers) {
    return appsOf(answers, 'fastapi').map(([name, app]) => contribution(answers, name, app));
  },
};

export const python: Block = {
  name: 'python',
  kind: 'app',
  summary: 'a Django or Flask app on gunicorn or uvicorn, or a Python program without a port; Celery and other workers',
  contribute(answers) {
    return appsOf(answers, 'python').map(([name, app]) => contribution(answers, name, app));
  },
};

type Shared = ReturnType<typeof sharedByRoles>;

function contribution(answers: Answers, name: string, app: FastapiApp | PythonApp): Contribution {
  const shared = sharedBy(answers, name, app);
  const server = serverOf(app, addressHeader(answers));
  const debug = debugged(answers, name);
  const migration = migrationOf(app);
  const afterMigration: Shared = migration
    ? { ...shared, dependsOn: { [migrateName(name)]: 'service_completed_successfully', ...shared.dependsOn } }
    : shared;
  const roles = rolesOf(answers, name, app);
  return {
    services: [
      ...(migration
        ? [
            migrateService(name, sharedBy(answers, name, app, 'migration'), {
              command: migration.command,
              comment: `Runs before the app at every \`up\` and ends: ${migration.tool} skips what it has applied already.`,
              limits: migrateLimits,
              check: checkOfCommand(migration.command),
            }),
          ]
        : []),
      withDebugger(
        hasPort(app) ? web(name, app, server, afterMigration) : program(answers, name, app, server, afterMigration),
        debug,
      ),
      ...roles.map((role) => roleService(name, afterMigration, role)),
    ],
    volumes: mediaVolumes(name, app),
    env: [
      ...secretEnv(name, app),
      ...hostVariables(answers, name, app),
      ...(hasPort(app) ? [publishedPortEnv(name, app)] : []),
      ...(debug ? [debug.env] : []),
      ...(server.concurrency === undefined ? [] : [workersEnv(name, server.concurrency, limitsOf(app, limits))]),
      ...(server.trusts === undefined ? [] : [proxiesEnv(name, server.trusts)]),
      ...limitEnv(name, limitsOf(app, limits)),
      ...(migration ? limitEnv(migrateName(name), migrateLimits) : []),
      ...roles.flatMap((role) => limitEnv(`${name}-${role.key}`, role.limits)),
    ],
    artifacts: [
      pythonDockerfile(answers, name, app, server, debug),
      ...serverFiles(name, app, server),
      ...withEnvFiles(answers, app.path),
    ],
    ignores: [
      dockerignore(app.path, [
        '**/.venv',
        '**/venv',
        '**/__pycache__',
        '**/*.pyc',
        '**/.pytest_cache',
        '**/.mypy_cache',
        '**/.ruff_cache',
        '**/*.egg-info',
        '**/dist',
        ...(mediaOf(app) === undefined ? [] : [`/${mediaOf(app)}`]),
      ]),
    ],
    guide: [
      ...guideOf(name, app, server),
      ...(debug ? [{ id: 'python-debugger', view: { app: name, debugPort: debug.env.default } }] : []),
    ],
  };
}

/** The service that development runs under a debugger. */
function withDebugger(service: Service, debug: Debugged | undefined): Service {
  if (!debug) return service;
  const { production, development } = service.ports;
  return { ...service, ports: { production, development: [...development, debug.port] } };
}

function sharedBy(answers: Answers, name: string, app: FastapiApp | PythonApp, as?: As): Shared {
  const shared = sharedByRoles(answers, name, app, { scheme: app.databaseScheme }, as);
  const { environment, devEnvironment } = settingsOf(name, app);
  return {
    ...shared,
    environment: { ...environment, ...shared.environment },
    devEnvironment: { ...devEnvironment, ...shared.devEnvironment },
    volumes: mediaVolumes(name, app).map(({ name: volume }) => ({ volume, target: `/app/${mediaOf(app)}` })),
  };
}

function web(
  name: string,
  app: (FastapiApp | PythonApp) & { readonly port: number },
  server: Server,
  shared: Shared,
): Service {
  const port = publishedPort(name, app);
  return {
    ...shared,
    name,
    title: `the ${server.title} in ${placeOf(app)}`,
    role: 'web',
    fragment: 'python',
    view: {
      probe: probeOf(app),
      port: app.port,
      health: app.health,
      server: server.program,
      graceful: server.concurrency !== undefined,
      watch: watchOf(app),
      init: server.init,
    },
    build: { context: app.path, dockerfile: 'Dockerfile' },
    networks: mainNetworks(shared, true),
    environment: {
      ...shared.environment,
      // What a program that listens by itself asks for, as a rule.
      ...(server.module === undefined && { PORT: String(app.port) }),
      ...(server.concurrency !== undefined && { WEB_CONCURRENCY: [variable(workersName(name))] }),
      ...(server.trusts !== undefined && { FORWARDED_ALLOW_IPS: [variable(proxiesName(name))] }),
    },
    devEnvironment: {
      ...shared.devEnvironment,
      // The servers that reload have one process.
      ...(server.concurrency !== undefined && { WEB_CONCURRENCY: '1' }),
    },
    check: checkOf(app, server),
    ports: { production: [port], development: [port] },
    limits: limitsOf(app, limits),
    oneShot: false,
  };
}

/** An app that nobody connects to: a bot, a worker. */
function program(answers: Answers, name: string, app: FastapiApp | PythonApp, server: Server, shared: Shared): Service {
  const probe = probeOf(app);
  return {
    ...shared,
    name,
    title: `the ${server.title} in ${placeOf(app)}`,
    role: 'worker',
    fragment: 'program',
    view: { probe: probe && withEnv(answers, probe), grace: graceOf(app), watch: watchOf(app) },
    build: { context: app.path, dockerfile: 'Dockerfile' },
    networks: mainNetworks(shared, false),
    check: checkOf(app, server),
    ports: { production: [], development: [] },
    limits: limitsOf(app, limits),
    oneShot: false,
  };
}

function graceOf(app: FastapiApp | PythonApp): number {
  return ('grace' in app ? app.grace : undefined) ?? defaultGrace;
}

/** The roles of the answer `workers`. Python as process 1 would ignore SIGTERM unless the program handles it. */
function rolesOf(answers: Answers, name: string, app: FastapiApp | PythonApp): readonly Role[] {
  return workerRoles(answers, name, app, { limits, init: true, check: (command) => checkOfCommand(command) }).map(
    (role) => ({
      ...role,
      watch: { path: app.path, target: '/app' },
      ...(isBeat(role.command) && { comment: 'One of it, never more: two would send every task twice.' }),
    }),
  );
}

function isBeat(command: readonly string[]): boolean {
  return command[0] === 'celery' && command.includes('beat');
}

/** What `compose watch` looks at: sources are copied into the container, manifests rebuild the image. */
function watchOf(app: FastapiApp | PythonApp): { readonly sync: string; readonly rebuild: readonly string[] } {
  return { sync: app.path, rebuild: pythonPackages(app).manifests.map((file) => inFolder(app.path, file)) };
}

const workersName = (name: string): string => `${envPrefix(name)}_WORKERS`;
const proxiesName = (name: string): string => `${envPrefix(name)}_FORWARDED_ALLOW_IPS`;

/** @param perCore how many of them keep a core busy */
function workersEnv(name: string, perCore: number, limits: Limits): EnvVar {
  const tuning: Tuning = {
    service: name,
    what: 'count',
    base: '64M',
    // What an app of usual size has in memory, and some room.
    each: '128M',
    most: '128M',
    perCore,
    least: 1,
  };
  return {
    name: workersName(name),
    meaning: `Worker processes of ${name}. Each needs its share of the memory limit and its own database connections.`,
    kind: 'optional',
    default: tuned(tuning, limits),
    tuning,
    group: 'Limits',
  };
}

function proxiesEnv(name: string, trusted: string): EnvVar {
  return {
    name: proxiesName(name),
    meaning: `The addresses of proxies that ${name} believes when they say ${trusted === '*' ? 'that a visitor came by https' : 'who a visitor is, and that it came by https'}. Only this machine and this stack reach it, so by default it believes all of them.`,
    kind: 'optional',
    default: trusted,
    group: 'Stack',
  };
}

function mediaOf(app: FastapiApp | PythonApp): string | undefined {
  return 'media' in app ? app.media : undefined;
}

function mediaVolumes(name: string, app: FastapiApp | PythonApp): readonly Volume[] {
  const volume = uploadVolume(name, app);
  return volume === undefined ? [] : [{ name: volume, holds: `the files that were uploaded to ${name}` }];
}

/** What goes wrong with such an app, as a rule. */
function guideOf(name: string, app: FastapiApp | PythonApp, server: Server): readonly GuideEntry[] {
  const migration = migrationOf(app);
  const celery = Object.entries(app.workers ?? {}).find(([, { start }]) => /^celery .*\bworker\b/.test(start));
  const hosts = app.stack === 'python' && app.framework === 'django' ? app.hosts : undefined;
  return [
    ...(hasPort(app)
      ? [{ id: 'app-loopback', view: { app: name, port: app.port } }, ...forwardedGuide(name, app, proxiesName(name))]
      : []),
    ...(server.module === undefined
      ? []
      : [{ id: 'python-module', view: { app: name, module: server.module, ...server.importError } }]),
    ...(server.program === 'gunicorn'
      ? [{ id: 'gunicorn-timeout', view: { app: name, workers: workersName(name) } }]
      : []),
    ...(hosts
      ? [
          { id: 'django-hosts', view: { app: name, variable: `${envPrefix(name)}_ALLOWED_HOSTS` } },
          ...(hosts.origins === undefined
            ? []
            : [{ id: 'django-csrf', view: { app: name, variable: `${envPrefix(name)}_CSRF_TRUSTED_ORIGINS` } }]),
        ]
      : []),
    ...(app.stack === 'python' && app.framework === 'django' ? [{ id: 'django-static', view: { app: name } }] : []),
    ...(celery
      ? [
          {
            id: 'celery-tasks',
            view: { app: name, worker: `${name}-${celery[0]}`, celeryApp: celeryApp(celery[1].start) },
          },
        ]
      : []),
    { id: 'python-library', view: { app: name } },
    ...(migration ? [{ id: 'migrate-failed', view: { app: name, service: migrateName(name), ...migration } }] : []),
  ];
}

/** The Celery app of a command: `shop` in `celery -A shop worker`. */
function celeryApp(start: string): string {
  return /(?:-A|--app)[ =](\S+)/.exec(start)?.[1] ?? 'app';
}
