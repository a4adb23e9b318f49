import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recover } from '../../../generators/disk/recover.ts';
import { write } from '../../../generators/disk/write.ts';
import { removing, small } from './samples.ts';
import { runJob } from './spawn.ts';
import { create, hash, put, tempFolder, tree, userError } from './support.ts';

/** No process has it: larger than any system gives. */
const dead = 2 ** 30;

/** A folder as a run left it that was killed so many steps before its end. */
async function killedBeforeEnd(steps: number): Promise<string> {
  const [root, counted] = [tempFolder(), tempFolder()];
  small.prepare(root);
  small.prepare(counted);
  let all = 0;
  write(counted, small.plan, { onStep: () => all++ });
  expect(await runJob({ root, task: { write: small.plan }, killAt: all - steps })).toBe('killed');
  return root;
}

/** Half done: compose.yaml and docker/nginx.conf are new, the Makefile is moved away. */
async function halfDone(): Promise<string> {
  const root = await killedBeforeEnd(4);
  expect(tree(root).Makefile).toBeUndefined();
  expect(tree(root)['docker/nginx.conf']).toBeDefined();
  return root;
}

/** All is staged, and nothing is in its place. */
async function staged(): Promise<string> {
  const root = await killedBeforeEnd(10);
  expect(tree(root)).toMatchObject(stateOf(false));
  expect(Object.keys(tree(root))).toContain('.prodstack/txn/journal.json');
  return root;
}

function stateOf(apply: boolean): Record<string, string> {
  const root = tempFolder();
  small.prepare(root);
  if (apply) write(root, small.plan);
  return tree(root);
}

function journal(root: string, data: unknown): void {
  put(root, { [`.prodstack/txn/owner-${dead}`]: '', '.prodstack/txn/journal.json': JSON.stringify(data) });
}

test('where nothing was interrupted there is nothing to do, and nothing changes', () => {
  const root = tempFolder();
  put(root, { x: 'x', '.prodstack/base/x': 'x' });
  const before = tree(root);
  expect(recover(root)).toBe('nothing');
  expect(recover(join(root, 'new/folder'))).toBe('nothing');
  expect(recover(join(root, 'x'))).toBe('nothing');
  expect(recover(join(root, 'x/y'))).toBe('nothing');
  expect(tree(root)).toEqual(before);
});

test('the next write puts right what was interrupted, before it writes its own', async () => {
  const root = await halfDone();
  write(root, [create('more')]);
  expect(tree(root)).toEqual({ ...stateOf(true), more: '644 more\n' });
});

test('a file that is in its place and that the user edited after the kill stays so, and the rest is finished', async () => {
  const root = await halfDone();
  put(root, { 'compose.yaml': 'mine' });
  expect(recover(root)).toBe('finished');
  expect(tree(root)).toEqual({ ...stateOf(true), 'compose.yaml': '644 mine' });
});

test('a file that the user edited before its turn is kept, and the change is undone', async () => {
  const root = await staged();
  put(root, { Makefile: 'mine:\n' });
  expect(recover(root)).toBe('undone');
  expect(tree(root)).toEqual({ ...stateOf(false), Makefile: '644 mine:\n' });
});

test('a file that the user made where one was moved away is kept until one of the two is moved', async () => {
  const root = await halfDone();
  put(root, { Makefile: 'mine:\n' });
  const error = userError(() => recover(root), 'disk');
  expect(error.problems).toEqual([
    {
      path: 'Makefile',
      message: 'it was changed since; the file from before is .prodstack/txn/old-2. Move one of them away',
    },
  ]);
  expect(tree(root).Makefile).toBe('644 mine:\n');
  rmSync(join(root, 'Makefile'));
  expect(recover(root)).toBe('undone');
  expect(tree(root)).toEqual(stateOf(false));
});

test('a new file that the user edited after the kill stays as edited when the change is undone', async () => {
  const root = await halfDone();
  put(root, { 'docker/nginx.conf': 'mine', Makefile: 'mine:\n' });
  userError(() => recover(root), 'disk');
  rmSync(join(root, 'Makefile'));
  expect(recover(root)).toBe('undone');
  expect(tree(root)).toEqual({ ...stateOf(false), 'docker/': '755', 'docker/nginx.conf': '644 mine' });
});

test('a lock whose process is something else now is freed as the error says', async () => {
  const root = await halfDone();
  const owner = Object.keys(tree(root)).find((path) => path.includes('owner-')) ?? '';
  rmSync(join(root, owner));
  // The process that started this test: alive, and none of ours.
  put(root, { [`.prodstack/txn/owner-${process.ppid}`]: '' });
  const error = userError(() => recover(root), 'disk');
  expect(error.message).toContain(`another run is at work in this folder (process ${process.ppid})`);
  expect(error.hint).toContain(`delete .prodstack/txn/owner-${process.ppid} and run again`);
  rmSync(join(root, `.prodstack/txn/owner-${process.ppid}`));
  expect(recover(root)).toBe('finished');
  expect(tree(root)).toEqual(stateOf(true));
});

test('a lock of our own process number is one of a run that is dead: containers number theirs alike', () => {
  const root = tempFolder();
  put(root, { [`.prodstack/txn/owner-${process.pid}`]: '', '.prodstack/txn/new-0': 'x', keep: '' });
  expect(recover(root)).toBe('undone');
  expect(tree(root)).toEqual({ keep: '644 ' });
});

