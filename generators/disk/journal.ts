import { readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { Hash, RelPath } from '../plan/types.ts';
import type { Step, Txn } from './lock.ts';
import { look, nearestExisting, pathProblem, TXN } from './paths.ts';

/** One file to be put in its place, or to go. Its new text is kept as `new-<n>`, its old one as `old-<n>`, n its place in the list. */
export interface Entry {
  readonly path: RelPath;
  /** The hash of the file that is replaced; null where there must be none. */
  readonly before: Hash | null;
  /** The hash of the new file; null where there shall be none. */
  readonly after: Hash | null;
}

/** What is left to do, complete before the first file of the user's is touched. */
export interface Journal {
  readonly version: 1;
  readonly folders: readonly RelPath[];
  /** The folders that are empty afterwards, innermost first. Each is kept as `folder-<n>`. */
  readonly emptied: readonly RelPath[];
  readonly entries: readonly Entry[];
}

/** `forward`: everything is staged, and will be finished. `backward`: it failed, and will be undone. */
const names = { forward: 'journal.json', backward: 'undo.json' } as const;

export function newPath(txn: Txn, n: number): string {
  return join(txn.dir, `new-${n}`);
}

export function oldPath(txn: Txn, n: number): string {
  return join(txn.dir, `old-${n}`);
}

export function emptiedPath(txn: Txn, n: number): string {
  return join(txn.dir, `folder-${n}`);
}

/** Writes the journal in one rename: from then on, a killed run is finished by the next one. */
export function saveJournal(txn: Txn, journal: Journal, step: Step): void {
  const path = join(txn.dir, names.forward);
  step(TXN);
  writeFileSync(`${path}.tmp`, JSON.stringify(journal));
  step(TXN);
  renameSync(`${path}.tmp`, path);
}

/** From here on, a killed run is undone by the next one. */
export function turnBack(txn: Txn, step: Step): void {
  if (look(join(txn.dir, names.forward)) === undefined) return;
  step(TXN);
  renameSync(join(txn.dir, names.forward), join(txn.dir, names.backward));
}

/**
 * The journal of a killed run; undefined where it had not come that far.
 * @throws UserError `disk` when it is damaged, or would lead out of the folder
 */
export function loadJournal(txn: Txn): { direction: 'forward' | 'backward'; journal: Journal } | undefined {
  for (const direction of ['backward', 'forward'] as const) {
    const path = join(txn.dir, names[direction]);
    if (look(path)?.isFile()) return { direction, journal: parse(txn, readFileSync(path, 'utf8')) };
  }
  return undefined;
}

function parse(txn: Txn, text: string): Journal {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw damaged(txn, 'it is no JSON', cause);
  }
  if (!isJournal(data)) throw damaged(txn, 'it says something else than we write');
  // It may come from a cloned repo and not from us: then it must not write where a plan could not.
  // A folder is judged by what could be in it: .prodstack is one that we make.
  const folders = [...data.folders, ...data.emptied].map((folder) => `${folder}/_`);
  for (const path of [...folders, ...data.entries.map((entry) => entry.path)]) {
    const wrong = pathProblem(path) ?? symlinkProblem(txn.root, path);
    if (wrong !== undefined) throw damaged(txn, `${path}: ${wrong}`);
  }
  for (const n of data.entries.keys()) {
    for (const file of [newPath(txn, n), oldPath(txn, n)]) {
      if (look(file)?.isFile() === false) throw damaged(txn, `${basename(file)} is no file`);
    }
  }
  for (const n of data.emptied.keys()) {
    const folder = emptiedPath(txn, n);
    if (look(folder)?.isDirectory() === false) throw damaged(txn, `${basename(folder)} is no folder`);
  }
  return data;
}

function isJournal(data: unknown): data is Journal {
  return (
    isRecord(data) &&
    data.version === 1 &&
    Array.isArray(data.folders) &&
    data.folders.every(isString) &&
    Array.isArray(data.emptied) &&
    data.emptied.every(isString) &&
    Array.isArray(data.entries) &&
    data.entries.every(isEntry)
  );
}

function isEntry(data: unknown): data is Entry {
  return isRecord(data) && isString(data.path) && isHashOrNull(data.before) && isHashOrNull(data.after);
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null;
}

function isHashOrNull(data: unknown): data is Hash | null {
  return data === null || isString(data);
}

function isString(data: unknown): data is string {
  return typeof data === 'string';
}

/** Paths are journalled with symlinks followed, so that none may be on the way any more. */
function symlinkProblem(root: string, path: RelPath): string | undefined {
  const { existing } = nearestExisting(join(root, path));
  if (look(existing)?.isSymbolicLink()) return 'a symlink is in the way';
  return realpathSync(existing) === existing ? undefined : 'a symlink is in the way';
}

function damaged(txn: Txn, why: string, cause?: unknown): UserError {
  return new UserError('disk', `the journal of an interrupted run in ${txn.root} cannot be used: ${why}`, {
    hint: `files from before that run, if it had come that far, are ${TXN}/old-*: put them back, then delete ${TXN}`,
    cause,
  });
}
