import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import {
  compose,
  docker,
  eventually,
  generate,
  keepArtifacts,
  newStack,
  remove,
  type Stack,
  setPorts,
  sql,
} from '../support/scenario.ts';
import { type Storage, startStorage } from './s3.ts';
import { type Secured, secure } from './tls.ts';

describe('backups to any point in time, in an object storage', () => {
  let stack: Stack;
  let storage: Storage;
  let secured: Secured;

  beforeAll(async () => {
    storage = await startStorage();
    secured = await secure(storage);
    stack = await newStack('pitr');
    try {
      await start(stack, ['--set', 'backup.to=s3', '--set', 'backup.timezone=Europe/Berlin'], secured.env);
      writeFileSync(join(stack.directory, 'ca.pem'), secured.certificate);
      const trust = '{ environment: { PGBACKREST_REPO1_STORAGE_CA_FILE: /ca.pem }, volumes: [./ca.pem:/ca.pem:ro] }';
      writeFileSync(join(stack.directory, 'compose.trust.yaml'), `services:\n  backup: ${trust}\n`);
      const env = join(stack.directory, '.env');
      const files = /^COMPOSE_FILE=.*$/m;
      writeFileSync(
        env,
        readFileSync(env, 'utf8').replace(files, (line) => `${line}:compose.trust.yaml`),
      );
      await up(stack);
      await storage.admit(stack.name);
      await sql(stack, 'CREATE TABLE marks (n int, at timestamptz NOT NULL DEFAULT clock_timestamp())');
      await mark(stack, 0);
      await succeeds(backup(stack));
    } catch (error) {
      await keepArtifacts(stack, 'pitr');
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `pitr ${task.name}`));
  });

  afterAll(async () => {
    if (stack) {
      await storage.dismiss(stack.name).catch(() => {});
      await remove(stack);
    }
    await secured?.end();
    await storage?.end();
  });

  it('a point in time is restored to the second, and later one from before that restore', async () => {
    await mark(stack, 1);
    const first = await nextSecond(stack);
    await mark(stack, 2);
    const second = await nextSecond(stack);
    await sql(stack, 'DROP TABLE marks');

    await succeeds(restore(stack, '--at', `${first} UTC`));
    expect(await marks(stack)).toBe('0,1');
    // What was between then and the restore is still to be had, and so is the backup itself.
    await mark(stack, 3);
    await succeeds(restore(stack, '--at', `${second}Z`));
    expect(await marks(stack)).toBe('0,1,2');
    await succeeds(restore(stack, await newest(stack)));
    expect(await marks(stack)).toBe('0');
  });

  it.each([
    ['2020-01-01 00:00:00', /is not covered: from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d CES?T to now/],
    ['soon', /is no time/],
  ])('the time %s is refused with the reason, and nothing is touched', async (time, reason) => {
    const before = await marks(stack);
    const refused = await restore(stack, '--at', time);
    expect(refused.exitCode).toBe(1);
    expect(refused.all).toMatch(reason);
    expect(await marks(stack)).toBe(before);
  });

  it('without its key, a repository is closed, and says so', async () => {
    const run = await inside(stack, 'BACKUP_PASSWORD=another backup list').catch((error) => error);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('BACKUP_PASSWORD does not open it');
  });

  it('a drill restores all that was archived, and fails loudly on a segment that is damaged or missing', async () => {
    await mark(stack, 4);
    await succeeds(drill(stack));
    const segments = storage.objects().filter((one) => /\/archive\/.*\/[0-9A-F]{24}-[0-9a-f]{40}\.zst$/.test(one));
    const spoilt = segments.at(-2) ?? '';
    const whole = storage.read(spoilt);
    for (const [harm, said] of [
      [storage.spoil, /the log cannot be replayed|breaks off/],
      [storage.remove, /breaks off/],
    ] as const) {
      harm(spoilt);
      const bad = await drill(stack);
      expect(bad.exitCode, bad.all).toBe(1);
      expect(bad.all).toMatch(said);
      storage.write(spoilt, whole);
    }
  });

  it('a storage that is away for a while stops no server, and gets everything when it is back', async () => {
    const started = await sql(stack, 'SELECT pg_postmaster_start_time()');
    await storage.dismiss(stack.name);
    await mark(stack, 5);
    await sql(stack, 'SELECT pg_switch_wal()');
    await eventually(async () =>
      expect(await sql(stack, 'SELECT last_failed_time > last_archived_time FROM pg_stat_archiver')).toBe('t'),
    );
    const failed = await backup(stack);
    expect(failed.exitCode, failed.all).toBe(1);
    expect(failed.all).toContain('cannot be read');
    await eventually(async () =>
      expect((await compose(stack, 'logs', 'backup')).stdout).toContain('the write-ahead log is not saved'),
    );
    await storage.admit(stack.name);
    await eventually(async () => expect(await waiting(stack)).toBe('0'), 120);
    await succeeds(backup(stack));
    expect(await sql(stack, 'SELECT pg_postmaster_start_time()')).toBe(started);
    await eventually(async () =>
      expect((await compose(stack, 'logs', 'backup')).stdout).toContain('the write-ahead log is saved again'),
    );
  });

  it('at most a minute is lost when the server and its volume are gone', async () => {
    // In one breath, so that the mark is in this segment, whenever that is closed.
    const segment = await sql(
      stack,
      'WITH mark AS (INSERT INTO marks VALUES (6) RETURNING n) SELECT pg_walfile_name(pg_current_wal_insert_lsn()) FROM mark',
    );
    // Nobody asks for it: it is closed and saved by itself. By the server's own clock: a file of status is as old as the end of
    // its segment.
    const closed = `SELECT extract(epoch FROM modification - (SELECT at FROM marks WHERE n = 6))::int
      FROM pg_ls_archive_statusdir() WHERE name LIKE '${segment}.%'`;
    const seconds = await eventually(async () => {
      const found = await sql(stack, closed);
      expect(found).toMatch(/^\d+$/);
      return found;
    }, 120);
    expect(Number(seconds)).toBeLessThan(75);
    await eventually(
      async () => expect((await sql(stack, 'SELECT last_archived_wal FROM pg_stat_archiver')) >= segment).toBe(true),
      120,
    );
    const before = await marks(stack);

    await docker(stack, 'kill', '--signal', 'KILL', `${stack.name}-postgres-1`);
    await storage.dismiss(stack.name);
    await compose(stack, 'rm', '--stop', '--force', 'postgres', 'postgres-setup', 'backup');
    const volumes = ['postgres-data', 'postgres-socket', 'backups', 'backup-work'].map((one) => `${stack.name}_${one}`);
    await docker(stack, 'volume', 'rm', ...volumes);
    await up(stack);
    await storage.admit(stack.name);

    // What the new server has must not mix with what the old one has left.
    const refused = await backup(stack);
    expect(refused.exitCode).toBe(1);
    expect(refused.all).toContain('belongs to another PostgreSQL cluster');
    await succeeds(restore(stack, 'latest'));
    expect(await marks(stack)).toBe(before);
    const adopted = await inside(stack, 'backup adopt');
    expect(adopted.stderr).toContain('belongs to this PostgreSQL cluster from now on');
    await succeeds(backup(stack));
  });
});

