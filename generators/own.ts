/** What `add` and `remove` share in a repo that has a `prodstack.yaml`. */

import type { Change } from './answers/change/types.ts';
import type { Ui } from './answers/questions/ui.ts';
import { type Changes, section } from './changes.ts';
import { observe } from './disk/observe.ts';
import { UserError } from './errors.ts';
import { answersFile, type Gathered } from './gather.ts';
import type { Io } from './io.ts';
import type { Outcome } from './plan/compare.ts';
import { isChange, planText } from './plan/report.ts';
import type { AddRequest, RemoveRequest } from './request.ts';
import { listed } from './words.ts';

/** Whether a stack of ours is in a folder: then its answers change, and all else is derived. */
export function isOwn(target: string): boolean {
  return observe(target).raw(answersFile) !== undefined;
}

/** @throws UserError `usage` for options that say what only a repo of somebody else's leaves open */
export function refuseForeignOptions(request: AddRequest | RemoveRequest): void {
  const given = [
    ...(request.file === undefined ? [] : ['--file']),
    ...('include' in request && request.include ? ['--include'] : []),
  ];
  if (given.length === 0) return;
  throw new UserError(
    'usage',
    `${listed(given)} ${given.length === 1 ? 'is' : 'are'} for repos without ${answersFile}.`,
    {
      hint: 'Here its answers say which compose files there are: leave it out.',
    },
  );
}

/** What was gathered, with a change in the place of what the command line says: the change holds that already. */
export function withChange(
  { observation, sources }: Gathered,
  { patch, starting }: Pick<Change, 'patch' | 'starting'>,
): Gathered {
  return { observation, sources: { ...sources, chosen: [patch], starting } };
}

/** Shows what would be written, and asks. */
export function agreeing(ui: Ui, target: string): (outcomes: readonly Outcome[]) => Promise<void> {
  return async (outcomes) => {
    const changes = outcomes.filter(isChange);
    ui.say(`\nIn ${target}:\n${planText(changes)}\n`);
    const message = `Change ${changes.length === 1 ? 'this file' : `these ${changes.length} files`}?`;
    if (!(await ui.confirm({ message, default: true }))) throw new UserError('cancelled', 'Nothing was written.');
  };
}

/** The report where all is as it is asked for. */
export function nothingToDo(
  { verb, dryRun, json }: AddRequest | RemoveRequest,
  directory: string,
  note: string,
  io: Io,
): () => Promise<number> {
  const report: Changes & { readonly command: string; readonly notes: readonly string[] } = {
    command: verb,
    notes: [note],
    directory,
    dryRun,
    changed: false,
    files: [],
  };
  return async () => {
    io.out(json ? `${JSON.stringify(report, null, 2)}\n` : section('Nothing to do:', report.notes));
    return 0;
  };
}
