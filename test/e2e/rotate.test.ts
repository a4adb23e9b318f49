import { appendFileSync, chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compose, follow, generate, keepArtifacts, newStack, remove, setPorts } from '../support/scenario.ts';
import {
  expectHealthy,
  killAt,
  load,
  loginToPostgres,
  loginToRedis,
  rotate,
  rotateUnderLoad,
  setting,
  visits,
} from './rotation.ts';

describe('the rotation of passwords that are in .env', async () => {
  const stack = await newStack('rotate');
  const file = join(stack.directory, '.env');
  beforeAll(async () => {
    const report = await generate(stack, '--preset', 'node', '--set', 'apps.app.secrets=[JWT_SECRET]');
    setPorts(stack);
    await follow(stack, report);
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `rotate ${task.name}`));
  });
  afterAll(() => remove(stack));

  it.each([
    ['REDIS_PASSWORD', (value: string) => loginToRedis(stack, value), 'PONG', 'WRONGPASS'],
    ['POSTGRES_APP_PASSWORD', (value: string) => loginToPostgres(stack, 'app', value), '1', 'authentication failed'],
    ['POSTGRES_PASSWORD', (value: string) => loginToPostgres(stack, 'postgres', value), '1', 'authentication failed'],
  ] as const)('%s is changed everywhere, and no request that is repeated is lost', async (name, login, yes, no) => {
    const counted = await visits(stack);
    const old = setting(stack, name);
    expect(await login(old)).toBe(yes);
    const rest = readFileSync(file, 'utf8').replace(old, '');
    await rotateUnderLoad(stack, name, () => setting(stack, name));
    const fresh = setting(stack, name);
    expect(fresh).toMatch(/^[0-9a-f]{48}$/);
    expect(await login(fresh)).toBe(yes);
    expect(await login(old)).toContain(no);
    expect(await visits(stack)).toBeGreaterThan(counted + 1);
    await expectHealthy(stack);
    // Nothing else in the file has changed, and nobody else may read it now.
    expect(readFileSync(file, 'utf8').replace(fresh, '')).toBe(rest);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // Compose sees nothing that is left to do, but for what ends by itself.
    const { stderr } = await compose(stack, 'up', '--detach', '--no-build', '--wait');
    expect(stderr).not.toMatch(/-(?:app|redis|postgres)-1\s+(?:Recreate|Started)/);
    const logs = await compose(stack, 'logs', '--no-color');
    expect(logs.stdout).not.toContain(fresh);
  });

  it.each([
    ['REDIS_PASSWORD', ['beside the old one', 'is stored', 'made anew: app', 'made anew: redis'] as const],
    ['POSTGRES_APP_PASSWORD', ['is stored', 'is told', 'made anew'] as const],
  ] as const)('%s: killed at any step, the next run brings it to an end', async (name, steps) => {
    const client = load(stack, 2, 120);
    for (const step of steps) expect(await killAt(stack, name, step), step).toBe(true);
    const run = await rotate(stack, name);
    expect(run.exitCode, run.all).toBe(0);
    expect((await client.stop()).answered).toBeGreaterThan(0);
    await expectHealthy(stack);
    const { stderr } = await compose(stack, 'up', '--detach', '--no-build', '--wait');
    expect(stderr).not.toMatch(/-(?:app|redis|postgres)-1\s+(?:Recreate|Started)/);
  });

  it('takes a value over that was changed by hand, and one from standard input', async () => {
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^REDIS_PASSWORD=.*$/m, "REDIS_PASSWORD='by.hand' # mine"));
    expect((await rotate(stack, '--stored', 'redis_password')).exitCode).toBe(0);
    expect(await loginToRedis(stack, 'by.hand')).toBe('PONG');
    const given = await compose(stack, 'exec', '-T', 'app', 'printenv', 'REDIS_URL');
    expect(given.stdout).toContain(':by.hand@');
    const handed = await rotate(stack, '--stdin', 'REDIS_PASSWORD');
    expect(handed.exitCode, handed.all).toBe(0);
    expect(await loginToRedis(stack, 'handed.over')).toBe('PONG');
  });

  it('refuses what would break something, and says what', async () => {
    const before = readFileSync(file, 'utf8');
    const signing = await rotate(stack, 'APP_JWT_SECRET');
    expect(signing.exitCode).toBe(1);
    expect(signing.stderr).toContain('makes invalid what was signed');
    expect((await rotate(stack, 'NO_SUCH')).exitCode).toBe(2);
    expect((await rotate(stack)).exitCode).toBe(2);
    const dry = await rotate(stack, '--dry-run', 'POSTGRES_PASSWORD');
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toContain('PostgreSQL is told');
    expect((await rotate(stack, '--list')).stdout).toContain('APP_JWT_SECRET: ');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('changes one line of an .env with CRLF, comments and no end, and keeps its mode', async () => {
    const text = `# mine\r\nexport APP_JWT_SECRET=old\r\nX='a\\$b'\r\n${readFileSync(file, 'utf8').replace(/^APP_JWT_SECRET=.*$/m, '# APP_JWT_SECRET=no')}`;
    writeFileSync(file, text.trimEnd());
    chmodSync(file, 0o640);
    const run = await rotate(stack, '--force', 'APP_JWT_SECRET');
    expect(run.exitCode, run.all).toBe(0);
    const fresh = /^export APP_JWT_SECRET=([0-9a-f]{48})\r$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
    expect(fresh).not.toBe('');
    expect(readFileSync(file, 'utf8').replace(fresh, 'old')).toBe(text.trimEnd());
    expect(statSync(file).mode & 0o777).toBe(0o640);
    appendFileSync(file, '\n');
    expect(await visits(stack)).toBeGreaterThan(0);
  });
});
