import { splitCommand } from '../../answers/command.ts';
import type { Answers, StaticApp } from '../../answers/schema.ts';
import { receiverOf } from '../../answers/stacks/static.ts';
import { inFolder } from '../../paths.ts';
import { image } from '../images.ts';
import type { Artifact, Contribution, Limits, Service } from '../types.ts';
import { appsOf, dockerignore, limitsOf, placeOf, publishedPort, publishedPortEnv, sharedByRoles } from './app.ts';
import type { Block } from './block.ts';
import { addressOf } from './connections.ts';
import { limitEnv } from './limits.ts';
import { nodeProbe } from './node.ts';
import { buildArguments, buildEnv, nodeBuild, nodeWatch } from './node-build.ts';
import { inWorkspace } from './node-packages.ts';
import { mainNetworks } from './roles.ts';

const limits: Limits = { cpus: '0.5', memory: '128M', pids: 64, reservation: '64M', floor: '32M', growth: 2 };

export const staticSite: Block = {
  name: 'static',
  kind: 'app',
  summary: 'a built single-page app or site (Vite and the like) on unprivileged nginx, with /api passed on to an app',
  contribute(answers) {
    return appsOf(answers, 'static').map(([name, app]) => contribution(answers, name, app));
  },
};

function contribution(answers: Answers, name: string, app: StaticApp): Contribution {
  const context = app.workspace?.path ?? app.path;
  const proxies = proxiesOf(answers, app);
  return {
    services: [web(answers, name, app, context)],
    env: [publishedPortEnv(name, app), ...buildEnv(answers, name), ...limitEnv(name, limitsOf(app, limits))],
    artifacts: artifacts(name, app, proxies),
    ignores: [
      dockerignore(context, [
        '**/node_modules',
        '**/coverage',
        // What is served without a build is no result of one.
        ...(app.build === 'none' ? [] : [`**/${app.output}`]),
      ]),
    ],
    guide: [
      { id: 'static-blank-page', view: { app: name, assets: app.assets ?? '', port: app.port } },
      { id: 'static-config', view: { app: name, buildVariable: app.buildVariables?.[0] ?? '', port: app.port } },
      ...(app.fallback ? [] : [{ id: 'static-reload', view: { app: name } }]),
      ...proxies
        .slice(0, 1)
        .map(({ route, to }) => ({ id: 'static-api', view: { app: name, route, backend: to, port: app.port } })),
      ...(app.build === 'none'
        ? []
        : [{ id: 'node-lockfile', view: { app: name, folder: context, packageManager: app.packageManager } }]),
    ],
  };
}

function web(answers: Answers, name: string, app: StaticApp, context: string): Service {
  const { environment, ...shared } = sharedByRoles(answers, name, app);
  const port = publishedPort(name, app);
  const serves = servesSources(app);
  const built = buildArguments(app);
  return {
    ...shared,
    networks: mainNetworks(shared, true),
    name,
    title: `the static site in ${placeOf(app)}`,
    role: 'web',
    fragment: 'static',
    view: {
      probe: probe(app),
      devProbe: serves ? nodeProbe('none', app.devPort) : undefined,
      port: app.port,
      health: app.health,
      readsPublic: true,
      watch: serves ? nodeWatch(app) : { folders: [], rebuild: [context] },
    },
    build: {
      context,
      dockerfile: inFolder(inWorkspace(app), 'Dockerfile'),
      ...(app.build !== 'none' && { args: built }),
    },
    // nginx has the addresses in its configuration; only the development server reads them from here.
    environment: {},
    devEnvironment: serves ? { ...environment, ...built } : {},
    ports: { production: [port], development: [{ ...port, container: serves ? app.devPort : app.port }] },
    limits: limitsOf(app, limits),
    oneShot: false,
  };
}

/** Whether development has a server that follows the sources; else it has nginx, like production. */
function servesSources(app: StaticApp): boolean {
  return app.build !== 'none' && app.dev !== 'none';
}

/** Busybox is in the image. */
function probe(app: StaticApp): readonly string[] {
  const health = app.health === 'none' ? '/' : app.health;
  return ['CMD', 'wget', '--quiet', '--output-document=/dev/null', `http://127.0.0.1:${app.port}${health}`];
}

interface Proxy {
  readonly route: string;
  readonly to: string;
  readonly address: string;
  /** Whether the app gets the path without the route. */
  readonly strip: boolean;
}

/** What nginx passes on, the longest route first: the first that fits counts. */
function proxiesOf(answers: Answers, app: StaticApp): readonly Proxy[] {
  return Object.entries(app.proxy ?? {})
    .map(([route, to]) => ({
      route,
      to: receiverOf(to),
      address: addressOf(answers, receiverOf(to))?.url ?? '',
      strip: typeof to !== 'string' && to.strip,
    }))
    .sort((a, b) => b.route.length - a.route.length);
}

function artifacts(name: string, app: StaticApp, proxies: readonly Proxy[]): readonly Artifact[] {
  const folder = inFolder(app.path, 'docker');
  return [
    dockerfile(name, app),
    {
      path: `${folder}/nginx.conf`,
      template: 'docker/static/nginx.conf',
      view: {
        name,
        port: app.port,
        assets: app.assets ?? '',
        fallback: app.fallback,
        // The root is a page.
        health: app.health === 'none' || app.health === '/' ? '' : app.health,
        proxies,
      },
      mode: 0o644,
      why: `how nginx serves ${name}`,
    },
    {
      path: `${folder}/config.sh`,
      template: 'docker/static/config.sh',
      view: {},
      mode: 0o755,
      why: `the settings of ${name} that a page may read`,
    },
  ];
}

function dockerfile(name: string, app: StaticApp): Artifact {
  const serve = ['nginx', '-g', 'daemon off;'];
  return {
    path: inFolder(app.path, 'Dockerfile'),
    template: 'docker/static.Dockerfile',
    view: {
      name,
      nginxImage: image('nginx'),
      // nginx runs as the user of all apps.
      ...nodeBuild(app),
      builds: app.build !== 'none',
      output: app.output,
      site: ['/app', inWorkspace(app), app.output].filter((part) => part !== '.').join('/'),
      docker: inFolder(inWorkspace(app), 'docker'),
      serves: servesSources(app),
      dev: splitCommand(app.dev),
      devPort: app.devPort,
      port: app.port,
      serve,
    },
    mode: 0o644,
    why: `builds ${name}: development and production`,
  };
}
