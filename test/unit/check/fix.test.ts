/** `check --fix` as a person runs it: on files, in a folder. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CheckReport } from '../../../generators/check/types.ts';
import { runCheck } from '../../../generators/check.ts';
import type { Io } from '../../../generators/io.ts';
import { type Run, runProgram } from '../../../generators/programs.ts';
import { parseRequest } from '../../../generators/request.ts';

const compose = `version: "3.8"
services:
  db: # the data
    image: postgres:18.6-trixie
    healthcheck: { test: "pg_isready -U app" }
  api:
    image: example.com/api:1.2
    depends_on:
      # Of old.
      - db
`;
const script = '#!/bin/sh\r\nset -eu\r\n';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prodstack-fix-'));
  mkdirSync(join(root, 'scripts'));
  writeFileSync(join(root, 'compose.yaml'), compose.replaceAll('\n', '\r\n'));
  writeFileSync(join(root, 'scripts/backup.sh'), script);
  chmodSync(join(root, 'scripts/backup.sh'), 0o644);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const noGit: Run = async () => ({ exitCode: 127, stdout: '', stderr: '' });

async function check(argv: readonly string[], run: Run = noGit) {
  let out = '';
  const io: Io = {
    cwd: root,
    home: '/nowhere',
    today: '2026-11-20',
    interactive: false,
    colors: false,
    version: '1.2.3',
    random: () => new Uint8Array(),
    out: (text) => {
      out += text;
    },
    err: () => {},
    readStdin: async () => '',
  };
  const request = parseRequest(['check', ...argv], {});
  if (request.verb !== 'check') throw new Error('no check');
  return { code: await runCheck(request, io, run), out };
}

const json = async (...argv: readonly string[]): Promise<CheckReport> =>
  JSON.parse((await check([...argv, '--json'])).out) as CheckReport;

test('writes what needs no decision, and leaves the rest as findings', async () => {
  const { out, code } = await check(['--fix']);
  expect(out).toContain('edit      644 compose.yaml');
  expect(out).toContain('edit      755 scripts/backup.sh');
  expect(read('scripts/backup.sh')).toBe(script.replaceAll('\r', ''));
  expect(statSync(join(root, 'scripts/backup.sh')).mode & 0o777).toBe(0o755);
  const text = read('compose.yaml');
  expect(text).not.toContain('version');
  expect(text).toContain('db: # the data\r\n');
  expect(text).toContain('pg_isready -h 127.0.0.1 -U app');
  expect(text).toContain('restart: unless-stopped\r\n');
  // A comment of somebody's stands where the list would become a map.
  expect(text).toContain('      # Of old.\r\n      - db\r\n');
  const line = text.split('\r\n').indexOf('    depends_on:') + 2;
  expect(out).toContain(`  depends-on-conditions: compose.yaml:${line}: services.api.depends_on cannot be changed`);
  expect(out).toContain('depends-on-conditions  Services wait until');
  expect(code).toBe(1);
});

test('fixes twice what it fixes once', async () => {
  await check(['--fix']);
  const before = [read('compose.yaml'), read('scripts/backup.sh')];
  const { out } = await check(['--fix']);
  expect(out).toContain('Nothing here can be fixed without a decision.');
  expect([read('compose.yaml'), read('scripts/backup.sh')]).toEqual(before);
});

test('says of what it leaves where that is in the end, on a line of its own', async () => {
  const text = `services:
  db:
    image: postgres:18.6-trixie
    healthcheck: &probe { test: ["CMD", "pg_isready", "-h", "127.0.0.1"] }
  replica:
    image: postgres:18.6-trixie
    ports: ["127.0.0.1:5433:5432"]
    healthcheck: *probe
`;
  writeFileSync(join(root, 'compose.yaml'), text);
  const { out } = await check(['--fix', '--only', 'healthcheck-start-period,log-rotation,restart-set,postgres-shm']);
  const lineOf = (key: string): number => read('compose.yaml').split('\n').indexOf(`  ${key}:`) + 1;
  const left = out.split('\n').filter((line) => /^ {2}healthcheck-start-period: compose/.test(line));
  expect(left.length).toBeGreaterThan(0);
  const rest = out.slice(out.indexOf('Left for you'), out.indexOf('\n\n', out.indexOf('Left for you'))).split('\n');
  expect(rest.slice(1).filter((line) => line !== '' && !line.startsWith('  '))).toEqual([]);
  for (const line of left) {
    const at = Number(/^ {2}healthcheck-start-period: compose\.yaml:(\d+): /.exec(line)?.[1]);
    const own = /services\.(\w+)\./.exec(line)?.[1] ?? '';
    expect(read('compose.yaml').split('\n')[at - 1]).toContain('healthcheck');
    expect(at).toBeGreaterThan(lineOf(own));
  }
});

test('shows it first, and writes nothing then', async () => {
  const { out } = await check(['--fix', '--dry-run', '--diff']);
  expect(out).toContain('-version: "3.8"');
  expect(out).toContain('+    shm_size: 256m');
  expect(out).toContain('Would fix');
  expect(read('compose.yaml')).toBe(compose.replaceAll('\n', '\r\n'));
  expect(statSync(join(root, 'scripts/backup.sh')).mode & 0o777).toBe(0o644);
});

test('tells programs what it did, and what it could not do', async () => {
  const before = await json();
  const { fixes, findings } = await json('--fix', '--diff');
  expect(before.fixes).toBeUndefined();
  expect(fixes).toMatchObject({ dryRun: false, changed: true });
  expect(fixes?.files.map(({ path }) => path)).toEqual(['compose.yaml', 'scripts/backup.sh']);
  expect(fixes?.files[0]?.diff).toContain('-version: "3.8"');
  expect(fixes?.fixed.map(({ rule }) => rule)).toContain('no-version-key');
  expect(fixes?.refused.map(({ finding }) => finding.rule)).toEqual(['depends-on-conditions']);
  expect(findings.length).toBe(before.findings.length - (fixes?.fixed.length ?? 0));
});

test('fixes only what was asked for, and not what a comment or the known findings leave out', async () => {
  await check(['--fix', '--only', 'postgres-shm']);
  expect(read('compose.yaml')).toContain('version');
  expect(read('compose.yaml')).toContain('shm_size');

  writeFileSync(join(root, 'compose.yaml'), `# prodstack-ignore no-version-key: an old Swarm\n${compose}`);
  await check(['--update-baseline', '--only', 'log-rotation']);
  await check(['--fix']);
  expect(read('compose.yaml')).toContain('version');
  expect(read('compose.yaml')).not.toContain('max-size');
  expect(read('compose.yaml')).toContain('shm_size');
});

/** The folder as a repository with everything in it. */
async function committed(): Promise<void> {
  const git = (...args: string[]) => runProgram('git', args, { cwd: root });
  await git('init', '--quiet');
  await git('add', '--all');
  await git('-c', 'user.name=me', '-c', 'user.email=me@example.com', 'commit', '--quiet', '--message', 'all');
}
const git: Run = (program, args, options) =>
  program === 'git' ? runProgram(program, args, options) : noGit(program, args, options);

