/** Two texts with one ancestor become one: lines that only one side changed are taken from it. */
import { diff3Merge, diffIndices } from 'node-diff3';
import { inFormOf, linesOf } from './lines.ts';

/** Three versions of a file. `base` and `ours` have LF line ends; `theirs` is as it is on disk. */
export interface Versions {
  readonly base: string;
  readonly theirs: string;
  readonly ours: string;
}

export interface Merged {
  /** In the form of `theirs`. What both sides changed is as `theirs` has it. */
  readonly text: string;
  /** The same, with both versions and the one before between markers. */
  readonly marked: string;
  /** How many places both sides changed in different ways. */
  readonly conflicts: number;
}

/** Those that git writes and editors know, with what the sides are to the reader. */
const markers = {
  theirs: '<<<<<<< yours',
  base: '||||||| before',
  middle: '=======',
  ours: '>>>>>>> create-prodstack',
};

/** Whether there are conflict markers in a text, ours or git's. */
export function hasMarkers(text: string): boolean {
  return /^<{7}(?: |$)/m.test(text) && /^={7}\r?$/m.test(text) && /^>{7}(?: |$)/m.test(text);
}

/**
 * Merges as `git merge-file` does: changes that touch each other are a conflict. Other than there, none is where one
 * side has all that the other one wrote, and nothing that it took away: that is how a conflict looks that a person has
 * settled by taking both.
 * @param touching what is done about changes of different lines that stand side by side: for texts that something else
 *   than their lines vouches for
 */
export function mergeTexts({ base, theirs, ours }: Versions, touching: 'conflict' | 'merge' = 'conflict'): Merged {
  const text: string[] = [];
  const marked: string[] = [];
  let conflicts = 0;
  for (const { ok, conflict } of diff3Merge([...linesOf(theirs)], [...linesOf(base)], [...linesOf(ours)])) {
    const settled = ok ?? (conflict && (settledBy(conflict) ?? (touching === 'merge' ? bothOf(conflict) : undefined)));
    if (settled) {
      for (const line of settled) {
        text.push(line);
        marked.push(line);
      }
    } else if (conflict) {
      conflicts++;
      text.push(...conflict.a);
      marked.push(markers.theirs, ...conflict.a, markers.base, ...conflict.o);
      marked.push(markers.middle, ...conflict.b, markers.ours);
    }
  }
  return { text: inFormOf(theirs, text), marked: inFormOf(theirs, marked), conflicts };
}

/** Two texts without a common ancestor: every difference is between markers. */
export function markDifferences(theirs: string, ours: string): string {
  const [a, b] = [linesOf(theirs), linesOf(ours)];
  const lines: string[] = [];
  let at = 0;
  for (const { buffer1, buffer1Content, buffer2Content } of diffIndices([...a], [...b])) {
    lines.push(...a.slice(at, buffer1[0]), markers.theirs, ...buffer1Content, markers.middle);
    lines.push(...buffer2Content, markers.ours);
    at = buffer1[0] + buffer1[1];
  }
  return inFormOf(theirs, [...lines, ...a.slice(at)]);
}

interface Sides {
  readonly a: readonly string[];
  readonly o: readonly string[];
  readonly b: readonly string[];
}

function settledBy({ a, o, b }: Sides): readonly string[] | undefined {
  if (includes(a, b, o)) return a;
  return includes(b, a, o) ? b : undefined;
}

/** Both changes, where no line was changed by both and nothing was added by both at one place. */
function bothOf({ a, o, b }: Sides): readonly string[] | undefined {
  const hunks = [...diffIndices([...o], [...a]), ...diffIndices([...o], [...b])]
    .map(({ buffer1: [start, length], buffer2Content }) => ({ start, end: start + length, lines: buffer2Content }))
    // What is added before a line comes before what becomes of that line.
    .sort((x, y) => x.start - y.start || x.end - y.end);
  const lines: string[] = [];
  let done = 0;
  for (const [n, { start, end, lines: added }] of hunks.entries()) {
    const before = hunks[n - 1];
    const isAddedTwice = before !== undefined && before.start === start && before.end === end && start === end;
    if (start < done || isAddedTwice) return undefined;
    lines.push(...o.slice(done, start), ...added);
    done = end;
  }
  return [...lines, ...o.slice(done)];
}

/** Whether one side has every line of the other, in order, and none that the other took away. */
function includes(side: readonly string[], other: readonly string[], base: readonly string[]): boolean {
  if (other.length === 0) return false;
  let found = 0;
  for (const line of side) if (line === other[found]) found++;
  if (found < other.length) return false;
  const kept = new Set(other);
  const gone = new Set(base.filter((line) => !kept.has(line)));
  return !side.some((line) => gone.has(line));
}
