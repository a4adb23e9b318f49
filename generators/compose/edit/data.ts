import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode } from 'yaml';
import { type Data, isData } from '../../data.ts';
import { isMergeKey } from '../yaml.ts';

/** The name of a key as Compose reads it: text; undefined for a key that is no scalar. */
export function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  return typeof key.value === 'symbol' ? key.value.description : String(key.value);
}

/**
 * The data below a node, with aliases and merge keys resolved. What several aliases stand for is one object, so that
 * aliases of aliases do not make it grow.
 */
export function dataReader(targets: ReadonlyMap<Alias, ParsedNode>): (node: unknown) => unknown {
  const known = new Map<Node, unknown>();
  const read = (node: unknown): unknown => {
    if (isAlias(node)) return read(targets.get(node));
    if (isScalar(node)) return node.value;
    if (!isMap(node) && !isSeq(node)) return null;
    if (known.has(node)) return known.get(node);
    const data = isSeq(node) ? node.items.map(read) : mapOf(node.items, read);
    known.set(node, data);
    return data;
  };
  return read;
}

interface PairLike {
  readonly key: unknown;
  readonly value: unknown;
}

/** Own keys win over merged ones, and of those the first. */
function mapOf(items: readonly PairLike[], read: (node: unknown) => unknown): Data {
  const data: Record<string, unknown> = Object.create(null);
  const merged: unknown[] = [];
  for (const { key, value } of items) {
    if (isMergeKey(key)) merged.push(...[read(value)].flat());
    else data[keyName(key) ?? JSON.stringify(read(key))] = read(value);
  }
  for (const source of merged) {
    if (isData(source)) for (const [key, value] of Object.entries(source)) if (!(key in data)) data[key] = value;
  }
  return data;
}
