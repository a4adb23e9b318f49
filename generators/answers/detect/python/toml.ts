import { parse, TomlError } from 'smol-toml';
import { unreadableAt } from '../refuse.ts';
import type { View } from '../view.ts';

export interface TomlFile {
  readonly path: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The line of a key in a table (`project`, `dependencies`) or of the table itself, from 1. */
  line(table: string, key?: string): number | undefined;
}

/**
 * A TOML file; undefined where there is none.
 * @throws UserError `repo` with line and column when it is no TOML
 */
export function readToml(view: View, path: string): TomlFile | undefined {
  const text = view.read(path);
  if (text === undefined) return undefined;
  return { path, text, data: parseToml(path, text), line: (table, key) => lineInTable(text, table, key) };
}

function parseToml(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TomlError) throw unreadableAt(path, error.line, error.column, 'is not valid TOML');
    throw error;
  }
}

/** The parser tells no places, so they are looked for: good enough for `[table]` and `key = value`. */
function lineInTable(text: string, table: string, key: string | undefined): number | undefined {
  let current = '';
  const index = text.split('\n').findIndex((line) => {
    const header = /^\s*\[+\s*([^\]#]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = header.replace(/["'\s]/g, '');
      return key === undefined && current === table;
    }
    const name = /^\s*["']?([\w.-]+?)["']?\s*=/.exec(line)?.[1];
    return key !== undefined && name !== undefined && `${current}.${name}` === `${table}.${key}`;
  });
  return index < 0 ? undefined : index + 1;
}
