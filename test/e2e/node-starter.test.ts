import { describe } from 'vitest';
import { keepsData } from './obligations/data.ts';
import { toleratesItsDatabase } from './obligations/database.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { provesItsImages } from './obligations/images.ts';
import { isClosed } from './obligations/network.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('the Node starter', async () => {
  const system = await startSystem({
    name: 'shop',
    app: 'app',
    folder: '.',
    args: ['--preset', 'node'],
    backups: true,
    services: ['app', 'backup', 'postgres', 'postgres-setup', 'redis'],
    health: '/health',
    visit: { method: 'GET', path: '/' },
    debugger: 'inspector',
    edit: { file: 'src/app.js', from: 'Visits:', to: 'Visitors so far:', path: '/' },
  });
  starts(system);
  provesItsImages(system, 'src/server.js');
  isHardened(system);
  isClosed(system);
  keepsSecrets(system);
  keepsData(system);
  stopsGracefully(system);
  toleratesItsDatabase(system);
  reloads(system);
});
