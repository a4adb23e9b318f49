/** A container `backup` whose clock the test turns: only `date` sees it, and the scripts decide by nothing else. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { provideImages } from '../support/engine.ts';
import { compose, docker, eventually, type Stack } from '../support/scenario.ts';

/** Debian's libfaketime in front of `date`; by seconds since 1970, which no time zone changes. */
const dockerfile = `ARG BASE
FROM $BASE
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends libfaketime && rm -rf /var/lib/apt/lists/*
RUN printf '%s\\n' '#!/bin/sh' \\
      'export LD_PRELOAD=/usr/lib/$(uname -m)-linux-gnu/faketime/libfaketime.so.1 FAKETIME_FMT=%s FAKETIME=$(cat /clock/now)' \\
      'exec /usr/bin/date "$@"' > /usr/local/bin/date \\
    && chmod 755 /usr/local/bin/date
USER backup
`;

/** Builds the images of the data and its backups and starts them, with the clock standing at a time. */
export async function startAt(stack: Stack, time: string): Promise<void> {
  const image = `${stack.name}-backup-clock`;
  mkdirSync(join(stack.directory, 'clock'));
  turn(stack, time);
  await provideImages(stack.directory);
  await compose(stack, 'build', 'backup');
  const { stdout: built } = await compose(stack, 'config', '--images', 'backup');
  const base = built.split('\n').find((line) => line.includes('-backup')) ?? '';
  await execa('docker', ['build', '--quiet', '--build-arg', `BASE=${base}`, '--tag', image, '-'], {
    input: dockerfile,
  });
  writeFileSync(
    join(stack.directory, 'clock.yaml'),
    `services:
  backup:
    image: ${image}
    environment: { BACKUP_TICK: '0.2', BACKUP_START_DELAY: '0', BACKUP_ALARM_PATIENCE: '2' }
    extra_hosts: ['host.docker.internal:host-gateway']
    healthcheck: { interval: 1s, retries: 1 }
    volumes: ['./clock:/clock:ro']
`,
  );
  const files = /^COMPOSE_FILE=(.*)$/m.exec(readFileSync(join(stack.directory, '.env'), 'utf8'))?.[1];
  appendFileSync(join(stack.directory, '.env'), `\nCOMPOSE_FILE=${files}:clock.yaml\n`);
  await execa('scripts/ctl', ['up', '--no-build', '--detach', '--wait', 'postgres', 'backup'], {
    cwd: stack.directory,
  });
}

/** The seconds since 1970 that the clock shows from now on. */
export function turn(stack: Stack, time: string, seconds = 0): number {
  const epoch = Date.parse(time) / 1000 + seconds;
  // At once, so that no `date` ever finds an empty file.
  writeFileSync(join(stack.directory, 'clock/next'), String(epoch));
  renameSync(join(stack.directory, 'clock/next'), join(stack.directory, 'clock/now'));
  return epoch;
}

/** Turns the clock to a time and returns when the container has done all that was due then, one thing behind the other. */
export async function at(stack: Stack, time: string): Promise<void> {
  let second = 0;
  let quiet = 0;
  await eventually(async () => {
    // It looks at the clock, then at what is due: once it has seen a later time, it is through with the one before.
    await pass(stack, turn(stack, time, second++));
    await pass(stack, turn(stack, time, second++));
    quiet = (await isWorking(stack)) ? 0 : quiet + 1;
    if (quiet < 2) throw new Error(`a job is, or was just now, at work at ${time}`);
  }, 300);
}

/** Turns the clock to a time and returns once there is a backup for that day. */
export async function night(stack: Stack, time: string): Promise<void> {
  turn(stack, time);
  await eventually(async () => {
    const slot = await inside(stack, 'cat', '/var/lib/backup/state/slot-backup.json');
    if (!slot.includes(time.slice(0, 10))) throw new Error(`the last backup is that of ${slot}`);
  }, 300);
}

async function pass(stack: Stack, epoch: number): Promise<void> {
  await eventually(async () => {
    const seen = await inside(stack, 'cat', '/tmp/backup.beat');
    if (Number(seen) !== epoch) throw new Error(`the loop is still at ${seen}`);
  });
}

async function isWorking(stack: Stack): Promise<boolean> {
  const { stdout } = await docker(stack, 'top', container(stack), '-eo', 'pid,args');
  return /backup (?:run|drill|recall)/.test(stdout);
}

async function inside(stack: Stack, ...command: readonly string[]): Promise<string> {
  return (await docker(stack, 'exec', container(stack), ...command)).stdout;
}

/** By its name, which takes a third of the time that `docker compose` does: this is asked a hundred times. */
function container(stack: Stack): string {
  return `${stack.name}-backup-1`;
}
