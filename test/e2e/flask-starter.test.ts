import { describe } from 'vitest';
import { toleratesItsDatabase } from './obligations/database.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { migratesFirst } from './obligations/migrations.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('the Flask starter', async () => {
  const system = await startSystem({
    name: 'ferry',
    app: 'app',
    folder: '.',
    args: ['--preset', 'flask'],
    services: ['app', 'app-migrate', 'postgres', 'postgres-setup', 'redis'],
    health: '/health',
    visit: { method: 'GET', path: '/' },
    edit: { file: 'app/__init__.py', from: 'Visits:', to: 'Visitors so far:', path: '/' },
  });

  migratesFirst(system);
  starts(system);
  isHardened(system);
  stopsGracefully(system);
  toleratesItsDatabase(system);
  reloads(system);
});
