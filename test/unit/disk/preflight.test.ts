import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { write } from '../../../generators/disk/write.ts';
import type { PlannedFile } from '../../../generators/plan/types.ts';
import { runJob } from './spawn.ts';
import { create, hash, insert, makePipe, put, remove, replace, tempFolder, tree, userError } from './support.ts';

/** The problems that a plan has with a folder, which then must be as it was. */
function problemsOf(root: string, plan: readonly PlannedFile[]): string[] {
  const before = tree(root);
  const error = userError(() => write(root, plan), 'disk');
  expect(error.exitCode).toBe(3);
  expect(error.hint).toBeDefined();
  expect(error.message).toContain(root);
  expect(tree(root)).toEqual(before);
  return error.problems.map(({ path, message }) => `${path}: ${message}`);
}

test.each([
  '../x',
  'a/../../x',
  'a/../x',
  '..',
  '.',
  './x',
  'a/./x',
  'a//x',
  'a/',
  '',
  '/etc/x',
  '/',
  'C:/x',
  'c:x',
  '//server/x',
  'a\\x',
  '..\\x',
  'a\0x',
  '.git/hooks/pre-commit',
  'sub/.GIT/config',
  '.prodstack',
  '.prodstack/txn',
  '.prodstack/TXN/x',
])('a path that is not plainly inside is refused: %j', (path) => {
  const root = tempFolder();
  put(root, { 'root/x': '' });
  expect(problemsOf(join(root, 'root'), [create(path)])).toHaveLength(1);
  expect(Object.keys(tree(root))).toEqual(['root/', 'root/x']);
});

test.each(['.gitignore', '.github/x', '.prodstack/base/x', 'a..b/...', 'ü/ö', 'with space/x', '-rf', '$(x)'])(
  'a path that only looks unusual is written: %j',
  (path) => {
    const root = tempFolder();
    write(root, [create(path, 'x')]);
    expect(tree(root)[path]).toBe('644 x');
  },
);

test('two files of one path are refused', () => {
  expect(problemsOf(tempFolder(), [create('a/x'), create('a/x')])).toEqual(['a/x: planned twice']);
});

test('paths that are one file on macOS or Windows are refused everywhere', () => {
  expect(problemsOf(tempFolder(), [create('Makefile'), create('makefile')])).toEqual([
    'makefile: one file with Makefile where upper and lower case are the same',
  ]);
  expect(problemsOf(tempFolder(), [create('caf\u00e9'), create('cafe\u0301')])).toHaveLength(1);
});

test('a path that is a folder of another is refused, in any order and case', () => {
  expect(problemsOf(tempFolder(), [create('a'), create('a/b/c')])).toEqual([
    'a/b/c: a is planned as a file, and here as a folder',
  ]);
  expect(problemsOf(tempFolder(), [create('a/b/c'), create('A')])).toHaveLength(1);
});

test('a file is created only where nothing is: no file, folder or symlink', () => {
  const root = tempFolder();
  put(root, { file: 'x', 'folder/x': 'x' });
  symlinkSync('file', join(root, 'link'));
  symlinkSync('nowhere', join(root, 'dangling'));
  const plan = ['file', 'folder', 'link', 'dangling'].map((path) => create(path));
  expect(problemsOf(root, plan)).toEqual([
    'file: a file is there already',
    'folder: a folder is there',
    'link: a symlink is there, and going through it is not safe',
    'dangling: a symlink is there, and going through it is not safe',
  ]);
});

test('a pipe in the place of a file is refused', () => {
  const root = tempFolder();
  makePipe(join(root, 'pipe'));
  const error = userError(() => write(root, [create('pipe')]), 'disk');
  expect(error.message).toContain('something that is no file is there');
});

test('a file where a folder is needed is refused', () => {
  const root = tempFolder();
  put(root, { a: 'x' });
  expect(problemsOf(root, [create('a/b'), create('a/c/d')])).toEqual([
    'a/b: a is a file, not a folder',
    'a/c/d: a is a file, not a folder',
  ]);
});

test('a file is replaced or edited only if it is the one that was read', () => {
  const root = tempFolder();
  put(root, { 'a.txt': 'changed', 'b.txt': 'changed' });
  expect(
    problemsOf(root, [
      replace('a.txt', 'read', 'new'),
      insert('b.txt', 'read', 0, 'x'),
      replace('c', 'read', 'new'),
      insert('d', 'read', 0, 'x'),
    ]),
  ).toEqual([
    'a.txt: the file has changed since it was read',
    'b.txt: the file has changed since it was read',
    'c: the file is no longer there',
    'd: the file is no longer there',
  ]);
});

