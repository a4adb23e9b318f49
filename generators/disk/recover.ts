import { existsSync, realpathSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { finish, undo } from './apply.ts';
import { reasonOf } from './errno.ts';
import { loadJournal } from './journal.ts';
import { release, type Step, sweep, takeOver, tidy } from './lock.ts';
import { nearestExisting } from './paths.ts';

export interface WriteOptions {
  /** Called before each step that changes the disk, with the path that it is for, relative to the root. */
  readonly onStep?: Step;
}

/**
 * Puts right what a killed run left in a folder: to be called at the start of each run. It may be killed, too.
 *
 * - `nothing`: there is nothing to put right
 * - `finished`: everything had been staged, and the change is now complete
 * - `undone`: the change is gone, and everything is as before
 *
 * @throws UserError `disk` when another run is at work, or what is left can neither be finished nor undone
 */
export function recover(root: string, options: WriteOptions = {}): 'nothing' | 'finished' | 'undone' {
  const step = options.onStep ?? (() => {});
  try {
    return existsSync(root) ? recoverIn(realpathSync(root), step) : sweepBeside(root, step);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError('disk', `an interrupted run cannot be put right: ${reasonOf(cause, root)}`, {
      hint: 'put this right, then run again as the user that ran it: it goes on from here',
      cause,
    });
  }
}

function recoverIn(root: string, step: Step): 'nothing' | 'finished' | 'undone' {
  const txn = takeOver(root, step);
  if (txn === undefined) {
    tidy(root, step);
    return 'nothing';
  }
  const found = loadJournal(txn);
  if (found?.direction === 'forward') {
    try {
      finish(txn, found.journal, step);
      release(txn, step);
      return 'finished';
    } catch {
      // The user changed a file after the kill, or the disk refuses still: back to the old state is always right.
    }
  }
  const left = found === undefined ? [] : undo(txn, found.journal, step);
  if (left.length > 0) {
    throw new UserError(
      'disk',
      `an interrupted run in ${root} cannot be undone: ${left[0]?.path}: ${left[0]?.message}`,
      {
        hint: 'put this right, then run again: it goes on from here',
        problems: left,
      },
    );
  }
  release(txn, step);
  return 'undone';
}

/** A folder that did not exist is built beside its place: what a killed run built is there, or nowhere. */
function sweepBeside(root: string, step: Step): 'nothing' | 'undone' {
  try {
    return sweep(nearestExisting(root).existing, step) ? 'undone' : 'nothing';
  } catch {
    return 'nothing'; // not ours to read or remove
  }
}
