import { join } from '../../paths.ts';
import { isRemoteContext, isRemoteFile } from './paths.ts';
import { below, belowItems, type Patterns, patterns } from './patterns.ts';
import { list, type MapNode, mapEntries, type Node, scalar, textOf, withEntries } from './tree.ts';

type Resolver = (node: Node, folder: string) => Node;

const path: Resolver = (node, folder) => moved(node, folder, (text) => text === '');
/** What Compose takes for the folder itself where it is empty. */
const source: Resolver = (node, folder) => moved(node, folder, () => false);
const context: Resolver = (node, folder) => moved(node, folder, isRemoteContext);

/** The values that are paths from the project's folder (compose-go paths/resolve.go). */
const resolvers: Patterns<Resolver> = patterns<Resolver>({
  'services.*.build.context': context,
  'services.*.build.additional_contexts.*': context,
  'services.*.build.ssh.*': source,
  'services.*.env_file.*.path': path,
  'services.*.label_file.*': path,
  'services.*.extends.file': (node, folder) => moved(node, folder, isRemoteFile),
  'services.*.develop.watch.*.path': path,
  'services.*.volumes.*': (node, folder) => mount(node, folder),
  'configs.*.file': source,
  'secrets.*.file': source,
  'volumes.*': (node, folder) => localVolume(node, folder),
});

/** A model whose paths begin at `folder`, instead of in it. */
export function resolvePaths(root: MapNode, folder: string): MapNode {
  return resolved(root, resolvers, folder) as MapNode;
}

function resolved(node: Node, known: Patterns<Resolver> | undefined, folder: string): Node {
  if (!known) return node;
  if (known.value) return known.value(node, folder);
  if (node.kind === 'map') return mapEntries(node, (value, key) => resolved(value, below(known, key), folder));
  if (node.kind === 'scalar') return node;
  const items = node.items.map((item) => resolved(item, belowItems(known), folder));
  return list(items, node.at);
}

function moved(node: Node, folder: string, stays: (path: string) => boolean): Node {
  const text = textOf(node);
  if (text === undefined || stays(text) || isElsewhere(text)) return node;
  return scalar(join(folder, text), node.at);
}

/** An absolute path, which stays as it is written: one of somebody's home, or of Windows, too. */
function isElsewhere(text: string): boolean {
  return /^[~/]/.test(text) || /^(?:[A-Za-z]:[\\/]|\\\\)/.test(text);
}

function mount(node: Node, folder: string): Node {
  if (node.kind !== 'map' || textOf(node.entries.get('type')) !== 'bind') return node;
  const given = node.entries.get('source');
  return given ? withEntries(node, { source: source(given, folder) }) : node;
}

/** A volume that is a folder of the host's after all. */
function localVolume(node: Node, folder: string): Node {
  if (node.kind !== 'map' || textOf(node.entries.get('driver')) !== 'local') return node;
  const options = node.entries.get('driver_opts');
  if (options?.kind !== 'map' || textOf(options.entries.get('o')) !== 'bind') return node;
  const device = options.entries.get('device');
  if (!device) return node;
  return withEntries(node, { driver_opts: withEntries(options, { device: source(device, folder) }) });
}