test('says which files had changes that git does not have', async () => {
  await committed();
  writeFileSync(join(root, 'compose.yaml'), `${read('compose.yaml')}# mine\r\n`);
  const { out } = await check(['--fix'], git);
  expect(out).toContain('Not committed before these fixes: compose.yaml\n');
});

test('writes nothing in the middle of a merge', async () => {
  await committed();
  const before = read('compose.yaml');
  writeFileSync(join(root, '.git/MERGE_HEAD'), `${'0'.repeat(40)}\n`);
  expect(await check(['--fix', '--dry-run'], git)).toMatchObject({ out: expect.stringContaining('Would fix') });
  await expect(check(['--fix'], git)).rejects.toMatchObject({
    code: 'repo',
    message: expect.stringContaining('a merge'),
  });
  expect(read('compose.yaml')).toBe(before);
});

test('writes all or nothing', async () => {
  rmSync(join(root, 'scripts/backup.sh'));
  writeFileSync(join(root, 'real.sh'), script);
  symlinkSync('../real.sh', join(root, 'scripts/backup.sh'));
  await expect(check(['--fix'])).rejects.toMatchObject({ code: 'disk' });
  expect(read('compose.yaml')).toBe(compose.replaceAll('\n', '\r\n'));
  expect(existsSync(join(root, '.prodstack/txn'))).toBe(false);
});

test('live rules are asked with --live only', async () => {
  await expect(check(['--only', 'live-down'])).rejects.toMatchObject({ code: 'usage', hint: 'Add --live.' });
});

test('--fix goes back to what another repair has cleared the way for: nothing is left for a second run', async () => {
  const api = '{"scripts":{"start":"node server.js"},"dependencies":{"express":"^5"}}\n';
  mkdirSync(join(root, 'api'));
  writeFileSync(join(root, 'api/package.json'), api);
  writeFileSync(join(root, 'api/Dockerfile'), 'FROM node:24-slim\nWORKDIR /app\nCMD ["node", "server.js"]\n');
  writeFileSync(
    join(root, 'compose.yaml'),
    'services:\n  api:\n    build: ./api\n  worker:\n    extends: { service: api }\n    command: node worker.js\n',
  );
  await check(['--fix', '--only', 'init']);
  expect(read('compose.yaml').match(/init: true/g)).toHaveLength(2);
});
