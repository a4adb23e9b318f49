import { placesOf } from '../../answers/public.ts';
import type { Answers, LaravelApp } from '../../answers/schema.ts';
import { laravelVolume } from '../../answers/uploads.ts';
import { inFolder } from '../../paths.ts';
import { imageTag } from '../registry.ts';
import type { Contribution, GuideEntry, Limits, Service, Volume } from '../types.ts';
import { envPrefix, value, variable } from '../values.ts';
import {
  appsOf,
  appUser,
  dockerignore,
  limitsOf,
  placeOf,
  publishedPort,
  publishedPortEnv,
  secretEnv,
  sharedByRoles,
  withEnv,
} from './app.ts';
import type { Block } from './block.ts';
import { atEdge, networks, withWayOut } from './connections.ts';
import { laravelBackup, withBackups } from './laravel-backup.ts';
import { laravelFiles, laravelWatch } from './laravel-files.ts';
import { checkOf, laravelRoles } from './laravel-roles.ts';
import {
  behindEdge,
  buildArguments,
  connectionVariables,
  developmentBuildArguments,
  retryAfter,
  serverEnv,
  serverVariables,
  settings,
  settingsEnv,
  xdebugEnv,
} from './laravel-settings.ts';
import { limitEnv } from './limits.ts';
import type { As } from './reach/types.ts';
import { mainNetworks, migrateName, migrateService, roleService } from './roles.ts';

const webLimits: Limits = { cpus: '2.0', memory: '512M', pids: 128, reservation: '256M', floor: '192M' };
const nginxLimits: Limits = { cpus: '0.5', memory: '128M', pids: 64, reservation: '32M', growth: 2 };
const reverbLimits: Limits = { cpus: '1.0', memory: '256M', pids: 64, reservation: '128M', floor: '64M' };
const migrateLimits: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M' };

/** Where the files of the app's disks are kept; the rest of storage/ is made anew by each container. */
const storage = '/app/storage/app';
const owner = `uid=${appUser.uid},gid=${appUser.gid}`;

export const laravel: Block = {
  name: 'laravel',
  kind: 'app',
  summary: 'a Laravel app on FrankenPHP or php-fpm, with queue workers, Horizon, scheduler, Reverb and migrations',
  contribute(answers) {
    return appsOf(answers, 'laravel').map(([name, app]) => contribution(answers, name, app));
  },
};

type Shared = ReturnType<typeof sharedByRoles>;

function contribution(answers: Answers, name: string, app: LaravelApp): Contribution {
  const shared = sharedByAll(answers, name, app);
  const migrates = app.migrate !== 'none';
  const ready: Shared = {
    ...shared,
    dependsOn: {
      ...(migrates ? { [migrateName(name)]: 'service_completed_successfully' as const } : {}),
      ...shared.dependsOn,
    },
  };
  const roles = laravelRoles(answers, name, app);
  const builder = builderOf(name, app);
  const backup = laravelBackup(answers, name, app);
  return {
    services: [
      ...(migrates ? [inImageOf(builder, migrate(name, sharedByAll(answers, name, app, 'migration')))] : []),
      ...(app.server === 'fpm'
        ? [nginx(answers, name, app), fpm(answers, name, app, ready)]
        : [frankenphp(answers, name, app, ready)]),
      ...roles.map((role) =>
        inImageOf(
          builder,
          roleService(name, role.role === 'scheduler' ? withBackups(answers, name, app, ready) : ready, {
            check: checkOf(role.command),
            ...role,
          }),
        ),
      ),
      ...(app.reverb ? [reverb(answers, name, app, app.reverb.port, shared)] : []),
    ],
    volumes: [storageVolume(name)],
    env: [
      publishedPortEnv(name, app),
      ...(app.reverb ? [publishedPortEnv(`${name}-reverb`, app.reverb)] : []),
      ...settingsEnv(answers, name, app),
      ...secretEnv(name, app),
      xdebugEnv(name),
      ...serverEnv(name, app.server, limitsOf(app, webLimits)),
      ...(app.server === 'fpm'
        ? [...limitEnv(name, nginxLimits), ...limitEnv(`${name}-php`, limitsOf(app, webLimits))]
        : limitEnv(name, limitsOf(app, webLimits))),
      ...(migrates ? limitEnv(migrateName(name), migrateLimits) : []),
      ...roles.flatMap((role) => limitEnv(`${name}-${role.key}`, role.limits)),
      ...(app.reverb ? limitEnv(`${name}-reverb`, reverbLimits) : []),
      ...backup.env,
    ],
    artifacts: [...laravelFiles(answers, name, app), ...backup.artifacts],
    parts: backup.parts,
    ignores: [
      ...backup.ignores,
      dockerignore(app.path, [
        '**/vendor',
        '**/node_modules',
        'public/build',
        'public/hot',
        'public/storage',
        'bootstrap/cache/*',
        'storage/app/*',
        'storage/framework/*',
        'storage/logs/*',
        '**/.phpunit.cache',
        '**/.phpunit.result.cache',
        '**/auth.json',
      ]),
    ],
    guide: [...guide(answers, name, app, migrates), ...backup.guide],
  };
}

