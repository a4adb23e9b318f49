import { type ComposeEntry, entriesIn } from '../compose/entries.ts';
import { once } from './once.ts';
import type { TextFile } from './types.ts';

/** All keys, items and scalars of a compose file as they are written: literal secrets, `${VAR:?}`, `version:`. */
export const composeEntries: (file: TextFile) => readonly ComposeEntry[] = once((file) => entriesIn(file.text));

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

/** `- NAME` or `NAME:` under environment takes it from the shell or .env. */
export function isPassedThrough({ path, value }: ComposeEntry, name: string): boolean {
  return path.at(-2) === 'environment' && (value === name || (value === undefined && path.at(-1) === name));
}

/** The service that an entry is of, if it is of one. */
export function serviceOf({ path }: ComposeEntry): { readonly service?: string } {
  return path[0] === 'services' && path[1] !== undefined ? { service: path[1] } : {};
}

/** Whether two paths are the same. */
export function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}
