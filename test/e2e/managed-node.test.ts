import { describe } from 'vitest';
import { reachesManagedServers } from './managed.ts';

describe('the Node starter with managed servers, and secrets in files', async () => {
  await reachesManagedServers({
    name: 'kiosk',
    args: ['--preset', 'node'],
    migrates: false,
    health: '/health',
    refusal: /unable to verify the first certificate|self-signed certificate|does not match certificate's altnames/,
    redisRefusal: /Host: other-cache\.provider\.test\. is not in the cert's altnames/,
    secrets: 'files',
    development: true,
  });
});
