import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Repo } from '../../../generators/answers/detect/types.ts';
import { observe } from '../../../generators/disk/observe.ts';
import { runJob } from './spawn.ts';
import { hash, makePipe, put, tempFolder, userError } from './support.ts';

function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = tempFolder();
  put(root, files);
  return root;
}

test('an observation is what detection looks at', () => {
  const repo: Repo = observe(tempFolder());
  expect(repo.files).toEqual([]);
});

test('a folder that does not exist has no files and is empty', () => {
  const seen = observe(join(tempFolder(), 'a/b'));
  expect(seen.exists).toBe(false);
  expect(seen.files).toEqual([]);
  expect(seen.isEmpty).toBe(true);
  expect(seen.read('x')).toBeUndefined();
  expect(seen.raw('x')).toBeUndefined();
});

test('files are listed sorted, with forward slashes, hidden ones too', () => {
  const root = folderWith({
    'b.txt': '',
    'a/z.txt': '',
    'a/b/c.txt': '',
    '.env': '',
    '.github/ci.yml': '',
    'empty/': '',
  });
  const seen = observe(root);
  expect(seen.exists).toBe(true);
  expect(seen.files).toEqual(['.env', '.github/ci.yml', 'a/b/c.txt', 'a/z.txt', 'b.txt']);
});

test('folders that hold no sources are skipped at any depth, and a file of such a name is not', () => {
  const skipped = [
    '.git',
    'node_modules',
    '.venv',
    'venv',
    'dist',
    'build',
    '.next',
    '__pycache__',
    'vendor',
    'target',
  ];
  const more = ['coverage', '.turbo', '.cache', '.mypy_cache', '.pytest_cache', '.prodstack/txn', '.prodstack-12.tmp'];
  const names = [...skipped, ...more];
  const root = folderWith({
    ...Object.fromEntries(names.map((name) => [`${name}/x`, ''])),
    ...Object.fromEntries(skipped.map((name) => [`apps/web/${name}/x`, ''])),
    'apps/api/build': 'a script',
    '.prodstack/base/compose.yaml': '',
  });
  expect(observe(root).files).toEqual(['.prodstack/base/compose.yaml', 'apps/api/build']);
});

test('a virtual environment is skipped whatever its name', () => {
  expect(observe(folderWith({ 'my-env/pyvenv.cfg': '', 'my-env/lib/x.py': '', 'x.py': '' })).files).toEqual(['x.py']);
});

test('symlinked folders are not followed, symlinked files count, dangling ones do not', () => {
  const root = folderWith({ 'a/x': '' });
  symlinkSync('a', join(root, 'folder'));
  symlinkSync('.', join(root, 'circle'));
  symlinkSync('a/x', join(root, 'file'));
  symlinkSync('nowhere', join(root, 'dangling'));
  expect(observe(root).files).toEqual(['a/x', 'file']);
});

test('at most 20,000 files are listed, those near the top first', () => {
  const root = folderWith({ 'compose.yaml': '', 'a/b/deep': '' });
  put(root, { 'a/many/': '' });
  for (let i = 0; i < 20_100; i++) writeFileSync(join(root, `a/many/${i}`), '');
  const { files } = observe(root);
  expect(files).toHaveLength(20_000);
  expect(files).toContain('compose.yaml');
  expect(files).toContain('a/b/deep');
});

test('files deeper than 12 are not listed', () => {
  const deep = (n: number): string => [...Array.from({ length: n - 1 }, (_, i) => `d${i}`), 'file'].join('/');
  expect(observe(folderWith({ [deep(12)]: '', [deep(13)]: '' })).files).toEqual([deep(12)]);
});

test('files are listed once, at the first look', () => {
  const root = folderWith({ a: '' });
  const seen = observe(root);
  put(root, { b: '' });
  expect(seen.files).toEqual(['a', 'b']);
  put(root, { c: '' });
  expect(seen.files).toEqual(['a', 'b']);
});

test('a text is read without its byte order mark and with LF; the raw one is exact', () => {
  const text = '\uFEFFa\r\nb\nc\rd\r\n';
  const root = folderWith({});
  put(root, { 'sub/x.txt': text }, 0o640);
  const seen = observe(root);
  expect(seen.read('sub/x.txt')).toBe('a\nb\nc\rd\n');
  expect(seen.raw('sub/x.txt')).toEqual({ text, hash: hash(text), mode: 0o640 });
});

test('an empty file is an empty text, and not no file', () => {
  const seen = observe(folderWith({ x: '' }));
  expect(seen.read('x')).toBe('');
  expect(seen.raw('x')?.hash).toBe(hash(''));
});

