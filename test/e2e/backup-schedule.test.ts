/** Backups by the clock: nights pass in fast time, the clock jumps, jobs meet, and somebody is told. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compose,
  eventually,
  generate,
  inspect,
  keepArtifacts,
  lockTable,
  newStack,
  remove,
  type Stack,
  setPorts,
  sql,
} from '../support/scenario.ts';
import { at, night, startAt, turn } from './clock.ts';

interface Told {
  readonly path: string;
  readonly body: string;
}

/** The status of a command of the container, with all that it said. */
async function backup(stack: Stack, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const { exitCode, all } = await execa(
    'docker',
    ['compose', 'exec', '-T', ...variables, 'backup', 'backup', ...words],
    { cwd: stack.directory, reject: false, all: true },
  );
  return { exitCode, text: all };
}

describe('backups in a stack', async () => {
  const stack = await newStack('nights');
  const told: Told[] = [];
  let hook: Server;
  let address = '';

  beforeAll(async () => {
    try {
      const answers = ['engine=files', 'at=02:30', 'timezone=Europe/Berlin', 'keep.daily=2', 'keep.monthly=2'];
      await generate(stack, '--preset', 'node', ...answers.flatMap((answer) => ['--set', `backup.${answer}`]));
      setPorts(stack);
      await startAt(stack, '2026-10-24T10:00:00Z');
      await sql(stack, 'CREATE TABLE visits AS SELECT generate_series(1, 1000) AS id');
    } catch (error) {
      await keepArtifacts(stack, 'nights');
      throw error;
    }
    hook = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      told.push({ path: request.url ?? '', body });
      response.end();
    });
    await new Promise<void>((resolve) => hook.listen(0, '0.0.0.0', resolve));
    address = `http://host.docker.internal:${(hook.address() as AddressInfo).port}`;
  });
  beforeEach(({ onTestFailed, task }) => {
    told.length = 0;
    onTestFailed(() => keepArtifacts(stack, `nights ${task.name}`));
  });
  afterAll(async () => {
    hook?.close();
    await remove(stack);
    await execa('docker', ['image', 'rm', '--force', `${stack.name}-backup-clock`]);
  });

  /** The hour of each backup in UTC, oldest first: `20261025T00`. */
  async function hours(): Promise<readonly string[]> {
    const { stdout } = await compose(stack, 'exec', '-T', 'backup', 'backup', 'list', '--json');
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line) => (JSON.parse(line) as { id: string }).id.slice(0, 11)).sort();
  }

  /** How often something stands in the log of the container. */
  async function logged(text: string): Promise<number> {
    const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'backup');
    return stdout.split(text).length - 1;
  }

  const pings = () => ({ BACKUP_PING_URL: `${address}/ping`, BACKUP_WEBHOOK_URL: `${address}/hook` });

  it('a new stack makes its first backup soon, and proves it with a drill', async () => {
    await at(stack, '2026-10-24T10:00:10Z');
    expect(await hours()).toEqual(['20261024T10']);
    expect(await logged('the drill is done')).toBe(1);
  });

  it('a night of daylight saving has one backup', async () => {
    await at(stack, '2026-10-25T00:29:50Z');
    expect(await hours()).toEqual(['20261024T10']);
    // 02:30 comes at 00:30 UTC, and once more at 01:30.
    for (const time of ['00:30:10', '01:00:10', '01:30:10', '02:30:00']) await at(stack, `2026-10-25T${time}Z`);
    expect(await hours()).toEqual(['20261024T10', '20261025T00']);
  });

  it('a week of nights passes in fast time with the right snapshots left, and with one drill', async () => {
    for (const day of ['10-29', '10-30', '10-31', '11-01', '11-02', '11-03', '11-04'])
      await night(stack, `2026-${day}T01:30:20Z`);
    await at(stack, '2026-11-04T02:00:00Z');
    // Two days, and the last one of October.
    expect(await hours()).toEqual(['20261031T01', '20261103T01', '20261104T01']);
    // That of the start, and those of two Sundays, the second made up for.
    expect(await logged('the drill is done')).toBe(3);
  });

  it('a clock that jumps forward makes up for it once, and one that jumps back repeats nothing', async () => {
    await at(stack, '2026-11-05T11:00:00Z');
    await at(stack, '2026-11-05T10:00:00Z');
    await at(stack, '2026-11-05T11:30:00Z');
    expect((await hours()).filter((hour) => hour.startsWith('20261105'))).toEqual(['20261105T11']);

    // A clock that was wrong by days: what it made does not count, and nobody waits for those days to pass.
    await at(stack, '2026-11-07T12:00:00Z');
    await at(stack, '2026-11-05T12:00:00Z');
    expect(await hours()).toEqual(expect.arrayContaining(['20261107T12', '20261105T12']));
    expect(await logged('the last backup is from the future')).toBe(1);
  });

  it('two backups at once: the second says so', async () => {
    const table = await lockTable(stack, 'visits');
    const first = execa('scripts/backup', ['now'], { cwd: stack.directory, all: true, reject: false });
    await eventually(async () => expect((await backup(stack, ['status'])).text).toMatch(/^at work +backup$/m));
    const second = await execa('scripts/backup', [], { cwd: stack.directory, all: true, reject: false });
    expect(second).toMatchObject({
      exitCode: 75,
      all: expect.stringContaining('another job is at work: backup, since'),
    });
    await table.release();
    const { exitCode, all } = await first;
    expect(exitCode, all).toBe(0);
  });

  it('a job that is asked to stop leaves nothing half done', async () => {
    const before = await backup(stack, ['list']);
    const table = await lockTable(stack, 'visits');
    turn(stack, '2026-11-06T12:00:00Z');
    await eventually(async () => expect((await backup(stack, ['status'])).text).toMatch(/^at work +backup$/m), 120);
    // In the middle: it waits for the table.
    await eventually(async () => expect(await sql(stack, 'SELECT count(*) FROM pg_locks WHERE NOT granted')).toBe('1'));
    await compose(stack, 'stop', 'backup');
    expect((await inspect(stack, 'backup')).State.ExitCode).toBe(0);
    expect(await logged('the backup was stopped before it was done')).toBe(1);
    await table.release();
    // Where the container does not run, one is made for the question.
    const { stdout } = await execa('scripts/backup', ['list'], { cwd: stack.directory });
    expect(stdout).toBe(before.text);
    await compose(stack, 'start', 'backup');
    await at(stack, '2026-11-06T12:01:00Z');
    expect(await hours()).toContain('20261106T12');
  });

  it('the alarm is told of start, success and failure, and a dead webhook fails no backup', async () => {
    const good = await backup(stack, ['run'], pings());
    expect(good.exitCode, good.text).toBe(0);
    expect(told.map(({ path }) => path)).toEqual(['/ping/start', '/ping']);

    told.length = 0;
    const bad = await backup(stack, ['run'], { ...pings(), DB_APP_PASSWORD: 'wrong' });
    expect(bad.exitCode).toBe(1);
    expect(told.map(({ path }) => path).sort()).toEqual(['/hook', '/ping/fail', '/ping/start']);
    const message = told.find(({ path }) => path === '/hook')?.body ?? '';
    expect(JSON.parse(message)).toMatchObject({ project: stack.name, job: 'backup', event: 'failure' });
    expect(message).toContain('password authentication failed');
    expect(told.find(({ path }) => path === '/ping/fail')?.body).toContain('password authentication failed');

    told.length = 0;
    expect((await backup(stack, ['run'], { ...pings(), BACKUP_WEBHOOK: 'slack' })).exitCode).toBe(0);
    const again = told.find(({ path }) => path === '/hook')?.body ?? '{}';
    expect((JSON.parse(again) as { text: string }).text).toContain('works again');

    // Nobody listens at port 9; and the next one has to be told of, because the one before failed.
    const nowhere = { BACKUP_PING_URL: 'http://127.0.0.1:9/"\\', BACKUP_WEBHOOK_URL: 'http://127.0.0.1:9/s3cret' };
    expect((await backup(stack, ['run'], { ...nowhere, DB_APP_PASSWORD: 'wrong' })).exitCode).toBe(1);
    const deaf = await backup(stack, ['run'], nowhere);
    expect(deaf.exitCode, deaf.text).toBe(0);
    expect(deaf.text).toContain('the webhook was not told of the success');
    expect(deaf.text).toContain('the ping was not told of the success');
    expect(deaf.text).not.toContain('s3cret');
  });

  it('health turns bad after 26 hours, and good again with the next backup', async () => {
    expect(await backup(stack, ['health'])).toEqual({ exitCode: 0, text: 'healthy' });
    await compose(stack, 'stop', 'postgres');
    await at(stack, '2026-11-07T14:30:00Z');
    const { exitCode, text } = await backup(stack, ['health']);
    expect({ exitCode, text }).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('the last good backup is 26 h'),
    });
    expect(text).toContain('does not answer');
    await eventually(async () => expect((await inspect(stack, 'backup')).State.Health?.Status).toBe('unhealthy'));
    await compose(stack, 'up', '--no-build', '--detach', '--wait', 'postgres');
    // Tried again 10 minutes later; by this clock, which goes on while `at` waits, it has failed some minutes after 14:30.
    await at(stack, '2026-11-07T14:45:00Z');
    expect(await hours()).toContain('20261107T14');
    await eventually(async () => expect((await inspect(stack, 'backup')).State.Health?.Status).toBe('healthy'));
  });

  it('what is lost with the volume of the state is known again from the storage', async () => {
    const before = await hours();
    await compose(stack, 'rm', '--stop', '--force', 'backup');
    await execa('docker', ['volume', 'rm', `${stack.name}_backup-work`]);
    await compose(stack, 'up', '--no-build', '--detach', '--wait', 'backup');
    await at(stack, '2026-11-07T15:00:00Z');
    expect(await hours()).toEqual(before);
    const { stdout } = await compose(stack, 'exec', '-T', 'backup', 'bash', '-c', 'backup status --json || :');
    const status = JSON.parse(stdout) as { lastBackup: { id: string }; backups: number; offsite: boolean };
    expect(status.lastBackup.id).toMatch(/^20261107T14/);
    expect(status).toMatchObject({ backups: before.length, offsite: false });
  });
});
