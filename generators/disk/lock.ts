import { chmodSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { codeOf } from './errno.ts';
import { HOME, look, TXN } from './paths.ts';
import { isOtherAlive } from './process.ts';

/** Called before each step that changes the disk, with the path that it is for: how tests stop us anywhere. */
export type Step = (path: string) => void;

/** An unfinished change: its folder holds the new files, then the old ones, then a journal. It is also the lock. */
export interface Txn {
  readonly root: string;
  readonly dir: string;
}

/** A name for what is not in its place yet, or not any more. Whoever finds one of a dead process sweeps it up. */
export function asideIn(folder: string): string {
  return join(folder, `.prodstack-${process.pid}.tmp`);
}

/**
 * Takes the lock: a folder that is complete, with its owner in it, appears under its name in one rename.
 * The owner is the name of a file, so that it cannot be half written and passes on in one rename.
 * @throws UserError `disk` when another run has it
 */
export function begin(root: string, step: Step): Txn {
  const home = join(root, HOME);
  const txn = { root, dir: join(root, TXN) };
  const aside = asideIn(home);
  for (let attempt = 1; ; attempt++) {
    try {
      if (look(home) === undefined) {
        step(HOME);
        mkdirSync(home);
        chmodSync(home, 0o755); // whatever the umask
      }
      step(TXN);
      rmSync(aside, { recursive: true, force: true });
      mkdirSync(aside);
      chmodSync(aside, 0o700);
      step(TXN);
      writeFileSync(join(aside, ownerName(process.pid)), '');
      step(TXN);
      renameSync(aside, txn.dir);
      return txn;
    } catch (error) {
      // A run that has just ended takes our folder away as soon as it is empty.
      if (codeOf(error) === 'ENOENT' && attempt < 3 && look(root) !== undefined) continue;
      tidy(root);
      throw look(txn.dir) === undefined ? error : busy(root, ownerOf(txn));
    }
  }
}

/**
 * Takes over the change that a killed run left; undefined where there is none.
 * @throws UserError `disk` when the run is alive, or another one was faster
 */
export function takeOver(root: string, step: Step): Txn | undefined {
  const txn = { root, dir: join(root, TXN) };
  // Followed, a symlink in a cloned repo could make us work on another folder.
  if (!look(join(root, HOME))?.isDirectory() || !look(txn.dir)?.isDirectory()) return undefined;
  const owner = ownerOf(txn);
  const ours = join(txn.dir, ownerName(process.pid));
  if (owner === undefined) {
    step(TXN);
    writeFileSync(ours, '');
  } else if (isOtherAlive(owner)) {
    throw busy(root, owner);
  } else if (owner !== process.pid) {
    step(TXN);
    try {
      renameSync(join(txn.dir, ownerName(owner)), ours);
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? busy(root, ownerOf(txn)) : error;
    }
  }
  return txn;
}

/** Ends a change, done or undone: from the rename on, it is over. */
export function release(txn: Txn, step: Step): void {
  const aside = asideIn(join(txn.root, HOME));
  step(TXN);
  rmSync(aside, { recursive: true, force: true });
  step(TXN);
  renameSync(txn.dir, aside);
  tidy(txn.root, step);
}

/** Removes what is left of changes that are over, and our folder once it is empty. What fails is for the next run. */
export function tidy(root: string, step: Step = () => {}): void {
  const home = join(root, HOME);
  try {
    if (!look(home)?.isDirectory()) return;
    sweep(home, step);
    if (readdirSync(home).length > 0) return;
    step(HOME);
    rmdirSync(home);
  } catch {
    // The change itself is over, and what it left harms nobody.
  }
}

/** Removes what killed runs left aside in a folder; true if there was any. */
export function sweep(folder: string, step: Step): boolean {
  const names = readdirSync(folder).filter((name) => {
    const pid = /^\.prodstack-(\d+)\.tmp$/.exec(name)?.[1];
    return pid !== undefined && !isOtherAlive(Number(pid));
  });
  for (const name of names) {
    step(name);
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  return names.length > 0;
}

function ownerName(pid: number): string {
  return `owner-${pid}`;
}

function ownerOf(txn: Txn): number | undefined {
  try {
    const name = readdirSync(txn.dir).find((entry) => /^owner-\d+$/.test(entry));
    return name === undefined ? undefined : Number(name.slice('owner-'.length));
  } catch {
    return undefined; // it has just ended
  }
}

function busy(root: string, owner: number | undefined): UserError {
  const who = owner === undefined ? '' : ` (process ${owner})`;
  const lock = owner === undefined ? TXN : `${TXN}/${ownerName(owner)}`;
  return new UserError('disk', `another run is at work in this folder${who}: ${root}`, {
    hint: `wait until it has ended. If that process is something else, delete ${lock} and run again`,
  });
}
