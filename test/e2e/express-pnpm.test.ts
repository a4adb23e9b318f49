import { describe, expect, it } from 'vitest';
import { keepsData } from './obligations/data.ts';
import { toleratesItsDatabase } from './obligations/database.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { isClosed } from './obligations/network.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('an existing Express app in a sub-folder', async () => {
  const system = await startSystem({
    name: 'orders',
    fixture: 'express-pnpm',
    app: 'backend',
    folder: 'backend',
    args: [],
    services: ['backend', 'postgres', 'postgres-setup', 'redis'],
    health: '/healthz',
    visit: { method: 'POST', path: '/visits' },
    debugger: 'inspector',
    edit: { file: 'backend/src/app.ts', from: 'version one', to: 'version two', path: '/' },
  });

  it('what the folder says is found, and nothing is assumed', () => {
    const { answers, detected, assumptions, warnings } = system.report();
    expect(answers.apps).toMatchObject({
      backend: {
        stack: 'node',
        path: 'backend',
        framework: 'express',
        packageManager: 'pnpm@10.34.8',
        frozen: true,
        version: 24,
        build: 'build',
        start: 'node dist/server.js',
        dev: expect.stringMatching(/dev|tsx watch/),
        scripts: false,
        port: 4000,
        health: '/healthz',
      },
    });
    expect(answers).toMatchObject({ postgres: { mode: 'bundled' }, redis: { mode: 'bundled' } });
    const files = Object.fromEntries(detected.map(({ path, evidence }) => [path, evidence.file]));
    expect(files).toMatchObject({
      'apps.backend.packageManager': 'backend/package.json',
      'apps.backend.port': 'backend/src/server.ts',
      'apps.backend.health': 'backend/src/app.ts',
      postgres: 'backend/package.json',
      redis: 'backend/package.json',
    });
    expect({ assumptions, warnings }).toEqual({ assumptions: [], warnings: [] });
  });

  starts(system);
  isHardened(system);
  isClosed(system);
  keepsSecrets(system);
  keepsData(system);
  stopsGracefully(system);
  toleratesItsDatabase(system);
  reloads(system);
});
