/** A project that somebody else wrote, and that runs: what is added to it starts, and nothing that was there is touched. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideDockerfile, provideImages } from '../support/engine.ts';
import {
  compose,
  eventually,
  farFromNow,
  inspect,
  keepArtifacts,
  newStack,
  prodstack,
  remove,
  type Stack,
} from '../support/scenario.ts';

/** What `add` and `remove` print with `--json`. */
interface Changes {
  readonly changed: boolean;
  readonly files: readonly { readonly path: string; readonly action: string }[];
  readonly services: readonly string[];
  readonly notes: readonly string[];
  readonly next: readonly string[];
}

const plain = { COMPOSE_FILE: undefined };

/** Runs the program in the folder, as somebody there would. */
async function change(stack: Stack, ...args: readonly string[]): Promise<Changes> {
  const { exitCode, stdout, stderr } = await prodstack(stack.directory, ...args, '--yes', '--json');
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Changes;
}

/** Types the commands that a report ends with. */
async function follow(stack: Stack, { next }: Changes): Promise<void> {
  await provideImages(stack.directory);
  await execa('sh', ['-ec', next.join('\n')], { cwd: stack.directory, env: plain });
}

async function git(stack: Stack, ...args: readonly string[]): Promise<string> {
  const who = ['-c', 'user.name=Kim', '-c', 'user.email=kim@shop.test'];
  return (await execa('git', [...who, ...args], { cwd: stack.directory })).stdout;
}

/** Commits what was added, after a look at it: lines, and none that was there is gone or another one. */
async function commitAdded(stack: Stack, message: string): Promise<void> {
  const numbers = (await git(stack, 'diff', '--numstat', 'HEAD')).split('\n');
  expect(numbers.length).toBeGreaterThan(0);
  for (const line of numbers) expect(line).toMatch(/^[1-9]\d*\t0\t/);
  await git(stack, 'add', '--all');
  await git(stack, 'commit', '--quiet', '--message', message);
}

const script = (stack: Stack, name: string, ...args: readonly string[]) =>
  execa(join(stack.directory, 'scripts', name), args, {
    cwd: '/',
    env: plain,
    stdin: 'ignore',
    reject: false,
    all: true,
  });

async function psql(stack: Stack, service: string, user: string, query: string): Promise<string> {
  // Whoever comes from inside of the container is let in; each has a database that is called like its user.
  const words = ['exec', '-T', service, 'psql', '-U', user, '-Atc', query];
  return (await compose(stack, ...words)).stdout.trim();
}

