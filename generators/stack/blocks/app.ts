/** What all apps have in common, whatever their stack. */
import type { Answers, App } from '../../answers/schema.ts';
import { serversOf } from '../../answers/servers.ts';
import { inFolder } from '../../paths.ts';
import { imageTag } from '../registry.ts';
import { secretsFolder } from '../secrets.ts';
import { mebibytes } from '../targets/amounts.ts';
import type { Artifact, EnvVar, Ignore, Limits, PublishedPort, Service } from '../types.ts';
import { envPrefix, secretVariable, value, variable } from '../values.ts';
import { appSettings } from './app-settings.ts';
import { type ConnectionStyle, connections } from './connections.ts';
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

/** Where an app is, for texts. */
export function placeOf(app: App): string {
  return app.path === '.' ? 'this folder' : app.path;
}

/** The image of an app, or of its migrations. */
export function appImage(stack: string, app: string): Service['image'] {
  return value`${stack}-${app}:${variable(imageTag)}`;
}

/** An image of its own, so that it and production's never take each other's place. */
export function appDevImage(stack: string, app: string): string {
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
