import { describe } from 'vitest';
import { reachesManagedServers } from './managed.ts';

describe('the Laravel starter with managed servers', async () => {
  await reachesManagedServers({
    name: 'harbour',
    // Reverb is a package that the stand-ins of base images do not have.
    args: ['--preset', 'laravel', '--set', 'apps.app.reverb=null'],
    migrates: true,
    health: '/up',
    refusal: /certificate verify failed|does not match host name/,
  });
});