describe('a shop in one file, with data in it', async () => {
  const stack = await newStack('shop', { fixture: 'foreign-shop', app: 'api' });
  const composeFile = join(stack.directory, 'docker-compose.yml');
  const original = readFileSync(composeFile, 'utf8');
  let database = '';
  let withRedis: Buffer;

  const ask = async (method: string, path: string, body = '') => {
    const answer = await fetch(`http://127.0.0.1:${stack.ports.app}${path}`, { method, ...(body && { body }) });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    return JSON.parse(text) as unknown;
  };

  beforeAll(async () => {
    try {
      writeFileSync(
        join(stack.directory, '.env'),
        `DB_PASSWORD=s3cret-of-theirs\nDB_PORT=${stack.ports.postgres}\nAPI_PORT=${stack.ports.app}\n`,
      );
      await git(stack, 'init', '--quiet');
      await git(stack, 'add', '--all');
      await git(stack, 'commit', '--quiet', '--message', 'The shop');
      await provideImages(stack.directory);
      await compose(stack, 'up', '--build', '--detach', '--wait');
      await ask('POST', '/orders', 'anvil');
      await ask('POST', '/orders', 'rope');
      await ask('PUT', '/uploads/letter', 'Dear shop');
      database = (await inspect(stack, 'db')).Id;
    } catch (error) {
      await keepArtifacts(stack, 'foreign');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `foreign ${task.name}`));
  });
  afterAll(() => remove(stack));

  it('gets a Redis, which its api uses', async () => {
    expect(await ask('GET', '/looks')).toEqual({ looks: null });
    const report = await change(stack, 'add', 'redis', '--for', 'api');
    expect(report.services).toEqual(['redis']);
    await commitAdded(stack, 'Redis');
    withRedis = readFileSync(composeFile);
    await follow(stack, report);
    await eventually(async () => expect(await ask('GET', '/looks')).toEqual({ looks: expect.any(Number) }));
    await eventually(async () =>
      expect((await inspect(stack, 'redis')).State).toMatchObject({ Health: { Status: 'healthy' } }),
    );
    expect(await ask('GET', '/orders')).toEqual([
      { id: 1, item: 'anvil' },
      { id: 2, item: 'rope' },
    ]);
    expect((await inspect(stack, 'db')).Id).toBe(database);
  });

  it('gets backups: one is made, proved, and brings back what was lost', async () => {
    const api = (await inspect(stack, 'api')).Id;
    const report = await change(stack, 'add', 'backup', '--set', `at=${farFromNow()}`);
    expect(report.services).toEqual(['backup']);
    await commitAdded(stack, 'Backups');
    // The last of the commands makes the first backup.
    await follow(stack, report);
    expect((await script(stack, 'backup', 'list')).stdout.split('\n')).toHaveLength(2);
    await eventually(async () =>
      expect((await inspect(stack, 'backup')).State).toMatchObject({ Health: { Status: 'healthy' } }),
    );
    const drill = await script(stack, 'restore-drill');
    expect(drill.exitCode, drill.all).toBe(0);
    expect(drill.all).toContain('all 2 rows in 2 tables are there');

    await psql(stack, 'db', 'shop', 'DELETE FROM orders');
    await psql(stack, 'db', 'shop', 'DROP TABLE archive');
    await compose(stack, 'exec', '-T', 'api', 'rm', '-r', '/data/uploads/letter');
    const restore = await script(stack, 'restore', '--yes');
    expect(restore.exitCode, restore.all).toBe(0);
    expect(await ask('GET', '/orders')).toEqual([
      { id: 1, item: 'anvil' },
      { id: 2, item: 'rope' },
    ]);
    expect(await ask('GET', '/uploads/letter')).toEqual({ text: 'Dear shop' });
    // What the app writes to next has the owners that it had.
    const owners = await compose(stack, 'exec', '-T', 'api', 'stat', '-c', '%u:%g %a', '/data/uploads/letter/text');
    expect(owners.stdout.trim()).toBe('0:0 644');
    expect(await ask('POST', '/orders', 'paint')).toEqual({ id: 3, item: 'paint' });
    expect(await psql(stack, 'db', 'shop', "SELECT tableowner FROM pg_tables WHERE tablename = 'archive'")).toBe(
      'reporting',
    );

    // Neither was made anew: nothing about them has changed.
    expect((await inspect(stack, 'db')).Id).toBe(database);
    expect((await inspect(stack, 'api')).Id).toBe(api);
    const status = await script(stack, 'backup', 'status', '--json');
    expect(status.exitCode, status.all).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({ healthy: true, backups: 1, lastDrill: { ok: true } });
    // Nothing of theirs that is secret is anywhere but where it was.
    expect(await git(stack, 'grep', '--count', 's3cret-of-theirs').catch(() => 'nowhere')).toBe('nowhere');
  });

  it('loses it again, and every byte is as before', async () => {
    await change(stack, 'remove', 'backup', '--data', 'delete');
    expect(readFileSync(composeFile).equals(withRedis)).toBe(true);
    const { next } = await change(stack, 'remove', 'redis', '--disconnect', '--data', 'delete', '--force');
    expect(readFileSync(composeFile, 'utf8')).toBe(original);
    expect(await git(stack, 'diff', '--stat', 'HEAD~2', '--', '.env.example', 'docker-compose.yml')).toBe('');
    // Without what only backups and Redis had; .env and Docker's volumes are the person's.
    expect(await git(stack, 'ls-files', '--deleted')).toContain('scripts/restore');
    await execa('sh', ['-ec', next[0] ?? ''], { cwd: stack.directory, env: plain });
    await eventually(async () => expect(await ask('GET', '/looks')).toEqual({ looks: null }));
    expect((await inspect(stack, 'db')).Id).toBe(database);
    expect(await ask('GET', '/orders')).toHaveLength(3);
  });
});

