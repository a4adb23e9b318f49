import { part, value, variable } from '../../values.ts';
import { addressVariables, databaseOf } from '../databases.ts';
import type { Reach, Visitor } from './types.ts';

/** How an app reaches PostgreSQL; undefined where the stack has none. */
export function reachPostgres({ answers, name, scheme, as }: Visitor): Reach | undefined {
  const { postgres } = answers;
  if (!postgres) return undefined;
  if (postgres.mode === 'managed') {
    const address = addressVariables(answers, name)[as];
    const of = (which: Parameters<typeof part>[1]) => [part(address, which)];
    const url = value`${scheme}://${part(address, 'login')}@${part(address, 'address')}/${part(address, 'name')}`;
    return {
      parts: {
        url,
        directUrl: url,
        host: of('host'),
        port: of('port'),
        name: of('name'),
        user: of('user'),
        password: of('password'),
      },
      waitFor: of('address'),
      bundled: false,
    };
  }
  const own = databaseOf(answers, name);
  const url = value`${scheme}://${own.user}:${variable(own.password)}@postgres:5432/${own.name}`;
  return {
    parts: {
      url,
      directUrl: url,
      host: 'postgres',
      port: '5432',
      name: own.name,
      user: own.user,
      password: [variable(own.password)],
    },
    dependsOn: {
      // Made before the app is let in.
      ...(postgres.separate !== undefined && { 'postgres-setup': 'service_completed_successfully' as const }),
      postgres: 'service_healthy',
    },
    bundled: true,
  };
}
