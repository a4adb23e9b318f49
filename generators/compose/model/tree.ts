/** Where something is written. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** How Compose prints a value that is no string, where a string is wanted: `08` is 8, and 1000000.0 is 1e+06. */
  readonly print?: string;
  readonly at: Place;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
  readonly at: Place;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Node>;
  readonly at: Place;
}

/** YAML data that knows where it was written: a value of a map where its key is. Never changed, so it can be shared. */
export type Node = ScalarNode | ListNode | MapNode;

/** Keys from the root; items of lists by their index. */
export type NodePath = readonly string[];

export function scalar(value: ScalarNode['value'], at: Place): ScalarNode {
  return { kind: 'scalar', value, at };
}

export function list(items: readonly Node[], at: Place): ListNode {
  return { kind: 'list', items, at };
}

/** A map; entries that are undefined are left out. */
export function map(entries: Iterable<readonly [string, Node | undefined]>, at: Place): MapNode {
  const given = new Map<string, Node>();
  for (const [key, node] of entries) if (node) given.set(key, node);
  return { kind: 'map', entries: given, at };
}

/** A map with some of its entries changed; undefined takes one away. */
export function withEntries(node: MapNode, changes: Readonly<Record<string, Node | undefined>>): MapNode {
  return map([...new Map<string, Node | undefined>([...node.entries, ...Object.entries(changes)])], node.at);
}

export function mapEntries(node: MapNode, change: (node: Node, key: string) => Node | undefined): MapNode {
  return map(
    [...node.entries].map(([key, value]) => [key, change(value, key)]),
    node.at,
  );
}

/** What a map has at a path. */
export function nodeAt(node: Node | undefined, path: NodePath): Node | undefined {
  return path.reduce<Node | undefined>((found, key) => {
    if (found?.kind === 'map') return found.entries.get(key);
    return found?.kind === 'list' ? found.items[Number(key)] : undefined;
  }, node);
}

export function isNull(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && node.value === null;
}

export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

export function isTrue(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && (node.value === true || /^(?:1|t|true)$/i.test(String(node.value)));
}

/** A scalar as Compose prints it where it wants a string. */
export function shown(node: ScalarNode): string {
  return node.print ?? String(node.value ?? '');
}

/** Maps of a map's entry; none where it has none. */
export function entriesOf(node: Node | undefined): readonly (readonly [string, Node])[] {
  return node?.kind === 'map' ? [...node.entries] : [];
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : [];
}

/** The data without its places. */
export function plain(node: Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
}

export function isSame(one: Node, other: Node): boolean {
  if (one === other) return true;
  if (one.kind === 'scalar') return other.kind === 'scalar' && one.value === other.value && shown(one) === shown(other);
  if (one.kind === 'list') {
    if (other.kind !== 'list' || one.items.length !== other.items.length) return false;
    return one.items.every((item, index) => isSame(item, other.items[index] as Node));
  }
  if (other.kind !== 'map' || one.entries.size !== other.entries.size) return false;
  return [...one.entries].every(([key, value]) => {
    const found = other.entries.get(key);
    return found !== undefined && isSame(value, found);
  });
}

/** A path as messages have it. */
export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
