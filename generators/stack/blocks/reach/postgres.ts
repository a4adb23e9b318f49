import { part, value, variable } from '../../values.ts';
import { addressVariables, databaseOf } from '../databases.ts';
import type { Reach, Visitor } from './types.ts';

/** The bundled server in the network of the data, and the pooler before it. */
const servers = {
  postgres: { host: 'postgres', port: '5432' },
  pgbouncer: { host: 'pgbouncer', port: '6432' },
} as const;

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
  const own = databaseOf(answers, name, as);
  const password = variable(own.password);
  const isPooled = postgres.pooler !== undefined && as === 'app';
  const { host, port } = servers[isPooled ? 'pgbouncer' : 'postgres'];
  const url = (server: { readonly host: string; readonly port: string }) =>
    value`${scheme}://${own.user}:${password}@${server.host}:${server.port}/${own.name}`;
  const directUrl = url(servers.postgres);
  return {
    parts: {
      url: url({ host, port }),
      directUrl,
      host,
      port,
      name: own.name,
      user: own.user,
      password: [password],
    },
    environment: as === 'migration' ? { MIGRATION_DATABASE_URL: directUrl } : {},
    dependsOn: {
      // Its roles are made before anybody is let in.
      'postgres-setup': 'service_completed_successfully',
      postgres: 'service_healthy',
      ...(isPooled && { pgbouncer: 'service_healthy' as const }),
    },
    bundled: true,
  };
}
