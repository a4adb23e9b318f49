import type { Answers, FastapiApp } from '../../answers/schema.ts';
import { image } from '../images.ts';
import type { Artifact, Contribution, EnvVar, Limits, Service } from '../types.ts';
import { envPrefix, variable } from '../values.ts';
import {
  appsOf,
  appUser,
  dockerignore,
  inFolder,
  limitsOf,
  migrateName,
  migrateService,
  placeOf,
  publishedPort,
  publishedPortEnv,
  secretEnv,
  sharedByRoles,
} from './app.ts';
import type { Block } from './block.ts';
import { limitEnv } from './limits.ts';
import { pythonPackages } from './python-packages.ts';

const limits: Limits = { cpus: '1.0', memory: '512M', pids: 128, reservation: '128M' };
const migrateLimits: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M' };

export const fastapi: Block = {
  name: 'fastapi',
  kind: 'app',
  summary: 'a FastAPI app on uvicorn, built with uv, poetry, pipenv or pip; migrated by Alembic before it starts',
  contribute(answers) {
    return appsOf(answers, 'fastapi').map(([name, app]) => contribution(answers, name, app));
  },
};

function contribution(answers: Answers, name: string, app: FastapiApp): Contribution {
  const migrates = app.migrate !== 'none';
  const shared = sharedByRoles(answers, name, app, { scheme: app.databaseScheme });
  return {
    services: [
      ...(migrates
        ? [
            migrateService(name, shared, {
              command: ['alembic', 'upgrade', 'head'],
              comment: 'Runs before the app at every `up` and ends: Alembic skips what it has applied already.',
              limits: migrateLimits,
            }),
          ]
        : []),
      web(name, app, shared),
    ],
    env: [
      ...secretEnv(name, app),
      publishedPortEnv(name, app),
      workersEnv(name),
      ...limitEnv(name, limitsOf(app, limits)),
      ...(migrates ? limitEnv(migrateName(name), migrateLimits) : []),
    ],
    artifacts: [dockerfile(name, app)],
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
      ]),
    ],
    guide: [
      { id: 'app-loopback', view: { app: name, port: app.port, tool: 'python' } },
      { id: 'python-module', view: { app: name, module: app.app } },
      ...(migrates ? [{ id: 'migrate-failed', view: { app: name, service: migrateName(name) } }] : []),
    ],
  };
}

function web(name: string, app: FastapiApp, shared: ReturnType<typeof sharedByRoles>): Service {
  const port = publishedPort(name, app);
  return {
    ...shared,
    name,
    title: `the FastAPI app in ${placeOf(app)}`,
    role: 'web',
    fragment: 'fastapi',
    view: {
      probe: probe(app),
      port: app.port,
      health: app.health,
      watch: { sync: app.path, rebuild: pythonPackages(app).manifests.map((file) => inFolder(app.path, file)) },
    },
    build: { context: app.path, dockerfile: 'Dockerfile' },
    environment: { ...shared.environment, WEB_CONCURRENCY: [variable(workersEnv(name).name)] },
    // `--reload` has one process.
    devEnvironment: { WEB_CONCURRENCY: '1' },
    dependsOn: {
      ...(app.migrate === 'none' ? {} : { [migrateName(name)]: 'service_completed_successfully' }),
      ...shared.dependsOn,
    },
    ports: { production: [port], development: [port] },
    limits: limitsOf(app, limits),
    oneShot: false,
  };
}

function workersEnv(name: string): EnvVar {
  return {
    name: `${envPrefix(name)}_WORKERS`,
    meaning: `Worker processes of ${name}. Each needs its share of the memory limit and its own database connections.`,
    kind: 'optional',
    default: '1',
    group: 'Limits',
  };
}

/** A probe that needs nothing but Python: slim images have neither curl nor wget. */
function probe(app: FastapiApp): readonly string[] {
  const source =
    app.health === 'none'
      ? `import socket; socket.create_connection(('127.0.0.1', ${app.port}), timeout=4).close()`
      : `import urllib.request; urllib.request.urlopen('http://127.0.0.1:${app.port}${app.health}', timeout=4)`;
  return ['CMD', 'python', '-c', source];
}

function dockerfile(name: string, app: FastapiApp): Artifact {
  const serve = ['uvicorn', app.app, '--host', '0.0.0.0', '--port', String(app.port)];
  return {
    path: inFolder(app.path, 'Dockerfile'),
    template: 'docker/fastapi.Dockerfile',
    view: {
      name,
      image: image(`python:${app.version}`),
      uvImage: image('uv'),
      user: appUser,
      packages: pythonPackages(app),
      pythonPath: app.appDir === '.' ? '/app' : `/app/${app.appDir}`,
      port: app.port,
      // A second less than the grace period's five, so that uvicorn ends by itself and logs it.
      start: [...serve, '--timeout-graceful-shutdown', '25'],
      dev: [...serve, '--reload'],
    },
    mode: 0o644,
    why: `builds ${name}: development and production`,
  };
}
