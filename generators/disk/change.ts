import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { UserError } from '../errors.ts';
import type { Hash, PlannedFile, RelPath } from '../plan/types.ts';
import { applyEdits } from './edits.ts';
import { look } from './paths.ts';
import { decode, hashOf } from './text.ts';

/** The file that a change replaces. */
export interface Before {
  readonly hash: Hash;
  readonly uid: number;
  readonly gid: number;
}

/** One file, ready to be written or removed: nothing is left to decide. */
export type Change = Text | Removal;

/** The new text of a file. */
export interface Text {
  /** Where it really goes, symlinked folders followed. */
  readonly path: RelPath;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly before: Before | undefined;
}

/** A file that goes. */
export interface Removal {
  readonly path: RelPath;
  readonly bytes?: undefined;
  readonly before: Before;
}

/**
 * What carrying out a planned file at `path` means, given what is there.
 * @throws UserError when what is there is not what the plan expects
 * @throws the system's error when it cannot be looked at
 * @throws RangeError when its edits contradict each other: a bug of ours
 */
export function changeOf(root: string, path: RelPath, file: PlannedFile): Change {
  const full = join(root, path);
  const stat = look(full);
  if (stat?.isSymbolicLink()) throw refusal('a symlink is there, and going through it is not safe');
  if (stat?.isDirectory()) throw refusal('a folder is there');
  if (stat !== undefined && !stat.isFile()) throw refusal('something that is no file is there');

  if (file.kind === 'create' && file.replaces === undefined) {
    if (stat !== undefined) throw refusal('a file is there already');
    return { path, bytes: Buffer.from(file.content), mode: file.mode, before: undefined };
  }
  if (stat === undefined) throw refusal('the file is no longer there');
  const bytes = readFileSync(full);
  const before = { hash: hashOf(bytes), uid: stat.uid, gid: stat.gid };
  if (before.hash !== (file.kind === 'create' ? file.replaces : file.expect)) {
    throw refusal('the file has changed since it was read');
  }
  if (file.kind === 'delete') return { path, before };
  if (file.kind === 'create') return { path, bytes: Buffer.from(file.content), mode: file.mode, before };
  const text = applyEdits(decode(bytes, posix.basename(path)), file.edits);
  return { path, bytes: Buffer.from(text), mode: stat.mode & 0o7777, before };
}

function refusal(message: string): UserError {
  return new UserError('disk', message);
}
