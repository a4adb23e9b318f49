import { appendFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import {
  compose,
  ctl,
  docker,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  remove,
  type Stack,
  setPorts,
  sql,
} from '../support/scenario.ts';
import { type Storage, startStorage } from './s3.ts';

/** What is known of the last drill, inside of the container. */
interface Drill {
  readonly id: string;
  readonly ok: boolean;
  readonly where: string;
  readonly rows: number;
  readonly tables: number;
  readonly bytes: number;
  readonly seconds: Readonly<Record<'fetch' | 'restore' | 'check', number | null>>;
  readonly error: string | null;
}

describe('a drill in a throw-away server, of plain files in an object storage', () => {
  const { stack, storage } = backedUp(
    'drill',
    ['--set', 'backup.engine=files'],
    [
      'CREATE TABLE visits (id int PRIMARY KEY, note text NOT NULL)',
      "INSERT INTO visits SELECT i, repeat('visit ', i % 50) FROM generate_series(1, 20000) AS i",
      'CREATE TABLE "Old ""ones""" (id int) PARTITION BY RANGE (id)',
      'CREATE TABLE old_1 PARTITION OF "Old ""ones""" FOR VALUES FROM (1) TO (10)',
      'INSERT INTO "Old ""ones""" VALUES (1), (2)',
      'CREATE ROLE "who, = reads" NOLOGIN',
      'GRANT SELECT ON visits TO "who, = reads"',
      'CREATE POLICY own ON visits TO "who, = reads" USING (id < 10)',
    ],
  );

  it('restores the offsite copy and says how long it took', async () => {
    // Nothing is left of the copy on this host.
    await inside(stack(), 'find /backups -type f -delete');
    const run = await drill(stack());
    expect(run.exitCode, run.all).toBe(0);
    expect(run.all).toMatch(
      /all 20004 rows in 3 tables are there: \d+ s to bring them here, \d+ s to restore, \d+ s to check/,
    );
    const { seconds, ...known } = await lastDrill(stack());
    expect(known).toMatchObject({ ok: true, where: 's3', rows: 20004, tables: 3, error: null });
    expect(known.bytes).toBeGreaterThan(1000);
    for (const phase of ['fetch', 'restore', 'check'] as const) expect(seconds[phase]).toBeGreaterThanOrEqual(0);
    const status = await execa('scripts/backup', ['status'], { cwd: stack().directory, reject: false });
    expect(status.stdout).toMatch(/last drill +good/);
    expect(status.stdout).toMatch(/back within +\d+ s and the start of the apps/);
    await nothingIsLeft(stack());
  });

  it('needs no server in use: that one is never touched', async () => {
    await compose(stack(), 'stop', 'postgres');
    try {
      const run = await drill(stack());
      expect(run.exitCode, run.all).toBe(0);
    } finally {
      await compose(stack(), 'up', '--detach', '--no-build', '--wait', 'postgres');
    }
    expect(await sql(stack(), 'SELECT count(*) FROM visits')).toBe('20000');
  });

  it('fails loudly on a corrupted offsite copy', async () => {
    const key =
      storage()
        .objects()
        .find((one) => one.endsWith('.dump')) ?? '';
    const whole = storage().read(key);
    for (const [corrupt, said] of [
      [storage().spoil, 'app.dump'],
      [storage().cut, 'is not whole any more'],
      [storage().remove, 'is not whole any more'],
    ] as const) {
      corrupt(key);
      const run = await drill(stack());
      expect(run.exitCode, run.all).toBe(1);
      const { ok, error } = await lastDrill(stack());
      expect({ ok, error }).toEqual({ ok: false, error: expect.stringContaining(said) });
      const health = await compose(stack(), 'exec', '-T', 'backup', 'backup', 'health').catch((failed) => failed);
      expect(health.exitCode).toBe(1);
      expect(health.stdout).toContain('the last drill failed');
      storage().write(key, whole);
    }
    await nothingIsLeft(stack());
    expect((await drill(stack())).exitCode).toBe(0);
    expect((await compose(stack(), 'exec', '-T', 'backup', 'backup', 'health')).stdout).toContain('healthy');
  });

  it('leaves nothing behind when it is stopped or killed', async () => {
    // Its server is there for a second or two: a loop beside it meets it, and a slower container makes it last.
    const drillUntilUp = (then: string) =>
      inside(
        stack(),
        [
          'set -e',
          'setsid backup drill >/dev/null 2>&1 </dev/null & drill=$!',
          'until test -s /var/lib/backup/scratch/data/postmaster.pid; do kill -0 $drill; sleep 0.05; done',
          then,
        ].join('\n'),
      );
    const { Id: container } = await inspect(stack(), 'backup');
    const withProcessors = (count: string) => docker(stack(), 'update', '--cpus', count, container);
    await withProcessors('0.5');
    expect(await drillUntilUp('kill -TERM $drill; wait $drill || echo $?')).toBe('143');
    await nothingIsLeft(stack());
    // All of it is held there, so that it is not done before its container is killed.
    await drillUntilUp('kill -STOP -1');
    await docker(stack(), 'kill', container);
    await withProcessors('1');
    await compose(stack(), 'start', 'backup');
    expect(await inside(stack(), 'ls /var/lib/backup/scratch')).toContain('data');
    const run = await drill(stack());
    expect(run.exitCode, run.all).toBe(0);
    await nothingIsLeft(stack());
  });
});

describe('a drill in the server in use, of TimescaleDB and restic', () => {
  const { stack, storage } = backedUp(
    'series',
    ['--set', 'postgres.timescaledb=true', '--set', 'backup.engine=restic'],
    [
      'CREATE TABLE readings (at timestamptz NOT NULL, value int)',
      "SELECT create_hypertable('readings', 'at')",
      "INSERT INTO readings SELECT timestamptz '2026-01-01' + i * interval '1 hour', i FROM generate_series(1, 2000) AS i",
    ],
  );
  const live = () =>
    sql(
      stack(),
      "SELECT md5(string_agg(r::text || xmin, ',' ORDER BY at)), (SELECT array_agg(oid || datname ORDER BY oid) FROM pg_database), (SELECT count(*) FROM pg_roles) FROM readings AS r",
    );

  it('restores it beside the one in use, which is never touched', async () => {
    const before = await live();
    const run = await drill(stack());
    expect(run.exitCode, run.all).toBe(0);
    // The rows of the hypertable, and once more those of its chunks.
    expect(await lastDrill(stack())).toMatchObject({ ok: true, where: 's3', rows: 4000, error: null });
    expect(await live()).toBe(before);
  });

  it('names the extensions that a throw-away server would lack, and the way out', async () => {
    const scratch = ['-e', 'BACKUP_DRILL_IN=scratch', 'backup', 'backup', 'drill'];
    const run = await compose(stack(), 'exec', '-T', ...scratch).catch((failed) => failed);
    expect(run.exitCode).toBe(1);
    const { error } = await lastDrill(stack());
    expect(error).toMatch(/needs extensions that this server does not have: timescaledb\..* backup\.drillIn: server/);
  });

  it('drops what a killed one has left there', async () => {
    const before = await live();
    await sql(stack(), 'CREATE DATABASE drill_20260101t020000z_app');
    expect(await live()).not.toBe(before);
    expect((await drill(stack())).exitCode).toBe(0);
    expect(await live()).toBe(before);
  });

  it('fails loudly on a corrupted offsite copy', async () => {
    const before = await live();
    for (const key of storage()
      .objects()
      .filter((one) => one.includes('/data/')))
      storage().spoil(key);
    const run = await drill(stack());
    expect(run.exitCode, run.all).toBe(1);
    expect(await lastDrill(stack())).toMatchObject({ ok: false, error: expect.any(String) });
    expect(await live()).toBe(before);
  });
});

/** A stack whose database has these rows, and one backup of it in an object storage. Its app is never started. */
function backedUp(
  name: string,
  args: readonly string[],
  statements: readonly string[],
): { readonly stack: () => Stack; readonly storage: () => Storage } {
  let stack: Stack | undefined;
  let storage: Storage | undefined;
  const there = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error('the stack is not started yet');
    return one;
  };

  beforeAll(async () => {
    storage = await startStorage();
    stack = await newStack(name);
    try {
      await generate(
        stack,
        '--preset',
        'fastapi',
        '--set',
        'backup.to=s3',
        '--set',
        'backup.schedule=systemd',
        ...args,
      );
      setPorts(stack);
      const lines = Object.entries(storage.env).map(
        ([name, value]) => `${name}="${value.replaceAll(/[\\"$]/g, '\\$&')}"`,
      );
      appendFileSync(`${stack.directory}/.env`, `\n${lines.join('\n')}\n`);
      await provideImages(stack.directory);
      // It makes the volumes too.
      await ctl(stack, 'up', '--detach', '--wait', 'postgres');
      await compose(stack, 'run', '--rm', 'postgres-setup');
      for (const statement of statements) await sql(stack, statement);
      await compose(stack, 'build', 'backup');
      await compose(stack, 'up', '--detach', '--no-build', '--no-deps', 'backup');
      await storage.admit(stack.name);
      await execa('scripts/backup', [], { cwd: stack.directory });
    } catch (error) {
      await keepArtifacts(stack, name);
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(there(stack), `${name} ${task.name}`));
  });

  afterAll(async () => {
    if (stack && storage) await storage.dismiss(stack.name).catch(() => {});
    if (stack) await remove(stack);
    await storage?.end();
  });

  return { stack: () => there(stack), storage: () => there(storage) };
}

/** As a person runs it. */
function drill(stack: Stack) {
  return execa('scripts/restore-drill', [], { cwd: stack.directory, reject: false, all: true });
}

/** A line of shell in the container of the backups. */
async function inside(stack: Stack, line: string): Promise<string> {
  return (await compose(stack, 'exec', '-T', 'backup', 'bash', '-c', line)).stdout;
}

async function lastDrill(stack: Stack): Promise<Drill> {
  return JSON.parse(await inside(stack, 'cat /var/lib/backup/state/last-drill.json')) as Drill;
}

/** No throw-away server runs, and none of its files are there, nor those of the backup. */
async function nothingIsLeft(stack: Stack): Promise<void> {
  expect(
    await inside(
      stack,
      'ls -d /var/lib/backup/scratch /var/lib/backup/work/drill 2>/dev/null; cat /proc/[0-9]*/comm 2>/dev/null | grep -x postgres || :',
    ),
  ).toBe('');
}
