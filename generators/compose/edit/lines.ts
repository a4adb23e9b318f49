/** Where lines begin and end. All offsets are UTF-16 code units of the text as it is, with BOM and CRLF. */

/** The start of the line that `offset` stands on, behind a BOM. */
export function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return start === 0 && text.startsWith('\uFEFF') ? 1 : start;
}

/** The start of the line behind the one that `offset` stands on, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

export function column(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Whether nothing but blanks stands before `offset` on its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** The offset of what stands first on the line at `start`, or undefined where it is blank. */
export function firstOnLine(text: string, start: number): number | undefined {
  const line = text.slice(start, nextLine(text, start));
  const blank = line.search(/\S/);
  return blank === -1 ? undefined : start + blank;
}

/** The line end that stands nearest before `offset`, else the first one behind it. */
export function lineEndNear(text: string, offset: number): '\n' | '\r\n' {
  const before = text.lastIndexOf('\n', offset - 1);
  const at = before === -1 ? text.indexOf('\n', offset) : before;
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** Behind the blank lines that begin at `offset`, the start of a line. */
export function behindBlankLines(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && firstOnLine(text, at) === undefined) at = nextLine(text, at);
  return at;
}

/** The start of the first of the blank lines that end at `offset`, the start of a line. */
export function beforeBlankLines(text: string, offset: number): number {
  let at = offset;
  for (;;) {
    const start = at === 0 ? 0 : lineStart(text, at - 1);
    if (start >= at || firstOnLine(text, start) !== undefined || (start === 0 && at === 0)) return at;
    // What is blank up to here is a line of its own.
    if (text.slice(start, at).trim() !== '') return at;
    at = start;
  }
}
