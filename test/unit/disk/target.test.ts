import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, parse } from 'node:path';
import { expect, test } from 'vitest';
import { resolveTarget } from '../../../generators/disk/target.ts';
import { runJob } from './spawn.ts';
import { put, tempFolder, userError } from './support.ts';

function setUp(): { cwd: string; home: string } {
  const cwd = tempFolder();
  put(cwd, { 'home/work/': '', 'work/': '', 'work/file.txt': 'x' });
  return { cwd, home: join(cwd, 'home') };
}

test('a relative folder is resolved against the working directory', () => {
  const env = setUp();
  expect(resolveTarget('work', env)).toBe(join(env.cwd, 'work'));
  expect(resolveTarget('.', env)).toBe(env.cwd);
  expect(resolveTarget('', env)).toBe(env.cwd);
  expect(resolveTarget('work/', env)).toBe(join(env.cwd, 'work'));
});

test('a folder that does not exist yet is fine, however many of its parents are missing', () => {
  const env = setUp();
  expect(resolveTarget('work/a/b/c', env)).toBe(join(env.cwd, 'work/a/b/c'));
});

test('a folder inside the home folder is fine, and so is one that has the home folder in it', () => {
  const env = setUp();
  expect(resolveTarget('home/work', env)).toBe(join(env.home, 'work'));
  expect(resolveTarget('..', { ...env, cwd: env.home })).toBe(env.cwd);
});

test('symlinks are followed, also above what does not exist yet', () => {
  const env = setUp();
  symlinkSync('work', join(env.cwd, 'link'));
  expect(resolveTarget('link', env)).toBe(join(env.cwd, 'work'));
  expect(resolveTarget('link/new', env)).toBe(join(env.cwd, 'work/new'));
});

test('the root of the disk is refused, however it is written', () => {
  const env = setUp();
  symlinkSync(parse(env.cwd).root, join(env.cwd, 'slash'));
  for (const directory of ['/', '//', '/..', 'slash']) {
    expect(userError(() => resolveTarget(directory, env), 'target').message).toContain('root of the whole disk');
  }
});

test('the home folder is refused, also through a symlink, a trailing slash or dots', () => {
  const env = setUp();
  symlinkSync('home', join(env.cwd, 'link'));
  for (const directory of ['home', 'home/', 'link', 'link/', 'home/work/..', env.home]) {
    const error = userError(() => resolveTarget(directory, env), 'target');
    expect(error.message).toContain('your home folder');
    expect(error.hint).toBeDefined();
  }
  const linkedHome = { cwd: env.cwd, home: join(env.cwd, 'link') };
  userError(() => resolveTarget('home', linkedHome), 'target');
});

test('a home folder that is not known or does not exist refuses nothing else', () => {
  const env = setUp();
  expect(resolveTarget('.', { ...env, home: '' })).toBe(env.cwd);
  expect(resolveTarget('.', { ...env, home: '/nowhere/at/all' })).toBe(env.cwd);
  userError(() => resolveTarget('new', { ...env, home: join(env.cwd, 'new') }), 'target');
});

test('a file in place of the folder or of a parent is refused by its path', () => {
  const env = setUp();
  for (const directory of ['work/file.txt', 'work/file.txt/', 'work/file.txt/a', 'work/file.txt/a/b']) {
    const { message } = userError(() => resolveTarget(directory, env), 'target');
    expect(message).toBe(`${join(env.cwd, 'work/file.txt')} is a file, not a folder`);
  }
});

test('a symlink that leads nowhere, or in a circle, is refused', () => {
  const env = setUp();
  symlinkSync('nowhere', join(env.cwd, 'dangling'));
  symlinkSync('circle', join(env.cwd, 'circle'));
  expect(userError(() => resolveTarget('dangling', env), 'target').message).toContain('leads nowhere');
  userError(() => resolveTarget('dangling/x', env), 'target');
  expect(userError(() => resolveTarget('circle', env), 'target').cause).toBeDefined();
});

test('a NUL character in the name is refused', () => {
  userError(() => resolveTarget('a\0b', setUp()), 'target');
});

test('a folder that cannot be read is refused', async () => {
  const { cwd, home } = setUp();
  mkdirSync(join(cwd, 'locked/inside'), { recursive: true });
  chmodSync(join(cwd, 'locked'), 0o000);
  try {
    for (const target of ['locked', 'locked/inside', 'locked/new']) {
      const outcome = await runJob({ root: cwd, task: { target, home }, drop: true });
      expect(outcome).toEqual({
        error: { code: 'target', message: `${join(cwd, target)} cannot be read (EACCES)` },
      });
    }
  } finally {
    chmodSync(join(cwd, 'locked'), 0o755);
  }
});
