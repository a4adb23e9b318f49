/** YAML with what Compose adds to it: tags that say how a value is merged. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { readYaml } from './yaml.ts';

/**
 * The data of a YAML document, in which a value with a tag of its own (`!reset`, `!override`) is a map with that tag as
 * its one key, so that two files are the same only where their tags are.
 * @throws UserError `repo` as `readYaml` does
 */
export function readTagged(text: string, file: string): unknown {
  const data = readYaml(text, file);
  const { contents } = parseDocument(text);
  return isNode(contents) ? tagged(contents, data) : data;
}

function tagged(node: Node, data: unknown): unknown {
  // What an alias stands for has its tags where it is written.
  if (isAlias(node)) return data;
  const inner = taggedBelow(node, data);
  return node.tag?.startsWith('!') && !node.tag.startsWith('!!') ? { [node.tag]: inner } : inner;
}

function taggedBelow(node: Node, data: unknown): unknown {
  if (isSeq(node) && Array.isArray(data))
    return data.map((value, n) => (isNode(node.items[n]) ? tagged(node.items[n], value) : value));
  if (!isMap(node) || typeof data !== 'object' || data === null) return data;
  const result: Record<string, unknown> = { ...data };
  for (const pair of node.items) {
    const key = isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (key !== undefined && Object.hasOwn(result, key) && isNode(pair.value))
      result[key] = tagged(pair.value, result[key]);
  }
  return result;
}
