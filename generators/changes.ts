/** What every verb does that writes: settle conflicts, write all or nothing, say what happened. */
import { relative } from 'node:path';
import { write } from './disk/write.ts';
import type { Io } from './io.ts';
import type { Action, Outcome } from './plan/compare.ts';
import { isChange, planText } from './plan/report.ts';
import { shellWords } from './plan/shell.ts';
import type { PlannedFile } from './plan/types.ts';
import type { OnConflict, WriteRequest } from './request.ts';

/** One file of a report. */
export interface FileReport {
  readonly path: string;
  readonly action: Action;
  /** Octal. */
  readonly mode: string;
  readonly why: string;
  /** What a person should know of it. */
  readonly notes?: readonly string[];
  /** Unified; with `--diff`, and where something changes. */
  readonly diff?: string;
}

/** What is about to be done, or was: the part of a report that all verbs share. */
export interface Changes {
  readonly directory: string;
  readonly dryRun: boolean;
  /** Whether anything was written. */
  readonly changed: boolean;
  readonly files: readonly FileReport[];
}

/** What is done about conflicts without asking: `overwrite` writes, `keep` does not, `fail` leaves the choice open. */
export function settle(outcomes: readonly Outcome[], choice: OnConflict): readonly Outcome[] {
  if (choice === 'fail' || choice === 'ask') return outcomes;
  return outcomes.map((one) => {
    if (one.action === 'conflict') return { ...one, action: choice === 'keep' ? 'kept' : 'update' };
    return one.action === 'kept' && one.planned && choice === 'overwrite' ? { ...one, action: 'update' } : one;
  });
}

/** A conflict that nobody settled. */
function isOpen({ action, left }: Outcome): boolean {
  return action === 'conflict' && left === undefined;
}

/** The changes of a plan; a conflict that nobody settled is none, and of one that is left beside, the user's file. */
export function toWrite(outcomes: readonly Outcome[]): readonly PlannedFile[] {
  return outcomes.flatMap((one) => (one.planned && isChange(one) && !isOpen(one) ? [one.planned] : []));
}

/**
 * Writes what is to be written, unless it is a dry run or a conflict is left.
 * @throws UserError `disk`; then nothing was changed
 */
export function carryOut(
  { dryRun }: Pick<WriteRequest, 'dryRun'>,
  target: string,
  outcomes: readonly Outcome[],
): boolean {
  const planned = toWrite(outcomes);
  const mayWrite = !dryRun && planned.length > 0 && !outcomes.some(isOpen);
  if (mayWrite) write(target, planned);
  return mayWrite;
}

/** The changes as data, for `--json`. */
export async function changesOf(
  request: Pick<WriteRequest, 'dryRun' | 'diff'>,
  target: string,
  outcomes: readonly Outcome[],
  changed: boolean,
): Promise<Changes> {
  const diff = request.diff ? (await import('./plan/diff.ts')).unifiedDiff : undefined;
  return {
    directory: target,
    dryRun: request.dryRun,
    changed,
    files: outcomes.map((one) => {
      const text = diff?.(one);
      return {
        path: one.path,
        action: one.action,
        mode: one.mode.toString(8),
        why: one.conflict && one.action === 'conflict' ? one.conflict.why : one.why,
        ...(one.notes && { notes: one.notes }),
        ...(text ? { diff: text } : {}),
      };
    }),
  };
}

/** The files that change, one a line; `nothing` where none does. */
export function changesText(
  { directory, dryRun, changed }: Changes,
  outcomes: readonly Outcome[],
  nothing: string,
): string {
  const visible = outcomes.filter(isChange);
  if (visible.length === 0) return `${nothing}\n`;
  const done = dryRun ? 'Would change in' : changed ? 'Wrote to' : 'To change in';
  return `${done} ${directory}:\n${planText(visible)}`;
}

/** The diffs of a report, one behind the other, in colours where the terminal has them. */
export async function diffText({ files }: Changes, request: Pick<WriteRequest, 'color'>, io: Io): Promise<string> {
  const { colored } = await import('./plan/diff.ts');
  const all = files.map(({ diff }) => diff ?? '').join('');
  return request.color && io.colors ? colored(all) : all;
}

/** A heading and its lines, where there are any. */
export function section(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `${title}\n${items.map((item) => `  ${item}\n`).join('')}`;
}

/** `cd shop`, where the person is elsewhere. */
export function enter(target: string, io: Io): readonly string[] {
  const path = relative(io.cwd, target);
  return path === '' ? [] : [`cd ${shellWords([path])}`];
}
