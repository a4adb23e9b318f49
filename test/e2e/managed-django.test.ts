import { describe } from 'vitest';
import { reachesManagedServers } from './managed.ts';

describe('the Django starter with managed servers', async () => {
  await reachesManagedServers({
    name: 'dock',
    args: ['--preset', 'django'],
    migrates: true,
    health: '/health',
    refusal: /certificate verify failed|does not match host name/,
  });
});
