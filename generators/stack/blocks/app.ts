/** What all apps have in common, whatever their stack. */
import { splitCommand } from '../../answers/command.ts';
import type { Answers, App } from '../../answers/schema.ts';
import { serversOf } from '../../answers/servers.ts';
import { defaultGrace } from '../../answers/stacks/common.ts';
import { imageTag } from '../registry.ts';
import { secretsFolder } from '../secrets.ts';
import { mebibytes } from '../targets/amounts.ts';
import type { Artifact, EnvVar, Ignore, Limits, PublishedPort, Service } from '../types.ts';
import { envPrefix, secretVariable, value, variable } from '../values.ts';
import { appSettings, asService } from './app-settings.ts';
import { atEdge, type ConnectionStyle, connections, onlyData, withWayOut } from './connections.ts';
import type { As } from './reach/types.ts';

/** The user that apps run as: fixed, so that volumes and bind mounts keep their owner; not the host's first user. */
export const appUser = { uid: 1001, gid: 1001 } as const;

/** The apps of one stack, with their names. */
export function appsOf<S extends App['stack']>(
  answers: Answers,
  stack: S,
): readonly (readonly [string, Extract<App, { stack: S }>])[] {
  const isOf = (app: App): app is Extract<App, { stack: S }> => app.stack === stack;
  return Object.entries(answers.apps).flatMap(([name, app]) => (isOf(app) ? [[name, app] as const] : []));
}

/**
 * What all roles of an app share: one image, its settings, one way to its data.
 * @param style how the app likes to be told where its data is
 */
export function sharedByRoles(answers: Answers, name: string, app: App, style?: ConnectionStyle, as: As = 'app') {
  const { environment, prodEnvironment, devEnvironment, ...reached } = connections(answers, name, app, style, as);
  const settings = appSettings(name, app);
  return {
    image: appImage(answers.name, name),
    devImage: appDevImage(answers.name, name),
    environment: { ...environment, ...secretsOf(name, app), ...settings.environment },
    prodEnvironment: { ...prodEnvironment, ...settings.prodEnvironment },
    devEnvironment: { ...devEnvironment, ...settings.devEnvironment },
    envFile: appEnvFile(name),
    ...reached,
    secretStyle: 'filled' as const,
    volumes: [] as Service['volumes'],
    hardening: { tmpfs: ['/tmp'] },
  };
}

/**
 * Whether the images of apps need `with-env` as their entrypoint: to put secrets from files into the environment, or to
 * take the address of something managed apart and wait for it.
 */
export function needsWithEnv(answers: Answers): boolean {
  const { from = 'env' } = answers.secrets ?? {};
  return from !== 'env' || serversOf(answers).some(([, { mode }]) => mode === 'managed');
}

/** It, in the build context of an app. */
export function withEnvFiles(answers: Answers, context: string): readonly Artifact[] {
  if (!needsWithEnv(answers)) return [];
  return [
    {
      path: inFolder(context, 'docker/with-env'),
      template: 'docker/with-env',
      view: {},
      mode: 0o755,
      why: 'puts secrets into the environment and waits for what is not part of this stack',
    },
  ];
}

/** A command that reads the environment and does not come through the entrypoint: a health check. */
export function withEnv(answers: Answers, probe: readonly string[]): readonly string[] {
  const [kind = 'CMD', ...command] = probe;
  return needsWithEnv(answers) ? [kind, 'with-env', ...command] : probe;
}

/** The random values of an app, under the names that it reads. */
function secretsOf(name: string, app: App): Service['environment'] {
  return Object.fromEntries(secretNames(app).map((secret) => [secret, [variable(secretVariable(name, secret))]]));
}

/** The same as variables of `.env`. */
export function secretEnv(name: string, app: App): readonly EnvVar[] {
  return secretNames(app).map((secret) => ({
    name: secretVariable(name, secret),
    meaning: `${secret} of ${name}. A new value makes invalid what was signed or encrypted with the one before.`,
    kind: 'secret',
    // What is called so is made into a key of AES-256 by most libraries, which want just that many bytes.
    ...(/(?:^|_)ENCRYPTION_KEY$/.test(secret) && { form: 'key' as const }),
    group: 'Secrets',
  }));
}

