import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
  type Scalar,
  stringify,
  visit,
  type YAMLError,
} from 'yaml';
import { UserError } from '../errors.ts';
import { unsettled, unsettledAt } from './markers.ts';

/** With all aliases written out, more values than any file written by hand says; far fewer than an "alias bomb" has. */
const maxValues = 1_000_000;

/** One YAML document: its nodes, which know the tokens that they were made of, and all tokens, with the comments. */
export interface ParsedYaml {
  readonly document: Document.Parsed<ParsedNode>;
  readonly tokens: readonly CST.Token[];
  /** What each alias stands for: the last node before it that has its name. */
  readonly targets: ReadonlyMap<Alias, ParsedNode>;
  readonly lines: LineCounter;
}

/**
 * Parses a text of one YAML document, of whose aliases each has a name.
 * @param file the name for messages
 * @throws UserError `repo` with line and column: bad syntax, a key twice, several documents, aliases of nothing, or that
 *   explode
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const composer = new Composer({ keepSourceTokens: true, uniqueKeys: true, prettyErrors: false, merge: true });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (!document) throw new Error('The composer is asked for a document in any case.');
  const error = document.errors[0];
  const marker = error && unsettledAt(text);
  if (marker !== undefined) throw syntaxError(marker, unsettled, lines, file, 'Settle it first: git diff shows where.');
  if (error) throw syntaxError(error.pos[0], reasonOf(error), lines, file);
  if (second)
    throw syntaxError(
      second.range[0],
      'more than one document',
      lines,
      file,
      'Put each document into a file of its own.',
    );
  const { targets, stray } = aliasTargets(document);
  if (stray) throw aliasError(stray, lines, file);
  const merge = wrongMerge(document, targets);
  if (merge !== undefined) throw syntaxError(merge, 'a merge key (<<) of what is no map', lines, file);
  if (targets.size > 0 && countValues(document.contents, targets) > maxValues) {
    throw new UserError('repo', `${file} uses so many aliases that it would grow without bounds.`, {
      hint: 'Write the values out, or use fewer aliases (*name).',
    });
  }
  return { document, tokens, targets, lines };
}

/**
 * The data of one YAML document.
 * @param file the name for messages
 * @throws UserError `repo` as `parseYaml`
 */
export function readYaml(text: string, file: string): unknown {
  return parseYaml(text, file).document.toJS({ maxAliasCount: -1 });
}

/** How many values a node says, with its aliases written out; infinitely many where one stands inside of itself. */
function countValues(root: unknown, targets: ReadonlyMap<Alias, ParsedNode>): number {
  const known = new Map<unknown, number>();
  const count = (node: unknown): number => {
    if (isAlias(node)) return count(targets.get(node));
    if (isPair(node)) return count(node.key) + count(node.value);
    if (!isCollection(node)) return 1;
    const before = known.get(node);
    if (before !== undefined) return before;
    known.set(node, Number.POSITIVE_INFINITY);
    const values = node.items.reduce<number>((sum, item) => sum + count(item), 1);
    known.set(node, values);
    return values;
  };
  return count(root);
}

/** What each alias stands for: the last node before it that has its name. */
function aliasTargets(document: Document.Parsed): {
  readonly targets: ReadonlyMap<Alias, ParsedNode>;
  readonly stray?: Alias;
} {
  const anchors = new Map<string, ParsedNode>();
  const targets = new Map<Alias, ParsedNode>();
  let stray: Alias | undefined;
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
        else stray ??= node;
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node as ParsedNode);
    },
  });
  return { targets, ...(stray && { stray }) };
}

/** Where the value of a merge key is neither a map nor a list of maps. */
function wrongMerge(document: Document.Parsed, targets: ReadonlyMap<Alias, ParsedNode>): number | undefined {
  const resolved = (node: unknown) => (isAlias(node) ? targets.get(node) : node);
  let wrong: number | undefined;
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (!isMergeKey(key)) return;
      const source = resolved(value);
      const parts = isSeq(source) ? source.items.map(resolved) : [source];
      if (!parts.every(isMap)) wrong ??= key.range?.[0];
    },
  });
  return wrong;
}

/** `<<` that is not in quotes. */
export function isMergeKey(key: unknown): key is Scalar {
  return isScalar(key) && typeof key.value === 'symbol' && key.value.description === '<<';
}

/** Whoever writes `*.example.com` means text, and no alias. */
function aliasError({ source, range }: Alias, lines: LineCounter, file: string): UserError {
  const { line, col } = lines.linePos(range?.[0] ?? 0);
  const what = `*${source} is an alias of YAML, and nothing before it is called &${source}`;
  return new UserError('repo', `${file}:${line}:${col}: ${what}`, {
    hint: `Text that begins with * needs quotes: "*${source}"`,
    problems: [{ path: `${file}:${line}:${col}`, message: what }],
  });
}

function reasonOf(error: YAMLError): string {
  if (error.code === 'DUPLICATE_KEY') return 'the same key twice in one map';
  // The composer reports what its stack of calls does not hold.
  if (error.message.startsWith('Maximum call stack')) return 'it is nested too deeply';
  return error.message.split('\n')[0] ?? '';
}

function syntaxError(offset: number, what: string, lines: LineCounter, file: string, way?: string): UserError {
  const { line, col } = lines.linePos(offset);
  return new UserError('repo', `${file}:${line}:${col}: ${what}`, {
    hint: way ?? `Correct the YAML at line ${line}, column ${col} of ${file}.`,
    problems: [{ path: `${file}:${line}:${col}`, message: what }],
  });
}

/** One value of the command line: YAML, so that `8080`, `true`, `null`, `[a, b]` and `text` mean what they mean in a file. */
export function readYamlValue(text: string, where: string): unknown {
  if (text === '') return null;
  // An alias could be of nothing there: `*.example.com` is text.
  if (/^\*\S+$/.test(text)) return text;
  return readYaml(text, where);
}

/** Data as YAML text of two-step indents; words that YAML 1.1 readers mistake are quoted. */
export function writeYaml(data: unknown): string {
  return stringify(data, { compat: 'yaml-1.1', lineWidth: 0 });
}
