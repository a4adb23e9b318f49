import { isAlias, isMap, isNode, isScalar, isSeq, type Node, parseDocument } from 'yaml';

/** A value that is taken away, or that replaces what is below it instead of being merged with it. */
class Tagged {
  readonly tag: string;
  readonly value: unknown;
  constructor(tag: string, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

/**
 * Compose files laid over each other, as Compose merges them: maps by their keys, lists one behind the other, `!reset`
 * takes away, `!override` replaces (Compose specification, "Merge"). For what generated files hold: the lists that
 * Compose merges by a key of their items are not told apart.
 */
export function layered(texts: readonly string[]): unknown {
  return texts.reduce<unknown>((below, text) => over(below, dataOf(parseDocument(text).contents)), undefined);
}

function over(below: unknown, above: unknown): unknown {
  if (above instanceof Tagged) return above.tag === '!reset' ? undefined : untagged(above.value);
  if (Array.isArray(below) && Array.isArray(above)) return [...below, ...above];
  if (!isRecord(above)) return untagged(above);
  const result: Record<string, unknown> = isRecord(below) ? { ...below } : {};
  for (const [key, value] of Object.entries(above)) {
    const merged = over(result[key], value);
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  return result;
}

/** Data without tags, where nothing is below it. */
function untagged(value: unknown): unknown {
  if (value instanceof Tagged) return over(undefined, value);
  return isRecord(value) ? over(undefined, value) : value;
}

function dataOf(node: unknown): unknown {
  if (!isNode(node) || isAlias(node)) return node ?? undefined;
  const value = plainDataOf(node);
  return node.tag === '!reset' || node.tag === '!override' ? new Tagged(node.tag, value) : value;
}

function plainDataOf(node: Node): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map(dataOf);
  if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [String(key), dataOf(value)]));
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tagged);
}