/** What all PHP roles have in common: the settings, the way to the data, the files of the app's disks. */
function sharedByAll(answers: Answers, name: string, app: LaravelApp, as?: As): Shared {
  const shared = sharedByRoles(answers, name, app, { variables: connectionVariables(answers, app) }, as);
  return {
    ...shared,
    environment: { ...settings(answers, name, app, as), ...shared.environment },
    // The app speaks to Reverb.
    networks: app.reverb ? withWayOut(shared.networks) : shared.networks,
    devEnvironment: {
      APP_ENV: 'local',
      APP_DEBUG: 'true',
      LOG_LEVEL: 'debug',
      XDEBUG_MODE: [variable(xdebugEnv(name).name)],
      XDEBUG_CONFIG: 'client_host=host.docker.internal',
      ...behindEdge(answers, name, app).development,
      ...shared.devEnvironment,
    },
    volumes: [{ volume: storageVolume(name).name, target: storage }],
    // Docker gives these the mode of the folder in the image, and not its owner.
    hardening: { tmpfs: [...['framework', 'logs'].map((folder) => `/app/storage/${folder}:${owner}`), '/tmp'] },
  };
}

function storageVolume(name: string): Volume {
  return { name: laravelVolume(name), holds: `the files in storage/app of ${name}: uploads and the like` };
}

function migrate(name: string, shared: Shared): Service {
  const command = ['php', 'artisan', 'migrate', '--force'];
  return migrateService(name, shared, {
    command,
    comment: 'Runs before the app at every `up` and ends: Laravel skips what it has migrated already.',
    limits: migrateLimits,
    check: checkOf(command),
  });
}

/** A role names the service that builds its image, which for php-fpm is not the one with the app's name. */
function inImageOf(builtBy: string, service: Service): Service {
  return { ...service, view: { ...service.view, builtBy, reachesHost: true } };
}

function frankenphp(answers: Answers, name: string, app: LaravelApp, shared: Shared): Service {
  const port = publishedPort(name, app);
  return {
    ...shared,
    ...builtApp(answers, name, app),
    name,
    title: `the Laravel app in ${placeOf(app)}, on FrankenPHP`,
    role: 'web',
    fragment: 'laravel',
    view: {
      probe: withEnv(answers, [
        'CMD',
        'laravel-health',
        app.health === 'none' ? `tcp://127.0.0.1:${app.port}` : url(app),
      ]),
      port: app.port,
      health: app.health,
      watch: laravelWatch(app),
      reachesHost: true,
    },
    networks: mainNetworks(shared, true),
    environment: {
      ...shared.environment,
      FRANKENPHP_THREADS: [variable(serverVariables(name, 'frankenphp').count)],
      PHP_MEMORY_LIMIT: [variable(serverVariables(name, 'frankenphp').share)],
      // What the server around PHP collects its garbage at, before the kernel counts it.
      GOMEMLIMIT: '64MiB',
    },
    prodEnvironment: { ...behindEdge(answers, name, app).production, ...shared.prodEnvironment },
    ports: { production: [port], development: [port] },
    limits: limitsOf(app, webLimits),
    oneShot: false,
  };
}

/** php-fpm, which speaks to nginx only. */
function fpm(answers: Answers, name: string, app: LaravelApp, shared: Shared): Service {
  return {
    ...shared,
    ...builtApp(answers, name, app),
    name: `${name}-php`,
    title: `the Laravel app in ${placeOf(app)}, on php-fpm`,
    role: 'worker',
    fragment: 'laravel-fpm',
    view: {
      probe: withEnv(answers, ['CMD', 'laravel-health', 'fastcgi://127.0.0.1:9000/fpm-ping']),
      watch: laravelWatch(app),
      reachesHost: true,
    },
    networks: mainNetworks(shared, false),
    environment: {
      ...shared.environment,
      PHP_FPM_CHILDREN: [variable(serverVariables(name, 'fpm').count)],
      PHP_MEMORY_LIMIT: [variable(serverVariables(name, 'fpm').share)],
    },
    prodEnvironment: { ...behindEdge(answers, name, app).production, ...shared.prodEnvironment },
    ports: { production: [], development: [] },
    limits: limitsOf(app, webLimits),
    oneShot: false,
  };
}

