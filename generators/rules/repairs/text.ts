/** Places in a text by their lines, as offsets in the text as it stands: with its byte order mark and its line ends. */
import type { Splice } from '../../compose/edit/types.ts';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The lines from `first` to `last`, counted from 1, without the line end of the last one. */
export function lines(text: string, first: number, last = first): Range {
  let start = 0;
  for (let line = 1; line < first; line++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return { start: text.length, end: text.length };
    start = next + 1;
  }
  let end = start - 1;
  for (let line = first; line <= last; line++) {
    const next = text.indexOf('\n', end + 1);
    end = next < 0 ? text.length : next;
  }
  return { start, end: text[end - 1] === '\r' && text[end] === '\n' ? end - 1 : end };
}

/** Replaces what a pattern finds first in a range; undefined where it finds nothing. */
export function replaceIn(text: string, { start, end }: Range, pattern: RegExp, content: string): Splice | undefined {
  const found = pattern.exec(text.slice(start, end));
  return found ? { offset: start + found.index, length: found[0].length, content } : undefined;
}

/** Puts lines at the end of a text, in its own line ends, on lines of their own. */
export function appended(text: string, content: string): Splice {
  const ends = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : ends;
  return { offset: text.length, length: 0, content: gap + content.replaceAll('\n', ends) };
}
