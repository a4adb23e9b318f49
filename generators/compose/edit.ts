import { isCollection, isMap, isPair, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { UserError } from '../errors.ts';
import { readYaml, writeYaml } from './yaml.ts';

/** Replace `length` UTF-16 code units at `offset` by `content`. */
export interface Splice {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** A text with its splices made; their offsets count in the text before. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => b.offset - a.offset)
    .reduce((done, one) => done.slice(0, one.offset) + one.content + done.slice(one.offset + one.length), text);
}

/** One value to set at a path of map keys; undefined takes the key away. */
export interface Change {
  readonly path: readonly string[];
  readonly value: unknown;
}

type Data = Readonly<Record<string, unknown>>;

/** The changes that turn one tree of maps into another; lists and scalars are changed whole. */
export function changesBetween(before: unknown, after: unknown, path: readonly string[] = []): readonly Change[] {
  if (isData(before) && isData(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changesBetween(before[key], after[key], [...path, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, value: after }];
}

/**
 * Changes a YAML file of the user's by splicing: everything that is not changed stays byte for byte.
 * @throws UserError `repo` when a change cannot be made safely; nothing is half done
 */
export function editYaml(text: string, changes: readonly Change[], file: string): readonly Splice[] {
  let edited = text;
  // A map that would be empty in between, with another key in the place of its only one, has the new one first.
  const ordered = changes.toSorted((one, other) => Number(one.value === undefined) - Number(other.value === undefined));
  for (const change of ordered) {
    const splice = spliceFor(edited, change, file);
    edited = applySplices(edited, [splice]);
  }
  const wanted = changes.reduce(applyChange, readYaml(text, file));
  if (JSON.stringify(sorted(readYaml(edited, file))) !== JSON.stringify(sorted(wanted))) throw unsafe(file, changes[0]);
  return edited === text ? [] : [smallest(text, edited)];
}

function spliceFor(text: string, { path, value }: Change, file: string): Splice {
  const document = parseDocument(text, { lineCounter: new LineCounter() });
  let node: unknown = document.contents;
  let parent: YAMLMap | undefined;
  let pair: Pair | undefined;
  let depth = 0;
  for (; depth < path.length; depth++) {
    if (!isMap(node)) break;
    const found = node.items.find((item) => isScalar(item.key) && String(item.key.value) === path[depth]);
    parent = node;
    pair = found;
    if (!found) break;
    node = found.value;
  }
  if (parent && pair && depth === path.length)
    return value === undefined ? removal(text, parent, pair, file) : replacement(text, pair, value, file);
  if (parent && !pair && value !== undefined) return insertion(text, parent, path.slice(depth), value, file);
  throw unsafe(file, { path, value });
}

/** Only a value that stands on one line, or a whole collection in flow style, is replaced in place. */
function replacement(text: string, pair: Pair, value: unknown, file: string): Splice {
  const node = pair.value;
  const range = isScalar(node) || isCollection(node) ? node.range : undefined;
  if (!range || isData(value)) throw unsafe(file, { path: [String(pair.key)], value });
  const [start, end] = range;
  if (start === end || text.slice(start, end).includes('\n')) throw unsafe(file, { path: [String(pair.key)], value });
  return { offset: start, length: end - start, content: inline(value) };
}

function insertion(text: string, parent: YAMLMap, path: readonly string[], value: unknown, file: string): Splice {
  const last = parent.items.at(-1);
  if (parent.flow || !last || !isPair(last) || !isScalar(last.key) || !last.key.range) {
    const at = parent.range?.[1];
    if (!parent.flow || at === undefined || !last) throw unsafe(file, { path, value });
    const [key, ...rest] = path;
    const inner = rest.reduceRight<unknown>((data, one) => ({ [one]: data }), value);
    // Before the closing brace and the blank that may stand there.
    const before = text.slice(0, at - 1).trimEnd().length;
    return { offset: before, length: 0, content: `, ${key}: ${inline(inner)}` };
  }
  const indent = column(text, last.key.range[0]);
  const data = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const offset = endOfPair(text, last, indent);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = writeYaml(data)
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(indent) + line);
  const atLineStart = offset === 0 || text[offset - 1] === '\n';
  return { offset, length: 0, content: (atLineStart ? '' : newline) + lines.join(newline) + newline };
}

function removal(text: string, parent: YAMLMap, pair: Pair, file: string): Splice {
  const start = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
  const none = { path: [String(pair.key)], value: undefined };
  if (start === undefined || parent.items.length === 1) throw unsafe(file, none);
  if (parent.flow) {
    const [from, to] = flowRange(text, parent, pair) ?? [];
    if (from === undefined || to === undefined) throw unsafe(file, none);
    return { offset: from, length: to - from, content: '' };
  }
  const indent = column(text, start);
  const offset = start - indent;
  return { offset, length: endOfPair(text, pair, indent) - offset, content: '' };
}

/** A pair of a map in braces with its comma, where the map stands on one line. */
function flowRange(text: string, parent: YAMLMap, pair: Pair): readonly [number, number] | undefined {
  const [open = 0, close = 0] = parent.range ?? [];
  if (/[\n#]/.test(text.slice(open, close))) return undefined;
  const startOf = (one: unknown) => (isPair(one) && isScalar(one.key) ? one.key.range?.[0] : undefined);
  const endOf = (one: unknown) =>
    isPair(one) && (isScalar(one.value) || isCollection(one.value)) ? one.value.range?.[1] : undefined;
  const at = parent.items.indexOf(pair);
  const isLast = at === parent.items.length - 1;
  const from = isLast ? endOf(parent.items[at - 1]) : startOf(pair);
  const to = isLast ? endOf(pair) : startOf(parent.items[at + 1]);
  return from === undefined || to === undefined ? undefined : [from, to];
}

/** Behind the last line of a pair and the comment lines that are indented deeper than its key. */
function endOfPair(text: string, pair: Pair, indent: number): number {
  const value = pair.value;
  const range = isScalar(value) || isCollection(value) ? value.range : isScalar(pair.key) ? pair.key.range : undefined;
  // A block collection's range ends at the start of what follows; its last line is before that.
  let end = text.slice(0, range?.[1] ?? text.length).trimEnd().length;
  for (;;) {
    const lineEnd = text.indexOf('\n', end);
    if (lineEnd === -1) return text.length;
    const next = text.slice(lineEnd + 1).match(/^[ \t]*#[^\n]*/)?.[0];
    if (next === undefined || next.search(/#/) <= indent) return lineEnd + 1;
    end = lineEnd + 1 + next.length;
  }
}

function column(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** A value on one line. JSON is YAML, and `yaml` quotes scalars only where they need it. */
function inline(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : writeYaml(value).trimEnd();
}

function applyChange(data: unknown, { path, value }: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const before = isData(data) ? data : {};
  const after = { ...before };
  const inner = rest.length === 0 ? value : applyChange(before[key], { path: rest, value });
  if (inner === undefined) delete after[key];
  else after[key] = inner;
  return after;
}

/** One splice that covers every difference of two texts. */
function smallest(before: string, after: string): Splice {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { offset: start, length: before.length - start - end, content: after.slice(start, after.length - end) };
}

function unsafe(file: string, change: Change | undefined): UserError {
  const path = change?.path.join('.') ?? '';
  return new UserError('repo', `${file}: ${path} cannot be changed without touching what stands around it.`, {
    hint:
      change?.value === undefined
        ? `Remove ${path} from ${file} by hand.`
        : `Write it into ${file} by hand: ${path}: ${inline(change.value)}`,
  });
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): unknown {
  if (!isData(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
