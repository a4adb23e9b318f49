import { below, type Patterns, patterns } from './patterns.ts';
import { Refused } from './problem.ts';
import {
  entriesOf,
  isNull,
  isSame,
  itemsOf,
  join,
  list,
  type MapNode,
  map,
  type Node,
  nodeAt,
  scalar,
  shown,
  textOf,
} from './tree.ts';

type Merger = (base: Node, above: Node, known: Patterns<Merger> | undefined, path: string) => Node;

const replaced: Merger = (_base, above) => above;
const sequence: Merger = (base, above) => list([...sequenceOf(base), ...sequenceOf(above)], above.at);

/** What is merged in a way of its own (compose-go override/merge.go). */
const mergers: Patterns<Merger> = patterns<Merger>({
  'networks.*.ipam.config': pools,
  'networks.*.labels': sequence,
  'volumes.*.labels': sequence,
  'services.*.annotations': sequence,
  'services.*.build': (base, above, known, path) => mergeMaps(buildOf(base), buildOf(above), known, path),
  'services.*.build.args': sequence,
  'services.*.build.additional_contexts': sequence,
  'services.*.build.extra_hosts': hosts,
  'services.*.build.labels': sequence,
  'services.*.command': replaced,
  'services.*.depends_on': (base, above, known, path) =>
    mergeMaps(namesOf(base, dependency), namesOf(above, dependency), known, path),
  'services.*.deploy.labels': sequence,
  'services.*.dns': sequence,
  'services.*.dns_opt': sequence,
  'services.*.dns_search': sequence,
  'services.*.entrypoint': replaced,
  'services.*.env_file': sequence,
  'services.*.label_file': sequence,
  'services.*.environment': sequence,
  'services.*.extra_hosts': hosts,
  'services.*.healthcheck.test': replaced,
  'services.*.labels': sequence,
  'services.*.volumes.*.volume.labels': sequence,
  'services.*.logging': logging,
  'services.*.models': names,
  'services.*.networks': names,
  'services.*.sysctls': sequence,
  'services.*.tmpfs': sequence,
  'services.*.ulimits.*': replaced,
});

/**
 * A compose file laid over what is below it.
 * @throws Refused where a map meets a list or the like
 */
export function mergeFiles(base: MapNode, above: MapNode): MapNode {
  return mergeMaps(base, above, mergers, '');
}

/** A service over the one that it extends. */
export function mergeServices(base: MapNode, above: MapNode, name: string): MapNode {
  const known = below(below(mergers, 'services'), name);
  return mergeMaps(base, above, known, `services.${name}`);
}

function mergeMaps(base: MapNode, above: MapNode, known: Patterns<Merger> | undefined, path: string): MapNode {
  const entries = new Map(base.entries);
  for (const [key, value] of above.entries) {
    const found = entries.get(key);
    const merged = found ? merge(found, value, below(known, key), join(path, key)) : value;
    entries.set(key, merged);
  }
  return { ...above, entries };
}

function merge(base: Node, above: Node, known: Patterns<Merger> | undefined, path: string): Node {
  if (known?.value) return known.value(base, above, known, path);
  if (isNull(above)) return base;
  if (base.kind === 'scalar') return above;
  if (base.kind === 'map' && above.kind === 'map') return mergeMaps(base, above, known, path);
  if (base.kind === 'list' && above.kind === 'list') return list([...base.items, ...above.items], above.at);
  const kind = base.kind === 'map' ? 'map' : 'list';
  throw new Refused(
    'merge',
    above.at,
    `${path} is a ${kind} in ${base.at.file}:${base.at.line}, and no ${kind} here`,
    'Write both in one form, or replace what is below with !override.',
  );
}

function sequenceOf(node: Node): readonly Node[] {
  if (node.kind === 'list') return node.items;
  if (node.kind === 'scalar') return typeof node.value === 'string' ? [node] : [];
  return [...node.entries]
    .flatMap(([key, value]) => pairs(key, value))
    .sort((one, other) => ((textOf(one) ?? '') < (textOf(other) ?? '') ? -1 : 1));
}

