/** A container `backup` whose clock the test turns: only `date` sees it, and the scripts decide by nothing else. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { provideImages } from '../support/engine.ts';
import { compose, docker, eventually, inspect, type Stack } from '../support/scenario.ts';

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

/** Turns the clock to a time and returns when the container has done all that was due then. */
export async function at(stack: Stack, time: string): Promise<void> {
  // It looks at the clock, then at what is due: once it has seen a later time, it is through with the one before.
  for (const seconds of [0, 1]) {
    const epoch = turn(stack, time, seconds);
    await eventually(async () => {
      const { stdout } = await compose(stack, 'exec', '-T', 'backup', 'cat', '/tmp/backup.beat');
      if (Number(stdout) !== epoch) throw new Error(`the loop is still at ${stdout}`);
    });
  }
  const { Id } = await inspect(stack, 'backup');
  await eventually(async () => {
    const { stdout } = await docker(stack, 'top', Id, '-eo', 'pid,args');
    if (/backup (?:run|drill|recall)/.test(stdout)) throw new Error(`a job is at work: ${stdout}`);
  });
}
