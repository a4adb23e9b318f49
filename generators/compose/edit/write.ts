import { stringify } from 'yaml';
import { isData } from '../../data.ts';
import { reindented } from './reindent.ts';
import type { Quote, Style } from './style.ts';

/** What is to be written: data, or somebody's text for one pair or item, or a map of such. */
export type Fresh =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'text'; readonly value: unknown; readonly text: string }
  | { readonly kind: 'map'; readonly pairs: readonly (readonly [string, Fresh])[] }
  | { readonly kind: 'list'; readonly items: readonly Fresh[] }
  | { readonly kind: 'alias'; readonly name: string };

/** The data of something fresh. */
export function freshData(fresh: Fresh): unknown {
  switch (fresh.kind) {
    case 'map':
      return Object.fromEntries(fresh.pairs.map(([key, value]) => [key, freshData(value)]));
    case 'list':
      return fresh.items.map(freshData);
    case 'alias':
      throw new Error('An alias is no data.');
    default:
      return fresh.value;
  }
}

/** The lines of a pair at a column, without line ends. */
export function pairLines(key: string, fresh: Fresh, column: number, style: Style): readonly string[] {
  if (fresh.kind === 'text') return reindented(fresh.text, column, style);
  const pad = ' '.repeat(column);
  if (fresh.kind === 'alias') return [`${pad}<<: *${fresh.name}`];
  const head = `${pad}${keyText(key, style.keyQuote)}:`;
  return withValue(head, fresh, column, style);
}

/** The lines of an item of a list whose dashes stand at a column. */
export function itemLines(fresh: Fresh, column: number, style: Style): readonly string[] {
  const pad = ' '.repeat(column);
  if (fresh.kind === 'text') {
    const [first = '', ...rest] = reindented(fresh.text, column + 2, style);
    return [`${pad}- ${first.trimStart()}`, ...rest];
  }
  const pairs = pairsOf(fresh);
  if (pairs) {
    const lines = pairs.flatMap(([key, value]) =>
      pairLines(key, value, column + 2, { ...style, quote: undefined, keyQuote: undefined }),
    );
    return [`${pad}- ${lines[0]?.trimStart()}`, ...lines.slice(1)];
  }
  const items = itemsOf(fresh);
  if (items) {
    const lines = items.flatMap((item) => itemLines(item, column + 2, style));
    return [`${pad}- ${lines[0]?.trimStart()}`, ...lines.slice(1)];
  }
  return scalarLines(`${pad}-`, freshData(fresh), column + 2, style.quote);
}

/** `head` is `key:` or what leads to a value that is a pair's. */
export function withValue(head: string, fresh: Fresh, column: number, style: Style): readonly string[] {
  const inner = { ...style, quote: undefined, keyQuote: undefined };
  const pairs = pairsOf(fresh);
  if (pairs) return [head, ...pairs.flatMap(([key, value]) => pairLines(key, value, column + style.step, inner))];
  const items = itemsOf(fresh);
  if (items) return [head, ...items.flatMap((item) => itemLines(item, column + style.dash, inner))];
  return scalarLines(head, freshData(fresh), column + style.step, style.quote);
}

/** The pairs of what is a map that is not empty. */
export function pairsOf(fresh: Fresh): readonly (readonly [string, Fresh])[] | undefined {
  if (fresh.kind === 'map') return fresh.pairs.length > 0 ? fresh.pairs : undefined;
  if (fresh.kind !== 'value' || !isData(fresh.value)) return undefined;
  const entries = Object.entries(fresh.value);
  return entries.length === 0 ? undefined : entries.map(([key, value]) => [key, { kind: 'value', value }]);
}

export function itemsOf(fresh: Fresh): readonly Fresh[] | undefined {
  if (fresh.kind === 'list') return fresh.items.length > 0 ? fresh.items : undefined;
  if (fresh.kind !== 'value' || !Array.isArray(fresh.value) || fresh.value.length === 0) return undefined;
  return fresh.value.map((value) => ({ kind: 'value', value }));
}

