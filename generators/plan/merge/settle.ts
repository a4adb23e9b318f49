/** What is done about conflicts, and what is left of them. */
import type { Recorded } from '../baseline.ts';
import { common, type Disk, type Outcome, replaceOrCreate } from '../compare.ts';
import { hashOf } from '../record.ts';
import type { RelPath } from '../types.ts';
import { unixLines } from './lines.ts';

/** What is done about conflicts without asking. */
export type MergeChoice = 'beside' | 'markers' | 'keep' | 'overwrite' | 'fail';

const besidePath = (path: RelPath): RelPath => `${path}.prodstack-new`;

/**
 * Settles conflicts: ours beside theirs, both in one file between markers, one of them, or (`fail`) none yet. Also takes
 * away what an earlier run put beside a file, once that is settled.
 * @param choose for each conflict
 */
export function settleMerges(
  outcomes: readonly Outcome[],
  choose: (outcome: Outcome) => MergeChoice,
  repo: Disk,
  recorded: Recorded,
): readonly Outcome[] {
  const settled = outcomes.flatMap((outcome): readonly Outcome[] => {
    const choice = outcome.action === 'conflict' ? choose(outcome) : 'fail';
    if (choice === 'keep') return [{ ...outcome, action: 'kept' }];
    if (choice === 'overwrite') return [{ ...outcome, action: 'update' }];
    if (choice === 'fail') return [outcome];
    const { planned: _overwriting, ...open } = outcome;
    if (outcome.conflict?.marked === undefined) return [{ ...open, left: 'as it was' }];
    return choice === 'markers' ? [withMarkers(open, repo)] : besideOutcomes(open, repo, recorded);
  });
  const open = new Set(settled.filter(({ left }) => left === 'beside' || left === 'as it was').map(({ path }) => path));
  return [...settled, ...tidied(open, repo, recorded)];
}

function withMarkers(outcome: Outcome, repo: Disk): Outcome {
  const { path, why, conflict } = outcome;
  const existing = repo.raw(path);
  const marked = conflict?.marked;
  if (!existing || marked === undefined) return outcome;
  const edits = [{ offset: 0, length: existing.text.length, content: marked }];
  return {
    ...outcome,
    left: 'markers',
    planned: { kind: 'edit', path, edits, expect: existing.hash, why },
    texts: { before: existing.text, after: marked },
  };
}

/** Ours beside a file of the user's; what lies there and is not what we put there stays. */
function besideOutcomes(outcome: Outcome, repo: Disk, { beside }: Recorded): readonly Outcome[] {
  const { path, mode, conflict } = outcome;
  if (!conflict) return [outcome];
  const left: Outcome = { ...outcome, left: 'beside' };
  const at = besidePath(path);
  const existing = repo.raw(at);
  const file = { path: at, mode, why: `what ${path} would be, for you to take over`, content: conflict.ours };
  if (existing && unixLines(existing.text) !== conflict.ours && existing.hash !== beside[path])
    return [left, { ...common(file), action: 'kept', notes: ['was changed since it was put there, and stays'] }];
  // The difference to the user's file is shown there.
  return [left, { ...replaceOrCreate(file, repo), texts: { before: '', after: '' } }];
}

/** What was put beside files whose conflict is settled by now. */
function tidied(open: ReadonlySet<RelPath>, repo: Disk, { beside }: Recorded): readonly Outcome[] {
  return Object.entries(beside).flatMap(([path, hash]): readonly Outcome[] => {
    const at = besidePath(path);
    const existing = open.has(path) ? undefined : repo.raw(at);
    if (!existing) return [];
    const file = { path: at, mode: 0o644, why: `${path} is settled` } as const;
    if (existing.hash !== hash && hashOf(unixLines(existing.text)) !== hash)
      return [
        { ...file, action: 'kept', notes: [`${path} is settled; this was changed since it was put there, and stays`] },
      ];
    return [
      {
        ...file,
        action: 'delete',
        planned: { kind: 'delete', path: at, expect: existing.hash, why: file.why },
        texts: { before: existing.text, after: '' },
      },
    ];
  });
}
