import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { unsettled, unsettledAt } from '../markers.ts';
import { type ComposeProblem, Refused } from './problem.ts';
import { resolvePlain } from './scalars.ts';
import { list, type MapNode, type Node, type NodePath, type Place, scalar } from './tree.ts';

/** One document of a compose file, with what it takes away from the files below it. */
export interface ReadDocument {
  readonly root: Node;
  /** What `!reset` and `!override` are written at. */
  readonly replaced: readonly NodePath[];
}

/** More than any compose file has that a person wrote. */
const maxLength = 2 * 1024 * 1024;
/** How many nodes aliases may stand for: enough for every honest file, and the end of an alias bomb. */
const maxAliased = 100_000;

interface Reading {
  readonly documents: readonly ReadDocument[];
  readonly problems: readonly ComposeProblem[];
}

/** What has been read of a repo: every combination of its files has most files of the others. */
const known = new WeakMap<object, Map<string, { readonly text: string; readonly reading: Reading }>>();

/** As `readDocuments`; a file that is read again with the same text is not parsed again. */
export function readAgain(source: object, text: string, file: string): Reading {
  const files = known.get(source) ?? new Map();
  known.set(source, files);
  const before = files.get(file);
  if (before?.text === text) return before.reading;
  const reading = readDocuments(text, file);
  files.set(file, { text, reading });
  return reading;
}

/**
 * Reads YAML as Compose does: aliases and merge keys followed, plain scalars as go-yaml v3 resolves them. Several
 * documents are laid over each other, as several files are.
 */
export function readDocuments(text: string, file: string): Reading {
  try {
    return { documents: parse(text, file), problems: [] };
  } catch (error) {
    if (error instanceof Refused) return { documents: [], problems: [error.problem] };
    // The parser's own limits, and the stack's: nothing that a person wrote.
    const { problem } = new Refused('too-large', { file, line: 1 }, `${file} cannot be read as YAML`, 'Correct it.');
    return { documents: [], problems: [problem] };
  }
}

function parse(text: string, file: string): readonly ReadDocument[] {
  if (text.length > maxLength) {
    throw new Refused('too-large', { file, line: 1 }, `${file} is larger than 2 MiB`, 'Split it with `include:`.');
  }
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const place = (offset: number | undefined): Place => ({ file, line: lines.linePos(offset ?? 0).line });
  return [...parsed].flatMap((document) => {
    const error = document.errors[0];
    if (error) {
      const what = error.message.split('\n')[0]?.replace(/ at line \d+.*$/, '');
      const marker = unsettledAt(text);
      if (marker !== undefined) throw new Refused('syntax', place(marker), unsettled, 'Settle it first.');
      throw new Refused('syntax', place(error.pos[0]), `this is no YAML: ${what}`, 'Correct the YAML there.');
    }
    // A file of comments has no document for Compose.
    if (isScalar(document.contents) && document.contents.source === '' && parsed.length === 1) return [];
    return document.contents ? [new Reader(place).document(document.contents)] : [];
  });
}

class Reader {
  private readonly place: (offset: number | undefined) => Place;
  private readonly anchors = new Map<string, unknown>();
  private readonly open = new Set<unknown>();
  private readonly replaced: NodePath[] = [];
  private aliased = 0;
  private depth = 0;

  constructor(place: (offset: number | undefined) => Place) {
    this.place = place;
  }

  document(contents: unknown): ReadDocument {
    const root = this.node(contents, [], this.place(0)) ?? scalar(null, this.place(0));
    return { root, replaced: this.replaced };
  }

  /** Undefined for what is reset. */
  private node(node: unknown, path: NodePath, at: Place): Node | undefined {
    if (this.depth > 0 && ++this.aliased > maxAliased) {
      throw new Refused('too-large', at, 'its aliases would make it grow without bounds', 'Write the values out.');
    }
    if (isAlias(node)) return this.alias(node.source, path, at);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return scalar(null, at);
    if (node.anchor) this.anchors.set(node.anchor, node);
    if (node.tag === '!reset') {
      // Compose takes it out of the map that it is in, so that an alias of that map resets nothing more.
      if (this.depth === 0) this.replaced.push(path);
      return undefined;
    }
    if (node.tag === '!override') this.replaced.push(path);
    if (isScalar(node)) return scalarOf(node, at);
    this.open.add(node);
    const read = isMap(node) ? this.map(node.items, path, at) : this.list(node.items, path, at);
    this.open.delete(node);
    return read;
  }

