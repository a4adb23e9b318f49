/** What becomes of one file of ours that is there already. Nothing here knows which verb asks. */
import type { Existing, Outcome } from '../compare.ts';
import type { Mode, PlannedFile, RelPath } from '../types.ts';
import { inFormOf, linesOf, unixLines } from './lines.ts';
import { hasMarkers, markDifferences, mergeTexts, type Versions } from './text.ts';
import { mergeYaml } from './yaml.ts';

/** A file of ours as it should be. */
export interface Wanted {
  readonly path: RelPath;
  readonly content: string;
  readonly mode: Mode;
  readonly why: string;
}

/** The same as it was last generated; without `mode` where that is not known. */
export interface Base {
  readonly text: string;
  readonly mode?: Mode;
}

/**
 * Ours over theirs: moved on where they did not touch it, kept where we have nothing new, merged where both changed it,
 * and a conflict where that does not go together.
 * @param read what the user's file says, where that is not how it is on disk: with services under other names
 */
export function mergedOutcome(
  wanted: Wanted,
  existing: Existing,
  base: Base | undefined,
  read: string = existing.text,
): Outcome {
  const { path, content, mode, why } = wanted;
  const common = { path, why, mode };
  const theirs = unixLines(read);
  const to = (text: string, action: Outcome['action']): Outcome => ({
    ...common,
    action,
    planned: replaced(path, existing, text, modeFor(existing.mode, mode, base?.mode), why),
    ...(text !== existing.text && { texts: { before: existing.text, after: text } }),
  });
  const ours = inFormOf(existing.text, linesOf(content));
  // Git may have given the file other line ends; that is no edit.
  if (theirs === content) return settledText(to(read, 'update'), existing, mode, base);
  if (hasMarkers(theirs))
    return {
      ...to(ours, 'conflict'),
      conflict: { ours: content, why: 'has conflict markers in it: settle these first' },
    };
  if (base === undefined)
    return {
      ...to(ours, 'conflict'),
      conflict: {
        ours: content,
        marked: markDifferences(existing.text, content),
        why: 'is not what would be written, and nothing says what it was made from',
      },
    };
  if (theirs === base.text) return to(ours, 'update');
  if (content === base.text) {
    const kept = settledText(to(read, 'update'), existing, mode, base);
    return kept.action === 'unchanged' ? { ...to(ours, 'kept') } : kept;
  }
  const merged = merge(path, { base: base.text, theirs: read, ours: content });
  if (merged.text === undefined)
    return { ...to(ours, 'conflict'), conflict: { ours: content, marked: merged.marked, why: merged.why } };
  // They have what is new already.
  if (merged.text === existing.text) return { ...to(ours, 'kept'), ...(merged.notes && { notes: merged.notes }) };
  return { ...to(merged.text, 'merge'), ...(merged.notes && { notes: merged.notes }) };
}

/** Both versions in one file, or undefined and why not. */
export type FileMerge =
  | { readonly text: string; readonly notes?: readonly string[] }
  | { readonly text?: undefined; readonly marked: string; readonly why: string };

function merge(path: RelPath, versions: Versions): FileMerge {
  if (/\.ya?ml$/.test(path)) return mergeYaml(path, versions);
  const { text, marked, conflicts } = mergeTexts(versions);
  return conflicts === 0 ? { text } : { marked, why: placesText(conflicts) };
}

/** How a conflict of texts is said. */
export function placesText(places: number): string {
  return `changed here and by us in ${places === 1 ? 'the same place' : `${places} places at once`}`;
}

/** The text is as it should be: only the mode may differ. */
function settledText(update: Outcome, existing: Existing, mode: Mode, base: Base | undefined): Outcome {
  const { path, why } = update;
  return isExecutable(existing.mode) === isExecutable(modeFor(existing.mode, mode, base?.mode)) &&
    update.texts === undefined
    ? { path, why, mode, action: 'unchanged' }
    : update;
}

/** A file may be run, or not: as we want it where that is new, else as the user has it. */
function modeFor(existing: number, wanted: Mode, base: Mode | undefined): Mode {
  const isNew = base === undefined || isExecutable(base) !== isExecutable(wanted);
  return (isNew ? isExecutable(wanted) : isExecutable(existing)) ? 0o755 : 0o644;
}

/** Another text in a file that is there; it is made anew only for another mode, since that gives up its own. */
function replaced(path: RelPath, existing: Existing, text: string, mode: Mode, why: string): PlannedFile {
  if (isExecutable(mode) !== isExecutable(existing.mode))
    return { kind: 'create', path, content: text, mode, why, replaces: existing.hash };
  const edits = [{ offset: 0, length: existing.text.length, content: text }];
  return { kind: 'edit', path, edits, expect: existing.hash, why };
}

const isExecutable = (mode: number): boolean => (mode & 0o100) !== 0;
