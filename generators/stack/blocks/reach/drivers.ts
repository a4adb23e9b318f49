/** What an app speaks to its data with, as far as its answers tell. */
import type { App } from '../../../answers/schema.ts';
import type { DatabaseDriver, RedisDriver } from '../../dialects.ts';
import type { As } from './types.ts';

/** The driver of an app, or of what migrates its database. */
export function databaseDriver(app: App, as: As): DatabaseDriver {
  switch (app.stack) {
    case 'laravel':
      return 'laravel';
    case 'node':
      return app.migrate === 'prisma' && as === 'migration' ? 'prisma' : (app.databaseDriver ?? 'pg');
    case 'static':
      return 'pg';
    default:
      return app.databaseScheme === 'postgresql+asyncpg' ? 'sqlalchemy-asyncpg' : 'libpq';
  }
}

export function redisDriver(app: App): RedisDriver {
  if (app.stack === 'laravel') return 'laravel';
  return app.stack === 'node' || app.stack === 'static' ? 'node' : 'python';
}
