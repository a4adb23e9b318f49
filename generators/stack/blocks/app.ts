/** What all apps have in common, whatever their stack. */
import type { Answers, App, FastapiApp } from '../../answers/schema.ts';
import type { EnvVar, Ignore, PublishedPort, Service } from '../types.ts';
import { envPrefix, value, variable } from '../values.ts';
import { connections } from './connections.ts';

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
 * @param scheme the scheme of DATABASE_URL that the driver of the app expects
 */
export function sharedByRoles(answers: Answers, name: string, app: App, scheme?: FastapiApp['databaseScheme']) {
  const { environment, dependsOn, networks } = connections(answers, app, scheme);
  return {
    image: appImage(answers.name, name),
    devImage: appDevImage(answers.name, name),
    environment,
    devEnvironment: {},
    envFile: appEnvFile(name),
    dependsOn,
    networks,
    volumes: [],
    hardening: { tmpfs: ['/tmp'] },
  };
}

/** Where an app is, for texts. */
export function placeOf(app: App): string {
  return app.path === '.' ? 'this folder' : app.path;
}

function appImage(stack: string, app: string): Service['image'] {
  return value`${stack}-${app}:${variable('IMAGE_TAG')}`;
}

/** An image of its own, so that it and production's never take each other's place. */
function appDevImage(stack: string, app: string): string {
  return `${stack}-${app}:dev`;
}

/** The port of an app on the host's loopback interface, in every overlay. */
export function publishedPort(name: string, app: App): PublishedPort {
  return { variable: `${envPrefix(name)}_PORT`, container: app.port };
}

export function publishedPortEnv(name: string, app: App): EnvVar {
  return {
    name: publishedPort(name, app).variable,
    meaning: `The port of ${name} on this machine, on the loopback interface only.`,
    kind: 'optional',
    default: String(app.port),
    group: 'Ports',
  };
}

/** The optional file with the app's own settings, read into its containers. */
function appEnvFile(name: string): string {
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
          '**/secrets/',
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
          'docs/DOCKER_TROUBLESHOOTING.md',
          'prodstack.yaml',
          '.prodstack/',
        ],
      },
    ],
  };
}
