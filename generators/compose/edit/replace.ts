import { isAlias, isScalar, type ParsedNode } from 'yaml';
import { cannot, checkShared, type Draft, insertLines, type Place, replaceRange } from './draft.ts';
import { besideShared, sharedAt } from './inherit.ts';
import { isFirstOnLine, lineEndNear, lineStart, nextLine } from './lines.ts';
import { type Container, containerOf, type Entry, endOfLines, isJson, type Source } from './source.ts';
import { type Quote, styleAt } from './style.ts';
import { freshOf, type Want } from './want.ts';
import { type Fresh, freshData, inline, itemLines, itemsOf, pairLines, pairsOf, withValue } from './write.ts';

/** Another value in the place of what is there, behind its anchor and tag. */
export function replaceValue(draft: Draft, container: Container, entry: Entry, fresh: Fresh, at: Place): void {
  const { source } = draft;
  const { text } = source;
  checkShared(draft, at);
  checkTag(entry.value, at);
  if (entry.value && source.shared.has(entry.value))
    throw cannot('shared', at, 'aliases stand for it', { offset: entry.start });
  const stop = entry.head + text.slice(entry.head, entry.end).trimEnd().length;
  if (container.flow || isOnOneLine(source, entry, fresh)) replaceInline(draft, container, entry, fresh, stop);
  else replaceLines(draft, container, entry, fresh, stop, at);
}

function replaceLines(draft: Draft, container: Container, entry: Entry, fresh: Fresh, stop: number, at: Place): void {
  const { source } = draft;
  const { text } = source;
  const style = styleAt(source, container);
  // What stands between a dash and its value stays.
  const isWhole = fresh.kind === 'text' || (!container.isMap && entry.head === entry.start + 1);
  const lines = !isWhole
    ? withValue('', fresh, container.column, style)
    : container.isMap
      ? pairLines('', fresh, container.column, style)
      : itemLines(fresh, container.column, style);
  if (fresh.kind === 'text') {
    if (!isFirstOnLine(text, entry.start))
      throw cannot('form', at, 'it shares its line with a dash', { offset: entry.start });
    const from = lineStart(text, entry.start);
    replaceRange(draft, from, stop, lines.join(lineEndNear(text, from)));
    return;
  }
  const [first = '', ...rest] = lines;
  if (isWhole) replaceRange(draft, entry.start, stop, first.trimStart());
  else replaceRange(draft, entry.head, stop, first);
  const isOpen = entry.empty || entry.value === null;
  insertLines(draft, isOpen ? endOfLines(source, stop, container.column) : nextLine(text, stop), rest);
}

function replaceInline(draft: Draft, container: Container, entry: Entry, fresh: Fresh, stop: number): void {
  const { source } = draft;
  const style = styleAt(source, container);
  const quote = quoteOf(entry.value) ?? (entry.empty ? style.quote : undefined);
  const words = inline(freshData(fresh), { quote, flow: container.flow, json: isJson(source) });
  const blanks = /^\s*/.exec(source.text.slice(entry.head, stop))?.[0].length ?? 0;
  replaceRange(draft, entry.head + blanks, stop, entry.empty ? ` ${words}` : words);
}

/** Whether a value goes where the old one stands, on its line. */
function isOnOneLine(source: Source, entry: Entry, fresh: Fresh): boolean {
  if (fresh.kind === 'text') return false;
  if (pairsOf(fresh) || itemsOf(fresh)) {
    const inner = containerOf(source, entry.value);
    return Boolean(inner?.flow && inner.entries.length > 0);
  }
  const data = freshData(fresh);
  if ((typeof data === 'string' && data.includes('\n')) || data === null) return false;
  return !source.text.slice(entry.head, entry.end).includes('\n');
}

function quoteOf(node: ParsedNode | null): Quote | undefined {
  if (!isScalar(node)) return undefined;
  return node.type === 'QUOTE_DOUBLE' ? '"' : node.type === 'QUOTE_SINGLE' ? "'" : undefined;
}

/** `environment: *shared` with a key more becomes a map that merges it. */
export function besideAlias(draft: Draft, container: Container, entry: Entry, want: Want, at: Place): void {
  const { source } = draft;
  const { value: node } = entry;
  if (!isAlias(node)) return;
  if (container.flow || !container.isMap) throw sharedAt(source, node, at);
  const fresh = besideShared(source, node, freshOf(want), want, at);
  if (!fresh) return;
  checkShared(draft, at);
  const [, end] = node.range;
  replaceRange(draft, entry.head, end, '');
  const [, ...lines] = withValue('', fresh, container.column, styleAt(source, container));
  insertLines(draft, nextLine(source.text, end), lines);
}

/** What is taken away by a tag is not added to. */
export function checkTag(node: ParsedNode | null, at: Place): void {
  if (node && 'tag' in node && node.tag === '!reset')
    throw cannot('form', at, 'it is reset (!reset) there', { offset: node.range[0] });
}