test('what is no file reads as nothing: missing, a folder, below a file, outside', () => {
  const root = folderWith({ 'repo/a/x': 'x', 'secret.txt': 'outside' });
  const seen = observe(join(root, 'repo'));
  symlinkSync('../secret.txt', join(root, 'repo/out'));
  symlinkSync('..', join(root, 'repo/up'));
  const nothing = [
    'nothing',
    'a',
    'a/',
    'a/x/y',
    '',
    '.',
    '../secret.txt',
    join(root, 'secret.txt'),
    'a\0',
    'out',
    'up/secret.txt',
  ];
  for (const path of nothing) expect(seen.read(path), path).toBeUndefined();
});

test('a pipe reads as nothing, and keeps nobody waiting', () => {
  const root = tempFolder();
  makePipe(join(root, 'pipe'));
  const seen = observe(root);
  expect(seen.read('pipe')).toBeUndefined();
  expect(seen.files).toEqual([]);
});

test('paths are normalised before they are read, and a symlink inside is followed', () => {
  const root = folderWith({ 'a/x': 'x' });
  symlinkSync('a', join(root, 'link'));
  const seen = observe(root);
  for (const path of ['./a/x', 'a//x', 'a/../a/x', 'link/x']) expect(seen.read(path), path).toBe('x');
});

test('a file is read from the disk once', () => {
  const root = folderWith({ a: 'one' });
  const seen = observe(root);
  expect(seen.read('a')).toBe('one');
  expect(seen.read('b')).toBeUndefined();
  put(root, { a: 'two', b: 'two' });
  expect(seen.read('a')).toBe('one');
  expect(seen.raw('./a')?.text).toBe('one');
  expect(seen.read('b')).toBeUndefined();
});

test.each([
  ['a lone byte of Latin-1', Buffer.from('ok\nGr\xFC\xDFe\n', 'latin1'), 'byte 5 (line 2)'],
  ['a wrong first byte', Buffer.from([0xff, 0x41, 0x42]), 'byte 0 (line 1)'],
  ['a character cut off at the end', Buffer.from([0x41, 0xe2, 0x82]), 'byte 3 (line 1)'],
  ['a broken character that starts well', Buffer.from([0x41, 0x41, 0xe2, 0x82, 0x41]), 'byte 4 (line 1)'],
  ['a surrogate', Buffer.from([0x41, 0x41, 0xed, 0xa0, 0x80]), 'byte 3 (line 1)'],
])('what is not UTF-8 is refused with its first wrong byte: %s', (_, bytes, where) => {
  const seen = observe(folderWith({ 'sub/x.env': bytes }));
  for (const look of [() => seen.read('sub/x.env'), () => seen.raw('sub/x.env')]) {
    expect(userError(look, 'repo').message).toBe(`sub/x.env is not UTF-8: ${where} is the first wrong one`);
  }
});

test.each([
  ['little-endian, with its mark', Buffer.from('\uFEFFabc', 'utf16le')],
  ['big-endian, with its mark', Buffer.from('\uFEFFabc', 'utf16le').swap16()],
  ['little-endian, without', Buffer.from('abc', 'utf16le')],
  ['big-endian, without', Buffer.from('abc', 'utf16le').swap16()],
])('UTF-16 is called by its name: %s', (_, bytes) => {
  const error = userError(() => observe(folderWith({ 'x.txt': bytes })).read('x.txt'), 'repo');
  expect(error.message).toBe('x.txt is UTF-16, not UTF-8');
});

test('a file of more than 5 MB is refused, and one of exactly 5 MB is not', () => {
  const size = 5 * 1024 * 1024;
  const seen = observe(folderWith({ fits: Buffer.alloc(size, 'x'), big: Buffer.alloc(size + 1, 'x') }));
  expect(seen.read('fits')).toHaveLength(size);
  expect(userError(() => seen.read('big'), 'repo').message).toContain('big is too large');
});

test('a file that may not be read is refused by name; such a folder is passed over', async () => {
  const root = folderWith({ x: 'x', 'data/y': 'y' });
  chmodSync(join(root, 'x'), 0o000);
  const outcome = await runJob({ root, task: { read: 'x' }, drop: true });
  expect(outcome).toEqual({ error: { code: 'repo', message: 'x cannot be read (EACCES)' } });
});

test('only git and what a desktop leaves still count as an empty folder', () => {
  expect(observe(folderWith({})).isEmpty).toBe(true);
  expect(observe(folderWith({ '.git/HEAD': '', '.DS_Store': '', 'a/b/': '' })).isEmpty).toBe(true);
  expect(observe(folderWith({ '.gitignore': '' })).isEmpty).toBe(false);
  expect(observe(folderWith({ 'node_modules/x/index.js': '' })).isEmpty).toBe(false);
  expect(observe(folderWith({ 'a/b/c': '' })).isEmpty).toBe(false);
});
