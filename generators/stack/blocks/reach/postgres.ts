import { caFile, isPooled, providers } from '../../../answers/providers.ts';
import { databaseDialect } from '../../dialects.ts';
import { part, value, variable } from '../../values.ts';
import { addressVariables, databaseOf } from '../databases.ts';
import { authority } from './authority.ts';
import { databaseDriver } from './drivers.ts';
import type { Reach, Visitor } from './types.ts';

/** How an app reaches PostgreSQL; undefined where the stack has none. */
export function reachPostgres({ answers, name, app, scheme, as }: Visitor): Reach | undefined {
  const { postgres } = answers;
  if (!postgres) return undefined;
  if (postgres.mode === 'managed') return reachManaged({ answers, name, app, scheme, as }, postgres);
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
    environment,
    waitFor: of('address'),
    files,
    bundled: false,
  };
}
