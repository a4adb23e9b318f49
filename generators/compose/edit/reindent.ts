import { type CST, Parser } from 'yaml';
import { column, firstOnLine, lineStart, nextLine } from './lines.ts';
import type { Style } from './style.ts';

/**
 * Somebody's YAML at a column, with the steps of its place instead of its own: lists and maps stand as deep as those
 * around them; what a block scalar or a value of several lines holds moves along.
 */
export function reindented(given: string, to: number, style: Pick<Style, 'step' | 'dash'>): readonly string[] {
  const text = given.replaceAll('\r\n', '\n');
  const moves = movesOf(text, to, style);
  const lines: string[] = [];
  for (let at = 0; at < text.length; at = nextLine(text, at)) {
    const line = text.slice(at, nextLine(text, at)).replace(/\n$/, '');
    const own = line.search(/\S/);
    lines.push(own === -1 ? '' : ' '.repeat(Math.max(own + (moves.get(at) ?? to), 0)) + line.slice(own));
  }
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

type Collection = CST.BlockMap | CST.BlockSequence;

/** How far each line moves, by its start. */
function movesOf(text: string, to: number, style: Pick<Style, 'step' | 'dash'>): ReadonlyMap<number, number> {
  const moves = new Map<number, number>();
  const moveLines = (from: number, end: number, by: number) => {
    for (let at = lineStart(text, from); at < end; at = nextLine(text, at)) moves.set(at, by);
  };
  const visit = (
    token: CST.Token | null | undefined,
    parent: { readonly type: string; readonly old: number; readonly now: number },
  ) => {
    if (token?.type !== 'block-map' && token?.type !== 'block-seq') return;
    const old = column(text, startOf(token));
    const by = token.type === 'block-map' ? style.step : style.dash;
    const now = parent.type === 'block-map' ? parent.now + by : parent.now + (old - parent.old);
    for (const [index, item] of token.items.entries()) {
      const next = token.items[index + 1];
      moveLines(startOfItem(item, token.offset), next ? startOfItem(next, text.length) : text.length, now - old);
      visit(item.value, { type: token.type, old, now });
    }
  };
  const tokens = [...new Parser().parse(text)];
  const document = tokens.find((token) => token.type === 'document');
  visit(document?.value, { type: 'root', old: 0, now: to });
  moveComments(text, moves);
  return moves;
}

/** A comment moves with what stands below it at its indent, else with what stands above it. */
function moveComments(text: string, moves: Map<number, number>): void {
  const starts: number[] = [];
  for (let at = 0; at < text.length; at = nextLine(text, at)) starts.push(at);
  let below: { readonly column: number; readonly by: number } | undefined;
  for (const start of starts.toReversed()) {
    const first = firstOnLine(text, start);
    if (first === undefined) continue;
    const own = first - start;
    if (text[first] !== '#') below = { column: own, by: moves.get(start) ?? 0 };
    else if (below?.column === own) moves.set(start, below.by);
  }
}

type Item = Collection['items'][number];

function startOf(token: Collection): number {
  const [first] = token.items;
  return first ? startOfItem(first, token.offset) : token.offset;
}

/** Of the key or the dash. */
function startOfItem({ start, key, value }: Item, otherwise: number): number {
  const first = start.find(({ type }) => type !== 'space' && type !== 'newline' && type !== 'comment') ?? key ?? value;
  return first && 'offset' in first ? first.offset : otherwise;
}