  private alias(name: string, path: NodePath, at: Place): Node | undefined {
    const target = this.anchors.get(name);
    if (target === undefined) {
      const hint = `Text that begins with * needs quotes: "*${name}".`;
      throw new Refused('syntax', at, `*${name} is an alias, and nothing before it is called &${name}`, hint);
    }
    if (this.open.has(target)) {
      throw new Refused('cycle', at, `*${name} is inside of what it stands for`, 'Write the values out.');
    }
    this.depth++;
    const read = this.node(target, path, at);
    this.depth--;
    return read;
  }

  private list(items: readonly unknown[], path: NodePath, at: Place): Node {
    const read = items.flatMap((item, index) => {
      const node = this.node(item, [...path, String(index)], this.placeOf(item, at));
      return node ? [node] : [];
    });
    return list(read, at);
  }

  private map(pairs: readonly unknown[], path: NodePath, at: Place): Node {
    const entries = new Map<string, Node>();
    const lines = new Map<string, number>();
    let merged: Node | undefined;
    for (const pair of pairs as readonly { readonly key: unknown; readonly value: unknown }[]) {
      const where = this.placeOf(pair.key, at);
      const key = this.key(pair.key, where);
      const first = lines.get(key);
      if (first !== undefined) {
        const message = `${key} is written twice in one map: in line ${first} already`;
        throw new Refused('syntax', where, message, 'Keep one of the two.');
      }
      lines.set(key, where.line);
      if (key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merged = this.node(pair.value, path, where);
        continue;
      }
      const value = this.node(pair.value, [...path, key], this.inside(where, at));
      if (value) entries.set(key, value);
    }
    if (merged) mergeInto(entries, merged);
    return { kind: 'map', entries, at };
  }

  /** What comes through an alias is where the alias is used. */
  private inside(where: Place, at: Place): Place {
    return this.depth > 0 ? at : where;
  }

  private placeOf(node: unknown, at: Place): Place {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    return range && this.depth === 0 ? this.place(range[0]) : at;
  }

  private key(key: unknown, at: Place): string {
    const target = isAlias(key) ? this.anchors.get(key.source) : key;
    if (isScalar(target)) {
      if (target.anchor) this.anchors.set(target.anchor, target);
      if (target.tag?.endsWith(':merge')) return '<<';
      const { value } = scalarOf(target, at);
      if (typeof value === 'string') return value;
      const text = String(target.source ?? value);
      throw new Refused('syntax', at, `the key ${text} is no string`, `Write it in quotes: "${text}".`);
    }
    throw new Refused('syntax', at, 'a key is a map or a list', 'Write a name before the colon.');
  }
}

/** What a map has itself wins over what it merges; of several merged maps the first wins. */
function mergeInto(entries: Map<string, Node>, merged: Node): void {
  const sources = merged.kind === 'list' ? merged.items : [merged];
  for (const source of sources) {
    if (source.kind !== 'map') {
      throw new Refused('syntax', source.at, '<< is followed by something that is no map', 'Merge an alias of a map.');
    }
    for (const [key, value] of source.entries) if (!entries.has(key)) entries.set(key, value);
  }
}

function scalarOf(
  node: { readonly value?: unknown; readonly type?: unknown; readonly tag?: string },
  at: Place,
): Extract<Node, { kind: 'scalar' }> {
  const text = typeof node.value === 'string' ? node.value : '';
  const tag = node.tag?.replace('tag:yaml.org,2002:', '');
  if (node.type !== 'PLAIN' && node.type !== undefined) return scalar(text, at);
  if (tag !== undefined && !['int', 'float', 'bool', 'null'].includes(tag)) return scalar(text, at);
  return { kind: 'scalar', ...resolvePlain(text), at };
}

/** A root that is a map. */
export function rootMap(document: ReadDocument): MapNode {
  const { root } = document;
  if (root.kind === 'map') return root;
  throw new Refused('shape', root.at, 'the file is no map', 'A compose file begins with keys such as `services:`.');
}
