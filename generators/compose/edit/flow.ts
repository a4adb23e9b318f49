import type { Range } from './draft.ts';
import { column, isFirstOnLine, lineEndNear, lineStart } from './lines.ts';
import { type Container, containerOf, type Entry, isJson, type Source } from './source.ts';
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
  const [first, last] = [container.entries[0], container.entries.at(-1)];
  const pad = padOf(source, container);
  if (!last || isEmptied) {
    const words = wordsOf(source, container, fresh, pad).join(', ');
    // In the place of what goes; where comments stand between the brackets, they stay.
    if (first || text.slice(open, close).trim() !== '')
      return [{ offset: first ? first.start : open, length: 0, content: words }];
    const space = container.isMap ? pad : '';
    return [{ offset: open, length: close - open, content: `${space}${words}${space}` }];
  }
  if (!isFirstOnLine(text, last.start) || !isFirstOnLine(text, close)) {
    const words = wordsOf(source, container, fresh, pad);
    const offset = behind(text, last);
    // The blank that it needs was the one before the bracket.
    const space = offset > last.end && offset === close ? pad : '';
    return [{ offset, length: 0, content: `${words.map((word) => `, ${word}`).join('')}${space}` }];
  }
  const newline = lineEndNear(text, close);
  const indent = column(text, last.start);
  const step = indent - column(text, close);
  const words = wordsOf(source, container, fresh, pad, { step, indent }).map((word) => word.replaceAll('\n', newline));
  const comma = commaBehind(source, last.end, close);
  const lines = words.map((word) => `${newline}${' '.repeat(indent)}${word}`).join(',');
  return [
    ...(comma === undefined ? [{ offset: last.end, length: 0, content: ',' }] : []),
    // Behind what is said of the last one on its line.
    { offset: endOfLine(text, comma ?? last.end), length: 0, content: comma === undefined ? lines : `${lines},` },
  ];
}

/** Each pair or item as it stands between commas; JSON that stands on lines is written on lines. */
function wordsOf(
  source: Source,
  container: Container,
  fresh: readonly (readonly [string, Fresh])[],
  pad: string,
  lines?: { readonly step: number; readonly indent: number },
): readonly string[] {
  const { quote, keyQuote } = styleAt(source, container);
  const json = isJson(source);
  return fresh.map(([key, value]) => {
    const data = freshData(value);
    const pretty = json && lines && lines.step > 0 ? JSON.stringify(data ?? null, null, lines.step) : undefined;
    const words =
      pretty?.replaceAll('\n', `\n${' '.repeat(lines?.indent ?? 0)}`) ?? inline(data, { quote, json, pad, flow: true });
    return container.isMap ? `${json ? JSON.stringify(key) : keyText(key, keyQuote, true)}: ${words}` : words;
  });
}

/** What is taken out of a map or list in braces or brackets, with its comma. */
export function flowRemovals(
  source: Source,
  container: Container,
  removed: ReadonlySet<number>,
  isFollowed: boolean,
): readonly Range[] {
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
      isFirstOnLine(text, first.start) && (next ? isFirstOnLine(text, next.start) : isFirstOnLine(text, close));
    if (!before && !next) {
      const comma = isFollowed ? undefined : commaBehind(source, end.end, close);
      const to = comma ?? end.end;
      const isBare = text.slice(open, first.start).trim() === '' && text.slice(to, close).trim() === '';
      gone.push(isBare && !isFollowed ? { from: open, to: close } : { from: first.start, to });
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
    else {
      const from = before ? behind(text, before) : first.start;
      const isSpaced = before && text[from - 1] === ' ' && text.slice(end.end, close) === ' ' && !isFollowed;
      gone.push({ from, to: isSpaced ? close : end.end });
    }
    index = last;
  }
  return gone;
}

/** Behind an entry; `key:` without a value needs its blank, to be no word of its own. */
const behind = (text: string, { end, empty }: Entry): number => (empty && text[end] === ' ' ? end + 1 : end);

/** Behind the opening and before the closing bracket. */
function bounds({ node }: Container): readonly [number, number] {
  const [open = 0, close = 0] = node.range ?? [];
  return [open + 1, close - 1];
}

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
function padOf(source: Source, container: Container): string {
  return knownPad(source, container) ?? (isJson(source) ? '' : ' ');
}

function knownPad(source: Source, container: Container): string | undefined {
  const [open, close] = bounds(container);
  const inside = source.text.slice(open, close);
  if (container.isMap && container.entries.length > 0 && !inside.includes('\n')) return /^ */.exec(inside)?.[0];
  for (const { value } of container.entries) {
    const inner = containerOf(source, value);
    const pad = inner?.flow ? knownPad(source, inner) : undefined;
    if (pad !== undefined) return pad;
  }
  return undefined;
}
