/**
 * The bundled Postgres with the backup engine `pitr`: every segment of its write-ahead log is saved. The server has no way out
 * and no key for that, and its image stays as it is: the backup container reads the segment from the server's volume, saves it,
 * and says so beside the socket.
 */
import type { Answers } from '../../answers/schema.ts';
import type { Contribution, EnvVar, Service } from '../types.ts';
import { variable } from '../values.ts';
import { database } from './databases.ts';

/** Whether the server keeps every change of its data for the backups. */
export function archives({ backup, postgres }: Answers): boolean {
  return backup?.engine === 'pitr' && postgres?.mode === 'bundled';
}

/** Who the server is, and who alone may read its files: the backup container too, then. */
export const postgresUser = { name: 'postgres', uid: 999, gid: 999 } as const;

/** The folder of the server's socket, which the backup container comes in by: as the same user, and over no network. */
export const postgresSocket = { volume: 'postgres-socket', target: '/var/run/postgresql' } as const;

const script = 'docker/postgres/archive.sh';

const mode: EnvVar = {
  name: 'POSTGRES_ARCHIVE_MODE',
  meaning:
    'Whether PostgreSQL keeps its write-ahead log for backups in development: on or off. With on, start the backups too (--profile backup): until they run, the log only grows.',
  kind: 'optional',
  default: 'off',
  group: 'Backups',
  development: true,
};

/** The server, as one that archives. */
export function archiving(server: Service): Service {
  return {
    ...server,
    devEnvironment: { ...server.devEnvironment, [mode.name]: [variable(mode.name)] },
    volumes: [...server.volumes, postgresSocket],
    files: [...(server.files ?? []), { path: script, target: '/pgbackrest-archive.sh' }],
    hardening: { tmpfs: server.hardening.tmpfs.filter((one) => !one.startsWith(postgresSocket.target)) },
  };
}

/** What the stack has for it, beside the server itself. */
export function archiveParts({ backup }: Answers): Contribution {
  const { superuser } = database;
  return {
    volumes: [{ name: postgresSocket.volume, holds: 'the socket of PostgreSQL, for its backups', disposable: true }],
    env: [mode],
    artifacts: [
      {
        path: script,
        template: script,
        view: {},
        mode: 0o755,
        why: 'tells PostgreSQL whether a part of its log is saved',
      },
    ],
    guide: [
      { id: 'pitr-not-saved', view: { superuser, isElsewhere: backup?.to === 's3' } },
      { id: 'pitr-storage', view: { isElsewhere: backup?.to === 's3' } },
      { id: 'pitr-another-cluster', view: { superuser } },
    ],
  };
}