function secretNames(app: App): readonly string[] {
  return ('secrets' in app ? app.secrets : undefined) ?? [];
}

/** The limits of a role or external: what was chosen, over what its block thinks right. */
export function limitsOf(
  {
    limits = {},
  }: { readonly limits?: { readonly [K in 'cpus' | 'memory' | 'reservation']?: string | undefined } | undefined },
  fallback: Limits,
): Limits {
  const chosen = (['cpus', 'memory'] as const).filter((key) => limits[key] !== undefined);
  return {
    ...fallback,
    ...(limits.cpus !== undefined && { cpus: limits.cpus }),
    ...(limits.memory !== undefined && { memory: limits.memory }),
    // Docker takes no reservation beyond the limit.
    reservation: limits.reservation ?? smaller(fallback.reservation, limits.memory ?? fallback.memory),
    ...(chosen.length > 0 && { chosen }),
  };
}

/** The smaller of two amounts of memory. */
function smaller(one: string, other: string): string {
  return mebibytes(one) <= mebibytes(other) ? one : other;
}

/** What makes a role of an app out of the parts that all its roles share. */
export interface Role {
  /** `worker`: the service is `<app>-worker`. */
  readonly key: string;
  readonly role: Service['role'];
  /** For texts: "the worker of api". */
  readonly title: string;
  readonly command: readonly string[];
  /** What development runs instead. */
  readonly devCommand?: readonly string[];
  /** A health check; without one Docker sees only that the process is there. */
  readonly probe?: readonly string[];
  /** Seconds between SIGTERM and the end. */
  readonly grace: number;
  readonly limits: Limits;
  /** Whether the process must not be the first one of its container. */
  readonly init: boolean;
  /** A line above it in the compose file. */
  readonly comment: string;
  readonly check?: readonly string[];
  /** What `compose watch` syncs, from the repo's root, and where to. */
  readonly watch?: {
    readonly path: string;
    readonly target: string;
    /** `sync` where the command reloads by itself; without it, an edit restarts the role. */
    readonly action?: 'sync' | 'sync+restart';
  };
}

/** A role without a published port, from the image that the app's web role builds. */
export function roleService(name: string, shared: ReturnType<typeof sharedByRoles>, role: Role): Service {
  return {
    ...shared,
    name: `${name}-${role.key}`,
    environment: asService(shared.environment, `${name}-${role.key}`),
    title: role.title,
    role: role.role,
    fragment: 'role',
    view: {
      builtBy: name,
      comment: role.comment,
      command: role.command,
      devCommand: role.devCommand,
      probe: role.probe,
      init: role.init,
      grace: role.grace,
      watch: role.watch && { action: 'sync+restart', ...role.watch },
    },
    networks: withWayOut(shared.networks),
    ...(role.check && { check: role.check }),
    ports: { production: [], development: [] },
    limits: role.limits,
    oneShot: false,
  };
}

/** The one-shot role that migrates an app's database at every `up`. */
export function migrateService(
  name: string,
  shared: ReturnType<typeof sharedByRoles>,
  {
    command,
    comment,
    limits,
    check,
    own,
  }: Pick<Role, 'command' | 'comment' | 'limits'> & {
    readonly check?: readonly string[];
    /** An image of their own, from another stage of the app's Dockerfile. */
    readonly own?: { readonly stack: string; readonly build: NonNullable<Service['build']> };
  },
): Service {
  return {
    ...shared,
    ...(own && {
      image: appImage(own.stack, migrateName(name)),
      devImage: appDevImage(own.stack, migrateName(name)),
      build: own.build,
    }),
    name: migrateName(name),
    environment: asService(shared.environment, migrateName(name)),
    title: `the migrations of ${name}`,
    role: 'migrate',
    fragment: 'migrate',
    view: { command, comment, builtBy: name },
    networks: onlyData(shared),
    ...(check && { check }),
    ports: { production: [], development: [] },
    limits,
    oneShot: true,
  };
}

/** The service of the migrations of an app. */
export function migrateName(app: string): string {
  return `${app}-migrate`;
}

