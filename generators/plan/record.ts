/** What a run leaves for the next one to know. */
import { createHash } from 'node:crypto';
import { baselineFile, baselineText, isSameRecord, type Made, type Record2, type Recorded } from './baseline.ts';
import { common, type Disk, type Outcome, replaceOrCreate } from './compare.ts';
import type { Hash, Mode, RelPath } from './types.ts';

/**
 * The baseline once outcomes are carried out. Of a file whose conflict is left open, and of one that the user deleted,
 * the text of before stays: then the next run says the same, and takes up what was settled by hand.
 */
export function recordOutcome(outcomes: readonly Outcome[], disk: Disk, recorded: Recorded, made: Made): Outcome {
  const own = {
    path: baselineFile,
    mode: 0o644,
    why: 'what was generated last, to tell your edits from ours',
  } as const;
  const record = recordOf(outcomes, recorded, made);
  if (isSameRecord(recorded, record)) return { ...common(own), action: 'unchanged' };
  // Ours alone: never a conflict.
  return replaceOrCreate({ ...own, content: baselineText(record) }, disk, true);
}

function recordOf(outcomes: readonly Outcome[], recorded: Recorded, { program, answers }: Made): Record2 {
  const files: Record<RelPath, string> = {};
  const modes: Record<RelPath, Mode> = {};
  const moved: Record<RelPath, RelPath> = {};
  const beside: Record<RelPath, Hash> = {};
  const parts: Record<RelPath, string> = {};
  const deleted: RelPath[] = [];
  for (const { path, action, left, records, conflict } of outcomes) {
    if (records?.kind === 'part') parts[path] = records.text;
    if (records?.kind === 'patterns')
      parts[path] = [...new Set([...(recorded.parts[path]?.split('\n') ?? []), ...records.patterns])].join('\n');
    if (records?.kind !== 'file') continue;
    const { of = path } = records;
    if (of !== path) moved[of] = path;
    if (action === 'deleted') deleted.push(of);
    if (left === 'beside' && conflict) beside[path] = hashOf(conflict.ours);
    const was = recorded.beside[path];
    if (left === 'as it was' && was !== undefined) beside[path] = was;
    const stays = action === 'deleted' || (action === 'conflict' && left !== 'markers');
    const text = stays ? recorded.files[of] : records.text;
    if (text === undefined) continue;
    files[of] = text;
    const mode = stays ? recorded.modes?.[of] : records.mode;
    if (mode !== undefined && mode !== 0o644) modes[of] = mode;
  }
  return { program, answers, files, modes, deleted, moved, beside, parts };
}

/** As the disk has it. */
export function hashOf(text: string): Hash {
  return createHash('sha256').update(text).digest('hex');
}
