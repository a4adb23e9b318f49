import { describe } from 'vitest';
import { reachesManagedServers } from './managed.ts';

describe('the FastAPI starter with managed servers', async () => {
  await reachesManagedServers({
    name: 'pier',
    args: ['--preset', 'fastapi'],
    migrates: true,
    health: '/health',
    redisRefusal: /redis is not healthy.*Hostname mismatch/,
    refusal: /certificate verify failed|CERTIFICATE_VERIFY_FAILED/,
  });
});
