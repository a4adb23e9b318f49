/** What a run leaves for the next one to know. */
import { createHash } from 'node:crypto';
import { baselineFile, baselineText, isSameRecord, type Made, type Record2, type Recorded } from './baseline.ts';
import { common, type Disk, type Outcome, replaceOrCreate } from './compare.ts';
import { isChange } from './report.ts';
import type { Hash, Mode, RelPath } from './types.ts';

/**
 * The baseline once outcomes are carried out. Of a file whose conflict is left open, and of one that the user deleted,
 * the text of before stays: then the next run says the same, and takes up what was settled by hand.
 * @param mixed files that are written although they have changes of the user's that git does not have
 */
export function recordOutcome(
  outcomes: readonly Outcome[],
  disk: Disk,
  recorded: Recorded,
  made: Made,
  mixed: readonly RelPath[] = [],
): Outcome {
  const own = {
    path: baselineFile,
    mode: 0o644,
    why: 'what was generated last, to tell your edits from ours',
  } as const;
  const record = { ...recordOf(outcomes, disk, recorded, made), written: writtenBy(outcomes, recorded, mixed) };
  if (isSameRecord(recorded, record)) return { ...common(own), action: 'unchanged' };
  // Ours alone: never a conflict.
  return replaceOrCreate({ ...own, content: baselineText(record) }, disk, true);
}

type Unwritten = Omit<Record2, 'written'>;

/** What this run writes, and runs before it wrote. Nothing of a file with secrets, whose outcome shows no text. */
function writtenBy(
  outcomes: readonly Outcome[],
  { written: before }: Recorded,
  mixed: readonly RelPath[],
): Readonly<Record<RelPath, Hash>> {
  const written = new Map(Object.entries(before));
  for (const one of outcomes) {
    const { planned, texts } = one;
    if (!planned || !texts || !isChange(one)) continue;
    if (planned.kind === 'delete' || mixed.includes(planned.path)) written.delete(planned.path);
    else written.set(planned.path, hashOf(planned.kind === 'create' ? planned.content : texts.after));
  }
  return Object.fromEntries(written);
}

function recordOf(outcomes: readonly Outcome[], disk: Disk, recorded: Recorded, { program, answers }: Made): Unwritten {
  const files: Record<RelPath, string> = {};
  const modes: Record<RelPath, Mode> = {};
  const moved: Record<RelPath, RelPath> = {};
  const beside: Record<RelPath, Hash> = {};
  const parts: Record<RelPath, string> = {};
  const deleted: RelPath[] = [];
  for (const { path, action, left, records, conflict } of outcomes) {
    const isOpen = action === 'conflict' && left !== 'markers';
    if (records?.kind === 'part') {
      const text = isOpen ? recorded.parts[path] : records.text;
      if (text !== undefined) parts[path] = text;
      if (left === 'beside' && conflict) beside[path] = hashOf(conflict.ours);
    }
    if (records?.kind === 'patterns')
      parts[path] = [...new Set([...(recorded.parts[path]?.split('\n') ?? []), ...records.patterns])].join('\n');
    if (records?.kind !== 'file') continue;
    const { of = path } = records;
    if (of !== path) moved[of] = path;
    if (action === 'deleted') deleted.push(of);
    if (left === 'beside' && conflict) beside[path] = hashOf(conflict.ours);
    const was = recorded.beside[path];
    if (left === 'as it was' && was !== undefined) beside[path] = was;
    const stays = action === 'deleted' || isOpen;
    const text = stays ? recorded.files[of] : records.text;
    if (text === undefined) continue;
    files[of] = text;
    const mode = stays ? recorded.modes?.[of] : records.mode;
    if (mode !== undefined && mode !== 0o644) modes[of] = mode;
  }
  // What nobody has decided about yet: an update takes away what was generated for other answers.
  const decided = new Set(
    outcomes.flatMap(({ path, records }) => [path, (records?.kind === 'file' && records.of) || path]),
  );
  for (const [path, text] of Object.entries(recorded.files)) {
    const at = recorded.moved[path] ?? path;
    if (decided.has(path) || decided.has(at) || !disk.raw(at)) continue;
    files[path] = text;
    const mode = recorded.modes?.[path];
    if (mode !== undefined && mode !== 0o644) modes[path] = mode;
    if (at !== path) moved[path] = at;
  }
  return { program, answers, files, modes, deleted, moved, beside, parts };
}

/** Whether a file is as a run left it. One that is not there has nothing to lose. */
export function isAsWritten(path: RelPath, disk: Disk, { files, written }: Recorded): boolean {
  const existing = disk.raw(path);
  return existing === undefined || existing.hash === written[path] || existing.text === files[path];
}

/** As the disk has it. */
export function hashOf(text: string): Hash {
  return createHash('sha256').update(text).digest('hex');
}
