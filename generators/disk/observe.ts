import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { UserError } from '../errors.ts';
import type { Hash } from '../plan/types.ts';
import { codeOf } from './errno.ts';
import { isInside, look } from './paths.ts';
import { decode, hashOf } from './text.ts';
import { isEmptyFolder, listFiles } from './walk.ts';

const MAX_BYTES = 5 * 1024 * 1024;

/** A file as it is: what edits count their offsets in, and what a plan expects to find again. */
interface RawFile {
  /** The exact text: byte order mark and CRLF kept. */
  readonly text: string;
  readonly hash: Hash;
  readonly mode: number;
}

/** What a target folder holds, read when asked for and then remembered. Paths are relative, with forward slashes. */
export interface Observation {
  readonly root: string;
  readonly exists: boolean;
  /** Sorted; without the folders that hold no sources; at most 20,000, at most 12 deep. */
  readonly files: readonly string[];
  /** No files at all, but for .git and what a desktop leaves. */
  readonly isEmpty: boolean;
  /**
   * The text of a file, without a byte order mark and with LF line ends; undefined where there is none.
   * @throws UserError `repo` when it is too large, not UTF-8 or cannot be read
   */
  read(path: string): string | undefined;
  /**
   * The exact text of a file, undefined where there is none.
   * @throws UserError `repo` when it is too large, not UTF-8 or cannot be read
   */
  raw(path: string): RawFile | undefined;
  /** The mode of a folder; undefined where there is none, and where modes mean nothing (Windows). */
  folderMode(path: string): number | undefined;
}

/** Looks at a folder, which need not exist. A path that leads out of it, `..` or symlink, is as if nothing were there. */
export function observe(root: string): Observation {
  let files: readonly string[] | undefined;
  const seen = new Map<string, RawFile | undefined>();

  const raw = (path: string): RawFile | undefined => {
    const key = posix.normalize(path);
    if (!seen.has(key)) seen.set(key, readRaw(root, key));
    return seen.get(key);
  };
  return {
    root,
    exists: look(root) !== undefined,
    get files() {
      files ??= listFiles(root);
      return files;
    },
    get isEmpty() {
      return isEmptyFolder(root);
    },
    raw,
    folderMode: (path) => {
      const stat = process.platform === 'win32' ? undefined : look(join(root, path));
      return stat?.isDirectory() ? stat.mode & 0o7777 : undefined;
    },
    read: (path) =>
      raw(path)
        ?.text.replace(/^\uFEFF/, '')
        .replaceAll('\r\n', '\n'),
  };
}

function readRaw(root: string, path: string): RawFile | undefined {
  if (path.startsWith('..') || path.startsWith('/') || path.includes('\0')) return undefined;
  try {
    const real = realpathSync(join(root, path));
    if (!isInside(realpathSync(root), real)) return undefined;
    const stat = statSync(real);
    // A folder, or a pipe, which would keep us waiting for ever.
    if (!stat.isFile()) return undefined;
    if (stat.size > MAX_BYTES) {
      throw new UserError('repo', `${path} is too large: ${stat.size} bytes, of at most ${MAX_BYTES}`, {
        hint: 'is it meant to be here? Move it away, or name another file',
      });
    }
    const bytes = readFileSync(real);
    return { text: decode(bytes, path), hash: hashOf(bytes), mode: stat.mode & 0o7777 };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR') return undefined;
    throw new UserError('repo', `${path} cannot be read (${codeOf(cause) ?? String(cause)})`, {
      hint: 'check its owner and permissions: ls -l shows them',
      cause,
    });
  }
}
