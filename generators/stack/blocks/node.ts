import { splitCommand } from '../../answers/command.ts';
import type { Answers, NodeApp } from '../../answers/schema.ts';
import { image } from '../images.ts';
import type { Artifact, Contribution, Limits, Service } from '../types.ts';
import {
  appsOf,
  appUser,
  dockerignore,
  inFolder,
  limitsOf,
  placeOf,
  publishedPort,
  publishedPortEnv,
  secretEnv,
  sharedByRoles,
} from './app.ts';
import type { Block } from './block.ts';
import { limitEnv } from './limits.ts';
import { inWorkspace, nodePackages } from './node-packages.ts';

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
    env: [...secretEnv(name, app), publishedPortEnv(name, app), ...limitEnv(name, limitsOf(app, limits))],
    artifacts: [dockerfile(name, app)],
    ignores: [
      dockerignore(context, [
        '**/node_modules',
        '**/.next',
        '**/.turbo',
        '**/coverage',
        ...(app.build === 'none' ? [] : ['**/dist']),
      ]),
    ],
    guide: [
      { id: 'node-lockfile', view: { app: name, folder: context, packageManager: app.packageManager } },
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
    view: { probe: probe(app), port: app.port, health: app.health, watch: watch(app, context) },
    build: { context, dockerfile: inFolder(inWorkspace(app), 'Dockerfile') },
    environment: {
      NODE_ENV: 'production',
      PORT: String(app.port),
      // Next binds to what HOSTNAME says, and Docker sets it to the container's id.
      ...(app.framework === 'next' && { HOSTNAME: '0.0.0.0' }),
      ...shared.environment,
    },
    devEnvironment: { NODE_ENV: 'development' },
    ports: { production: [port], development: [port] },
    limits: limitsOf(app, limits),
    hardening: { tmpfs: app.framework === 'next' ? ['/tmp', `${workdir(app)}/.next/cache`] : ['/tmp'] },
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

function dockerfile(name: string, app: NodeApp): Artifact {
  const packages = nodePackages(app);
  const members = app.workspace?.packages ?? [];
  return {
    path: inFolder(app.path, 'Dockerfile'),
    template: 'docker/node.Dockerfile',
    view: {
      name,
      image: image(`node:${app.version}`),
      user: appUser,
      packages,
      members: members.map((folder) => ({ manifest: `${folder}/package.json`, folder: `${folder}/` })),
      workdir: workdir(app),
      inWorkspace: app.workspace !== undefined,
      hasBuild: app.build !== 'none' || app.scripts,
      ...(app.scripts ? lateScripts(app, members) : { withoutScripts: '', lateScripts: '' }),
      port: app.port,
      start: splitCommand(app.start),
      dev: splitCommand(app.dev === 'none' ? app.start : app.dev),
      developmentBuild: app.dev === 'none' ? packages.build : packages.buildDependencies,
    },
    mode: 0o644,
    why: `builds ${name}: development and production`,
  };
}

/** Install scripts of the app itself need its sources: the manifests lose them, and they run once the sources are there. */
function lateScripts(app: NodeApp, members: readonly string[]): { withoutScripts: string; lateScripts: string } {
  const remove = 'npm pkg delete scripts';
  const folder = inWorkspace(app);
  return {
    withoutScripts: [remove, ...members.map((member) => `(cd ${member} && ${remove})`)].join(' && '),
    lateScripts: `${folder === '.' ? '' : `cd ${folder} && `}npm run --if-present postinstall && npm run --if-present prepare`,
  };
}

/**
 * What `compose watch` looks at: sources are copied into the running container, manifests rebuild the image. Where
 * nothing in the container would notice an edit, everything rebuilds it.
 */
function watch(app: NodeApp, context: string): { readonly sync?: string; readonly rebuild: readonly string[] } {
  if (app.dev === 'none') return { rebuild: [context] };
  const manifests = nodePackages(app).manifests.filter((file) => !file.endsWith('*'));
  return { sync: context, rebuild: manifests.map((file) => inFolder(context, file)) };
}

function workdir(app: NodeApp): string {
  return inWorkspace(app) === '.' ? '/app' : `/app/${inWorkspace(app)}`;
}