test('a file goes only if it is the one that was read, and nothing else that has its name', () => {
  const root = tempFolder();
  put(root, { 'a.txt': 'changed', 'folder/x': 'x', 'real.txt': 'x' });
  symlinkSync('real.txt', join(root, 'link.txt'));
  symlinkSync(tempFolder(), join(root, 'out'));
  const plan = ['a.txt', 'b.txt', 'folder', 'link.txt', 'out/x', '../x', '.git/x'].map((path) => remove(path, 'x'));
  expect(problemsOf(root, plan)).toEqual([
    'a.txt: the file has changed since it was read',
    'b.txt: the file is no longer there',
    'folder: a folder is there',
    'link.txt: a symlink is there, and going through it is not safe',
    'out/x: out is a symlink that leads out of the folder',
    '../x: a path with .., which may lead out of the folder',
    '.git/x: a path inside .git, which belongs to git',
  ]);
});

test('a file that goes and one that is made below its name are refused', () => {
  const root = tempFolder();
  put(root, { a: 'x' });
  expect(problemsOf(root, [remove('a', 'x'), create('a/b')])).toEqual(['a/b: a is a file, not a folder']);
});

test('a folder outside that only files of a plan are in is reached by no removal', () => {
  const root = tempFolder();
  const outside = tempFolder();
  put(outside, { x: 'x' });
  symlinkSync(outside, join(root, 'link'));
  problemsOf(root, [remove('link/x', 'x')]);
  expect(tree(outside)).toEqual({ x: '644 x' });
});

test('a symlinked file is not edited, even one that stays inside', () => {
  const root = tempFolder();
  put(root, { 'real.txt': 'x' });
  symlinkSync('real.txt', join(root, 'link.txt'));
  expect(problemsOf(root, [insert('link.txt', 'x', 0, 'y')])).toHaveLength(1);
});

test('a file that is not UTF-8 is not edited', () => {
  const root = tempFolder();
  const bytes = Buffer.from([0x41, 0x0a, 0xff]);
  put(root, { 'sub/x': bytes });
  const plan: PlannedFile[] = [{ kind: 'edit', path: 'sub/x', edits: [], expect: hash(bytes), why: 'a test' }];
  expect(problemsOf(root, plan).join()).toContain('byte 2 (line 2)');
});

test('edits that contradict each other are a bug, found before anything is written', () => {
  const root = tempFolder();
  put(root, { x: 'x' });
  expect(() => write(root, [create('y'), insert('x', 'x', 5, '')])).toThrow(RangeError);
  expect(Object.keys(tree(root))).toEqual(['x']);
});

test('a symlinked folder that leads out, nowhere, in a circle or to a file is refused', () => {
  const outside = tempFolder();
  const root = tempFolder();
  put(root, { file: '', 'sub/': '' });
  symlinkSync(outside, join(root, 'out'));
  symlinkSync('..', join(root, 'up'));
  symlinkSync(outside, join(root, 'sub/out'));
  symlinkSync('nowhere', join(root, 'dangling'));
  symlinkSync('circle', join(root, 'circle'));
  symlinkSync('file', join(root, 'tofile'));
  const plan = ['out/x', 'up/x', 'sub/out/a/b', 'dangling/x', 'circle/x', 'tofile/x'].map((path) => create(path));
  expect(problemsOf(root, plan)).toEqual([
    'out/x: out is a symlink that leads out of the folder',
    'up/x: up is a symlink that leads out of the folder',
    'sub/out/a/b: sub/out is a symlink that leads out of the folder',
    'dangling/x: dangling is a symlink that leads nowhere',
    'circle/x: circle is a symlink that leads nowhere',
    'tofile/x: tofile is a file, not a folder',
  ]);
  expect(tree(outside)).toEqual({});
});

test('a folder beside the root whose name starts the same is outside', () => {
  const parent = tempFolder();
  put(parent, { 'shop/': '', 'shop-old/': '' });
  symlinkSync('../shop-old', join(parent, 'shop/link'));
  expect(problemsOf(join(parent, 'shop'), [create('link/x')])).toHaveLength(1);
});

