/** Where the databases of backups are, and as whom the backup comes there. */
import { caFile, providers } from '../../answers/providers.ts';
import type { Answers } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import type { EnvVar, Service, Value } from '../types.ts';
import { envPrefix, part, variable } from '../values.ts';
import { networks } from './connections.ts';
import { backupAddress, database, rolesOf } from './databases.ts';
import { authority } from './reach/authority.ts';

/** What the databases are called in names of files and variables: `app`, or the apps that have one of their own. */
export function keysOf(answers: Answers): readonly string[] {
  const { postgres } = answers;
  const isOne = postgres?.separate === undefined || (postgres.mode === 'bundled' && postgres.separate === 'schemas');
  const users = usersOf(answers, 'postgres').map(([name]) => name);
  return isOne || users.length === 0 ? [database.name] : users;
}

/** What it takes to come there. */
export interface Servers extends Pick<Service, 'environment' | 'dependsOn' | 'networks'> {
  readonly files: NonNullable<Service['files']>;
  readonly env: readonly EnvVar[];
}

/** As the superuser: row security hides nothing from it, and it may make databases. */
export function bundledServers(answers: Answers): Servers {
  const { postgres } = answers;
  const timescaledb = postgres?.mode === 'bundled' && postgres.timescaledb === true;
  const names = new Map(rolesOf(answers).flatMap(({ apps, app }) => apps.map((one) => [one, app.name] as const)));
  return {
    environment: {
      BACKUP_MANAGED: 'false',
      BACKUP_TIMESCALEDB: String(timescaledb),
      BACKUP_DRILL_IN: answers.backup?.drillIn ?? (timescaledb ? 'server' : 'scratch'),
      ...Object.assign(
        {},
        ...keysOf(answers).map((key) =>
          login(key, {
            HOST: 'postgres',
            PORT: '5432',
            NAME: names.get(key) ?? database.name,
            USER: database.superuser,
            PASSWORD: [variable('POSTGRES_PASSWORD')],
            SSLMODE: 'disable',
            SSLROOTCERT: '',
          }),
        ),
      ),
    },
    dependsOn: { postgres: 'service_healthy' },
    // The second one has the way out.
    networks: [networks.app, networks.data],
    files: [],
    env: [],
  };
}

/** By addresses of its own, past any pooler. */
export function managedServers(
  answers: Answers,
  postgres: Extract<NonNullable<Answers['postgres']>, { mode: 'managed' }>,
): Servers {
  const provider = providers[postgres.provider];
  const { target, files } = authority(caFile(postgres));
  return {
    environment: {
      BACKUP_MANAGED: 'true',
      BACKUP_TIMESCALEDB: 'false',
      BACKUP_DRILL_IN: answers.backup?.drillIn ?? 'scratch',
      ...Object.assign(
        {},
        ...keysOf(answers).map((key) => {
          const of = (which: Parameters<typeof part>[1]) => [part(backupAddress(answers, key), which)];
          return login(key, {
            HOST: of('host'),
            PORT: of('port'),
            NAME: of('name'),
            USER: of('user'),
            PASSWORD: of('password'),
            SSLMODE: provider.verify,
            SSLROOTCERT: target ?? '/etc/ssl/certs/ca-certificates.crt',
          });
        }),
      ),
    },
    dependsOn: {},
    networks: [networks.app],
    files,
    env: keysOf(answers).map((key) => ({
      name: backupAddress(answers, key),
      meaning: `The address that backups${postgres.separate === undefined ? '' : ` of ${key}`} come to the database by: past any pooler, as a role that may read every row and make databases, often the administrator's. postgresql://<user>:<password>@<host>:<port>/<name>`,
      kind: 'required',
      example: 'postgresql://<user>:<password>@<host>:<port>/<name>',
      sensitive: true,
      group: 'Secrets',
    })),
  };
}

/** What the scripts of the container read of a database. */
export function login(key: string, parts: Readonly<Record<string, Value>>): Service['environment'] {
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [`DB_${envPrefix(key)}_${name}`, value]));
}
