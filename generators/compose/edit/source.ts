import { type Alias, type CST, isAlias, isCollection, isMap, isScalar, type ParsedNode } from 'yaml';
import { isMergeKey, parseYaml } from '../yaml.ts';
import { dataReader, keyName } from './data.ts';
import { column, firstOnLine, nextLine } from './lines.ts';

export interface Comment {
  readonly offset: number;
  readonly text: string;
}

/** A YAML text with what edits ask of it. */
export interface Source {
  readonly text: string;
  readonly file: string;
  readonly root: ParsedNode | null;
  /** In the order of the text. */
  readonly comments: readonly Comment[];
  readonly commentAt: ReadonlyMap<number, Comment>;
  /** Where the document's content ends: at `...`, or at the end of the text. */
  readonly end: number;
  readonly targets: ReadonlyMap<Alias, ParsedNode>;
  /** The nodes that aliases stand for. */
  readonly shared: ReadonlySet<ParsedNode>;
  readonly data: (node: unknown) => unknown;
}

export function sourceOf(text: string, file: string): Source {
  const { document, tokens, targets } = parseYaml(text, file);
  const comments: Comment[] = [];
  collectComments(tokens, comments);
  comments.sort((a, b) => a.offset - b.offset);
  const end = tokens.find(({ type }) => type === 'doc-end');
  return {
    text,
    file,
    root: document.contents,
    comments,
    commentAt: new Map(comments.map((comment) => [comment.offset, comment])),
    end: end && 'offset' in end ? end.offset : text.length,
    targets,
    shared: new Set(targets.values()),
    data: dataReader(targets),
  };
}

/** Comments stand wherever tokens have room for blanks. */
function collectComments(value: unknown, found: Comment[]): void {
  if (Array.isArray(value)) {
    for (const one of value) collectComments(one, found);
  } else if (typeof value === 'object' && value !== null) {
    const token = value as Partial<CST.SourceToken> & Record<string, unknown>;
    if (token.type === 'comment' && typeof token.offset === 'number')
      found.push({ offset: token.offset, text: String(token.source) });
    else
      for (const key of ['start', 'key', 'sep', 'value', 'items', 'props', 'end']) collectComments(token[key], found);
  }
}

/** One pair of a map or one item of a list. */
export interface Entry {
  /** Undefined for an item. */
  readonly key?: string;
  readonly isMerge: boolean;
  /** Of the key, the dash, or the item of a list in brackets. */
  readonly start: number;
  /** Behind `key:` or the dash, with what anchor and tag stand there. */
  readonly head: number;
  /** Behind its last character that is no comment; behind the last line of a block scalar that keeps blank lines. */
  readonly end: number;
  readonly value: ParsedNode | null;
  /** Whether the value is not written at all: `key:`. */
  readonly empty: boolean;
}

export interface Container {
  readonly node: ParsedNode;
  readonly isMap: boolean;
  readonly flow: boolean;
  /** Of keys, dashes; of the opening bracket in flow style. */
  readonly column: number;
  readonly entries: readonly Entry[];
  /** What the edits of this engine do not understand: `? key`, keys that are no scalars, `1` beside `"1"`. */
  readonly strange: boolean;
}

interface ItemToken {
  readonly start: readonly CST.SourceToken[];
  readonly key?: CST.Token | null;
  readonly sep?: readonly CST.SourceToken[];
  readonly value?: CST.Token;
}

const containers = new WeakMap<object, Container>();

/** The entries of a map or a list, with where they stand; undefined for other nodes. */
export function containerOf(source: Source, node: ParsedNode | null | undefined): Container | undefined {
  if (!node || !isCollection(node)) return undefined;
  const known = containers.get(node);
  if (known) return known;
  const token = (node as { srcToken?: CST.BlockMap | CST.BlockSequence | CST.FlowCollection }).srcToken;
  if (!token || !('items' in token)) return undefined;
  const flow = token.type === 'flow-collection';
  const items = (token.items as readonly ItemToken[]).filter((item) => isEntry(item, token.type));
  const entries = items.map((item, index) => entryOf(item, node.items[index]));
  const first = entries[0];
  const container = {
    node,
    isMap: isMap(node),
    flow,
    column: column(source.text, flow || !first ? token.offset : first.start),
    entries,
    strange:
      items.length !== node.items.length ||
      items.some(({ start }) => start.some(({ type }) => type === 'explicit-key-ind')) ||
      (isMap(node) && new Set(entries.map(({ key }) => key).filter((key) => key !== undefined)).size < entries.length),
  };
  containers.set(node, container);
  return container;
}

