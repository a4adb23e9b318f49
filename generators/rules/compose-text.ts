import { endOfQuote, flowEntries, isBalanced, unquote } from './flow.ts';
import { once } from './once.ts';
import type { TextFile } from './types.ts';

/** A key or a list item of a compose file as it is written. */
export interface ComposeEntry {
  /** Keys from the root; items of a list by their index: `['services', 'api', 'ports', '0']`. */
  readonly path: readonly string[];
  /** From 1. */
  readonly line: number;
  /** The scalar, unquoted but not interpolated; absent for collections, empty values and aliases. */
  readonly value?: string;
}

interface Frame {
  readonly indent: number;
  readonly kind: 'key' | 'item';
  readonly name: string;
  /** How many items its list has so far. */
  items: number;
}

const key = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>%@`{}[\],][^#]*?)\s*:(?=\s|$)/;

/**
 * All keys, items and scalars of a compose file, in order, with their lines.
 *
 * The rules need what people wrote, not what Compose made of it: literal secrets, `${VAR:?}`, `version:`. This is a
 * reader of the YAML that occurs in compose files, not of all YAML; it never fails, for Compose reports what is wrong.
 */
export const composeEntries: (file: TextFile) => readonly ComposeEntry[] = once((file) => read(file.text));

/** The first entry of each path, by its parts. */
const entriesByPath = once((file: TextFile) => {
  const found = new Map<string, ComposeEntry>();
  for (const entry of composeEntries(file)) {
    const key = entry.path.join('\0');
    if (!found.has(key)) found.set(key, entry);
  }
  return found;
});

/** What is written at a path, if anything is. */
export function entryAt(file: TextFile, path: readonly string[]): ComposeEntry | undefined {
  return entriesByPath(file).get(path.join('\0'));
}

function read(text: string): readonly ComposeEntry[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const entries: ComposeEntry[] = [];
  const frames: Frame[] = [];
  const root: Frame = { indent: -1, kind: 'key', name: '', items: 0 };
  const path = (): string[] => frames.map((frame) => frame.name);

  for (let index = 0; index < lines.length; ) {
    const line = lines[index] ?? '';
    let column = line.search(/\S/);
    if (column < 0 || line[column] === '#' || /^(?:---|\.\.\.|%)/.test(line)) {
      index++;
      continue;
    }
    let rest = line.slice(column);
    let isItem = false;
    while (/^-(?:\s|$)/.test(rest)) {
      if (isItem) entries.push({ path: path(), line: index + 1 });
      leave(frames, column, 'item');
      const parent = frames.at(-1) ?? root;
      frames.push({ indent: column, kind: 'item', name: String(parent.items++), items: 0 });
      const gap = /^-\s*/.exec(rest)?.[0].length ?? 1;
      column += gap;
      rest = rest.slice(gap);
      isItem = true;
    }
    const found = key.exec(rest);
    if (found?.[1] !== undefined) {
      if (isItem) entries.push({ path: path(), line: index + 1 });
      leave(frames, column, 'key');
      frames.push({ indent: column, kind: 'key', name: scalarKey(found[1]), items: 0 });
      rest = rest.slice(found[0].length);
    }
    const at = path();
    // A value on a line of its own belongs to the key before it.
    const waits = !found && !isItem && samePath(entries.at(-1)?.path ?? [], at);
    const keyLine = waits ? entries.pop()?.line : undefined;
    index = value(
      lines,
      index,
      rest,
      { path: at, line: keyLine ?? index + 1, indent: frames.at(-1)?.indent ?? 0 },
      entries,
    );
  }
  return entries;
}

/** `- NAME` or `NAME:` under environment takes it from the shell or .env. */
export function isPassedThrough({ path, value }: ComposeEntry, name: string): boolean {
  return path.at(-2) === 'environment' && (value === name || (value === undefined && path.at(-1) === name));
}

/** The service that an entry is of, if it is of one. */
export function serviceOf({ path }: ComposeEntry): { readonly service?: string } {
  return path[0] === 'services' && path[1] !== undefined ? { service: path[1] } : {};
}

/** Drops the frames that a key or an item in this column ends. A list may stand in the column of its own key. */
function leave(frames: Frame[], column: number, kind: Frame['kind']): void {
  for (let last = frames.at(-1); last; last = frames.at(-1)) {
    const ends = last.indent > column || (last.indent === column && (kind === 'key' || last.kind === 'item'));
    if (!ends) return;
    frames.pop();
  }
}

/** Whether two paths are the same. */
export function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function scalarKey(text: string): string {
  return /^["']/.test(text) ? unquote(text) : text;
}

/** Reads the value that starts on line `index`; gives the index of the line after it. */
function value(
  lines: readonly string[],
  index: number,
  text: string,
  { path, line, indent }: { readonly path: readonly string[]; readonly line: number; readonly indent: number },
  entries: ComposeEntry[],
): number {
  // A tag or an anchor says nothing about the value.
  const start = text.replace(/^(?:\s*[!&]\S*(?=\s|$))+/, '').trimStart();
  if (start === '' || start.startsWith('#') || start.startsWith('*')) {
    entries.push({ path, line });
    return index + 1;
  }
  if (/^[|>]/.test(start)) {
    const body = following(lines, index + 1, (one) => one.trim() === '' || one.search(/\S/) > indent);
    const margin = Math.max(body.find((one) => one.trim() !== '')?.search(/\S/) ?? 0, 0);
    entries.push({ path, line, value: body.map((one) => one.slice(margin)).join('\n') });
    return index + 1 + body.length;
  }
  if (/^["']/.test(start)) {
    const { whole, used } = until(lines, index, start, (so) => endOfQuote(so, 0) < so.length - 1 || isClosed(so));
    entries.push({ path, line, value: unquote(whole.slice(0, endOfQuote(whole, 0) + 1)) });
    return index + used;
  }
  if (/^[{[]/.test(start)) {
    const { whole, used } = until(lines, index, start, isBalanced);
    entries.push(...flowEntries(whole, path, line, index + 1));
    return index + used;
  }
  // A plain scalar goes on in lines that are indented deeper.
  const more = following(lines, index + 1, (one) => one.search(/\S/) > indent && !/^\s*#/.test(one));
  const plain = [start, ...more].map((one) => one.replace(/\s#.*$/, '').trim()).join(' ');
  entries.push({ path, line, value: plain.trim() });
  return index + 1 + more.length;
}

function isClosed(quoted: string): boolean {
  return quoted.length > 1 && endOfQuote(quoted, 0) === quoted.length - 1 && quoted.at(-1) === quoted[0];
}

function following(lines: readonly string[], from: number, belongs: (line: string) => boolean): readonly string[] {
  let end = from;
  while (end < lines.length && belongs(lines[end] ?? '')) end++;
  return lines.slice(from, end);
}

/** Takes lines until the text is complete. */
function until(
  lines: readonly string[],
  index: number,
  start: string,
  complete: (text: string) => boolean,
): { readonly whole: string; readonly used: number } {
  let whole = start;
  let used = 1;
  while (!complete(whole) && index + used < lines.length) {
    whole += `\n${lines[index + used] ?? ''}`;
    used++;
  }
  return { whole, used };
}
