import { caFile, isPooled, providers } from '../../../answers/providers.ts';
import { databaseDialect } from '../../dialects.ts';
import { part, value, variable } from '../../values.ts';
import { addressVariables, databaseOf } from '../databases.ts';
import { authority } from './authority.ts';
import { databaseDriver } from './drivers.ts';
import type { Reach, Visitor } from './types.ts';

/** The bundled server in the network of the data, and the pooler before it. */
const servers = {
  postgres: { host: 'postgres', port: '5432' },
  pgbouncer: { host: 'pgbouncer', port: '6432' },
} as const;

/** How an app reaches PostgreSQL; undefined where the stack has none. */
export function reachPostgres({ answers, name, app, scheme, as }: Visitor): Reach | undefined {
  const { postgres } = answers;
  if (!postgres) return undefined;
  if (postgres.mode === 'managed') return reachManaged({ answers, name, app, scheme, as }, postgres);
  const own = databaseOf(answers, name, as);
  const password = variable(own.password);
  const pooler = postgres.pooler !== undefined && as === 'app';
  const { host, port } = servers[pooler ? 'pgbouncer' : 'postgres'];
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
      ...(pooler && { pgbouncer: 'service_healthy' as const }),
    },
    bundled: true,
  };
}

/** A server of somebody else's: what the address says of TLS gives way to what the app's own driver understands. */
function reachManaged(
  { answers, name, app, scheme, as }: Visitor,
  postgres: Extract<Visitor['answers']['postgres'], { mode: 'managed' }>,
): Reach {
  const address = addressVariables(answers, name)[as];
  const of = (which: Parameters<typeof part>[1]) => [part(address, which)];
  const { target, files } = authority(caFile(postgres));
  const driver = databaseDriver(app, as);
  const { settings, environment } = databaseDialect(
    driver,
    { file: target, verify: providers[postgres.provider].verify },
    as === 'app' && isPooled(postgres),
  );
  const url = [
    ...value`${scheme}://${part(address, 'login')}@${part(address, 'address')}/${part(address, 'name')}?${settings.join('&')}`,
    // Laravel sets the search path itself, over that of the role.
    ...(driver === 'laravel' && postgres.separate === 'schemas' ? ['&search_path=', part(address, 'user')] : []),
    part(address, 'query'),
  ];
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
    environment: { ...environment, ...(as === 'migration' && { MIGRATION_DATABASE_URL: url }) },
    waitFor: of('address'),
    files,
    bundled: false,
  };
}