describe('backups to any point in time, on this host, of PostgreSQL 17 with secrets in files', () => {
  it('are made at the start, weekly as a whole and in between what has changed, and restored', async () => {
    const stack = await newStack('pitr17');
    try {
      await start(stack, ['--set', 'postgres.version=17', '--set', 'secrets.from=files']);
      await up(stack);
      await sql(stack, 'CREATE TABLE marks (n int, at timestamptz NOT NULL DEFAULT clock_timestamp())');
      await mark(stack, 1);
      for (let run = 0; run < 2; run += 1) await succeeds(backup(stack));
      const list = (await inside(stack, 'backup list --json')).stdout.trim().split('\n');
      expect(list.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['diff', 'full']);
      await mark(stack, 2);
      const time = await nextSecond(stack);
      await sql(stack, 'DELETE FROM marks');
      await succeeds(restore(stack, '--at', `${time} UTC`));
      expect(await marks(stack)).toBe('1,2');
      await succeeds(drill(stack));
    } catch (error) {
      await keepArtifacts(stack, 'pitr17');
      throw error;
    } finally {
      await remove(stack);
    }
  });
});

/** Generates it, with its volumes and images. Its app is never started. */
async function start(stack: Stack, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  // No job but those that the test starts; the log is saved all the same.
  const own = ['--set', 'backup.schedule=systemd'];
  const report = await generate(stack, '--preset', 'fastapi', '--set', 'backup.engine=pitr', ...own, ...args);
  setPorts(stack);
  const lines = Object.entries(env).map(([name, value]) => `${name}="${value.replaceAll(/[\\"$]/g, '\\$&')}"`);
  appendFileSync(join(stack.directory, '.env'), `\n${lines.join('\n')}\n`);
  await provideImages(stack.directory);
  for (const line of report.next.filter((one) => one.startsWith('scripts/make-secrets')))
    await execa('sh', ['-ec', line], { cwd: stack.directory });
  await compose(stack, 'build', 'backup');
}

async function up(stack: Stack): Promise<void> {
  await execa('scripts/ctl', ['up', '--detach', '--no-build', '--wait', 'postgres'], { cwd: stack.directory });
  await compose(stack, 'run', '--rm', 'postgres-setup');
  await compose(stack, 'up', '--detach', '--no-build', '--no-deps', 'backup');
}

async function mark(stack: Stack, n: number): Promise<void> {
  await sql(stack, `INSERT INTO marks VALUES (${n})`);
}

function marks(stack: Stack): Promise<string> {
  return sql(stack, "SELECT coalesce(string_agg(n::text, ',' ORDER BY n), '') FROM marks");
}

/** A whole second that is behind all that was done and before all that is done next. */
async function nextSecond(stack: Stack): Promise<string> {
  const clock = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')";
  const now = await sql(stack, clock);
  const next = await eventually(async () => {
    const then = await sql(stack, clock);
    expect(then).not.toBe(now);
    return then;
  });
  await eventually(async () => expect(await sql(stack, clock)).not.toBe(next));
  return next;
}

/** How many segments are not archived yet. */
function waiting(stack: Stack): Promise<string> {
  return sql(stack, "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'");
}

async function newest(stack: Stack): Promise<string> {
  const list = (await inside(stack, 'backup list --json')).stdout.trim().split('\n');
  return (JSON.parse(list[0] ?? '') as { id: string }).id;
}

async function succeeds(
  running: PromiseLike<{ readonly exitCode?: number | undefined; readonly all?: string | undefined }>,
): Promise<void> {
  const { exitCode, all } = await running;
  expect(exitCode, all).toBe(0);
}

/** As a person runs it, who is sure. */
function restore(stack: Stack, ...args: readonly string[]) {
  return execa('scripts/restore', ['--yes', ...args], { cwd: stack.directory, reject: false, all: true });
}

function backup(stack: Stack) {
  return execa('scripts/backup', [], { cwd: stack.directory, reject: false, all: true });
}

function drill(stack: Stack) {
  return execa('scripts/restore-drill', [], { cwd: stack.directory, reject: false, all: true });
}

/** A line of shell in the container of the backups. */
function inside(stack: Stack, line: string) {
  return compose(stack, 'exec', '-T', 'backup', 'bash', '-c', line);
}