/** Comments and a comma behind the last item make items of their own in the tokens. */
function isEntry({ start, key, sep, value }: ItemToken, type: string): boolean {
  if (type === 'block-seq') return start.some((token) => token.type === 'seq-item-ind');
  return Boolean(key ?? sep ?? value) || start.some(({ type: one }) => one === 'anchor' || one === 'tag');
}

const isBlank = ({ type }: CST.Token): boolean =>
  type === 'space' || type === 'newline' || type === 'comment' || type === 'comma';

function entryOf(item: ItemToken, node: unknown): Entry {
  const value = (isPairLike(node) ? node.value : node) as ParsedNode | null;
  const before = [...item.start, ...(item.key ? [item.key] : []), ...(item.sep ?? [])].filter((one) => !isBlank(one));
  const first = before[0] ?? item.value;
  const last = before.at(-1);
  const start = first && 'offset' in first ? first.offset : 0;
  const head = last ? endOf(last) : start;
  const key = isPairLike(node) ? keyName(node.key) : undefined;
  return {
    ...(key !== undefined && { key }),
    isMerge: isPairLike(node) && isMergeKey(node.key),
    start,
    head,
    end: item.value ? endOf(item.value) : head,
    value,
    empty: !item.value,
  };
}

function isPairLike(node: unknown): node is { key: unknown; value: unknown } {
  return typeof node === 'object' && node !== null && 'key' in node && !isScalar(node) && !isAlias(node);
}

/** Behind the last character of a token that is no blank and no comment. */
function endOf(token: CST.Token): number {
  switch (token.type) {
    case 'block-map':
    case 'block-seq': {
      const items = token.items as readonly ItemToken[];
      for (const item of items.toReversed()) {
        const last =
          item.value ?? [...item.start, item.key, ...(item.sep ?? [])].findLast((one) => one && !isBlank(one));
        if (last) return endOf(last);
      }
      return token.offset;
    }
    case 'flow-collection': {
      const close = token.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
      return close ? close.offset + 1 : token.offset + 1;
    }
    case 'block-scalar': {
      const header = token.props.reduce((sum, prop) => sum + ('source' in prop ? prop.source.length : 0), 0);
      const first = token.props[0];
      const from = first && 'offset' in first ? first.offset : token.offset;
      const keeps = token.props.some((prop) => prop.type === 'block-scalar-header' && prop.source.includes('+'));
      const body = keeps ? token.source : token.source.trimEnd();
      return body === '' ? from + headerLength(token.props) : from + header + body.length;
    }
    default:
      return 'source' in token ? ('offset' in token ? token.offset : 0) + token.source.length : 0;
  }
}

function headerLength(props: readonly CST.Token[]): number {
  const header = props.find(({ type }) => type === 'block-scalar-header');
  return header && 'source' in header ? header.source.length : 0;
}

/** Behind the line that `end` stands on and the comment lines behind it that are indented deeper than `indent`. */
export function endOfLines(source: Source, end: number, indent: number): number {
  const { text } = source;
  // A block scalar that keeps its blank lines ends where the next line begins.
  let at = end > 0 && text[end - 1] === '\n' ? end : nextLine(text, end);
  for (let line = at; line < source.end; line = nextLine(text, line)) {
    const first = firstOnLine(text, line);
    if (first === undefined) continue;
    if (!source.commentAt.has(first) || column(text, first) <= indent) break;
    at = nextLine(text, first);
  }
  return at;
}

const jsonSources = new WeakMap<Source, boolean>();

/** Whether the whole file is JSON, and shall stay so. */
export function isJson(source: Source): boolean {
  const known = jsonSources.get(source);
  if (known !== undefined) return known;
  let json = containerOf(source, source.root)?.flow ?? false;
  try {
    if (json) JSON.parse(source.text.replace(/^\uFEFF/, ''));
  } catch {
    json = false;
  }
  jsonSources.set(source, json);
  return json;
}
