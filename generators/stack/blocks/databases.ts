/** The databases of the apps, and the variables of `.env` that let them in. */
import type { Answers } from '../../answers/schema.ts';
import type { EnvVar } from '../types.ts';
import { envPrefix } from '../values.ts';
import type { As } from './reach/types.ts';

/** The database and its owner inside the bundled Postgres. */
export const database = { name: 'app', user: 'app' } as const;

/** Where an app's data is in the bundled Postgres, and as whom it comes there. */
export interface Database {
  readonly name: string;
  readonly user: string;
  /** The variable of `.env` with its password. */
  readonly password: string;
}

/** The database of an app: the shared one, or one of its own. */
export function databaseOf(answers: Answers, app: string): Database {
  const separate = answers.postgres?.separate;
  if (separate === undefined) return { ...database, password: 'POSTGRES_PASSWORD' };
  const own = ownName(app);
  return {
    name: separate === 'databases' ? own : database.name,
    user: own,
    password: `${envPrefix(app)}_POSTGRES_PASSWORD`,
  };
}

/**
 * What the role and the database, or schema, of an app are called. With something in front: an app may be called like
 * the owner of all (app), like what every server has (template1), or like nothing may be (public, pg_...).
 */
function ownName(app: string): string {
  return `app_${app.replaceAll('-', '_')}`;
}

/** The apps that the bundled Postgres keeps apart, with their databases. */
export function separateDatabases(answers: Answers): readonly (readonly [string, Database])[] {
  if (answers.postgres?.separate === undefined) return [];
  return Object.entries(answers.apps).flatMap(([name, app]) =>
    app.uses.includes('postgres') ? [[name, databaseOf(answers, name)] as const] : [],
  );
}

/** The passwords of the databases that apps have for themselves. */
export function databaseEnv(answers: Answers): readonly EnvVar[] {
  return separateDatabases(answers).map(([name, { password }]) => ({
    name: password,
    meaning: `The password of ${name} in PostgreSQL. Letters and digits only: it becomes part of a URL.`,
    kind: 'secret',
    group: 'Secrets',
  }));
}

/** The variables with the addresses of a managed PostgreSQL, for an app and for its migrations. */
export function addressVariables(answers: Answers, app: string): Readonly<Record<As, string>> {
  const prefix = answers.postgres?.separate === undefined ? '' : `${envPrefix(app)}_`;
  return { app: `${prefix}DATABASE_URL`, migration: `${prefix}MIGRATION_DATABASE_URL` };
}
