/** A stack of ours grows while it runs and has data, one thing after the other, and gives one back. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compose,
  containers,
  docker,
  eventually,
  farFromNow,
  follow,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  prodstack,
  type Report,
  remove,
  serviceOf,
  setPorts,
  sql,
} from '../support/scenario.ts';
import { ask } from './edge.ts';

const host = 'reports.internal';
const stack = await newStack('grown', {
  fixture: 'node-worker',
  app: 'backend',
  more: ['HTTP_PORT', 'HTTPS_PORT'],
});
/** The report that was asked for before there was a worker. */
let first = '';

/** Carries out a verb in the folder of the stack, and the commands that its report ends with. */
async function change(...argv: readonly string[]): Promise<Report> {
  const { exitCode, stdout, stderr } = await prodstack(
    dirname(stack.directory),
    ...[...argv, '-C', stack.name, '--yes', '--json'],
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const report = JSON.parse(stdout) as Report;
  await follow(stack, report);
  return report;
}

const running = async () =>
  (await containers(stack))
    .filter(({ State }) => State.Running)
    .map((one) => `${serviceOf(one)} ${one.State.Health?.Status ?? 'running'}`)
    .sort();

const isKept = async () => expect(await sql(stack, 'SELECT text FROM kept')).toBe('since the first day');

beforeAll(async () => {
  try {
    // A person who wants neither, for now.
    const report = await generate(stack, '--set', 'apps.backend.workers=null');
    setPorts(stack);
    await follow(stack, report);
    const { status, body } = await http(stack.ports.app, '/reports', { method: 'POST' });
    expect(status, body).toBe(202);
    first = (JSON.parse(body) as { id: string }).id;
    await sql(stack, "CREATE TABLE kept AS SELECT 'since the first day' AS text");
  } catch (error) {
    await keepArtifacts(stack, 'add-own');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `add-own ${task.name}`));
});

afterAll(() => remove(stack));

describe('a stack that runs and has data', () => {
  it('gets a Redis: the app reaches it, and the database was not touched', async () => {
    const before = await inspect(stack, 'postgres');
    expect(await running()).toEqual(['backend healthy', 'postgres healthy']);
    await change('add', 'redis', '--for', 'backend');
    expect(await running()).toEqual(['backend healthy', 'postgres healthy', 'redis healthy']);
    expect(await redis('PING')).toContain('+PONG');
    expect(await redis('SET kept yes')).toContain('+OK');
    expect((await inspect(stack, 'postgres')).Id).toBe(before.Id);
    await isKept();
  });

  it('gets the worker that its sources have, which does the job that waited', async () => {
    expect(await sql(stack, done(first))).toBe('f');
    await change('add', 'worker', '--for', 'backend');
    expect(await running()).toContain('backend-worker running');
    await eventually(async () => expect(await sql(stack, done(first))).toBe('t'));
  });

  it('gets a way in: the world comes in by its name only', async () => {
    await change(
      ...['add', 'caddy', '--for', 'backend'],
      ...['--set', `edge.caddy.hostnames.backend=${host}`, '--set', 'edge.caddy.certificates=internal'],
    );
    expect(await running()).toContain('caddy healthy');
    const root = ['cat', '/data/caddy/pki/authorities/local/root.crt'];
    const ca = (await compose(stack, 'exec', '-T', 'caddy', ...root)).stdout;
    const door = { https: stack.more['HTTPS_PORT'] ?? 0, http: stack.more['HTTP_PORT'] ?? 0, ca };
    await eventually(async () => expect(await ask(door, host, '/healthz')).toMatchObject({ status: 200 }));
    await expect(http(stack.ports.app, '/healthz')).rejects.toThrow('ECONNREFUSED');
    await isKept();
  });

  it('gets backups, which can be made at once', async () => {
    await change('add', 'backup', '--set', `backup.at=${farFromNow()}`);
    expect(await running()).toContain('backup healthy');
    const { exitCode, stdout } = await script('backup', 'now');
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0 });
    expect((await script('backup', 'list')).stdout).toMatch(/^\d{8}T\d{6}Z .* local$/m);
    await isKept();
  });

  it('gives the Redis back: its container goes, its data stays, and all else is well', async () => {
    const { warnings } = await change('remove', 'redis', '--disconnect');
    const volume = `${stack.name}_redis-data`;
    expect(warnings.join('\n')).toContain(`docker volume rm ${volume}`);
    expect(await running()).toEqual([
      ...['backend healthy', 'backend-worker running', 'backup healthy', 'caddy healthy', 'postgres healthy'],
    ]);
    expect((await docker(stack, 'volume', 'inspect', '--format', '{{.Name}}', volume)).stdout).toBe(volume);
    const { stdout } = await compose(stack, 'exec', '-T', 'backend', 'env');
    expect(stdout).not.toContain('REDIS');
    await isKept();
    await eventually(async () => {
      const { exitCode, stdout: text } = await script('verify', '--json');
      const { checks } = JSON.parse(text) as { readonly checks: readonly { readonly status: string }[] };
      expect({ exitCode, failed: checks.filter(({ status }) => status === 'fail') }).toEqual({
        exitCode: 0,
        failed: [],
      });
    });
  });

  it('finds the data again when the Redis comes back', async () => {
    await change('add', 'redis', '--for', 'backend');
    expect(await redis('GET kept')).toContain('yes');
    expect(readFileSync(join(stack.directory, 'prodstack.yaml'), 'utf8')).toContain('- redis');
  });
});

/** One command to the Redis that the app knows of, from its own container and with its own settings. */
async function redis(command: string): Promise<string> {
  const program = `
    const url = new URL(process.env.REDIS_URL);
    const socket = require('node:net').connect(Number(url.port), url.hostname);
    let answer = '';
    socket.on('data', (data) => { answer += data; if (answer.split('\\r\\n').length > 2) socket.end(); });
    socket.on('close', () => console.log(answer));
    socket.write('AUTH ' + decodeURIComponent(url.password) + '\\r\\n${command}\\r\\n');
    setTimeout(() => socket.end(), 30000).unref();`;
  return (await compose(stack, 'exec', '-T', 'backend', 'node', '-e', program)).stdout;
}

function script(name: string, ...args: readonly string[]) {
  return execa(join(stack.directory, 'scripts', name), args, { cwd: '/', reject: false, stdin: 'ignore' });
}

function done(id: string): string {
  return `SELECT coalesce((SELECT done_at IS NOT NULL FROM reports WHERE id = '${id}'), false)`;
}