/** The networks of what an image starts by itself: a server at the edge, or a program that nobody comes to. */
export function mainNetworks(shared: Pick<Service, 'networks'>, isServer: boolean): readonly string[] {
  return isServer ? atEdge(shared.networks) : withWayOut(shared.networks);
}

/** The roles of the answer `workers`. */
export function workerRoles(
  answers: Answers,
  name: string,
  app: Extract<App, { workers?: unknown }>,
  { limits, init, check }: Pick<Role, 'limits' | 'init'> & { readonly check?: (command: string) => Role['check'] },
): readonly Role[] {
  return Object.entries(app.workers ?? {}).map(([key, worker]) => {
    const checked = check?.(worker.start);
    return {
      key,
      role: 'worker',
      title: `the role ${key} of ${name}`,
      comment: '',
      command: splitCommand(worker.start) ?? [],
      ...(worker.dev !== undefined && worker.dev !== 'none' && { devCommand: splitCommand(worker.dev) ?? [] }),
      ...(worker.health !== undefined && { probe: withEnv(answers, ['CMD', ...(splitCommand(worker.health) ?? [])]) }),
      grace: worker.grace ?? defaultGrace,
      limits: limitsOf(worker, limits),
      init,
      ...(checked && { check: checked }),
    };
  });
}

/** Where an app is, for texts. */
export function placeOf(app: App): string {
  return app.path === '.' ? 'this folder' : app.path;
}

function appImage(stack: string, app: string): Service['image'] {
  return value`${stack}-${app}:${variable(imageTag)}`;
}

/** An image of its own, so that it and production's never take each other's place. */
function appDevImage(stack: string, app: string): string {
  return `${stack}-${app}:dev`;
}

/** The port of an app on the host's loopback interface, in every overlay. */
export function publishedPort(name: string, app: { readonly port: number }): PublishedPort {
  return { variable: `${envPrefix(name)}_PORT`, container: app.port };
}

export function publishedPortEnv(name: string, app: { readonly port: number }): EnvVar {
  return {
    name: publishedPort(name, app).variable,
    meaning: `The port of ${name} on this machine, on the loopback interface only.`,
    kind: 'optional',
    default: String(app.port),
    group: 'Ports',
  };
}

/** The optional file with the app's own settings, read into its containers. */
export function appEnvFile(name: string): string {
  return `${name}.env`;
}

/** Where a file of the app is, seen from the root of the repo. */
export function inFolder(folder: string, file: string): string {
  return folder === '.' ? file : `${folder}/${file}`;
}

/** What never belongs into an image, whatever the stack. Also what `compose watch` does not sync. */
export function dockerignore(folder: string, own: readonly string[]): Ignore {
  return {
    path: inFolder(folder, '.dockerignore'),
    why: 'keeps secrets, data and what the image makes itself out of the build',
    groups: [
      {
        comment: 'Secrets never enter an image',
        patterns: [
          '**/.env',
          '**/.env.*',
          '!**/.env.example',
          '**/*.env',
          '**/*.pem',
          '**/*.key',
          '**/*.p12',
          '**/*.pfx',
          '**/id_rsa',
          '**/id_ed25519',
          '**/.npmrc',
          '**/.netrc',
          '**/.pypirc',
          '**/credentials.json',
          '**/service-account*.json',
          `**/${secretsFolder}/`,
        ],
      },
      { comment: 'Data and backups', patterns: ['**/backups/', '**/*.dump', '**/*.sqlite', '**/*.sqlite3'] },
      { comment: 'Made anew inside the image', patterns: own },
      {
        comment: 'Not part of the app: a change here must not rebuild it',
        patterns: [
          '**/.git',
          '**/.github',
          '**/.gitlab',
          '**/.idea',
          '**/.vscode',
          '**/.DS_Store',
          '**/*.log',
          '**/Dockerfile*',
          '**/.dockerignore',
          '**/compose*.yaml',
          '**/compose*.yml',
          '**/docker-compose*.yaml',
          '**/docker-compose*.yml',
          'docs/DEPLOYMENT.md',
          'docs/DOCKER_TROUBLESHOOTING.md',
          'prodstack.yaml',
          '.prodstack/',
        ],
      },
    ],
  };
}
