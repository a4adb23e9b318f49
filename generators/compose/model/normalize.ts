import { clean } from '../../paths.ts';
import { pairsOf } from './merge.ts';
import {
  entriesOf,
  isNull,
  isTrue,
  itemsOf,
  list,
  type MapNode,
  map,
  type Node,
  type Place,
  scalar,
  textOf,
  withEntries,
} from './tree.ts';

type Look = (name: string) => string | undefined;

/**
 * The model with all that Compose adds to what is written: the default network, the names, dependencies that follow
 * from other keys, values from the shell (compose-go loader/normalize.go).
 */
export function normalize(root: MapNode, name: string, look: Look): MapNode {
  const services = entriesOf(root.entries.get('services')).map(([key, service]) => {
    return [key, service.kind === 'map' ? normalService(service, look) : service] as const;
  });
  const isDefaultUsed = services.some(([, service]) => {
    return service.kind === 'map' && networksOf(service)?.entries.has('default');
  });
  const networks = new Map(entriesOf(root.entries.get('networks')));
  if (isDefaultUsed && !networks.has('default')) networks.set('default', scalar(null, root.at));
  const named = (key: string): Node | undefined => {
    const entries = key === 'networks' ? [...networks] : entriesOf(root.entries.get(key));
    const all = entries.map(([own, resource]) => [own, withName(own, resource, name)] as const);
    return all.length > 0 ? map(all, root.entries.get(key)?.at ?? root.at) : undefined;
  };
  return withEntries(root, {
    name: scalar(name, root.entries.get('name')?.at ?? root.at),
    services: map(services, root.entries.get('services')?.at ?? root.at),
    networks: named('networks'),
    volumes: named('volumes'),
    secrets: named('secrets'),
    configs: named('configs'),
  });
}

/** What is named by nobody is named by its key, and by the project unless it is external. */
function withName(key: string, resource: Node, project: string): Node {
  const node = resource.kind === 'map' ? resource : map([], resource.at);
  if (node.entries.has('name') && !isNull(node.entries.get('name'))) return node;
  return withEntries(node, {
    name: scalar(isTrue(node.entries.get('external')) ? key : `${project}_${key}`, node.at),
  });
}

function networksOf(service: MapNode): MapNode | undefined {
  const networks = service.entries.get('networks');
  return networks?.kind === 'map' ? networks : undefined;
}

function normalService(service: MapNode, look: Look): MapNode {
  const { entries, at } = service;
  const build = entries.get('build');
  const dependencies = dependenciesOf(service);
  const volumes = entries.get('volumes');
  return withEntries(service, {
    ...(textOf(entries.get('pull_policy')) === 'if_not_present' && { pull_policy: scalar('missing', at) }),
    build: build?.kind === 'map' ? normalBuild(build, look) : build,
    environment: passedOn(entries.get('environment'), look, true),
    depends_on: dependencies.entries.size > 0 ? dependencies : entries.get('depends_on'),
    networks: normalNetworks(service),
    volumes: volumes && list(itemsOf(volumes).map(cleanTarget), volumes.at),
  });
}

function normalNetworks(service: MapNode): Node | undefined {
  const { entries, at } = service;
  const networks = entries.get('networks');
  if (entries.has('provider') || entries.has('network_mode')) return networks;
  const isSomewhere = networks?.kind === 'map' && networks.entries.size > 0;
  return isSomewhere ? networks : map([['default', scalar(null, at)]], at);
}

function normalBuild(build: MapNode, look: Look): MapNode {
  const { entries, at } = build;
  const isElsewhere = entries.has('dockerfile') || entries.has('dockerfile_inline');
  return withEntries(build, {
    context: entries.get('context') ?? scalar('.', at),
    ...(!isElsewhere && { dockerfile: scalar('Dockerfile', at) }),
    args: passedOn(entries.get('args'), look, false),
  });
}

/** Variables without a value get that of the shell. */
function passedOn(node: Node | undefined, look: Look, keepsEmpty: boolean): Node | undefined {
  if (!node || node.kind === 'scalar') return node;
  const resolved = pairsOf(node).map(([key, value, item]) => {
    const given = value ?? look(key);
    if (given === undefined) return [key, keepsEmpty ? scalar(null, item.at) : undefined] as const;
    return [key, typeof given === 'string' ? scalar(given, item.at) : given] as const;
  });
  return map(resolved, node.at);
}

function dependenciesOf(service: MapNode): MapNode {
  const { entries, at } = service;
  const found = new Map(entriesOf(entries.get('depends_on')));
  const add = (name: string, restart: boolean, where: Place): void => {
    if (found.has(name)) return;
    const long = { condition: 'service_started', restart, required: true };
    found.set(
      name,
      map(
        Object.entries(long).map(([key, value]) => [key, scalar(value, where)]),
        where,
      ),
    );
  };
  for (const link of itemsOf(entries.get('links'))) {
    const text = textOf(link) ?? '';
    const parts = text.split(':');
    add(parts.length === 2 ? (parts[0] ?? '') : text, true, link.at);
  }
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const node = entries.get(key);
    const shared = /^service:(.*)$/s.exec(textOf(node) ?? '')?.[1];
    if (node && shared !== undefined) add(shared, true, node.at);
  }
  for (const from of itemsOf(entries.get('volumes_from'))) {
    const text = textOf(from) ?? '';
    if (!text.startsWith('container:')) add(text.split(':')[0] ?? '', false, from.at);
  }
  return { kind: 'map', entries: found, at: entries.get('depends_on')?.at ?? at };
}

function cleanTarget(volume: Node): Node {
  if (volume.kind !== 'map') return volume;
  const target = textOf(volume.entries.get('target'));
  return target === undefined ? volume : withEntries(volume, { target: scalar(clean(target), volume.at) });
}
