import { column, firstOnLine, isFirstOnLine, lineEndNear, lineStart } from './lines.ts';
import type { Range } from './plan.ts';
import { type Container, containerOf, type Source } from './source.ts';
import { styleAt } from './style.ts';
import type { Splice } from './types.ts';
import { type Fresh, freshData, inline, keyText } from './write.ts';

/** What is added to a map or list in braces or brackets, on its line or on lines of its own. */
export function flowAdditions(
  source: Source,
  container: Container,
  fresh: readonly (readonly [string, Fresh])[],
  isEmptied: boolean,
): readonly Splice[] {
  const { text } = source;
  const [open, close] = bounds(container);
  const { quote, keyQuote } = styleAt(source, container);
  const json = isJson(source);
  const pad = padOf(source, container);
  const style = { json, flow: true, pad: json ? (pad ?? '') : (pad ?? ' ') };
  const words = fresh.map(([key, value]) => {
    const data = inline(freshData(value), { ...style, quote });
    return container.isMap ? `${json ? JSON.stringify(key) : keyText(key, keyQuote, true)}: ${data}` : data;
  });
  const last = container.entries.at(-1);
  if (!last || isEmptied) {
    const space = container.isMap ? style.pad : '';
    const blank = text.slice(open, close);
    // Where comments stand between the brackets, they stay.
    if (last || blank.trim() !== '')
      return [{ offset: last ? last.start : open, length: 0, content: words.join(', ') }];
    return [{ offset: open, length: close - open, content: `${space}${words.join(', ')}${space}` }];
  }
  if (!isOnOwnLine(text, last.start) || !isFirstOnLine(text, close))
    return [{ offset: last.end, length: 0, content: words.map((word) => `, ${word}`).join('') }];
  const newline = lineEndNear(text, close);
  const indent = ' '.repeat(column(text, firstOnLine(text, lineStart(text, last.start)) ?? last.start));
  const comma = commaBehind(source, last.end, close);
  // Behind what may be said of the last one on its line.
  const lineEnd = endOfLine(text, comma ?? last.end);
  const lines = words.map((word) => `${newline}${indent}${word}`).join(',') + (comma === undefined ? '' : ',');
  return [
    ...(comma === undefined ? [{ offset: last.end, length: 0, content: ',' }] : []),
    { offset: lineEnd, length: 0, content: lines },
  ];
}

/** What is taken out of a map or list in braces or brackets, with its comma. */
export function flowRemovals(
  source: Source,
  container: Container,
  removed: ReadonlySet<number>,
  isFollowed: boolean,
): { readonly splices: readonly Splice[]; readonly gone: readonly Range[] } {
  const { text } = source;
  const { entries } = container;
  const [open, close] = bounds(container);
  const gone: Range[] = [];
  for (let index = 0; index < entries.length; index++) {
    if (!removed.has(index)) continue;
    let last = index;
    while (removed.has(last + 1)) last++;
    const [first, end] = [entries[index], entries[last]];
    if (!first || !end) break;
    const [before, next] = [entries[index - 1], entries[last + 1]];
    const ownLines =
      isOnOwnLine(text, first.start) && (next ? isOnOwnLine(text, next.start) : isFirstOnLine(text, close));
    if (!before && !next) {
      const isBare =
        text.slice(open, first.start).trim() === '' && text.slice(end.end, close).trim().replace(',', '') === '';
      gone.push(isBare && !isFollowed ? { from: open, to: close } : { from: first.start, to: end.end });
    } else if (ownLines) {
      const comma = commaBehind(source, end.end, close);
      const to = endOfLine(text, comma ?? end.end);
      const from = lineStart(text, first.start);
      const lineBefore = text[from - 2] === '\r' ? from - 2 : from - 1;
      gone.push({ from: lineBefore, to });
      if (before && comma === undefined && !next && !isFollowed) {
        const at = commaBehind(source, before.end, close);
        if (at !== undefined && at <= lineBefore) gone.push({ from: at - 1, to: at });
      }
    } else if (next) gone.push({ from: first.start, to: next.start });
    else gone.push({ from: before?.end ?? first.start, to: end.end });
    index = last;
  }
  return { splices: gone.map(({ from, to }) => ({ offset: from, length: to - from, content: '' })), gone };
}

/** Behind the opening and before the closing bracket. */
function bounds({ node }: Container): readonly [number, number] {
  const [open = 0, close = 0] = node.range ?? [];
  return [open + 1, close - 1];
}

/** Whether an entry is the first on its line. */
const isOnOwnLine = (text: string, start: number): boolean => isFirstOnLine(text, start);

/** Behind the comma that follows an entry, before another one or the bracket. */
function commaBehind(source: Source, from: number, close: number): number | undefined {
  const { text, commentAt } = source;
  for (let at = from; at < close; at++) {
    const comment = commentAt.get(at);
    if (comment) at += comment.text.length - 1;
    else if (text[at] === ',') return at + 1;
    else if (text[at]?.trim() !== '') return undefined;
  }
  return undefined;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

/** The blanks between braces and what they hold, of the nearest that hold something on one line. */
function padOf(source: Source, container: Container): string | undefined {
  const [open, close] = bounds(container);
  const inside = source.text.slice(open, close);
  if (container.isMap && container.entries.length > 0 && !inside.includes('\n')) return /^ */.exec(inside)?.[0];
  for (const { value } of container.entries) {
    const inner = containerOf(source, value);
    const pad = inner?.flow ? padOf(source, inner) : undefined;
    if (pad !== undefined) return pad;
  }
  return undefined;
}

/** Whether the whole file is JSON. */
function isJson({ root, text }: Source): boolean {
  if (!root) return false;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}
