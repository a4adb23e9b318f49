import type { Answers, App } from '../../answers/schema.ts';
import { hasPort } from '../../answers/stacks/common.ts';
import type { EnvVar, Service, Value } from '../types.ts';
import { envPrefix, value, variable } from '../values.ts';

/** The network of the apps, with a way out, and the one of the data, without. */
export const networks = { apps: 'apps', data: 'data' } as const;

/** The database and its owner inside the bundled Postgres. */
export const database = { name: 'app', user: 'app' } as const;

/** Where an app's data is in the bundled Postgres, and as whom it comes there. */
export interface Database {
  readonly name: string;
  readonly user: string;
  /** The variable of `.env` with its password. */
  readonly password: string;
}

/** What an app needs to reach the externals and the other apps of the stack. */
export interface Connections {
  readonly environment: Readonly<Record<string, Value>>;
  readonly dependsOn: Service['dependsOn'];
  readonly networks: readonly string[];
}

/** How an app likes to be told. */
export interface ConnectionStyle {
  /** The scheme of a database URL that its driver expects. */
  readonly scheme?: string;
  /** The variables that its stack has for the purpose, by what they hold: `{DATABASE_URL: 'postgres.url'}`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Variables that most frameworks and libraries know. */
const common: ConnectionStyle['variables'] = { DATABASE_URL: 'postgres.url', REDIS_URL: 'redis.url' };

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

/**
 * How an app reaches what it uses: addresses for its environment, whom it waits for, its networks.
 * @param name the app's own name
 */
export function connections(answers: Answers, name: string, app: App, style: ConnectionStyle = {}): Connections {
  const has = (external: 'postgres' | 'redis') => answers[external] !== undefined && app.uses.includes(external);
  const others = app.uses.filter((one) => Object.hasOwn(answers.apps, one));
  const waitsFor = [...(has('postgres') ? ['postgres'] : []), ...(has('redis') ? ['redis'] : []), ...others];
  const known = sources(answers, name, waitsFor, style.scheme ?? 'postgresql');
  const wanted = {
    ...(style.variables ?? common),
    ...Object.fromEntries(others.map((one) => [`${envPrefix(one)}_URL`, `${one}.url`])),
    ...('variables' in app ? app.variables : {}),
  };
  return {
    environment: Object.fromEntries(
      Object.entries(wanted).flatMap(([key, from]) => {
        const found = known[from];
        return found === undefined ? [] : [[key, found] as const];
      }),
    ),
    dependsOn: {
      // Made before the app is let in.
      ...(has('postgres') && answers.postgres?.separate !== undefined
        ? { 'postgres-setup': 'service_completed_successfully' }
        : {}),
      ...Object.fromEntries(waitsFor.map((one) => [one, 'service_healthy'] as const)),
    },
    networks: has('postgres') || has('redis') ? [networks.apps, networks.data] : [networks.apps],
  };
}

/** All that can be told of what an app uses, by the names that the answer `variables` has for it. */
function sources(
  answers: Answers,
  name: string,
  used: readonly string[],
  scheme: string,
): Readonly<Record<string, Value>> {
  const own = databaseOf(answers, name);
  const all: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
    postgres: {
      url: value`${scheme}://${own.user}:${variable(own.password)}@postgres:5432/${own.name}`,
      host: 'postgres',
      port: '5432',
      name: own.name,
      user: own.user,
      password: [variable(own.password)],
    },
    redis: {
      url: value`redis://:${variable('REDIS_PASSWORD')}@redis:6379/0`,
      host: 'redis',
      port: '6379',
      password: [variable('REDIS_PASSWORD')],
    },
  };
  return Object.fromEntries(
    used.flatMap((one) =>
      Object.entries(all[one] ?? addressOf(answers, one) ?? {}).map(
        ([what, text]) => [`${one}.${what}`, text] as const,
      ),
    ),
  );
}

/** Where an app of the stack is, for the others; undefined for one without a port. */
export function addressOf(
  answers: Answers,
  app: string,
): { readonly url: string; readonly host: string; readonly port: string } | undefined {
  const used = answers.apps[app];
  if (!used || !hasPort(used)) return undefined;
  return { url: `http://${app}:${used.port}`, host: app, port: String(used.port) };
}
