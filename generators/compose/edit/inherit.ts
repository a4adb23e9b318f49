import { isAlias, isMap, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import { isData, same } from '../../data.ts';
import { isMergeKey } from '../yaml.ts';
import { keyName } from './data.ts';
import { cannot, type Place } from './draft.ts';
import type { Source } from './source.ts';
import type { Want } from './want.ts';
import { type Fresh, freshData } from './write.ts';

/** The value that a map has for a key through `<<`; of several the one that counts. */
export function inheritedNode(source: Source, map: unknown, key: string): ParsedNode | undefined {
  for (const from of mergedMaps(source, map)) {
    const own = from.items.find((one) => !isMergeKey(one.key) && keyName(one.key) === key);
    const found = own ? (own.value as ParsedNode) : inheritedNode(source, from, key);
    if (found) return found;
  }
  return undefined;
}

/** The maps that a map merges. */
function mergedMaps(source: Source, map: unknown): readonly YAMLMap[] {
  if (!isMap(map)) return [];
  return map.items
    .filter(({ key }) => isMergeKey(key))
    .map(({ value }) => resolved(source, value))
    .flatMap((merged) => (isSeq(merged) ? merged.items.map((part) => resolved(source, part)) : [merged]))
    .filter((from) => isMap(from));
}

function resolved({ targets }: Source, node: unknown): unknown {
  return isAlias(node) ? targets.get(node) : node;
}

/**
 * What is to be written where a map is shared, by an alias or through `<<`: one that merges it and has what is new, so that
 * what is shared stays so. Nothing where all of it is there. A map within one that merges the same is a cycle for Compose
 * (2.40: "cycle detected").
 */
export function besideShared(source: Source, node: ParsedNode, fresh: Fresh, want: Want, at: Place): Fresh | undefined {
  const before = source.data(node);
  const name = isAlias(node) ? node.source : 'anchor' in node ? node.anchor : undefined;
  const isWithin = [...want.children].some(([key, child]) => !child.set && isData(before) && key in before);
  const isAround = at.around.some((container) =>
    mergedMaps(source, container.node).some((merged) => merged === resolved(source, node)),
  );
  if (!isData(before) || fresh.kind !== 'map' || name === undefined || isWithin || isAround)
    throw sharedAt(source, node, at);
  const pairs = fresh.pairs.filter(([key, one]) => !(key in before && same(before[key], freshData(one))));
  return pairs.length === 0 ? undefined : { kind: 'map', pairs: [['<<', { kind: 'alias', name }], ...pairs] };
}

/** Why a shared value is not changed, and where it is written. */
export function sharedAt(source: Source, node: ParsedNode, at: Place) {
  const target = resolved(source, node) as ParsedNode;
  const line = source.text.slice(0, target.range[0]).split('\n').length;
  const name = at.path.at(-1);
  return cannot('shared', at, `it is shared with others, and written in line ${line}`, {
    way: `Either in line ${line}, for all that share it, or with all of ${name} written out in this place.`,
  });
}