test('what dead runs left aside is swept up, and what live ones have aside is not', () => {
  const parent = tempFolder();
  put(parent, {
    [`.prodstack-${dead}.tmp/x`]: '',
    [`.prodstack-${process.ppid}.tmp/x`]: '',
    '.prodstack-x.tmp': 'no number',
    [`root/.prodstack/.prodstack-${dead}.tmp/x`]: '',
  });
  expect(recover(join(parent, 'new/folder'))).toBe('undone');
  expect(recover(join(parent, 'root'))).toBe('nothing');
  const live = `.prodstack-${process.ppid}.tmp`;
  expect(tree(parent)).toEqual({
    '.prodstack-x.tmp': '644 no number',
    [`${live}/`]: '755',
    [`${live}/x`]: '644 ',
    'root/': '755',
  });
});

test.each([
  ['no JSON', '{'],
  ['another version', JSON.stringify({ version: 2, folders: [], entries: [] })],
  ['no list', JSON.stringify({ version: 1, folders: {}, emptied: [], entries: [] })],
  ['no list of what is emptied', JSON.stringify({ version: 1, folders: [], entries: [] })],
  [
    'an entry without a hash',
    JSON.stringify({ version: 1, folders: [], emptied: [], entries: [{ path: 'x', before: null }] }),
  ],
])('a journal that is damaged is refused, and the files from before are kept: %s', (_, text) => {
  const root = tempFolder();
  put(root, { '.prodstack/txn/journal.json': text, [`.prodstack/txn/owner-${dead}`]: '', '.prodstack/txn/old-0': 'x' });
  const error = userError(() => recover(root), 'disk');
  expect(error.message).toContain('cannot be used');
  expect(error.hint).toContain('.prodstack/txn/old-*');
  expect(tree(root)['.prodstack/txn/old-0']).toBe('644 x');
});

test.each(['../out/x', '/etc/x', 'link/x', 'link/sub/x', '.git/hooks/pre-commit', '.prodstack/txn/x'])(
  'a journal that came with a cloned repo writes nowhere that a plan could not: %s',
  (path) => {
    const parent = tempFolder();
    const root = join(parent, 'root');
    put(parent, { 'root/.git/hooks/': '', 'out/': '' });
    symlinkSync('../out', join(root, 'link'));
    journal(root, { version: 1, folders: [], emptied: [], entries: [{ path, before: null, after: hash('evil') }] });
    put(root, { '.prodstack/txn/new-0': 'evil' }, 0o755);
    userError(() => recover(root), 'disk');
    journal(root, { version: 1, folders: [path], emptied: [], entries: [] });
    userError(() => recover(root), 'disk');
    journal(root, { version: 1, folders: [], emptied: [path], entries: [] });
    userError(() => recover(root), 'disk');
    expect(tree(parent)).toMatchObject({ 'out/': '755', 'root/.prodstack/txn/new-0': '755 evil' });
    expect(Object.keys(tree(join(parent, 'out')))).toEqual([]);
    expect(Object.keys(tree(join(root, '.git')))).toEqual(['hooks/']);
  },
);

test('a staged file that is a symlink is refused', () => {
  const root = tempFolder();
  journal(root, { version: 1, folders: [], emptied: [], entries: [{ path: 'x', before: null, after: hash('x') }] });
  symlinkSync('/etc/passwd', join(root, '.prodstack/txn/new-0'));
  expect(userError(() => recover(root), 'disk').message).toContain('new-0 is no file');
});

test('a folder that was moved away is refused where it is a symlink', () => {
  const root = tempFolder();
  const outside = tempFolder();
  put(outside, { x: 'x' });
  journal(root, { version: 1, folders: [], emptied: ['docker'], entries: [] });
  symlinkSync(outside, join(root, '.prodstack/txn/folder-0'));
  expect(userError(() => recover(root), 'disk').message).toContain('folder-0 is no folder');
  expect(tree(outside)).toEqual({ x: '644 x' });
});

test('a file that is made after the kill where one went is kept, and the rest is finished', async () => {
  const root = tempFolder();
  const counted = tempFolder();
  for (const folder of [root, counted]) removing.prepare(folder);
  const steps: string[] = [];
  write(counted, removing.plan, { onStep: (path) => steps.push(path) });
  // All files are in their places, and the folders are still to go.
  const killAt = steps.indexOf('docker/redis') + 1;
  expect(await runJob({ root, task: { write: removing.plan }, killAt })).toBe('killed');
  expect(tree(root)).toMatchObject({ 'docker/redis/': '755', 'docs/RESTORE.md': expect.anything() });
  put(root, { Makefile: 'mine:\n', 'docker/redis/mine': 'mine' });
  expect(recover(root)).toBe('finished');
  const mine = { Makefile: '644 mine:\n', 'docker/': '755', 'docker/redis/': '755', 'docker/redis/mine': '644 mine' };
  expect(tree(root)).toEqual({ ...tree(counted), ...mine });
});

test.each(['.prodstack', '.prodstack/txn'])('a symlink in place of %s is not followed', (path) => {
  const root = tempFolder();
  const outside = tempFolder();
  put(outside, { 'txn/new-0': 'x', 'new-0': 'x', 'txn/.prodstack-1073741824.tmp/x': '' });
  if (path !== '.prodstack') mkdirSync(join(root, '.prodstack'));
  symlinkSync(outside, join(root, path));
  const before = tree(outside);
  expect(recover(root)).toBe('nothing');
  expect(tree(outside)).toEqual(before);
});

test('a recovery that lacks the rights says so, and loses nothing', async () => {
  const root = await halfDone();
  chmodSync(join(root, '.prodstack/txn'), 0o555);
  const before = tree(root);
  const outcome = await runJob({ root, task: 'recover', drop: true });
  const message = expect.stringContaining('an interrupted run cannot be put right: cannot write to');
  expect(outcome).toEqual({ error: { code: 'disk', message } });
  expect(tree(root)).toEqual(before);
  chmodSync(join(root, '.prodstack/txn'), 0o700);
  expect(recover(root)).toBe('finished');
});
