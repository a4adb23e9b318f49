import { BadTemplate, interpolate, type Lookup } from './interpolate.ts';

/** What an env file says; `problem` is why Compose would refuse it. What comes before the problem is kept. */
export interface DotEnv {
  readonly values: Readonly<Record<string, string>>;
  readonly problem?: { readonly line: number; readonly message: string };
}

const blank = /[\t\v\f\r \u0085\u00A0]/;
const escapeSequence = /\\(?:[abcfnrtv$"\\]|0\d{0,3})/g;
const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/**
 * Reads an env file as Compose does (compose-go dotenv): `export`, comments, quotes, values over several lines, and
 * variables in what is not in single quotes.
 * @param given what was there before, such as the values of the files read before this one
 * @param look what wins over the file itself: the shell
 */
export function readDotEnv(
  text: string,
  look: (name: string) => string | undefined = () => undefined,
  given: Readonly<Record<string, string>> = {},
): DotEnv {
  const values: Record<string, string> = { ...given };
  const lookup: Lookup = {
    value: (name) => look(name) ?? (Object.hasOwn(values, name) ? values[name] : undefined),
    used: () => undefined,
    placeholder: () => '',
  };
  let rest = text.replace(/^\uFEFF/, '');
  const lineOf = (): number => text.slice(0, text.length - rest.length).split('\n').length;
  const fails = (message: string): DotEnv => ({ values, problem: { line: lineOf(), message } });
  for (;;) {
    rest = rest.replace(/^(?:\s+|#[^\n]*)+/, '');
    if (rest === '') return { values };
    const found = readKey(rest);
    if (typeof found === 'string') return fails(found);
    if (found.inherited) {
      const value = look(found.key);
      if (value !== undefined) put(values, found.key, value);
      rest = found.rest;
      continue;
    }
    const value = readValue(found.rest, lookup);
    if (typeof value === 'string') return fails(value);
    put(values, found.key, value.value);
    rest = value.rest;
  }
}

function put(values: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(values, key, { value, enumerable: true, writable: true, configurable: true });
}

interface Key {
  readonly key: string;
  readonly rest: string;
  /** A name without a value: it is passed on from the shell. */
  readonly inherited: boolean;
}

function readKey(text: string): Key | string {
  const source = /^export\s+/.test(text) ? trimStart(text.slice('export'.length)) : text;
  let at = 0;
  while (at < source.length && !/[=:\n]/.test(source[at] ?? '')) {
    const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
    if (!blank.test(character) && !/[\p{L}\p{N}_.[\]-]/u.test(character)) {
      return `${JSON.stringify(character)} is in the name of a variable`;
    }
    at += character.length;
  }
  // A last line without an end is, for Compose, the value of a variable without a name.
  const isWhole = at < source.length;
  const key = isWhole ? source.slice(0, at).trimEnd() : '';
  if (key.includes(' ')) return 'there is a space in the name of a variable';
  return { key, rest: trimStart(source.slice(isWhole ? at + 1 : 0)), inherited: source[at] === '\n' };
}

function readValue(text: string, lookup: Lookup): { readonly value: string; readonly rest: string } | string {
  const quote = text[0];
  if (quote !== '"' && quote !== "'") {
    const end = text.indexOf('\n');
    const line = end < 0 ? text : text.slice(0, end);
    const bare = (line.split(' #')[0] ?? '').trimEnd();
    const value = expand(bare, lookup);
    return value === undefined ? bad(bare) : { value, rest: end < 0 ? '' : text.slice(end + 1) };
  }
  const quoted = quotedText(text, quote);
  if (quoted === undefined) return 'a quote is not closed';
  if (quote === "'") return quoted;
  const value = expand(quoted.value.replace(escapeSequence, unescaped), lookup);
  return value === undefined ? bad(quoted.value) : { value, rest: quoted.rest };
}

/** What stands in quotes. Only the quote itself can be escaped; every other backslash stays. */
function quotedText(text: string, quote: string): { readonly value: string; readonly rest: string } | undefined {
  let value = '';
  let escaped = false;
  for (let at = 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === quote && !escaped) return { value, rest: text.slice(at + 1) };
    if (character === '\\' && !escaped) {
      escaped = true;
      continue;
    }
    value += (escaped && character !== quote ? '\\' : '') + character;
    escaped = false;
  }
  return undefined;
}

function unescaped(match: string): string {
  if (match === '\\$') return '$$';
  if (!match.startsWith('\\0')) return escapes[match[1] ?? ''] ?? match;
  return /^\\0[0-7]{3}$/.test(match) ? String.fromCharCode(Number.parseInt(match.slice(2), 8)) : match;
}

function expand(text: string, lookup: Lookup): string | undefined {
  try {
    return interpolate(text, lookup);
  } catch (error) {
    if (error instanceof BadTemplate) return undefined;
    throw error;
  }
}

const bad = (text: string): string => `${text.includes('$') ? 'a $ starts no variable there' : 'it cannot be read'}`;

function trimStart(text: string): string {
  let at = 0;
  while (blank.test(text[at] ?? '')) at++;
  return text.slice(at);
}