function pairs(key: string, value: Node): readonly Node[] {
  if (isNull(value)) return [scalar(key, value.at)];
  const values = value.kind === 'list' ? value.items : [value];
  return values.map((one) => scalar(`${key}=${one.kind === 'scalar' ? shown(one) : ''}`, one.at));
}

function buildOf(node: Node): MapNode {
  if (node.kind === 'map') return node;
  return map(textOf(node) === undefined ? [] : [['context', node]], node.at);
}

function dependency(name: Node): Node {
  return map(
    [
      ['condition', scalar('service_started', name.at)],
      ['required', scalar(true, name.at)],
    ],
    name.at,
  );
}

/** A list of names as a map. */
function namesOf(node: Node, value: (name: Node) => Node): MapNode {
  if (node.kind === 'map') return node;
  return map(
    itemsOf(node).map((name) => [textOf(name) ?? '', value(name)] as const),
    node.at,
  );
}

function names(base: Node, above: Node, known: Patterns<Merger> | undefined, path: string): Node {
  const none = (name: Node): Node => scalar(null, name.at);
  return mergeMaps(namesOf(base, none), namesOf(above, none), known, path);
}

function hosts(base: Node, above: Node): Node {
  const first = sequenceOf(base);
  return list([...first, ...sequenceOf(above).filter((one) => !first.some((two) => isSame(one, two)))], above.at);
}

/** Options of another driver are no options of this one. */
function logging(base: Node, above: Node, known: Patterns<Merger> | undefined, path: string): Node {
  if (base.kind !== 'map' || above.kind !== 'map') return isNull(above) ? base : above;
  const [one, other] = [base.entries.get('driver'), above.entries.get('driver')];
  return !one || !other || isSame(one, other) ? mergeMaps(base, above, known, path) : above;
}

/** Address pools are merged by their subnet. */
function pools(base: Node, above: Node): Node {
  const merged: MapNode[] = [];
  const subnet = (pool: MapNode) => textOf(pool.entries.get('subnet'));
  const indexOf = (pool: MapNode) => merged.findIndex((one) => subnet(one) === subnet(pool));
  for (const below of itemsOf(base)) {
    for (const over of itemsOf(above)) {
      if (below.kind !== 'map' || over.kind !== 'map') continue;
      if (subnet(below) !== subnet(over) && indexOf(over) < 0) {
        merged.push(over);
        continue;
      }
      const both = mergeMaps(below, over, undefined, '');
      const at = indexOf(both);
      if (at < 0) merged.push(both);
      else merged[at] = both;
    }
  }
  return list(merged, above.at);
}

/** Takes away from the files below what this one resets or overrides. */
export function without(root: MapNode, paths: readonly (readonly string[])[]): MapNode {
  return paths.reduce<MapNode>((node, path) => (nodeAt(node, path) ? taken(node, path) : node), root);
}

function taken(node: MapNode, [key = '', ...rest]: readonly string[]): MapNode {
  const entries = new Map(node.entries);
  const found = entries.get(key);
  if (rest.length === 0) entries.delete(key);
  else if (found?.kind === 'map') entries.set(key, taken(found, rest));
  return { ...node, entries };
}

/** The keys and values of a map in a list of `KEY=value`, `KEY` or in a map: one form for both. */
export function pairsOf(node: Node | undefined): readonly (readonly [string, Node | undefined, Node])[] {
  if (node?.kind === 'map')
    return entriesOf(node).map(([key, value]) => [key, isNull(value) ? undefined : value, value]);
  return itemsOf(node).flatMap((item) => {
    if (item.kind !== 'scalar') return [];
    const text = shown(item);
    const at = text.indexOf('=');
    return [at < 0 ? [text, undefined, item] : [text.slice(0, at), scalar(text.slice(at + 1), item.at), item]] as const;
  });
}
