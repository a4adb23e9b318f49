import { column, firstOnLine, lineEndNear, lineStart } from './lines.ts';
import { CannotEdit, type RefusalCode } from './refuse.ts';
import type { Container, Source } from './source.ts';
import type { Path, Splice } from './types.ts';

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Lines that come to stand at the start of a line, or at the end of the text. */
interface Insertion {
  readonly at: number;
  readonly lines: readonly string[];
}

/** What is to happen to a text, as it is found out. All offsets are of the text before. */
export interface Draft {
  readonly source: Source;
  readonly splices: Splice[];
  readonly insertions: Insertion[];
  /** What goes with its comments. */
  readonly gone: Range[];
  /** Maps and lists that stay without a value, because of comments in them. */
  readonly bare: string[];
}

/** A place on the way: the containers around it, from the root, and the keys that lead to it. */
export interface Place {
  readonly path: Path;
  readonly around: readonly Container[];
}

export function draftOf(source: Source): Draft {
  return { source, splices: [], insertions: [], gone: [], bare: [] };
}

export function replaceRange({ splices }: Draft, from: number, to: number, content: string): void {
  splices.push({ offset: from, length: to - from, content });
}

/** Lines to put at `at`, set off where they would stand right below a comment that is not theirs. */
export function insertLines({ source, insertions }: Draft, at: number, lines: readonly string[]): void {
  const first = lines[0];
  if (first !== undefined) insertions.push({ at, lines: isBelowComment(source, at, first) ? ['', ...lines] : lines });
}

/** A comment right above, at the same indent, would look as if it spoke of the new lines, and would go with them. */
function isBelowComment({ text, commentAt }: Source, at: number, line: string): boolean {
  if (at === 0) return false;
  const first = firstOnLine(text, lineStart(text, at - 1));
  return first !== undefined && first < at && commentAt.has(first) && column(text, first) === line.search(/\S/);
}

/** Nothing that aliases stand for is changed: others would change with it. */
export function checkShared({ source }: Draft, place: Place): void {
  const shared = place.around.find(({ node }) => source.shared.has(node));
  if (shared) throw cannot('shared', place, 'aliases stand for what it is part of', { offset: shared.node.range[0] });
}

export function cannot(
  reason: RefusalCode,
  { path, around }: Place,
  why: string,
  { offset, way }: { readonly offset?: number; readonly way?: string } = {},
): CannotEdit {
  return new CannotEdit(reason, path, why, offset ?? around.at(-1)?.node.range[0] ?? 0, way);
}

/** The splices of a draft, which neither overlap nor touch. */
export function splicesOf({ source: { text }, splices, insertions }: Draft): readonly Splice[] {
  const places = new Map<number, string[]>();
  for (const { at, lines } of insertions) places.set(at, [...(places.get(at) ?? []), ...lines]);
  const added = [...places].map(([at, lines]): Splice => {
    const newline = lineEndNear(text, at);
    return { offset: at, length: 0, content: lines.map((line) => line + newline).join('') };
  });
  const done: Splice[] = [];
  for (const splice of [...added, ...splices].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    const last = done.at(-1);
    const end = last ? last.offset + last.length : -1;
    if (splice.offset < end) throw new Error(`Edits overlap at ${splice.offset}.`);
    if (last && splice.offset === end) {
      const { offset, length, content } = last;
      done[done.length - 1] = { offset, length: length + splice.length, content: content + splice.content };
    } else done.push(splice);
  }
  return done
    .map((splice) => atOpenEnd(text, splice))
    .filter(({ offset, length, content }) => text.slice(offset, offset + length) !== content);
}

/** A file whose last line has no end stays one. */
function atOpenEnd(text: string, splice: Splice): Splice {
  const { offset, length, content } = splice;
  if (offset + length < text.length || text.endsWith('\n') || text.replace('\uFEFF', '') === '') return splice;
  const lines = content.replace(/\r?\n$/, '');
  const isLineStart = lineStart(text, offset) === offset;
  if (lines !== content) return { offset, length, content: isLineStart ? lines : lineEndNear(text, offset) + lines };
  // Where whole lines go, the line end before them goes instead of theirs.
  if (!isLineStart || content !== '' || text[offset - 1] !== '\n') return splice;
  const newline = text[offset - 2] === '\r' ? 2 : 1;
  return { offset: offset - newline, length: length + newline, content };
}
