import { chmodSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Problem } from '../errors.ts';
import type { Hash, RelPath } from '../plan/types.ts';
import { codeOf, reasonOf } from './errno.ts';
import { type Entry, type Journal, newPath, oldPath, turnBack } from './journal.ts';
import type { Step, Txn } from './lock.ts';
import { look, TXN } from './paths.ts';
import { hashOf } from './text.ts';

/**
 * Puts every staged file in its place. What is done already is left alone, so that it can be killed anywhere and
 * called again.
 * @throws Error when somebody else changes one of the files meanwhile, or the disk refuses
 */
export function finish(txn: Txn, { folders, entries }: Journal, step: Step): void {
  for (const folder of folders) makeFolder(txn.root, folder, step);
  for (const [n, { path, before }] of entries.entries()) {
    const target = join(txn.root, path);
    // Gone from the staging: it is in its place.
    if (look(newPath(txn, n)) === undefined) continue;
    if (before !== null) {
      if (look(oldPath(txn, n)) === undefined) {
        step(path);
        renameSync(target, oldPath(txn, n));
      }
      // Looked at once it is out of reach, so that nobody can change it in between.
      if (hashAt(oldPath(txn, n)) !== before) throw new Error(`${target} was changed by somebody else meanwhile`);
    }
    if (look(target) !== undefined) throw new Error(`${target} was made by somebody else meanwhile`);
    step(path);
    renameSync(newPath(txn, n), target);
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
export function undo(txn: Txn, { folders, entries }: Journal, step: Step): Problem[] {
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
    for (const [n, { path }] of entries.entries()) attempt(path, () => assertUntouched(txn, n));
    return problems;
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
function assertUntouched(txn: Txn, n: number): void {
  if (look(newPath(txn, n)) === undefined) throw new Error('it is the new one already');
  if (look(oldPath(txn, n)) !== undefined) throw new Error(`the file from before is ${TXN}/old-${n}`);
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
