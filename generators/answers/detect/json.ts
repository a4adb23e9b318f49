import { isData, mapOf } from '../../data.ts';
import { unreadable } from './refuse.ts';
import { lineAt } from './source.ts';
import type { View } from './view.ts';

export interface JsonFile {
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The line where a key stands (`'scripts', 'build'`), from 1. */
  line(...keys: readonly string[]): number | undefined;
}

/**
 * A JSON object; undefined where there is no such file.
 * @throws UserError `repo` with line and column when it is no JSON
 */
export function readJson(view: View, path: string): JsonFile | undefined {
  const text = view.read(path);
  if (text === undefined) return undefined;
  const data = parseJson(path, text);
  if (!isData(data)) throw unreadable(path, text, 0, 'is not a JSON object');
  let keys: ReadonlyMap<string, number> | undefined;
  return {
    path,
    data,
    line(...wanted) {
      keys ??= scan(text).keys;
      const offset = keys.get(wanted.join('\0'));
      return offset === undefined ? undefined : lineAt(text, offset);
    },
  };
}

/**
 * JSON.parse with a place in its error: V8 does not always name one.
 * @throws UserError `repo`
 */
export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(path, text, scan(text).error ?? 0, 'is not valid JSON');
  }
}

/** A part of parsed data as a record; empty where it is something else. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return mapOf(value);
}

/** The entries of a record (or of what should be one) that are text. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The items of a list (or of what should be one) that are text. */
export function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const tokens =
  /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|\S/gu;

/** Where the keys of a JSON text stand, and where it stops being JSON. */
function scan(text: string): { readonly keys: ReadonlyMap<string, number>; readonly error?: number } {
  const keys = new Map<string, number>();
  const open: { readonly path: string; readonly close: '}' | ']' }[] = [];
  let path = '';
  let place: 'value' | 'key' | 'colon' | 'after' = 'value';
  let mayClose = false;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const inside = open.at(-1);
    if (token === inside?.close && (place === 'after' || mayClose)) {
      open.pop();
      place = 'after';
      mayClose = false;
    } else if (place === 'value' && (token === '{' || token === '[')) {
      open.push({ path, close: token === '{' ? '}' : ']' });
      if (token === '[') path += '\0[]';
      place = token === '{' ? 'key' : 'value';
      mayClose = true;
    } else if (place === 'value' && /^(?:"|-?\d|true|false|null)/.test(token) && token !== '"') {
      place = 'after';
      mayClose = false;
    } else if (place === 'key' && token.length > 1 && token.startsWith('"')) {
      const name = String(JSON.parse(token));
      path = inside?.path ? `${inside.path}\0${name}` : name;
      if (!keys.has(path)) keys.set(path, index);
      place = 'colon';
      mayClose = false;
    } else if (place === 'colon' && token === ':') {
      place = 'value';
    } else if (place === 'after' && token === ',' && inside) {
      place = inside.close === '}' ? 'key' : 'value';
    } else {
      return { keys, error: index };
    }
  }
  return place === 'after' && open.length === 0 ? { keys } : { keys, error: text.length };
}
