import { cannot, type Draft, insertLines, type Place } from './draft.ts';
import { flowAdditions } from './flow.ts';
import { type Container, endOfLines } from './source.ts';
import { isSetOff, styleAt } from './style.ts';
import { type Fresh, itemLines, pairLines } from './write.ts';

/** New pairs or items at the end of a map or list; items have no key. */
export function addEntries(
  draft: Draft,
  container: Container,
  fresh: readonly (readonly [string, Fresh])[],
  isEmptied: boolean,
  { around, path }: Place,
): void {
  const { source } = draft;
  if (container.flow) {
    draft.splices.push(...flowAdditions(source, container, fresh, isEmptied));
    return;
  }
  const last = container.entries.at(-1);
  if (!last) throw cannot('form', { around, path }, 'it is empty');
  const style = styleAt(source, container);
  const blocks = fresh.map(([key, value]) =>
    container.isMap
      ? pairLines(key, value, container.column, style)
      : apart(itemLines(value, container.column, style), gapOf(container)),
  );
  const isBig = blocks.some(({ length }) => length > 1);
  // A blank line behind a block scalar that keeps them would be a part of it.
  const isFirstClose = isEmptied || source.text[last.end - 1] === '\n';
  const setOff = isSetOff(source, container, around.slice(0, -1), isBig);
  const lines = blocks.flatMap((block, index) => (setOff && !(isFirstClose && index === 0) ? ['', ...block] : block));
  insertLines(draft, endOfLines(source, last.end, container.column), lines);
}

/** The blanks behind the dashes of a list whose items have as many each. */
function gapOf({ entries }: Container): number {
  const gaps = new Set(entries.map(({ value, head }) => (value ? value.range[0] - head : 1)));
  return gaps.size === 1 ? ([...gaps][0] ?? 1) : 1;
}

/** An item of one line with that many blanks behind its dash. */
function apart(lines: readonly string[], gap: number): readonly string[] {
  const [only = '', ...more] = lines;
  return more.length > 0 || gap < 2 || gap > 8 ? lines : [only.replace(/^( *-) /, `$1${' '.repeat(gap)}`)];
}
