import { describe, expect, it } from 'vitest';
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

describe('an existing FastAPI app with a src folder', async () => {
  const system = await startSystem({
    name: 'depot',
    fixture: 'fastapi-src',
    app: 'app',
    folder: '.',
    args: [],
    services: ['app', 'app-migrate', 'postgres', 'postgres-setup'],
    health: '/api/v1/health',
    visit: { method: 'POST', path: '/api/v1/visits' },
    edit: { file: 'src/shopapi/routes.py', from: 'Welcome', to: 'Good evening', path: '/api/v1/greeting' },
  });

  it('what the folder says is found, and only the port is assumed', () => {
    const { answers, detected, assumptions, warnings } = system.report();
    expect(answers.apps).toMatchObject({
      app: {
        stack: 'fastapi',
        path: '.',
        packageManager: 'poetry',
        frozen: true,
        version: '3.13',
        app: 'shopapi.main:app',
        appDir: 'src',
        migrate: 'alembic',
        databaseScheme: 'postgresql+psycopg',
        port: 8000,
        health: '/api/v1/health',
      },
    });
    expect(answers.postgres).toMatchObject({ mode: 'bundled' });
    expect(answers.redis).toBeUndefined();
    const files = Object.fromEntries(detected.map(({ path, evidence }) => [path, evidence.file]));
    expect(files).toMatchObject({
      'apps.app.packageManager': 'poetry.lock',
      'apps.app.app': 'src/shopapi/main.py',
      'apps.app.health': 'src/shopapi/routes.py',
      'apps.app.migrate': 'alembic.ini',
      postgres: 'pyproject.toml',
    });
    expect(assumptions.map(({ path }) => path)).toEqual(['apps.app.port']);
    expect(warnings).toEqual([]);
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
