/** The databases of the apps, and the variables of `.env` that let them in. */

import { databasePasswords } from '../../answers/env-names.ts';
import type { Answers, App } from '../../answers/schema.ts';
import { usersOf } from '../../answers/servers.ts';
import { listed } from '../../words.ts';
import type { EnvVar } from '../types.ts';
import { envPrefix } from '../values.ts';
import type { As } from './reach/types.ts';

/** The database that all apps share, where none has one of its own, and the superuser of the bundled Postgres. */
export const database = { name: 'app', superuser: 'postgres' } as const;

/** Where an app's data is in the bundled Postgres, and as whom it comes there. */
export interface Database {
  readonly name: string;
  /** The schema of the app's tables in it. */
  readonly schema: string;
  readonly user: string;
  /** The variable of `.env` with its password. */
  readonly password: string;
}

/** The two roles that one database, or schema, has. */
export interface Roles extends Readonly<Record<As, Database>> {
  /** The apps that come as these roles. */
  readonly apps: readonly string[];
  /** Who makes its tables: migrations, the apps themselves, or some of them these and some those. */
  readonly owner: 'migrations' | 'app' | 'both';
}

/** Whether an app has migrations that run before it; if not, it may make its tables itself. */
export function migrates(app: App | undefined): boolean {
  return app !== undefined && 'migrate' in app && app.migrate !== undefined && app.migrate !== 'none';
}

/** Whether an app makes tables when it runs. */
function makesTables(app: App | undefined): boolean {
  return !migrates(app) || (app !== undefined && 'makesTables' in app && app.makesTables === true);
}

/** The database of an app: the shared one, or one of its own. Its migrations come to the same one with more rights. */
export function databaseOf(answers: Answers, app: string, as: As = 'app'): Database {
  const separate = answers.postgres?.separate;
  const isMigration = as === 'migration';
  const role = separate === undefined ? database.name : ownName(app);
  const passwords =
    separate === undefined
      ? { app: 'POSTGRES_APP_PASSWORD', migration: 'POSTGRES_MIGRATION_PASSWORD' }
      : databasePasswords(app);
  return {
    name: separate === 'databases' ? role : database.name,
    schema: separate === 'schemas' ? role : 'public',
    user: isMigration ? `${role}_migration` : role,
    password: passwords[as],
  };
}

/**
 * What the role and the database, or schema, of an app are called. With something in front: an app may be called like
 * the owner of all (app), like what every server has (template1), or like nothing may be (public, pg_...).
 */
function ownName(app: string): string {
  return `app_${app.replaceAll('-', '_')}`;
}

/** What the apps have in the bundled Postgres: one pair of roles, or one for each; none where no app uses it. */
export function rolesOf(answers: Answers): readonly Roles[] {
  const users = usersOf(answers, 'postgres').map(([name]) => name);
  const groups = answers.postgres?.separate === undefined ? [users] : users.map((name) => [name]);
  return groups.flatMap((apps) => {
    const [first] = apps;
    if (first === undefined) return [];
    const migrating = apps.filter((name) => migrates(answers.apps[name]));
    const making = apps.filter((name) => makesTables(answers.apps[name]));
    return {
      apps,
      app: databaseOf(answers, first),
      migration: databaseOf(answers, first, 'migration'),
      owner: migrating.length === 0 ? 'app' : making.length === 0 ? 'migrations' : 'both',
    };
  });
}

/** The passwords of the roles. */
export function databaseEnv(answers: Answers): readonly EnvVar[] {
  return rolesOf(answers).flatMap(({ apps, app, migration }): readonly EnvVar[] => {
    const rest = 'Letters and digits only: it becomes part of a URL. A new one counts from the next `up`.';
    return [
      {
        name: app.password,
        meaning: `The password of ${listed(apps)} in PostgreSQL, for rows. ${rest}`,
        kind: 'secret',
        group: 'Secrets',
      },
      {
        name: migration.password,
        meaning: `The same for migrations, which own the tables. ${rest}`,
        kind: 'secret',
        group: 'Secrets',
      },
    ];
  });
}

/** The variables with the addresses of a managed PostgreSQL, for an app and for its migrations. */
export function addressVariables(answers: Answers, app: string): Readonly<Record<As, string>> {
  const prefix = answers.postgres?.separate === undefined ? '' : `${envPrefix(app)}_`;
  return { app: `${prefix}DATABASE_URL`, migration: `${prefix}MIGRATION_DATABASE_URL` };
}

/** The variable with the address that backups of a managed database come by. */
export function backupAddress(answers: Answers, key: string): string {
  const prefix = answers.postgres?.separate === undefined ? '' : `${envPrefix(key)}_`;
  return `${prefix}BACKUP_DATABASE_URL`;
}
