import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { searchImage } from '../support/image-search.ts';
import { watchProcesses } from '../support/processes.ts';
import {
  compose,
  containers,
  docker,
  follow,
  generate,
  http,
  keepArtifacts,
  newStack,
  prodstack,
  type Report,
  remove,
  setPorts,
} from '../support/scenario.ts';
import { expectHealthy, killAt, loginToPostgres, loginToRedis, rotate, rotateUnderLoad, visits } from './rotation.ts';

/** An app of Node and one of Python, each with a database of its own behind a pooler, migrations, Redis, a key. */
const config = {
  apps: {
    web: { stack: 'node', path: 'web', port: 3000, secrets: ['JWT_SECRET'] },
    api: { stack: 'fastapi', path: 'api', port: 8000 },
  },
  postgres: { mode: 'bundled', separate: 'databases', pooler: 'pgbouncer' },
  redis: { mode: 'bundled' },
  secrets: { from: 'files' },
};

describe('secrets in files', async () => {
  const stack = await newStack('files', { app: 'web', more: ['API_PORT'] });
  const folder = join(stack.directory, 'secrets');
  const names = () => readdirSync(folder).sort();
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
  let report: Report;
  let lines: readonly string[] = [];

  beforeAll(async () => {
    const file = join(dirname(stack.directory), 'config.json');
    writeFileSync(file, JSON.stringify(config));
    report = await generate(stack, '--config', file);
    setPorts(stack);
    const watch = watchProcesses();
    await follow(stack, report);
    lines = watch.stop();
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `files ${task.name}`));
  });
  afterAll(() => remove(stack));

  it('are there, each in a file that containers can read, in a folder that is closed, and in no git', async () => {
    expect(names()).toEqual([
      'api_migration_password',
      'api_postgres_password',
      'postgres_password',
      'redis_password',
      'web_jwt_secret',
      'web_migration_password',
      'web_postgres_password',
    ]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(names().map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual(names().map(() => 0o444));
    for (const name of names()) expect(textOf(name)).toMatch(/^[0-9a-f]{48}$/);
    await execa('git', ['init', '--quiet'], { cwd: stack.directory });
    const { stdout } = await execa('git', ['status', '--short', '--untracked-files=all'], { cwd: stack.directory });
    expect(stdout.split('\n').filter((line) => /secrets\/|\.env$/.test(line))).toEqual([]);
    rmSync(join(stack.directory, '.git'), { recursive: true });
  });

  it('reach the apps, and those may write nowhere', async () => {
    expect(await visits(stack)).toBe(1);
    const { body } = await http(stack.more['API_PORT'] ?? 0, '/', { accept: 'application/json' });
    expect(JSON.parse(body)).toMatchObject({ visits: 1 });
    const given = await compose(stack, 'exec', '-T', 'web', 'with-env', 'printenv', 'JWT_SECRET');
    expect(given.stdout).toBe(textOf('web_jwt_secret'));
    for (const { Name, HostConfig } of await containers(stack)) expect(HostConfig.ReadonlyRootfs, Name).toBe(true);
    await expectHealthy(stack);
  });

  it('show in no container, image, log, configuration or list of processes', async () => {
    const values = names().map(textOf);
    const leaks = (text: string) => values.filter((value) => text.includes(value));
    const all = await containers(stack);
    expect(leaks(JSON.stringify(all))).toEqual([]);
    expect(leaks((await compose(stack, 'logs', '--no-color')).stdout)).toEqual([]);
    for (const args of [[], ['--environment'], ['--format', 'json']])
      expect(leaks((await compose(stack, 'config', ...args)).stdout)).toEqual([]);
    // From the first build to the last health check.
    expect(lines.some((line) => line.includes('redis-server'))).toBe(true);
    expect(leaks(lines.join('\n'))).toEqual([]);
    for (const app of ['web', 'api']) {
      const image = `${stack.name}-${app}:local`;
      expect(leaks((await docker(stack, 'history', '--no-trunc', image)).stdout)).toEqual([]);
      expect(await searchImage(image, new RegExp(`${values.join('|')}|with-env: gave up`, 'g'))).toEqual([
        'with-env: gave up',
      ]);
    }
  });

  it('stay as they are when the generator runs again, and it shows none of them', async () => {
    const before = names().map(textOf);
    const again = await generate(stack);
    expect(again.changed).toBe(false);
    expect(names().map(textOf)).toEqual(before);
    for (const args of [['--json'], ['--dry-run', '--diff', '--set', 'secrets.from=env']]) {
      const { stdout, stderr } = await prodstack(stack.directory, '.', '--yes', ...args);
      for (const value of before) expect(stdout + stderr).not.toContain(value);
    }
  });

  it.each([
    ['REDIS_PASSWORD', (value: string) => loginToRedis(stack, value), 'PONG', 'WRONGPASS'],
    [
      'WEB_POSTGRES_PASSWORD',
      (value: string) => loginToPostgres(stack, 'app_web', value, 'app_web'),
      '1',
      'authentication failed',
    ],
    [
      'POSTGRES_PASSWORD',
      (value: string) => loginToPostgres(stack, 'postgres', value, 'app'),
      '1',
      'authentication failed',
    ],
  ] as const)('%s is changed everywhere, and no request that is repeated is lost', async (name, login, yes, no) => {
    const file = name.toLowerCase();
    const old = textOf(file);
    expect(await login(old)).toBe(yes);
    if (name === 'WEB_POSTGRES_PASSWORD') expect(await killAt(stack, name, 'is stored')).toBe(true);
    await rotateUnderLoad(stack, name, () => textOf(file));
    expect(await login(textOf(file))).toBe(yes);
    expect(await login(old)).toContain(no);
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o444);
    expect(names()).toHaveLength(7);
    await compose(stack, 'up', '--detach', '--no-build', '--wait');
    await expectHealthy(stack);
    expect(await visits(stack)).toBeGreaterThan(1);
  });

  it('are replaced in an app by force only', async () => {
    const run = await rotate(stack, 'WEB_JWT_SECRET');
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('--force');
  });

  it('are made for a test of the images, which takes its own away again', async () => {
    const run = await execa(join(stack.directory, 'scripts/test-build'), { reject: false, all: true });
    expect(run.exitCode, run.all).toBe(0);
    for (const value of names().map(textOf)) expect(run.all).not.toContain(value);
  });

  it('are made on another machine, checked, and never replaced', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'prodstack-secrets-'));
    const script = join(stack.directory, 'scripts/make-secrets');
    try {
      writeFileSync(join(elsewhere, 'redis_password'), 'mine', { mode: 0o600 });
      expect((await execa(script, [elsewhere])).stdout).not.toContain('redis_password');
      expect(readdirSync(elsewhere).sort()).toEqual(names());
      expect(readFileSync(join(elsewhere, 'redis_password'), 'utf8')).toBe('mine');
      expect(statSync(join(elsewhere, 'redis_password')).mode & 0o444).toBe(0o444);
      expect(statSync(elsewhere).mode & 0o777).toBe(0o700);
      writeFileSync(join(elsewhere, 'redis_password'), 'mine\n');
      const wrong = await execa(script, [elsewhere], { reject: false });
      expect(wrong.exitCode).toBe(1);
      expect(wrong.stderr).toContain('redis_password: has a line break');
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('move to .env and back with their values, and the apps go on with their data', async () => {
    const before = Object.fromEntries(names().map((name) => [name, textOf(name)]));
    const counted = await visits(stack);
    const toEnv = await generate(stack, '--set', 'secrets.from=env');
    const env = readFileSync(join(stack.directory, '.env'), 'utf8');
    for (const [name, value] of Object.entries(before)) expect(env).toContain(`\n${name.toUpperCase()}=${value}\n`);
    expect(toEnv.warnings.join('\n')).toContain('no longer read, since .env has them');
    await compose(stack, 'up', '--build', '--detach', '--wait', '--remove-orphans');
    expect(await visits(stack)).toBe(counted + 1);

    rmSync(folder, { recursive: true });
    const toFiles = await generate(stack, '--set', 'secrets.from=files');
    expect(Object.fromEntries(names().map((name) => [name, textOf(name)]))).toEqual(before);
    expect(toFiles.warnings.join('\n')).toContain('.env: WEB_JWT_SECRET');
    expect(existsSync(join(stack.directory, '.prodstack/txn'))).toBe(false);
  });
});
