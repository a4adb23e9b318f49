import { describe } from 'vitest';
import { keepsData } from './obligations/data.ts';
import { toleratesItsDatabase } from './obligations/database.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { migratesFirst } from './obligations/migrations.ts';
import { isClosed } from './obligations/network.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('the FastAPI starter', async () => {
  const system = await startSystem({
    name: 'quay',
    app: 'app',
    folder: '.',
    args: ['--preset', 'fastapi'],
    backups: true,
    services: ['app', 'app-migrate', 'backup', 'postgres', 'postgres-setup', 'redis'],
    networks: {
      app: ['data', 'edge'],
      'app-migrate': ['data'],
      backup: ['app', 'data'],
      postgres: ['data'],
      'postgres-setup': ['data'],
      redis: ['data'],
    },
    health: '/health',
    visit: { method: 'GET', path: '/' },
    edit: { file: 'app/main.py', from: 'Visits:', to: 'Visitors so far:', path: '/' },
  });

  migratesFirst(system);
  starts(system);
  isHardened(system);
  isClosed(system);
  keepsSecrets(system);
  keepsData(system);
  stopsGracefully(system);
  toleratesItsDatabase(system);
  reloads(system);
});
