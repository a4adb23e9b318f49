import { mountOf } from './mounts.ts';
import { below, type Patterns, patterns } from './patterns.ts';
import { attempt, Refused, type Report } from './problem.ts';
import { join, list, type MapNode, mapEntries, type Node, shown, textOf } from './tree.ts';

type Key = (item: Node, path: string) => string;

/** What says that two items of a list are of the same thing, so that the later one wins (compose-go override/uncity.go). */
const keys: Patterns<Key> = patterns<Key>({
  'networks.*.labels': variable,
  'networks.*.ipam.options': variable,
  'services.*.annotations': variable,
  'services.*.build.args': variable,
  'services.*.build.additional_contexts': variable,
  'services.*.build.platform': variable,
  'services.*.build.tags': variable,
  'services.*.build.labels': variable,
  'services.*.cap_add': variable,
  'services.*.cap_drop': variable,
  'services.*.configs': (item, path) => mounted(item, path, ''),
  'services.*.deploy.labels': variable,
  'services.*.dns': variable,
  'services.*.dns_opt': variable,
  'services.*.dns_search': variable,
  'services.*.environment': variable,
  'services.*.env_file': envFile,
  'services.*.expose': (item) => (item.kind === 'scalar' ? shown(item) : ''),
  'services.*.labels': variable,
  'services.*.links': variable,
  'services.*.networks.*.aliases': variable,
  'services.*.networks.*.link_local_ips': variable,
  'services.*.ports': port,
  'services.*.profiles': variable,
  'services.*.secrets': (item, path) => mounted(item, path, '/run/secrets'),
  'services.*.sysctls': variable,
  'services.*.tmpfs': variable,
  'services.*.volumes': volume,
  'services.*.devices': device,
});

/**
 * Keeps one of what is there twice: the later one, in the place of the earlier. An item that cannot be told from
 * others is reported and left out.
 */
export function withoutDoubles(root: MapNode, report: Report): MapNode {
  return unique(root, keys, '', report) as MapNode;
}

function unique(node: Node, known: Patterns<Key> | undefined, path: string, report: Report): Node {
  if (!known || node.kind === 'scalar') return node;
  if (node.kind === 'map')
    return mapEntries(node, (value, key) => unique(value, below(known, key), join(path, key), report));
  const keyOf = known.value;
  if (!keyOf) return node;
  const items = new Map<string, Node>();
  node.items.forEach((item, index) => {
    const key = attempt(report, () => keyOf(item, `${path}[${index}]`));
    if (key !== undefined) items.set(key, item);
  });
  return items.size === node.items.length ? node : list([...items.values()], node.at);
}

function variable(item: Node, path: string): string {
  const text = textOf(item);
  if (text === undefined) throw new Refused('shape', item.at, `${path} is no text`, 'Write it in quotes.');
  return text.split('=')[0] ?? '';
}

function targetOf(item: Node, path: string): string {
  const target = item.kind === 'map' ? textOf(item.entries.get('target')) : undefined;
  if (target === undefined) throw new Refused('shape', item.at, `${path} has no target`, 'Add `target:` to it.');
  return target;
}

function volume(item: Node, path: string): string {
  if (item.kind === 'map') return targetOf(item, path);
  const text = textOf(item);
  if (text === undefined) return '';
  const mount = mountOf(text);
  if (typeof mount !== 'string') return mount.target;
  throw new Refused(
    'value',
    item.at,
    `${path} (${JSON.stringify(text)}): ${mount}`,
    'Write source:target, or the long form.',
  );
}

function device(item: Node, path: string): string {
  if (item.kind === 'map') return targetOf(item, path);
  const [source = '', target = source] = (textOf(item) ?? '').split(':');
  return target;
}

function envFile(item: Node, path: string): string {
  const file = item.kind === 'map' ? item.entries.get('path') : item;
  const text = textOf(file);
  if (text !== undefined) return text;
  throw new Refused('shape', item.at, `${path} has no path`, 'Write the path of a file.');
}

function mounted(item: Node, path: string, folder: string): string {
  if (item.kind === 'map') {
    const { entries } = item;
    return textOf(entries.get('target')) ?? `${folder}/${textOf(entries.get('source')) ?? ''}`;
  }
  const text = textOf(item);
  if (text !== undefined) return `${folder}/${text}`;
  throw new Refused('shape', item.at, `${path} is no text`, 'Write the name of a secret or a config.');
}

function port(item: Node, path: string): string {
  if (item.kind !== 'map') return item.kind === 'scalar' ? shown(item) : '';
  const target = item.entries.get('target');
  if (!target)
    throw new Refused('shape', item.at, `${path} has no target`, 'Add `target:`, the port of the container.');
  const said = (key: string, otherwise: string): string => {
    const node = item.entries.get(key);
    return node?.kind === 'scalar' ? `${typeof node.value}${shown(node)}` : otherwise;
  };
  const number = target.kind === 'scalar' ? shown(target) : '';
  return [said('host_ip', 'string0.0.0.0'), said('published', ''), number, said('protocol', 'stringtcp')].join(' ');
}
