import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Problem, UserError } from '../errors.ts';
import type { PlannedFile } from '../plan/types.ts';
import { finish, undo } from './apply.ts';
import { build } from './build.ts';
import { reasonOf } from './errno.ts';
import type { Journal } from './journal.ts';
import { begin, release, type Step, type Txn } from './lock.ts';
import { look } from './paths.ts';
import { type Changes, preflight } from './preflight.ts';
import { recover, type WriteOptions } from './recover.ts';
import { stage } from './stage.ts';

/**
 * Writes a plan, all or nothing. What the plan expects of the disk is checked first; then every new file is written
 * into `.prodstack/txn/`, then a journal, then they are renamed into their places. On an error everything is taken
 * back. A run that is killed anywhere is finished or undone by `recover` in the next one.
 *
 * That holds when the process dies, not when the power does: nothing waits for the disk (fsync).
 * Nothing here is asynchronous, so that no signal handler of ours runs in between.
 *
 * @throws UserError `disk`; nothing was changed, unless the message says what is left
 * @throws RangeError when the edits of a file contradict each other: a bug of ours
 */
export function write(root: string, files: readonly PlannedFile[], options: WriteOptions = {}): void {
  if (files.length === 0) return;
  recover(root, options);
  const changes = preflight(root, files);

  let at = '.';
  const step: Step = (path) => {
    at = path;
    options.onStep?.(path);
  };
  if (changes.exists) {
    change(changes, step, () => at);
    return;
  }
  try {
    build(changes, step);
  } catch (cause) {
    throw failure(changes, at, cause, []);
  }
}

function change(changes: Changes, step: Step, at: () => string): void {
  let txn: Txn | undefined;
  let journal: Journal | undefined;
  try {
    txn = begin(changes.root, step);
    journal = stage(txn, changes, step);
    finish(txn, journal, step);
    release(txn, step);
  } catch (cause) {
    const failedAt = at();
    if (txn === undefined) throw cause instanceof UserError ? cause : failure(changes, failedAt, cause, []);
    throw failure(changes, failedAt, cause, takeBack(txn, journal, step));
  }
}

/** Without a journal nothing of the user's was touched. Gives what could not be taken back. */
function takeBack(txn: Txn, journal: Journal | undefined, step: Step): Problem[] {
  const left = journal === undefined ? [] : undo(txn, journal, step);
  if (left.length > 0 || look(txn.dir) === undefined) return left;
  try {
    release(txn, step);
    return [];
  } catch (error) {
    return [{ path: txn.dir, message: reasonOf(error, txn.dir) }];
  }
}

function failure({ root, exists }: Changes, at: string, cause: unknown, left: readonly Problem[]): UserError {
  const vanished = exists && !existsSync(root);
  const reason = vanished ? `the folder vanished: ${root}` : reasonOf(cause, join(root, at));
  if (left.length === 0) {
    return new UserError('disk', `${reason}; nothing was changed`, { hint: 'put this right, then run again', cause });
  }
  const list = left.map(({ path, message }) => `${path} (${message})`).join(', ');
  return new UserError('disk', `${reason}; and undoing it failed, which leaves: ${list}`, {
    hint: 'put this right, then run again in this folder: that is settled first',
    problems: left,
    cause,
  });
}
