/** `check --fix`: writes what puts findings right, all of it or nothing. */
import { type Changes, carryOut, changesOf } from './changes.ts';
import { type ChangedFiles, type FixedFile, type Fixes, fixAll, withChanges } from './check/fix.ts';
import type { Source } from './check/reader.ts';
import type { FixReport } from './check/types.ts';
import type { Observation } from './disk/observe.ts';
import { settledState } from './git.ts';
import type { Outcome } from './plan/compare.ts';
import type { PlannedFile } from './plan/types.ts';
import type { Run } from './programs.ts';
import type { CheckRequest } from './request.ts';
import type { Finding, Project } from './rules/types.ts';

export interface Fixed {
  readonly report: FixReport;
  /** The repo as it is with the changes, written or not. */
  readonly after: Source;
  /** For the text of the report. */
  readonly changes: Changes;
  readonly outcomes: readonly Outcome[];
  /** What a person should know. */
  readonly notes: readonly string[];
}

/**
 * @param look reads a repo that has changes in it
 * @param wanted which findings are to be put right
 * @throws UserError `disk`; then nothing was changed
 */
export async function fixRepo(
  request: Pick<CheckRequest, 'dryRun' | 'diff'>,
  observation: Observation,
  look: (source: Source) => readonly Project[],
  wanted: (finding: Finding) => boolean,
  run: Run,
): Promise<Fixed> {
  const fixes = fixAll((changed) => look(withChanges(observation, changed)), wanted);
  const outcomes = fixes.files.map((file) => outcomeOf(file, observation));
  const dirty = await uncommitted(fixes, request.dryRun, observation.root, run);
  const changed = carryOut(request, observation.root, outcomes);
  const changes = await changesOf(request, observation.root, outcomes, changed);
  const asMap: ChangedFiles = new Map(
    fixes.files.map(({ path, after: text, mode }) => [path, { text, ...(mode !== undefined && { mode }) }]),
  );
  return {
    report: {
      dryRun: request.dryRun,
      changed,
      files: changes.files,
      fixed: fixes.fixed,
      refused: fixes.refused,
    },
    after: withChanges(observation, asMap),
    changes,
    outcomes,
    notes: dirty.length === 0 ? [] : [`Not committed before these fixes: ${dirty.join(', ')}`],
  };
}

function outcomeOf({ path, before, after, mode: wantedMode, rules }: FixedFile, disk: Observation): Outcome {
  const why = `fixes ${rules.join(', ')}`;
  const raw = disk.raw(path);
  const mode = wantedMode ?? 0o644;
  if (raw === undefined || before === undefined) {
    const planned: PlannedFile = { kind: 'create', path, content: after, mode, why };
    return { path, action: 'create', why, mode, planned, texts: { before: '', after } };
  }
  // Only a file that is written anew gets another mode.
  const planned: PlannedFile =
    wantedMode === undefined
      ? { kind: 'edit', path, edits: [between(before, after)], expect: raw.hash, why }
      : { kind: 'create', path, content: after, mode, replaces: raw.hash, why };
  return { path, action: 'edit', why, mode, planned, texts: { before, after } };
}

/** The one stretch in which two texts differ. */
function between(before: string, after: string): { offset: number; length: number; content: string } {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { offset: start, length: before.length - start - end, content: after.slice(start, after.length - end) };
}

/**
 * Files with changes of somebody's that git does not have yet: they are now together with ours.
 * @throws UserError `repo` in the middle of a merge
 */
async function uncommitted({ files }: Fixes, dryRun: boolean, root: string, run: Run): Promise<readonly string[]> {
  if (files.length === 0 || dryRun) return [];
  const paths = files.map(({ path }) => path);
  const state = await settledState(root, paths, { force: true, verb: 'check --fix' }, run);
  return state.kind === 'none' ? [] : paths.filter((path) => state.dirty.has(path));
}
