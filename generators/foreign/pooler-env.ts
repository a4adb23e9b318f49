import type { EnvVar } from '../stack/types.ts';

/** What `.env` knows the password of a pooler by, where that of the database stands in their compose file itself. */
export function poolerPassword(database: string): EnvVar {
  return {
    name: 'PGBOUNCER_DATABASE_PASSWORD',
    meaning: `The password of the database, as it stands in the environment of ${database}: the pooler comes with it.`,
    kind: 'required',
    sensitive: true,
    group: 'Secrets',
  };
}