test('a symlinked folder that stays inside is written through', () => {
  const root = tempFolder();
  put(root, { 'real/deep/': '' });
  symlinkSync('real/deep', join(root, 'link'));
  write(root, [create('link/new/x', 'x')]);
  expect(tree(root)['real/deep/new/x']).toBe('644 x');
  expect(tree(root).link).toBe('-> real/deep');
});

test('two ways to one file, over a symlink, are one file', () => {
  const root = tempFolder();
  put(root, { 'real/': '' });
  symlinkSync('real', join(root, 'link'));
  expect(problemsOf(root, [create('real/x'), create('link/x')])).toEqual(['real/x: planned twice']);
});

test('a symlinked folder does not lead into .git or to where we work', () => {
  const root = tempFolder();
  put(root, { '.git/hooks/': '', '.prodstack/base/': '' });
  symlinkSync('.git/hooks', join(root, 'hooks'));
  symlinkSync('.prodstack', join(root, 'p'));
  expect(problemsOf(root, [create('hooks/pre-commit'), create('p/txn/x')])).toHaveLength(2);
});

test('our own folder has to be a folder', () => {
  const root = tempFolder();
  const outside = tempFolder();
  symlinkSync(outside, join(root, '.prodstack'));
  expect(problemsOf(root, [create('x')])).toEqual([`${root}: .prodstack is in the way: it is not a folder`]);
  expect(tree(outside)).toEqual({});
});

test('every problem is reported at once', () => {
  const root = tempFolder();
  put(root, { a: 'x', b: 'x' });
  const plan = [create('ok'), create('a'), create('../x'), insert('b', 'y', 0, ''), create('ok')];
  expect(problemsOf(root, plan)).toEqual([
    'a: a file is there already',
    '../x: a path with .., which may lead out of the folder',
    'b: the file has changed since it was read',
    'ok: planned twice',
  ]);
});

test('a name that is longer than the disk allows is a problem like any other', () => {
  expect(problemsOf(tempFolder(), [create('x'.repeat(300))]).join()).toContain('ENAMETOOLONG');
  expect(problemsOf(tempFolder(), [create(`${'x'.repeat(300)}/y`)]).join()).toContain('ENAMETOOLONG');
});

test('a plan that only edits needs the folder', () => {
  const parent = tempFolder();
  userError(() => write(join(parent, 'new'), [insert('x', '', 0, 'y')]), 'disk');
  expect(tree(parent)).toEqual({});
});

test('a file in place of the root or of its parent is refused', () => {
  const parent = tempFolder();
  put(parent, { file: 'x' });
  for (const root of ['file', 'file/a']) {
    expect(userError(() => write(join(parent, root), [create('x')]), 'disk').message).toContain(
      'is a file, not a folder',
    );
  }
  expect(tree(parent)).toEqual({ file: '644 x' });
});

test.each([
  ['the root itself', '', 'x'],
  ['a folder in it', 'sub', 'sub/x'],
  ['the nearest folder that exists', 'sub', 'sub/a/b/x'],
  ['our own folder', '.prodstack', 'x'],
])('a read-only folder is found before anything is written: %s', async (_, locked, path) => {
  const root = tempFolder();
  put(root, { 'sub/': '', '.prodstack/base': '', ok: '' });
  const writable = ['', 'sub', '.prodstack'].filter((folder) => folder !== locked);
  for (const folder of writable) chmodSync(join(root, folder), 0o777);
  chmodSync(join(root, locked), 0o555);
  const before = tree(root);
  const outcome = await runJob({ root, task: { write: [create('ok2'), create(path)] }, drop: true });
  const message = expect.stringContaining(`cannot write to ${join(root, locked)}: permission denied`);
  expect(outcome).toEqual({ error: { code: 'disk', message } });
  expect(tree(root)).toEqual(before);
  chmodSync(join(root, locked), 0o755);
});

test('a new folder under a read-only one is refused', async () => {
  const parent = tempFolder();
  chmodSync(parent, 0o555);
  const outcome = await runJob({ root: join(parent, 'a/b'), task: { write: [create('x')] }, drop: true });
  chmodSync(parent, 0o755);
  const message = expect.stringContaining(`cannot write to ${parent}: permission denied`);
  expect(outcome).toEqual({ error: { code: 'disk', message } });
});
