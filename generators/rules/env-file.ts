import { once } from './once.ts';
import type { TextFile } from './types.ts';

/** One line of an env file that gives a variable. */
export interface EnvEntry {
  readonly name: string;
  /** Without quotes and trailing comment; not interpolated. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** `# NAME=value`: documented, but not set. */
  readonly commented: boolean;
}

/** The variables of an env file, in order, commented-out ones included. */
export const envEntries: (file: TextFile) => readonly EnvEntry[] = once((file) => read(file.text));

const assignment = /^\s*(#\s*)?(?:export\s+)?([A-Za-z_][\w.]*)\s*=(.*)$/;

function read(text: string): readonly EnvEntry[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const entries: EnvEntry[] = [];
  for (let index = 0; index < lines.length; index++) {
    const found = assignment.exec(lines[index] ?? '');
    if (found?.[2] === undefined) continue;
    const commented = found[1] !== undefined;
    const line = index + 1;
    let raw = (found[3] ?? '').trim();
    // In prose a name and an equals sign may follow a hash too; a variable in a comment is written in capitals.
    if (commented && !/^[A-Z_][A-Z\d_]*$/.test(found[2])) continue;
    const quote = /^["']/.exec(raw)?.[0];
    if (quote && !commented) {
      // A quoted value may have several lines.
      while (closing(raw, quote) < 0 && index + 1 < lines.length) raw += `\n${lines[++index] ?? ''}`;
    }
    entries.push({ name: found[2], value: unquoted(raw, quote), line, commented });
  }
  return entries;
}

function unquoted(raw: string, quote: string | undefined): string {
  if (quote) {
    const end = closing(raw, quote);
    return end < 0 ? raw.slice(1) : raw.slice(1, end);
  }
  return raw.startsWith('#') ? '' : raw.replace(/\s#.*$/, '').trim();
}

function closing(raw: string, quote: string): number {
  for (let at = 1; at < raw.length; at++) {
    if (quote === '"' && raw[at] === '\\') at++;
    else if (raw[at] === quote) return at;
  }
  return -1;
}
