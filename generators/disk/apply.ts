import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Problem } from '../errors.ts';
import type { Hash, RelPath } from '../plan/types.ts';
import { codeOf, reasonOf } from './errno.ts';
import { type Entry, emptiedPath, type Journal, newPath, oldPath, turnBack } from './journal.ts';
import type { Step, Txn } from './lock.ts';
import { look, TXN } from './paths.ts';
import { hashOf } from './text.ts';

/**
 * Puts every staged file in its place, and moves what goes out of its place. What is done already is left alone, so that it can be killed anywhere and
 * called again.
 * @throws Error when somebody else changes one of the files meanwhile, or the disk refuses
 */
export function finish(txn: Txn, { folders, emptied, entries }: Journal, step: Step): void {
  for (const folder of folders) makeFolder(txn.root, folder, step);
  for (const [n, entry] of entries.entries()) {
    const target = join(txn.root, entry.path);
    // Gone from the staging: it is in its place.
    if (entry.after !== null && look(newPath(txn, n)) === undefined) continue;
    if (entry.before !== null) moveAway(txn, n, entry.path, entry.before, step);
    if (entry.after === null) continue;
    if (look(target) !== undefined) throw new Error(`${target} was made by somebody else meanwhile`);
    step(entry.path);
    renameSync(newPath(txn, n), target);
  }
  for (const [n, folder] of emptied.entries()) moveFolderAway(txn, n, folder, step);
}

function moveAway(txn: Txn, n: number, path: RelPath, before: Hash, step: Step): void {
  const target = join(txn.root, path);
  if (look(oldPath(txn, n)) === undefined) {
    step(path);
    renameSync(target, oldPath(txn, n));
  }
  // Looked at once it is out of reach, so that nobody can change it in between.
  if (hashAt(oldPath(txn, n)) !== before) throw new Error(`${target} was changed by somebody else meanwhile`);
}

/** Moved and not removed, so that undoing gives back the very same folder. One that cannot be moved harms nobody. */
function moveFolderAway(txn: Txn, n: number, path: RelPath, step: Step): void {
  const [target, kept] = [join(txn.root, path), emptiedPath(txn, n)];
  if (look(kept) === undefined) {
    if (!look(target)?.isDirectory() || readdirSync(target).length > 0) return;
    step(path);
    try {
      renameSync(target, kept);
    } catch {
      return;
    }
  }
  // Looked at again once it is out of reach.
  if (readdirSync(kept).length > 0) {
    step(path);
    renameSync(kept, target);
  }
}

/** Makes a folder, with a mode that does not depend on the umask: containers run as other users. */
export function makeFolder(root: string, path: RelPath, step: Step): void {
  const full = join(root, path);
  step(path);
  try {
    mkdirSync(full);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !look(full)?.isDirectory()) throw error;
  }
  step(path);
  chmodSync(full, basename(path) === 'secrets' ? 0o700 : 0o755);
}

/**
 * Takes everything back, as far as it goes; to be called again after a kill. Gives what could not be taken back.
 */
export function undo(txn: Txn, { folders, emptied, entries }: Journal, step: Step): Problem[] {
  const problems: Problem[] = [];
  const attempt = (path: RelPath, action: () => void): void => {
    try {
      action();
    } catch (error) {
      problems.push({ path, message: reasonOf(error, join(txn.root, path)) });
    }
  };
  attempt(TXN, () => turnBack(txn, step));
  // The journal still says forward: then the next run has to find everything that it needs for that.
  if (problems.length > 0) {
    for (const [n, entry] of entries.entries()) attempt(entry.path, () => assertUntouched(txn, n, entry));
    return problems;
  }
  for (const [n, folder] of [...emptied.entries()].reverse()) {
    attempt(folder, () => putFolderBack(txn, n, folder, step));
  }
  for (const [n, entry] of [...entries.entries()].reverse()) {
    attempt(entry.path, () => (entry.before === null ? removeNew(txn, n, entry, step) : putBack(txn, n, entry, step)));
  }
  for (const folder of [...folders].reverse()) {
    attempt(folder, () => removeIfEmpty(join(txn.root, folder), () => step(folder)));
  }
  return problems;
}

/** @throws Error that says where the file is by now */
function assertUntouched(txn: Txn, n: number, { after }: Entry): void {
  if (after !== null && look(newPath(txn, n)) === undefined) throw new Error('it is the new one already');
  if (look(oldPath(txn, n)) !== undefined) throw new Error(`the file from before is ${TXN}/old-${n}`);
}

function putFolderBack(txn: Txn, n: number, path: RelPath, step: Step): void {
  const [target, kept] = [join(txn.root, path), emptiedPath(txn, n)];
  if (look(kept) === undefined) return; // never moved, or back already
  // A folder that somebody made in its place meanwhile serves as well.
  if (look(target)?.isDirectory() && readdirSync(kept).length === 0) return;
  if (look(target) !== undefined) {
    throw new Error(`it was made again since; the folder from before is ${TXN}/folder-${n}. Move one of them away`);
  }
  step(path);
  renameSync(kept, target);
}

function putBack(txn: Txn, n: number, { path, after }: Entry, step: Step): void {
  const target = join(txn.root, path);
  if (look(oldPath(txn, n)) === undefined) return; // never moved, or back already
  if (look(target) !== undefined && hashAt(target) !== after) {
    throw new Error(`it was changed since; the file from before is ${TXN}/old-${n}. Move one of them away`);
  }
  step(path);
  renameSync(oldPath(txn, n), target);
}

function removeNew(txn: Txn, n: number, { path, after }: Entry, step: Step): void {
  const target = join(txn.root, path);
  if (look(newPath(txn, n)) !== undefined) return; // never put there: what is there is not ours
  if (look(target) === undefined || hashAt(target) !== after) return; // changed since: the user's now
  step(path);
  rmSync(target);
}

function removeIfEmpty(folder: string, step: () => void): void {
  if (!look(folder)?.isDirectory()) return;
  step();
  try {
    rmdirSync(folder);
  } catch (error) {
    // Somebody put something in: then it stays.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  }
}

/** Undefined for what is no file. */
function hashAt(path: string): Hash | undefined {
  return look(path)?.isFile() ? hashOf(readFileSync(path)) : undefined;
}
