/** The bundled Postgres with the backup engine `pitr`: pgBackRest in its image, and its write-ahead log sent to the repository. */
import type { Answers } from '../../answers/schema.ts';
import { serverTag } from '../registry.ts';
import type { Contribution, EnvVar, Service } from '../types.ts';
import { variable } from '../values.ts';
import { appDevImage } from './app.ts';
import { backups } from './backups-volume.ts';
import { networks } from './connections.ts';
import { database } from './databases.ts';
import { postgresImage } from './postgres-image.ts';

/** Whether the server keeps every change of its data for the backups. */
export function archives({ backup, postgres }: Answers): boolean {
  return backup?.engine === 'pitr' && postgres?.mode === 'bundled';
}

/** Who the server is, and who alone may read its files: the backup container too, then. */
export const postgresUser = { name: 'postgres', uid: 999, gid: 999 } as const;

/** The folder of the server's socket, which the backup container comes in by: as the same user, and over no network. */
export const postgresSocket = { volume: 'postgres-socket', target: '/var/run/postgresql' } as const;

const folder = 'docker/postgres';
const script = `${folder}/pgbackrest.sh`;

/** pgBackRest with the settings of the stack, in both containers. */
export const pgbackrest = { path: script, target: '/pgbackrest.sh' } as const;

/** What `.env` has for a storage elsewhere. */
export const s3Variables = ['ENDPOINT', 'REGION', 'BUCKET', 'PREFIX', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].map(
  (name) => `BACKUP_S3_${name}`,
);

const mode: EnvVar = {
  name: 'POSTGRES_ARCHIVE_MODE',
  meaning:
    'Whether PostgreSQL keeps its write-ahead log for backups in development: on or off. With on, start the backups too (--profile backup): until they are there, the log only grows.',
  kind: 'optional',
  default: 'off',
  group: 'Backups',
  development: true,
};

/** The tag follows the version of PostgreSQL. */
function tagOf(reference: string): EnvVar {
  return {
    name: serverTag,
    meaning:
      'The tag of the image of PostgreSQL, which is built with pgBackRest. It goes with the version of PostgreSQL and not with a release: a new one starts the database anew.',
    kind: 'optional',
    default: reference.slice(reference.lastIndexOf(':') + 1),
    group: 'Stack',
  };
}

/** The networks that the server is on, and its backups: out of the house both go by one that nobody else is on. */
export function archiveNetworks({ backup }: Answers): Service['networks'] {
  return backup?.to === 's3' ? [networks.data, networks.backup] : [networks.data];
}

/** The server, as one that archives. */
export function archiving(answers: Answers, server: Service): Service {
  const isElsewhere = answers.backup?.to === 's3';
  return {
    ...server,
    view: { ...server.view, init: true },
    image: [`${answers.name}-postgres:`, variable(serverTag)],
    devImage: appDevImage(answers.name, 'postgres'),
    build: { context: folder, dockerfile: 'Dockerfile' },
    environment: {
      ...server.environment,
      BACKUP_PROJECT: answers.name,
      BACKUP_TO: isElsewhere ? 's3' : 'local',
      ...Object.fromEntries(
        ['BACKUP_PASSWORD', ...(isElsewhere ? s3Variables : [])].map((name) => [name, [variable(name)]]),
      ),
    },
    devEnvironment: { ...server.devEnvironment, POSTGRES_ARCHIVE_MODE: [variable(mode.name)] },
    networks: archiveNetworks(answers),
    volumes: [...server.volumes, postgresSocket, backups],
    files: [...(server.files ?? []), pgbackrest],
    hardening: { tmpfs: server.hardening.tmpfs.filter((one) => !one.startsWith(postgresSocket.target)) },
  };
}

/** What the stack has for it, beside the server itself. */
export function archiveParts(answers: Answers): Contribution {
  const { postgres } = answers;
  if (postgres?.mode !== 'bundled' || !archives(answers)) return {};
  const { reference, title } = postgresImage(postgres);
  return {
    volumes: [{ name: postgresSocket.volume, holds: 'the socket of PostgreSQL, for its backups', disposable: true }],
    env: [tagOf(reference), mode],
    artifacts: [
      {
        path: `${folder}/Dockerfile`,
        template: `${folder}/Dockerfile`,
        view: { image: reference, user: postgresUser },
        mode: 0o644,
        why: `the image of the server: ${title} with pgBackRest`,
      },
      {
        path: script,
        template: script,
        view: {},
        mode: 0o755,
        why: 'runs pgBackRest with the settings of the stack',
      },
    ],
    guide: [
      {
        id: 'pitr-not-saved',
        view: { superuser: database.superuser, isElsewhere: answers.backup?.to === 's3' },
      },
      { id: 'pitr-another-cluster', view: { superuser: database.superuser } },
    ],
  };
}
