/** `check --live`: a healthy stack is quiet, one that is broken in every way is not, and after the repair it is quiet again. */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckReport } from '../../generators/check/types.ts';
import { provideImage } from '../support/engine.ts';
import { binOf, packedPrefix } from '../support/packed.ts';
import {
  compose,
  ctl,
  eventually,
  follow,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  prodstack,
  remove,
  type Stack,
  setPorts,
} from '../support/scenario.ts';

const fixture = join(import.meta.dirname, 'fixtures/live/broken.yaml');

/** `rule service: message` of what runs. How full the disk of this machine is, no test decides. */
async function live(stack: Stack): Promise<readonly string[]> {
  const { stdout, stderr } = await prodstack(stack.directory, 'check', '--live', '--json', '--skip', 'live-disk');
  if (stdout === '') throw new Error(stderr);
  const { findings } = JSON.parse(stdout) as CheckReport;
  return findings
    .filter(({ rule }) => rule.startsWith('live-'))
    .map(({ rule, service = '', message }) => `${rule} ${service}: ${message}`);
}

describe('check --live', async () => {
  const stack = await newStack('live', { more: ['SICK_PORT'], backups: true });
  const env = join(stack.directory, '.env');
  const files = () => /^COMPOSE_FILE=(.*)$/m.exec(readFileSync(env, 'utf8'))?.[1] ?? '';

  /** Sets a variable of .env, which has the last word. */
  const setVariable = (name: string, value: string): void => {
    const text = readFileSync(env, 'utf8').replace(new RegExp(`^${name}=.*\n`, 'm'), '');
    writeFileSync(env, `${text}${name}=${value}\n`);
  };

  /** The newest backup is said to be of another day. */
  const date = async (days: number): Promise<void> => {
    const state = '/var/lib/backup/state/last-backup.json';
    const time = new Date(Date.now() - days * 86_400_000).toISOString();
    await compose(
      stack,
      ...[
        'exec',
        '-T',
        'backup',
        'sh',
        '-c',
        'jq --arg time "$2" ".time = \\$time" "$1" > /tmp/state && cat /tmp/state > "$1"',
      ],
      ...['-', state, time],
    );
  };

  beforeAll(async () => {
    try {
      // The container starts no backup by itself, whose date would be another one.
      const backup = ['--set', 'backup.engine=files', '--set', 'backup.schedule=systemd'];
      const report = await generate(stack, '--preset', 'node', ...backup);
      setPorts(stack);
      await provideImage('busybox:1.37.0-glibc');
      const before = await prodstack(stack.directory, 'check', '--live');
      expect(before).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining('There is no container of this repo.'),
      });
      await follow(stack, report);
      await compose(stack, 'exec', '-T', 'backup', 'backup', 'run');
    } catch (error) {
      await keepArtifacts(stack, 'live');
      throw error;
    }
  });
  afterAll(() => remove(stack));

  it('says nothing of a stack that is well, but that its backups are on this host', async () => {
    expect(await live(stack)).toEqual([
      expect.stringMatching(/^live-backup-weak backup: the backups are on this host/),
    ]);
  });

  it('finds all that is broken, and shows no secret', async () => {
    cpSync(fixture, join(stack.directory, 'broken.yaml'));
    appendFileSync(env, '\n');
    setVariable('COMPOSE_FILE', `${files()}:broken.yaml`);
    await compose(stack, 'up', '--detach', '--no-build', 'crash', 'hog', 'sick', 'noisy');
    setVariable('COLOUR', 'blue');
    await date(3);
    await compose(stack, 'stop', 'redis');

    const port = stack.more['SICK_PORT'];
    const expected = [
      /^live-restarting crash: ends as soon as it is started: \d+ times so far, last with status 3$/,
      /^live-restarting hog: .* it needed more memory than its limit$/,
      /^live-out-of-memory hog: the kernel has killed .*, with a limit of 32M/,
      /^live-unhealthy sick: its health check failed \d+ times in a row, last with: refused \*\*\*$/,
      new RegExp(`^live-port-open sick: port ${port} is open on all interfaces$`),
      /^live-old-configuration sick: /,
      /^live-logs noisy: /,
      /^live-root noisy: /,
      /^live-down redis: has ended /,
      /^live-backup backup: the last good backup is 3 days old/,
    ];
    await eventually(async () => {
      const found = await live(stack);
      for (const one of expected) expect(found).toContainEqual(expect.stringMatching(one));
    });
    const { stdout, exitCode } = await prodstack(stack.directory, 'check', '--live');
    expect(stdout).not.toContain('not-to-be-shown');
    expect(exitCode).toBe(1);
  });

  it('finds what is left of services that the files no longer have', async () => {
    setVariable('COMPOSE_FILE', files().replace(':broken.yaml', ''));
    // A container of its own tells which files hold.
    await compose(stack, 'up', '--detach', '--no-build', '--force-recreate', 'redis');
    expect(await live(stack)).toContainEqual(expect.stringMatching(/^live-orphan sick: .* and publishes \d+/));
  });

  it('is quiet after the repair', async () => {
    await execa('rm', [join(stack.directory, 'broken.yaml')]);
    await compose(stack, 'exec', '-T', 'backup', 'backup', 'run');
    // Without Redis, or with an old backup, for so long that they became unhealthy: `up` would not wait for them.
    for (const service of ['app', 'backup'])
      await eventually(
        async () => expect((await inspect(stack, service)).State.Health?.Status, service).toBe('healthy'),
        120,
      );
    await ctl(stack, 'up', '--detach', '--no-build', '--remove-orphans', '--wait');
    const found = await live(stack);
    expect(found.filter((one) => !one.startsWith('live-backup-weak'))).toEqual([]);
  });

  it('says so where no engine answers', async () => {
    const prefix = await packedPrefix();
    const { exitCode, stderr } = await execa(
      process.execPath,
      [join(prefix, binOf(prefix)), 'check', '--live', stack.directory],
      { env: { DOCKER_HOST: 'unix:///nowhere.sock' }, reject: false },
    );
    expect(stderr).toContain('The Docker engine does not answer');
    expect(exitCode).toBe(3);
  });
});