/** Whether nothing is to be written. */
export function isNothing(fresh: Fresh): boolean {
  return (fresh.kind === 'map' && fresh.pairs.length === 0) || (fresh.kind === 'list' && fresh.items.length === 0);
}

/** A scalar, or an empty map or list, behind `key:` or a dash. */
function scalarLines(head: string, value: unknown, column: number, quote: Quote | undefined): readonly string[] {
  if (value === null || value === undefined) return [head];
  if (isLiteral(value)) {
    const body = value.endsWith('\n') ? value.slice(0, -1) : value;
    const pad = ' '.repeat(column);
    return [
      `${head} |${value.endsWith('\n') ? '' : '-'}`,
      ...body.split('\n').map((line) => (line === '' ? '' : pad + line)),
    ];
  }
  return [`${head} ${inline(value, { quote })}`];
}

/** Text of several lines that a block scalar holds as it is. */
function isLiteral(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\S[^\n]*\n[\s\S]*[^\s]\n?$/.test(value) &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what YAML does not take as it is
    !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\uFEFF\uD800-\uDFFF]/.test(value)
  );
}

interface Inline {
  readonly quote?: Quote | undefined;
  /** As JSON: all keys and strings in double quotes. */
  readonly json?: boolean;
  /** What stands between braces and what they hold. */
  readonly pad?: string;
  /** Within brackets, where commas and brackets are no text. */
  readonly flow?: boolean;
}

/** A value on one line. */
export function inline(value: unknown, { quote, json = false, pad = ' ', flow = false }: Inline = {}): string {
  if (json) return jsonText(value, pad);
  const inner = { quote: undefined, pad, flow: true };
  if (Array.isArray(value)) return `[${value.map((one) => inline(one, inner)).join(', ')}]`;
  if (isData(value)) {
    const entries = Object.entries(value);
    if (entries.length === 0) return '{}';
    return `{${pad}${entries.map(([key, one]) => `${keyText(key, undefined, true)}: ${inline(one, inner)}`).join(', ')}${pad}}`;
  }
  return scalarText(value ?? null, quote, flow);
}

function jsonText(value: unknown, pad: string): string {
  if (Array.isArray(value)) return `[${value.map((one) => jsonText(one, pad)).join(', ')}]`;
  if (isData(value)) {
    const entries = Object.entries(value);
    return entries.length === 0
      ? '{}'
      : `{${pad}${entries.map(([key, one]) => `${doubleQuoted(key)}: ${jsonText(one, pad)}`).join(', ')}${pad}}`;
  }
  return typeof value === 'string' ? doubleQuoted(value) : JSON.stringify(value ?? null);
}

export function keyText(key: string, quote: Quote | undefined, flow = false): string {
  return key === '<<' && quote === undefined ? '"<<"' : scalarText(key, quote, flow);
}

/** A scalar, in quotes where it needs them or where those around it have them. */
export function scalarText(value: unknown, quote: Quote | undefined, flow = false): string {
  if (typeof value !== 'string') return stringify(value, { lineWidth: 0 }).trimEnd();
  const wanted = quote ?? (isPlain(value, flow) ? undefined : '"');
  if (wanted === undefined) return value;
  return wanted === "'" && isSingle(value) ? `'${value.replaceAll("'", "''")}'` : doubleQuoted(value);
}

const isSingle = (value: string): boolean => /^[\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe]*$/.test(value);

/** JSON is YAML; what JSON leaves as it is and YAML does not print is escaped. */
function doubleQuoted(value: string): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\uFEFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether text can stand without quotes, for readers of YAML 1.1 and 1.2 alike; ports never do, as everybody writes them. */
function isPlain(value: string, flow: boolean): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what readers of YAML take for line ends, or do not take
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\uFEFF]/.test(value)) return false;
  const text = stringify(value, { compat: 'yaml-1.1', lineWidth: 0 }).trimEnd();
  return text === value && !(flow && /[[\]{},]/.test(value)) && !/^[=<]|^---|^\.\.\.|^\d+(?::\d+)+$/.test(value);
}
