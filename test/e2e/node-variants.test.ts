import { expect, it } from 'vitest';
import { compose, eventually, follow, generate, inspect, newStack, withStack } from '../support/scenario.ts';
import { buildAndServe } from './variants.ts';

/** A workspace with a shared package that is built first, and a service that the app has nothing to do with. */
const workspace = { path: '.', packages: ['libs/shared', 'services/api', 'services/other'], needs: ['libs/shared'] };
const inWorkspace = {
  app: 'api',
  answer: 'hello from api',
  // Of the tools, of the other service.
  absent: ['typescript', 'turbo', 'other', 'left-pad'],
};

buildAndServe('Node apps of every package manager', [
  { name: 'npm-without-lockfile', found: { packageManager: 'npm', frozen: false }, answer: 'up for' },
  { name: 'yarn-1', found: { packageManager: 'yarn@1.22.22', frozen: true }, answer: 'up for' },
  { name: 'yarn-4', found: { packageManager: 'yarn@4.18.1', frozen: true }, answer: 'up for' },
  { name: 'bun', found: { packageManager: 'bun@1.4.5', frozen: true }, answer: 'up for' },
  { name: 'install-scripts', found: { packageManager: 'npm', scripts: true }, answer: 'tiny 7.7.7' },
  {
    name: 'pnpm-workspace',
    app: 'api',
    found: {
      path: 'apps/api',
      packageManager: 'pnpm@10.34.8',
      workspace: { path: '.', packages: ['apps/api', 'packages/shared'] },
      build: 'build',
      start: 'node dist/main.js',
      port: 3200,
      health: '/health',
    },
    answer: 'hello from api',
  },
  { name: 'npm-workspace', ...inWorkspace, found: { packageManager: 'npm@11.6.2', workspace } },
  { name: 'yarn-4-workspace', ...inWorkspace, found: { packageManager: 'yarn@4.18.1', workspace } },
  { name: 'bun-workspace', ...inWorkspace, found: { packageManager: 'bun@1.4.5', workspace } },
  {
    name: 'turborepo',
    ...inWorkspace,
    found: { packageManager: 'pnpm@12.21.0', workspace: { ...workspace, turbo: true } },
  },
]);

it('a program without a port runs, and ends when it is asked to', async () => {
  const stack = await newStack('node-bot', { fixture: 'variants/node-bot' });
  await withStack(stack, 'node-bot', async () => {
    await follow(stack, await generate(stack, '--set', 'apps.app.port=none'));
    const logs = async () => (await compose(stack, 'logs', 'app')).stdout;
    await eventually(async () => expect(await logs()).toContain('the bot runs as 1001'));
    await compose(stack, 'stop');
    expect(await logs()).toContain('the bot ends');
    expect((await inspect(stack, 'app')).State.ExitCode).toBe(0);
  });
});
