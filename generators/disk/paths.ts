import { lstatSync, type Stats } from 'node:fs';
import { dirname, sep } from 'node:path';
import type { RelPath } from '../plan/types.ts';
import { codeOf } from './errno.ts';

/** The folder of ours inside a target; an empty one is never the user's. */
export const HOME = '.prodstack';

/** Where an unfinished change lies, while it is being made. */
export const TXN = `${HOME}/txn`;

/**
 * What is wrong with a planned path, before looking at the disk: it has to be relative, normalised and inside.
 * `.git` is refused too: a hook that is written there would be run.
 */
export function pathProblem(path: RelPath): string | undefined {
  if (path === '') return 'an empty path';
  if (path.includes('\0')) return 'a path with a NUL character';
  if (path.includes('\\')) return 'a path with a backslash; folders are separated by /';
  if (path.startsWith('/') || /^[a-z]:/i.test(path))
    return 'an absolute path; only paths inside the folder are allowed';
  const parts = path.split('/');
  if (parts.includes('..')) return 'a path with .., which may lead out of the folder';
  if (parts.some((part) => part === '' || part === '.')) return 'a path that is not normalised';
  const key = pathKey(path);
  if (key.split('/').includes('.git')) return 'a path inside .git, which belongs to git';
  if (key === HOME || key === TXN || key.startsWith(`${TXN}/`)) return 'a path that unfinished changes are kept at';
  return undefined;
}

/** Equal for paths that are one file on some file system: macOS and Windows ignore case, macOS also how é is composed. */
export function pathKey(path: RelPath): string {
  return path.normalize('NFC').toLowerCase();
}

/** Every folder above a relative path, the outermost first: `a/b/c` gives `a`, `a/b`. */
export function foldersOf(path: RelPath): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}

export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/**
 * What is at a path itself, symlinks not followed; undefined where nothing is.
 * @throws the system's error when the path cannot be looked at
 */
export function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * The nearest of a path and its parents at which something is, and the names that are missing below.
 * @throws the system's error when a parent cannot be looked at
 */
export function nearestExisting(path: string): { readonly existing: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  let existing = path;
  while (look(existing) === undefined && dirname(existing) !== existing) {
    missing.unshift(existing.slice(dirname(existing).length).replace(/^[\\/]/, ''));
    existing = dirname(existing);
  }
  return { existing, missing };
}
