import { describe } from 'vitest';
import { keepsData } from './obligations/data.ts';
import { toleratesItsDatabase } from './obligations/database.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { isClosed } from './obligations/network.ts';
import { playsItsRoles, withoutClock } from './obligations/roles.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('the Laravel starter, on FrankenPHP', async () => {
  const system = await startSystem({
    name: 'larashop',
    app: 'app',
    folder: '.',
    // Reverb is a package that the stand-ins of base images do not have.
    args: ['--preset', 'laravel', '--set', 'apps.app.reverb=null'],
    backups: true,
    services: [
      'app',
      'app-migrate',
      'app-queue-server',
      'app-queue-runner',
      'app-scheduler',
      'backup',
      'postgres',
      'postgres-setup',
      'redis',
    ],
    networks: {
      app: ['data', 'edge'],
      'app-migrate': ['data'],
      'app-queue-server': ['app', 'data'],
      'app-queue-runner': ['app', 'data'],
      'app-scheduler': ['app', 'data'],
      backup: ['app', 'data'],
      postgres: ['data'],
      'postgres-setup': ['data'],
      redis: ['data'],
    },
    health: '/up',
    unhealthy: 500,
    visit: { method: 'GET', path: '/' },
    debugger: 'xdebug',
    edit: { file: 'resources/views/welcome.blade.php', from: 'Visits:', to: 'Visitors so far:', path: '/' },
  });
  const roles = { php: 'app', queue: 'app-queue-server', queueName: 'high', scheduler: 'app-scheduler' };
  // First: it looks at when things were started.
  playsItsRoles(system, roles);
  starts(system);
  isHardened(system);
  isClosed(system);
  keepsSecrets(system);
  keepsData(system, (run) => withoutClock(system.stack, roles, run));
  stopsGracefully(system);
  toleratesItsDatabase(system);
  reloads(system);
});
