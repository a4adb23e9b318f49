import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import type { Before, Text } from './change.ts';
import { type Journal, newPath, saveJournal } from './journal.ts';
import type { Step, Txn } from './lock.ts';
import type { Changes } from './preflight.ts';
import { hashOf } from './text.ts';

/** Writes every new file beside the old ones, with its final mode, and then the journal. */
export function stage(txn: Txn, changes: Changes, step: Step): Journal {
  for (const [n, file] of changes.files.entries()) {
    if (file.bytes !== undefined) writeNew(newPath(txn, n), file, step);
  }
  const entries = changes.files.map(({ path, bytes, before }) => ({
    path,
    before: before?.hash ?? null,
    after: bytes === undefined ? null : hashOf(bytes),
  }));
  const journal: Journal = { version: 1, folders: changes.folders, emptied: changes.emptied, entries };
  saveJournal(txn, journal, step);
  return journal;
}

/** Writes a file that must not exist. It is private until it is whole; its mode does not depend on the umask. */
export function writeNew(full: string, { path, bytes, mode, before }: Text, step: Step): void {
  step(path);
  writeFileSync(full, bytes, { mode: 0o600, flag: 'wx' });
  if (before !== undefined) keepOwner(full, before, () => step(path));
  step(path);
  chmodSync(full, mode);
}

/** Run by root, an edited file stays its owner's. Who is not root cannot give a file away, and need not. */
function keepOwner(full: string, { uid, gid }: Before, step: () => void): void {
  if (process.getuid?.() !== 0) return;
  step();
  chownSync(full, uid, gid);
}
