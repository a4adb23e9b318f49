import type { Range } from './draft.ts';
import { beforeBlankLines, behindBlankLines, column, firstOnLine, isFirstOnLine, lineStart } from './lines.ts';
import { type Container, endOfLines, type Source } from './source.ts';

/**
 * What goes with entries of a block map or list: their lines, the comment lines right above them at their indent, those
 * below that are indented deeper, and as many blank lines as keep the rest apart as it was. Undefined where the first of
 * what goes shares its line with a dash that stays.
 */
export function blockRemovals(
  source: Source,
  container: Container,
  removed: ReadonlySet<number>,
  isFollowed: boolean,
): readonly Range[] | undefined {
  const { text } = source;
  const { entries } = container;
  const ranges: Range[] = [];
  for (let index = 0; index < entries.length; index++) {
    if (!removed.has(index)) continue;
    let last = index;
    while (removed.has(last + 1)) last++;
    const [first, end] = [entries[index], entries[last]];
    if (!first || !end) break;
    const isLast = last === entries.length - 1;
    if (!isFirstOnLine(text, first.start)) {
      const next = entries[last + 1];
      // `- a: 1` with a key below it, which takes the place of the first.
      if (!next) {
        ranges.push({ from: first.start, to: end.end });
      } else {
        if (source.comments.some(({ offset }) => offset > first.start && offset < next.start)) return undefined;
        ranges.push({ from: first.start, to: next.start });
      }
      index = last;
      continue;
    }
    const isFirstOfFile = container.node === source.root && index === 0;
    let from = isFirstOfFile ? lineStart(text, first.start) : startWithComments(source, first.start, container.column);
    let to = endOfLines(source, end.end, container.column);
    const above = beforeBlankLines(text, from);
    const below = behindBlankLines(text, to);
    const before = entries[index - 1]?.end ?? 0;
    // Behind a block scalar that keeps its blank lines, those below would become a part of it.
    if (text[before - 1] === '\n' && index > 0) to = below;
    else if (index === 0) to = isLast ? to : below;
    else if (isLast ? !isFollowed : below > to) from = above;
    ranges.push({ from, to });
    index = last;
  }
  return ranges;
}

/** The start of the first of the comment lines that stand right above a line, at the same indent. */
function startWithComments({ text, commentAt }: Source, offset: number, indent: number): number {
  let start = lineStart(text, offset);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    const first = firstOnLine(text, above);
    if (
      above >= start ||
      first === undefined ||
      first >= start ||
      !commentAt.has(first) ||
      column(text, first) !== indent
    )
      break;
    start = above;
  }
  return start;
}
