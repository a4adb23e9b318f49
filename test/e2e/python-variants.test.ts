import { describe, expect, it } from 'vitest';
import {
  compose,
  containers,
  docker,
  eventually,
  follow,
  generate,
  inspect,
  newStack,
  withStack,
} from '../support/scenario.ts';
import { buildAndServe } from './variants.ts';

buildAndServe('FastAPI apps of every package manager', [
  { name: 'pip', found: { packageManager: 'pip', requirements: 'requirements.txt', health: '/health' }, answer: 'ok' },
  { name: 'pipenv', found: { packageManager: 'pipenv', frozen: true, health: '/health' }, answer: 'ok' },
  { name: 'uv-without-lockfile', found: { packageManager: 'uv', frozen: false, health: '/health' }, answer: 'ok' },
]);

buildAndServe('a Flask factory with a client library that is built from source', [
  {
    name: 'flask-factory',
    found: {
      framework: 'flask',
      app: 'store:create_app()',
      server: 'gunicorn',
      systemPackages: {
        build: ['gcc', 'libc6-dev', 'pkg-config', 'default-libmysqlclient-dev'],
        run: ['libmariadb3'],
      },
    },
    answer: '"client"',
  },
]);

describe('a bot', () => {
  it('runs without a port, and ends at once when it is told to', async () => {
    const stack = await newStack('python-bot', { fixture: 'variants/python-bot' });
    await withStack(stack, 'python-bot', async () => {
      const report = await generate(stack);
      expect(report.answers.apps['app']).toMatchObject({
        framework: 'none',
        port: 'none',
        start: 'python -m dockhand',
        version: '3.14',
        packageManager: 'uv',
      });
      await follow(stack, report);
      await eventually(async () =>
        expect((await compose(stack, 'logs', 'app')).stdout).toContain('the tide is checked'),
      );
      const { Id } = await inspect(stack, 'app');
      const { stdout } = await docker(stack, 'exec', Id, 'sh', '-c', "grep -hs '^Uid:' /proc/[0-9]*/status; true");
      expect(new Set(stdout.match(/\d+/g))).toEqual(new Set(['1001']));
      const begin = Date.now();
      await compose(stack, 'stop', 'app');
      expect(Date.now() - begin).toBeLessThan(25_000);
      expect((await containers(stack)).map(({ State }) => State.ExitCode)).toEqual([143]);
    });
  });
});
