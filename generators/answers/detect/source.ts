/** Sources as text in which one can search without being fooled by comments and strings. */
export interface Source {
  readonly path: string;
  /** The text with its comments blanked out: offsets and lines stay. */
  readonly code: string;
  /** The same with the contents of strings blanked out as well. */
  readonly bare: string;
}

export interface Found {
  /** What a group of the pattern matched; the whole is group 0. */
  readonly group: (index: number) => string;
  readonly offset: number;
  readonly line: number;
  readonly file: string;
}

export interface Call extends Found {
  /** The arguments as they are written. */
  readonly args: readonly string[];
}

// Every alternative matches once its first character does, so that no text makes these slow.
const javaScriptTokens =
  /\/\/[^\n]*|\/\*.*?(?:\*\/|$)|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?|`[^`\\]*(?:\\.[^`\\]*)*`?|(?<=[(,=:[!&|?{};] ?)\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,99}\]){1,299}\//gs;
const pythonTokens =
  /#[^\n]*|""".*?(?:"""|$)|'''.*?(?:'''|$)|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?/gs;

const phpTokens = /\/\/[^\n]*|#(?!\[)[^\n]*|\/\*.*?(?:\*\/|$)|"[^"\\]*(?:\\.[^"\\]*)*"?|'[^'\\]*(?:\\.[^'\\]*)*'?/gs;

const blank = (text: string) => text.replace(/[^\n]/g, ' ');
const blankInside = (text: string) =>
  text.length < 2 ? text : `${text.charAt(0)}${blank(text.slice(1, -1))}${text.at(-1)}`;

/** A JavaScript or TypeScript source. */
export function maskJavaScript(path: string, text: string): Source {
  const code = text.replace(javaScriptTokens, (token) => (/^\/[/*]/.test(token) ? blank(token) : token));
  return { path, code, bare: code.replace(javaScriptTokens, blankInside) };
}

/** A Python source; long strings are mostly documentation and count as comments. */
export function maskPython(path: string, text: string): Source {
  const code = text.replace(pythonTokens, (token) => (/^(?:#|"""|''')/.test(token) ? blank(token) : token));
  return { path, code, bare: code.replace(pythonTokens, blankInside) };
}

/** A PHP source; what of it is HTML counts as code. */
export function maskPhp(path: string, text: string): Source {
  const code = text.replace(phpTokens, (token) => (/^(?:\/[/*]|#)/.test(token) ? blank(token) : token));
  return { path, code, bare: code.replace(phpTokens, blankInside) };
}

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** The line of the first match, from 1; undefined where there is none. */
export function lineOf(text: string, pattern: RegExp): number | undefined {
  const at = text.search(pattern);
  return at < 0 ? undefined : lineAt(text, at);
}

/** All places where code (no string, no comment) matches; the pattern needs the flag `g`. */
export function* find(source: Source, pattern: RegExp): Generator<Found> {
  let line = 1;
  let lineEnd = source.code.indexOf('\n');
  for (const match of source.code.matchAll(pattern)) {
    for (; lineEnd >= 0 && lineEnd < match.index; lineEnd = source.code.indexOf('\n', lineEnd + 1)) line++;
    if (source.bare[match.index] !== match[0][0]) continue;
    yield { group: (index) => match[index] ?? '', offset: match.index, line, file: source.path };
  }
}

/** All calls whose beginning matches a pattern that ends with the opening parenthesis (or a key's colon). */
export function* findCalls(source: Source, pattern: RegExp): Generator<Call> {
  for (const found of find(source, pattern))
    yield { ...found, args: argumentsAt(source, found.offset + found.group(0).length) };
}

const longestCall = 4000;

/** The arguments of a call, split at the commas between them. */
function argumentsAt(source: Source, start: number): string[] {
  const args: string[] = [];
  const end = Math.min(source.bare.length, start + longestCall);
  let depth = 0;
  let from = start;
  for (let at = start; at < end; at++) {
    const char = source.bare[at] ?? '';
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    if (depth < 0 || (depth === 0 && char === ',')) {
      args.push(source.code.slice(from, at).trim());
      from = at + 1;
    }
    if (depth < 0) break;
  }
  return args.filter((arg) => arg !== '');
}

/** The text of a string literal without expressions in it; undefined for anything else. */
export function literal(expression: string | undefined): string | undefined {
  const match = /^[rub]?(["'`])([^"'`$\\\n]*)\1$/.exec(expression ?? '');
  return match?.[2];
}
