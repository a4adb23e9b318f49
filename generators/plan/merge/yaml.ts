/** YAML merges by its data where its text does not, and no merge of the text is believed whose data is not right. */
import { diffIndices } from 'node-diff3';
import { applySplices, type Edit, editYaml } from '../../compose/edit/index.ts';
import { pairText } from '../../compose/pair-text.ts';
import { readTagged } from '../../compose/tagged.ts';
import { isData, same } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { RelPath } from '../types.ts';
import { canonical, type MergedData, mergeData, type Path } from './data.ts';
import { type FileMerge, placesText } from './file.ts';
import { linesOf, unixLines } from './lines.ts';
import { mergeTexts, type Versions } from './text.ts';

/**
 * Merges three versions of a YAML file. First as text; where that leaves conflicts, or does not say what both changes
 * together come to, the changes of the data that are ours are put into the user's text, one by one.
 */
export function mergeYaml(path: RelPath, versions: Versions): FileMerge {
  const { text, marked, conflicts } = mergeTexts(versions);
  const wanted = wantedData(path, versions);
  if (typeof wanted === 'string') return { marked, why: wanted };
  if (wanted.conflicts.length > 0) return { marked, why: `both changed ${wanted.conflicts.map(pathText).join(', ')}` };
  const notes = wanted.gone.map(
    (gone) => `${pathText(gone)}: you took it away, and it stays so; what is new about it is left out`,
  );
  const done = (merged: string): FileMerge => {
    const all = [
      ...notes,
      ...lostComments(versions, merged).map((one) => `your comment goes with what it was at: ${one}`),
    ];
    return { text: merged, ...(all.length > 0 && { notes: all }) };
  };
  if (conflicts === 0 && says(path, text, wanted.data)) return done(text);
  // Side by side is near enough for a conflict where only lines speak; here the data does.
  const near = mergeTexts(versions, 'merge');
  if (near.conflicts === 0 && says(path, near.text, wanted.data)) return done(near.text);
  for (const start of [near.text, versions.theirs]) {
    const merged = withData(path, start, wanted.data, versions.ours);
    if (merged !== undefined) return done(merged);
  }
  return { marked, why: conflicts > 0 ? placesText(conflicts) : 'both changes together are not what either means' };
}

/** Comments that the user wrote and a merge has no place for, since what they stand in goes. */
function lostComments({ base, theirs }: Versions, merged: string): readonly string[] {
  const [was, is] = [commentsOf(base), commentsOf(merged)];
  return commentsOf(theirs).filter((comment) => !was.includes(comment) && !is.includes(comment));
}

function commentsOf(text: string): readonly string[] {
  return linesOf(text).flatMap((line) => /(?:^|\s)(#\s?[^"'#]+)$/.exec(line)?.[1]?.trim() ?? []);
}

/** A string says why there is none. */
function wantedData(path: RelPath, { base, theirs, ours }: Versions): MergedData | string {
  try {
    return mergeData(readTagged(base, path), readTagged(theirs, path), readTagged(ours, path));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `cannot be read: ${error.message}`;
  }
}

function says(path: RelPath, text: string, data: unknown): boolean {
  try {
    return same(readTagged(text, path), data);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** A text that says what it shall, by as few edits as possible; undefined where that cannot be done safely. */
function withData(path: RelPath, start: string, data: unknown, ours: string): string | undefined {
  try {
    const edits = editsBetween(readTagged(start, path), data, (at) => pairOf(ours, at, data));
    const merged = applySplices(start, editYaml(start, edits, path));
    return says(path, merged, data) ? merged : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** A pair as ours has it, with its comment; undefined where it says something else. */
function pairOf(ours: string, at: Path, data: unknown): string | undefined {
  const text = pairText(unixLines(ours), at);
  const key = at.at(-1);
  if (text === undefined || key === undefined) return undefined;
  const value = at.reduce<unknown>((inner, one) => (isData(inner) ? inner[one] : undefined), data);
  return says('', text, { [key]: value }) ? text : undefined;
}

type Written = (path: Path) => string | undefined;

/** Map by map; a list that only grew or shrank keeps the items that it has as they are written. */
function editsBetween(before: unknown, after: unknown, written: Written, path: Path = []): readonly Edit[] {
  if (same(before, after)) return [];
  if (isData(before) && isData(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key): readonly Edit[] => {
      const at = [...path, key];
      if (!Object.hasOwn(after, key)) return [{ op: 'remove', path: at }];
      if (Object.hasOwn(before, key)) return editsBetween(before[key], after[key], written, at);
      const text = written(at);
      return [{ op: 'set', path: at, value: after[key], ...(text !== undefined && { text }) }];
    });
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const edits = listEdits(before, after, path);
    if (edits) return edits;
  }
  return [{ op: 'set', path, value: after }];
}

function listEdits(before: readonly unknown[], after: readonly unknown[], path: Path): readonly Edit[] | undefined {
  const parts = diffIndices(before.map(canonical), after.map(canonical));
  const edits: Edit[] = [];
  for (const { buffer1, buffer2 } of parts) {
    const [at, removed] = buffer1;
    const [to, added] = buffer2;
    if (added > 0 && at + removed < before.length) return undefined;
    for (let n = 0; n < removed; n++) edits.push({ op: 'remove', path: [...path, at + n] });
    for (let n = 0; n < added; n++) edits.push({ op: 'append', path, value: after[to + n] });
  }
  return edits;
}

const pathText = (path: Path): string => (path.length === 0 ? 'all of it' : path.join('.'));
