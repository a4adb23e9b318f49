import { type ComposeEntry, entriesIn } from '../compose/entries.ts';
import { once } from './once.ts';
import type { TextFile } from './types.ts';

/** All keys, items and scalars of a compose file as they are written: literal secrets, `${VAR:?}`, `version:`. */
export const composeEntries: (file: TextFile) => readonly ComposeEntry[] = once((file) => entriesIn(file.text));

/** Whether two paths are the same. */
export function samePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}
