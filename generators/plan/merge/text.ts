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
  for (const region of regionsOf({ a: linesOf(theirs), o: linesOf(base), b: linesOf(ours) }, touching)) {
    if ('settled' in region) {
      text.push(...region.settled);
      marked.push(...region.settled);
      continue;
    }
    conflicts++;
    text.push(...region.a);
    marked.push(markers.theirs, ...region.a, markers.base, ...region.o);
    marked.push(markers.middle, ...region.b, markers.ours);
  }
  return { text: inFormOf(theirs, text), marked: inFormOf(theirs, marked), conflicts };
}

interface Sides {
  readonly a: readonly string[];
  readonly o: readonly string[];
  readonly b: readonly string[];
}

type Region = { readonly settled: readonly string[] } | Sides;

/**
 * Where lines repeat, such as `fi`, it depends on where one begins which of them was taken away. Then both ways of
 * reading the changes have to come to the same; else a person has to look.
 */
function regionsOf(sides: Sides, touching: 'conflict' | 'merge'): readonly Region[] {
  const forward = readForward(sides, touching);
  if (touching === 'merge' || forward.some((region) => 'o' in region)) return forward;
  const reversed = ({ a, o, b }: Sides): Sides => ({ a: a.toReversed(), o: o.toReversed(), b: b.toReversed() });
  const backward = readForward(reversed(sides), touching)
    .map((region) => ('o' in region ? reversed(region) : { settled: region.settled.toReversed() }))
    .toReversed();
  if (backward.some((region) => 'o' in region)) return backward;
  const textOf = (regions: readonly Region[]): string =>
    JSON.stringify(regions.flatMap((region) => ('o' in region ? [] : region.settled)));
  return textOf(forward) === textOf(backward) ? forward : [sides];
}

function readForward({ a, o, b }: Sides, touching: 'conflict' | 'merge'): readonly Region[] {
  return diff3Merge([...a], [...o], [...b]).map(({ ok, conflict }): Region => {
    const settled = ok ?? (conflict && (settledBy(conflict) ?? (touching === 'merge' ? bothOf(conflict) : undefined)));
    if (settled) return { settled };
    return { a: conflict?.a ?? [], o: conflict?.o ?? [], b: conflict?.b ?? [] };
  });
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
