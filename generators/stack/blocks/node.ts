import { splitCommand } from '../../answers/command.ts';
import type { Answers, NodeApp } from '../../answers/schema.ts';
import type { Artifact, Contribution, Limits, Service } from '../types.ts';
import {
  appsOf,
  dockerignore,
  inFolder,
  limitsOf,
  placeOf,
  publishedPort,
  publishedPortEnv,
  sharedByRoles,
} from './app.ts';
import type { Block } from './block.ts';
import { limitEnv } from './limits.ts';
import { buildArguments, buildEnv, nodeBuild, nodeWatch, workdirOf } from './node-build.ts';
import { inWorkspace, membersOf } from './node-packages.ts';

const limits: Limits = { cpus: '1.0', memory: '512M', pids: 256, reservation: '128M' };

export const node: Block = {
  name: 'node',
  kind: 'app',
  summary: 'a Node app (Express, Fastify, Hono, Nest, Next or plain), built with npm, pnpm, yarn or bun',
  contribute(answers) {
    return appsOf(answers, 'node').map(([name, app]) => contribution(answers, name, app));
  },
};

function contribution(answers: Answers, name: string, app: NodeApp): Contribution {
  const context = app.workspace?.path ?? app.path;
  return {
    services: [web(answers, name, app, context)],
    env: [publishedPortEnv(name, app), ...buildEnv(answers, name), ...limitEnv(name, limitsOf(app, limits))],
    artifacts: [dockerfile(answers, name, app)],
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
      ...(/^pnpm@(?:1[1-9]|[2-9]\d)\b/.test(app.packageManager)
        ? [{ id: 'ignored-builds', view: { app: name, file: inFolder(context, 'pnpm-workspace.yaml') } }]
        : []),
      ...(app.buildVariables ?? [])
        .slice(0, 1)
        .map((variable) => ({ id: 'build-variable', view: { app: name, variable } })),
      { id: 'app-loopback', view: { app: name, port: app.port, tool: 'node' } },
      { id: 'node-memory', view: { app: name } },
    ],
  };
}

function web(answers: Answers, name: string, app: NodeApp, context: string): Service {
  const shared = sharedByRoles(answers, name, app);
  const port = publishedPort(name, app);
  return {
    ...shared,
    name,
    title: `the Node app in ${placeOf(app)}`,
    role: 'web',
    fragment: 'node',
    view: { probe: probe(app), port: app.port, health: app.health, watch: nodeWatch(app) },
    build: { context, dockerfile: inFolder(inWorkspace(app), 'Dockerfile'), args: buildArguments(app) },
    environment: {
      NODE_ENV: 'production',
      PORT: String(app.port),
      // Next binds to what HOSTNAME says, and Docker sets it to the container's id.
      ...(app.framework === 'next' && { HOSTNAME: '0.0.0.0' }),
      ...shared.environment,
    },
    devEnvironment: { NODE_ENV: 'development', ...buildArguments(app) },
    ports: { production: [port], development: [port] },
    limits: limitsOf(app, limits),
    hardening: { tmpfs: app.framework === 'next' ? ['/tmp', `${workdirOf(app)}/.next/cache`] : ['/tmp'] },
    oneShot: false,
  };
}

/** A probe that needs nothing but Node: slim images have neither curl nor wget. */
function probe(app: NodeApp): readonly string[] {
  const source =
    app.health === 'none'
      ? `require('node:net').connect(${app.port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))`
      : `fetch('http://127.0.0.1:${app.port}${app.health}').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
  return ['CMD', 'node', '-e', source];
}

function dockerfile(answers: Answers, name: string, app: NodeApp): Artifact {
  const build = nodeBuild(app);
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
      hasBuild: app.build !== 'none' || app.scripts,
      buildCaches: [
        ...build.buildCaches,
        // It is the app's alone.
        ...(next ? [`id=${answers.name}-${name}-next,target=${build.workdir}/.next/cache`] : []),
      ],
      standalone: app.standalone && standalone(own),
      // What Next has built is left as it is.
      built: next ? `./${inFolder(own, '.next')}` : '',
      folders: app.workspace ? ['.', ...membersOf(app)] : [],
      port: app.port,
      start: splitCommand(app.start),
      dev: splitCommand(app.dev === 'none' ? app.start : app.dev),
    },
    mode: 0o644,
    why: `builds ${name}: development and production`,
  };
}

/** What Next's standalone server consists of; in a workspace it keeps the folders of the workspace. */
function standalone(folder: string): Readonly<Record<'server' | 'assets' | 'public', string>> {
  return {
    server: inFolder(folder, '.next/standalone'),
    assets: inFolder(folder, '.next/static'),
    public: inFolder(folder, 'public'),
  };
}
