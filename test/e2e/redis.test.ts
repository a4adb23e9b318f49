/** Redis and Valkey as they start here: one that loses nothing, one that may lose everything. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import {
  compose,
  ctl,
  docker,
  eventually,
  generate,
  inspect,
  newStack,
  type Stack,
  withStack,
} from '../support/scenario.ts';

/** Nothing is built: the app is only there because a stack has one. */
const app = { stack: 'node', path: '.', start: 'node server.js', port: 3000 };

describe.each([
  { queues: { engine: 'redis', version: 8 }, cache: { engine: 'valkey', version: 9 } },
  { queues: { engine: 'valkey', version: 8 }, cache: { engine: 'redis', version: 7 } },
] as const)('$queues.engine $queues.version for queues, $cache.engine $cache.version for the cache', (engines) => {
  it('one loses nothing and refuses, the other drops and starts empty', async () => {
    const { queues, cache } = engines;
    const stack = await newStack(`jobs-${queues.engine}`);
    await withStack(stack, `redis ${queues.engine}`, async () => {
      await start(stack, queues, cache);

      // A password, which is on no command line.
      const { REDIS_PASSWORD = '' } = environment(await inspect(stack, 'redis'));
      expect(REDIS_PASSWORD).toMatch(/^[0-9a-f]{48}$/);
      for (const service of ['redis', 'redis-cache']) {
        const name = service === 'redis' ? queues.engine : cache.engine;
        const plain = ['exec', '-T', service, `${name}-cli`, '-h', service];
        expect((await compose(stack, ...plain, 'ping')).stdout).toContain('NOAUTH');
        expect((await compose(stack, ...plain, '--no-auth-warning', '-a', 'wrong', 'ping')).stderr).toContain(
          'WRONGPASS',
        );
        const { Id } = await inspect(stack, service);
        expect((await docker(stack, 'top', Id)).stdout).not.toContain(REDIS_PASSWORD);
        const maxmemory = service === 'redis' ? 96 * 2 ** 20 * 0.5 : 128 * 2 ** 20 * 0.75;
        expect(await cli(stack, service, 'config', 'get', 'maxmemory')).toBe(`maxmemory\n${maxmemory}`);
      }

      // Full: one refuses, and has all that it took; the other goes on.
      await cli(stack, 'redis', 'set', 'job', 'first');
      await cli(stack, 'redis-cache', 'set', 'page', 'first');
      expect(await fill(stack, 'redis', 60)).toContain('OOM command not allowed');
      expect(await fill(stack, 'redis-cache', 110)).not.toContain('OOM');
      expect(await cli(stack, 'redis', 'get', 'job')).toBe('first');
      expect(await cli(stack, 'redis', 'info', 'stats')).toMatch(/^evicted_keys:0\r?$/m);
      expect(await cli(stack, 'redis-cache', 'info', 'stats')).toMatch(/^evicted_keys:[1-9]\d*\r?$/m);
      for (const service of ['redis', 'redis-cache'])
        expect(await inspect(stack, service)).toMatchObject({ RestartCount: 0, State: { Running: true } });

      // Killed without warning, a second after the last write: one has it all, the other nothing.
      await eventually(async () =>
        expect(await cli(stack, 'redis', 'info', 'persistence')).toMatch(/^aof_pending_bio_fsync:0\r?$/m),
      );
      const keys = await cli(stack, 'redis', 'dbsize');
      await compose(stack, 'kill', '--signal', 'KILL', 'redis', 'redis-cache');
      await compose(stack, 'up', '--detach', '--wait', 'redis', 'redis-cache');
      expect(await cli(stack, 'redis', 'get', 'job')).toBe('first');
      expect(await cli(stack, 'redis', 'dbsize')).toBe(keys);
      expect(await cli(stack, 'redis-cache', 'dbsize')).toBe('0');

      // The one has its volume, the other leaves none behind.
      expect(volumes(await inspect(stack, 'redis'))).toEqual([`${stack.name}_${queues.engine}-data`]);
      expect(volumes(await inspect(stack, 'redis-cache'))).toEqual([]);
    });
  });
});

/** Generates the stack and starts its two servers, with little memory; what waits for a slow disk has to fit in, too. */
async function start(stack: Stack, queues: object, cache: object): Promise<void> {
  const config = join(dirname(stack.directory), 'answers.json');
  mkdirSync(stack.directory, { recursive: true });
  for (const file of ['package.json', 'server.js']) writeFileSync(join(stack.directory, file), '{}');
  writeFileSync(
    config,
    JSON.stringify({
      apps: { app },
      postgres: null,
      redis: { mode: 'bundled', ...queues },
      cache: { mode: 'bundled', ...cache },
    }),
  );
  await generate(stack, '--config', config);
  writeFileSync(join(stack.directory, '.env'), 'REDIS_MEMORY_LIMIT=96M\nREDIS_CACHE_MEMORY_LIMIT=128M\n', {
    flag: 'a',
  });
  await provideImages(stack.directory);
  await ctl(stack, 'up', '--detach', '--wait', 'redis', 'redis-cache');
}

async function cli(stack: Stack, service: string, ...words: readonly string[]): Promise<string> {
  return (await compose(stack, 'exec', '-T', service, 'sh', '/redis.sh', 'cli', ...words)).stdout.trim();
}

/** Writes values of 1 MB each, more than fit; what the server said. */
async function fill(stack: Stack, service: string, values: number): Promise<string> {
  const script =
    'for number in $(seq "$1"); do head -c 1000000 /dev/zero | tr "\\0" x | sh /redis.sh cli -x set "filler$number"; done 2>&1';
  return (await compose(stack, 'exec', '-T', service, 'sh', '-c', script, 'fill', String(values))).stdout;
}

function environment(container: unknown): Readonly<Record<string, string>> {
  const { Config } = container as { readonly Config: { readonly Env: readonly string[] } };
  return Object.fromEntries(Config.Env.map((one) => one.split(/=(.*)/s)));
}

function volumes(container: unknown): readonly string[] {
  const { Mounts } = container as { readonly Mounts: readonly { readonly Type: string; readonly Name?: string }[] };
  return Mounts.filter(({ Type }) => Type === 'volume').map(({ Name = '' }) => Name);
}