describe('a help desk in layers, with a password in a file and data on a network of its own', async () => {
  const stack = await newStack('desk', { fixture: 'foreign-desk' });
  const read = (file: string) => readFileSync(join(stack.directory, file), 'utf8');

  beforeAll(async () => {
    try {
      mkdirSync(join(stack.directory, 'secrets'));
      writeFileSync(join(stack.directory, 'secrets/db-password'), "it's a $ecret");
      // Two of these may run on one machine.
      writeFileSync(
        join(stack.directory, '.env'),
        `COMPOSE_PROJECT_NAME=${stack.name}\nPOSTGRES_PORT=${stack.ports.postgres}\n`,
      );
      await git(stack, 'init', '--quiet');
      await git(stack, 'add', '--all');
      await git(stack, 'commit', '--quiet', '--message', 'The desk');
      await provideImages(stack.directory);
      await compose(stack, '-f', 'compose.yaml', '-f', 'compose.prod.yaml', 'up', '--build', '--detach', '--wait');
      await compose(stack, 'exec', '-T', 'web', 'sh', '-c', 'echo photo >/srv/attachments/photo');
    } catch (error) {
      await keepArtifacts(stack, 'foreign desk');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `foreign ${task.name}`));
  });
  afterAll(() => remove(stack));

  it('gets backups in production only, which restore while it writes', async () => {
    const before = [read('compose.yaml'), read('compose.dev.yaml')];
    const database = (await inspect(stack, 'postgres')).Id;
    const report = await change(stack, 'add', 'backup', '--set', 'backup.engine=files', '--set', 'backup.to=local');
    await commitAdded(stack, 'Backups');
    expect([read('compose.yaml'), read('compose.dev.yaml')]).toEqual(before);
    await provideDockerfile(join(stack.directory, 'docker/backup/Dockerfile'));
    await follow(stack, report);
    expect((await inspect(stack, 'postgres')).Id).toBe(database);

    const saved = Number(await psql(stack, 'postgres', 'desk', 'SELECT count(*) FROM tickets'));
    await psql(stack, 'postgres', 'desk', 'TRUNCATE tickets');
    await compose(stack, 'exec', '-T', 'web', 'rm', '/srv/attachments/photo');
    // Without a word about files: the script knows those of production.
    const restore = await script(stack, 'restore', '--yes');
    expect(restore.exitCode, restore.all).toBe(0);
    expect(restore.all).toContain('== stopped: web');
    const ids = await psql(stack, 'postgres', 'desk', 'SELECT count(*), min(id) FROM tickets');
    const [count, first] = ids.split('|').map(Number);
    expect(count).toBeGreaterThan(0);
    expect(saved).toBeGreaterThan(0);
    expect(first).toBe(1);
    const owner = await compose(stack, 'exec', '-T', 'web', 'stat', '-c', '%u:%g', '/srv/attachments/photo');
    expect(owner.stdout.trim()).toBe('1500:1500');
    await compose(stack, 'exec', '-T', 'web', 'sh', '-c', 'echo another >/srv/attachments/photo');
    // It writes on, into what came back.
    await eventually(async () => {
      const now = Number(await psql(stack, 'postgres', 'desk', 'SELECT count(*) FROM tickets'));
      expect(now).toBeGreaterThan(count ?? 0);
    });
    const drill = await script(stack, 'restore-drill');
    expect(drill.exitCode, drill.all).toBe(0);
    expect((await inspect(stack, 'postgres')).Id).toBe(database);
  });
});
