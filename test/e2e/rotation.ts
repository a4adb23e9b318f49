/** What the rotation of a password must come to, wherever the secrets lie. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { watchProcesses } from '../support/processes.ts';
import { compose, eventually, http, inspect, type Stack } from '../support/scenario.ts';

/** A client that does not give up: each of its requests is repeated until it is answered. */
export interface Load {
  /** Ends it: how many requests were answered, and how many of them were repeated. */
  stop(): Promise<{ readonly answered: number; readonly repeated: number }>;
}

/**
 * Sends requests to the start page of the app, one after the other, until it is stopped.
 * @param seconds that one request may be repeated for
 */
export function load(stack: Stack, clients = 3, seconds = 60): Load {
  let running = true;
  let answered = 0;
  let repeated = 0;
  const ask = async (): Promise<void> => {
    const { status, body } = await http(stack.ports.app, '/', { accept: 'application/json', patience: 5000 });
    if (status !== 200) throw new Error(`${status} ${body}`);
  };
  const client = async (): Promise<void> => {
    while (running) {
      try {
        await ask();
      } catch {
        repeated++;
        await eventually(ask, seconds);
      }
      answered++;
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    stop: async () => {
      running = false;
      await all;
      return { answered, repeated };
    },
  };
}

/** Runs `scripts/rotate-secret`. */
export function rotate(stack: Stack, ...args: readonly string[]) {
  const script = join(stack.directory, 'scripts/rotate-secret');
  return execa(script, args, { cwd: '/', reject: false, all: true, input: 'handed.over\n' });
}

/**
 * Rotates a password while requests come in, and expects: the app goes on with the new one, none of the requests is
 * lost, and no process had the value among its arguments.
 * @param stored gives the value that is stored
 */
export async function rotateUnderLoad(stack: Stack, name: string, stored: () => string): Promise<void> {
  const before = stored();
  const client = load(stack);
  const watch = watchProcesses();
  const run = await rotate(stack, name);
  const lines = watch.stop();
  const { answered } = await client.stop();
  expect(run.exitCode, run.all).toBe(0);
  const after = stored();
  expect(after).not.toBe(before);
  expect(answered).toBeGreaterThan(0);
  expect(lines.some((line) => line.includes('rotate-secret'))).toBe(true);
  for (const value of [before, after]) {
    expect(lines.filter((line) => line.includes(value))).toEqual([]);
    expect(run.all).not.toContain(value);
  }
}

/**
 * Starts a rotation and kills it, and all that it has started, as soon as it says this.
 * @returns whether it came so far
 */
export async function killAt(stack: Stack, name: string, step: string): Promise<boolean> {
  const script = join(stack.directory, 'scripts/rotate-secret');
  const run = execa(script, [name], {
    cwd: stack.directory,
    reject: false,
    detached: true,
  });
  let text = '';
  let killed = false;
  run.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (killed || !text.includes(step) || run.pid === undefined) return;
    killed = true;
    process.kill(-run.pid, 'SIGKILL');
  });
  await run;
  // The lock goes with the last of the programs that were killed, and not with the script itself.
  await eventually(() => execa('flock', ['--nonblock', script, 'true']));
  return killed;
}

/** A role logs in to PostgreSQL over the network, as an app does. */
export async function loginToPostgres(stack: Stack, user: string, password: string, database = 'app'): Promise<string> {
  const { Id } = await inspect(stack, 'postgres');
  const psql = ['psql', '-h', 'postgres', '-U', user, '-d', database, '-At', '-c', 'SELECT 1'];
  const { stdout, stderr } = await execa('docker', ['exec', '--env', 'PGPASSWORD', Id, ...psql], {
    env: { PGPASSWORD: password },
    reject: false,
  });
  return stdout + stderr;
}

/** A client asks Redis with a password. */
export async function loginToRedis(stack: Stack, password: string): Promise<string> {
  const { Id } = await inspect(stack, 'redis');
  const { stdout, stderr } = await execa('docker', ['exec', '--env', 'REDISCLI_AUTH', Id, 'redis-cli', 'ping'], {
    env: { REDISCLI_AUTH: password },
    reject: false,
  });
  return stdout + stderr;
}

/** The secret of a line of `.env`. */
export function setting(stack: Stack, name: string): string {
  const text = readFileSync(join(stack.directory, '.env'), 'utf8');
  const value = new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`.env has no ${name}`);
  return value;
}

/** The visits that the app has counted. */
export async function visits(stack: Stack): Promise<number> {
  const { body, status } = await http(stack.ports.app, '/', { accept: 'application/json' });
  expect(status, body).toBe(200);
  return (JSON.parse(body) as { visits: number }).visits;
}

/** Expects every service to be healthy. */
export async function expectHealthy(stack: Stack): Promise<void> {
  const { stdout } = await compose(stack, 'ps', '--all', '--format', '{{.Service}} {{.Health}} {{.ExitCode}}');
  const lines = stdout.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => !/ healthy 0$|^\S+-(?:migrate|setup) {2}0$/.test(line))).toEqual([]);
}
