import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { type ErrorCode, UserError } from '../../../generators/errors.ts';
import type { Mode, PlannedFile } from '../../../generators/plan/types.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A real folder of the test's own, removed after it. Others may look in: some tests run as another user. */
export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'prodstack-disk-')));
  chmodSync(folder, 0o755);
  made.push(folder);
  return folder;
}

/** Writes files and their folders, whatever the umask. A path that ends in / is a folder. */
export function put(root: string, files: Readonly<Record<string, string | Uint8Array>>, mode = 0o644): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (path.endsWith('/')) continue;
    writeFileSync(full, content);
    chmodSync(full, mode);
  }
}

export function makePipe(path: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]);
}

/** All that is below a folder, hidden or not: files with mode and text, folders with mode, symlinks with their end. */
export function tree(folder: string): Record<string, string> {
  const result: Record<string, string> = {};
  const walk = (path: string): void => {
    for (const name of readdirSync(join(folder, path)).sort()) {
      const relative = path === '' ? name : `${path}/${name}`;
      const stat = lstatSync(join(folder, relative));
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isSymbolicLink()) result[relative] = `-> ${readlinkSync(join(folder, relative))}`;
      else if (stat.isDirectory()) {
        result[`${relative}/`] = mode;
        walk(relative);
      } else result[relative] = `${mode} ${readFileSync(join(folder, relative), 'utf8')}`;
    }
  };
  walk('');
  return result;
}

export function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function create(path: string, content = `${path}\n`, mode: Mode = 0o644): PlannedFile {
  return { kind: 'create', path, content, mode, why: 'a test' };
}

export function replace(path: string, before: string, content: string, mode: Mode = 0o644): PlannedFile {
  return { kind: 'create', path, content, mode, replaces: hash(before), why: 'a test' };
}

/** Puts `content` in at an offset. */
export function insert(path: string, before: string, offset: number, content: string): PlannedFile {
  return { kind: 'edit', path, edits: [{ offset, length: 0, content }], expect: hash(before), why: 'a test' };
}

export function remove(path: string, before: string): PlannedFile {
  return { kind: 'delete', path, expect: hash(before), why: 'a test' };
}

/** The error that an action ends with, which has to be one for the user. */
export function userError(action: () => unknown, code: ErrorCode): UserError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    if (!(error instanceof UserError)) throw error;
    expect(error.code, error.message).toBe(code);
    return error;
  }
  throw new Error('it did not fail');
}
