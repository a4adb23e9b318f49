import type { Answers, App, FastapiApp } from '../../answers/schema.ts';
import type { Service, Value } from '../types.ts';
import { value, variable } from '../values.ts';

/** The network of the apps, with a way out, and the one of the data, without. */
export const networks = { apps: 'apps', data: 'data' } as const;

/** The database and its owner inside the bundled Postgres. */
export const database = { name: 'app', user: 'app' } as const;

/** What an app needs to reach the externals of the stack. */
export interface Connections {
  readonly environment: Readonly<Record<string, Value>>;
  readonly dependsOn: Service['dependsOn'];
  readonly networks: readonly string[];
}

/**
 * How an app reaches the externals that it uses: URLs for its environment, whom it waits for, its networks.
 * @param scheme the scheme of DATABASE_URL that the driver of the app expects
 */
export function connections(
  answers: Answers,
  { uses }: App,
  scheme: FastapiApp['databaseScheme'] = 'postgresql',
): Connections {
  const postgres = answers.postgres !== undefined && uses.includes('postgres');
  const redis = answers.redis !== undefined && uses.includes('redis');
  return {
    environment: {
      ...(postgres && {
        DATABASE_URL: value`${scheme}://${database.user}:${variable('POSTGRES_PASSWORD')}@postgres:5432/${database.name}`,
      }),
      ...(redis && { REDIS_URL: value`redis://:${variable('REDIS_PASSWORD')}@redis:6379/0` }),
    },
    dependsOn: { ...(postgres && { postgres: 'service_healthy' }), ...(redis && { redis: 'service_healthy' }) },
    networks: postgres || redis ? [networks.apps, networks.data] : [networks.apps],
  };
}