function nginx(answers: Answers, name: string, app: LaravelApp): Service {
  const port = publishedPort(name, app);
  const target = app.health === 'none' ? '/robots.txt' : app.health;
  return {
    name,
    title: `nginx in front of ${name}-php`,
    role: 'web',
    fragment: 'laravel-nginx',
    view: {
      probe: ['CMD', 'wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${app.port}${target}`],
      port: app.port,
      health: app.health,
      public: inFolder(app.path, 'public'),
    },
    image: value`${answers.name}-${name}-nginx:${variable(imageTag)}`,
    devImage: `${answers.name}-${name}-nginx:dev`,
    build: { context: app.path, dockerfile: 'Dockerfile', target: 'nginx' },
    check: ['nginx', '-t', '-q'],
    environment: {},
    devEnvironment: {},
    dependsOn: { [`${name}-php`]: 'service_healthy' },
    networks: atEdge([networks.app]),
    volumes: [{ volume: storageVolume(name).name, target: storage }],
    ports: { production: [port], development: [port] },
    limits: nginxLimits,
    hardening: { tmpfs: ['/tmp'] },
    oneShot: false,
  };
}

/** What makes the service the one that builds the image of all roles. */
function builtApp(answers: Answers, name: string, app: LaravelApp): Pick<Service, 'build' | 'check'> {
  const args = buildArguments(name, app);
  const devArgs = developmentBuildArguments(answers, name, app);
  return {
    build: {
      context: app.path,
      dockerfile: 'Dockerfile',
      ...(Object.keys(args).length > 0 && { args }),
      ...(Object.keys(devArgs).length > 0 && { devArgs }),
    },
    check: ['php', '-r', "exit(is_file('public/index.php') ? 0 : 1);"],
  };
}

function reverb(answers: Answers, name: string, app: LaravelApp, port: number, shared: Shared): Service {
  const published = publishedPort(`${name}-reverb`, { port });
  const command = ['php', 'artisan', 'reverb:start'];
  return {
    ...shared,
    name: `${name}-reverb`,
    title: `the Reverb websocket server of ${name}`,
    role: 'websocket',
    fragment: 'laravel-reverb',
    view: {
      builtBy: builderOf(name, app),
      command,
      probe: withEnv(answers, ['CMD', 'laravel-health', `http://127.0.0.1:${port}/up`]),
      reachesHost: true,
      manyConnections: app.extensions.includes('uv'),
      restartOnEdit: { path: app.path, target: '/app' },
    },
    networks: mainNetworks(shared, true),
    check: checkOf(command),
    environment: {
      ...shared.environment,
      // Where it listens; REVERB_HOST and REVERB_PORT are where the app finds it.
      REVERB_SERVER_HOST: '0.0.0.0',
      REVERB_SERVER_PORT: String(port),
    },
    ports: { production: [published], development: [published] },
    limits: reverbLimits,
    oneShot: false,
  };
}

/** The service that builds the image of the PHP roles. */
function builderOf(name: string, app: LaravelApp): string {
  return app.server === 'fpm' ? `${name}-php` : name;
}

function url(app: LaravelApp): string {
  return `http://127.0.0.1:${app.port}${app.health}`;
}

/** Where the edge leads to Reverb from, for texts; empty where there is none. */
function reverbPlaces(answers: Answers, name: string): string {
  return placesOf(answers, `${name}-reverb`)
    .map(({ host, path }) => `\`${host}${path}\``)
    .join(', ');
}

function guide(answers: Answers, name: string, app: LaravelApp, migrates: boolean): readonly GuideEntry[] {
  const php = builderOf(name, app);
  const workers = laravelRoles(answers, name, app).filter((role) => role.role === 'worker');
  const [first] = workers;
  return [
    {
      id: 'laravel-proxy',
      view: {
        app: name,
        php,
        fpm: app.server === 'fpm',
        bootstrap: inFolder(app.path, 'bootstrap/app.php'),
        urlVariable: `${envPrefix(name)}_URL`,
      },
    },
    { id: 'laravel-stale-config', view: { app: name, php } },
    { id: 'laravel-cache-path', view: { app: name, php } },
    { id: 'laravel-driver', view: { app: name, php } },
    ...(app.frozen ? [] : [{ id: 'laravel-lockfile', view: { app: name, folder: app.path } }]),
    ...(first
      ? [
          {
            id: 'laravel-queue',
            view: { app: name, service: `${name}-${first.key}`, grace: first.grace, retryAfter: retryAfter(app) },
          },
        ]
      : []),
    ...(app.reverb
      ? [{ id: 'laravel-reverb', view: { app: name, port: app.reverb.port, routed: reverbPlaces(answers, name) } }]
      : []),
    { id: 'laravel-debugger', view: { app: name, php, variable: xdebugEnv(name).name } },
    ...(migrates ? [{ id: 'laravel-migrate', view: { app: name, php, service: migrateName(name) } }] : []),
  ];
}
