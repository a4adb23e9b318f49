import { clean } from '../../paths.ts';
import { mountOf } from './mounts.ts';
import { below, belowItems, type Patterns, patterns } from './patterns.ts';
import { type Port, portsOf } from './ports.ts';
import { attempt, Refused, type Report } from './problem.ts';
import {
  join,
  list,
  type MapNode,
  map,
  mapEntries,
  type Node,
  type Place,
  scalar,
  shown,
  textOf,
  withEntries,
} from './tree.ts';

interface Context {
  readonly report: Report;
  /** How many ports may still be written out: ranges are short, and what they stand for is not. */
  ports: number;
}

type Step = (node: Node, path: string, known: Patterns<Step>, context: Context) => Node | undefined;

const maxPorts = 150_000;

const toList: Step = (node) => (textOf(node) === undefined ? node : list([node], node.at));
const withoutEmpty = (node: Node): Node =>
  node.kind === 'list'
    ? list(
        node.items.filter((item) => textOf(item) !== ''),
        node.at,
      )
    : node;
const namesToMap: Step = (node) =>
  node.kind === 'list'
    ? map(
        node.items.map((item) => [textOf(item) ?? '', scalar(null, item.at)] as const),
        node.at,
      )
    : node;
const mountedFile: Step = (node) => (textOf(node) === undefined ? node : map([['source', node]], node.at));

/** The long form of what can be written short (compose-go transform/). */
const longForms: Patterns<Step> = patterns<Step>({
  'services.*.build': build,
  'services.*.build.secrets.*': mountedFile,
  'services.*.build.additional_contexts': keyValues,
  'services.*.build.ssh': ssh,
  'services.*.depends_on': dependsOn,
  'services.*.env_file': envFile,
  'services.*.label_file': toList,
  'services.*.extends': (node) => (textOf(node) === undefined ? node : map([['service', node]], node.at)),
  'services.*.gpus': gpus,
  'services.*.networks': namesToMap,
  'services.*.models': namesToMap,
  'services.*.volumes.*': mount,
  'services.*.dns': (node) => withoutEmpty(textOf(node) === undefined ? node : list([node], node.at)),
  'services.*.devices.*': device,
  'services.*.secrets.*': mountedFile,
  'services.*.configs.*': mountedFile,
  'services.*.ports': ports,
  'services.*.develop.watch.*.ignore': toList,
  'services.*.develop.watch.*.include': toList,
  'volumes.*': external,
  'networks.*': external,
  'secrets.*': external,
  'configs.*': external,
});

/** Every short form written out. What cannot be read is reported and left out. */
export function canonical(root: MapNode, report: Report): MapNode {
  return inside(root, longForms, '', { report, ports: maxPorts }) as MapNode;
}

function step(node: Node, known: Patterns<Step> | undefined, path: string, context: Context): Node | undefined {
  if (!known) return node;
  const change = known.value;
  return change
    ? attempt(context.report, () => change(node, path, known, context))
    : inside(node, known, path, context);
}

function inside(node: Node, known: Patterns<Step>, path: string, context: Context): Node {
  if (node.kind === 'map')
    return mapEntries(node, (value, key) => step(value, below(known, key), join(path, key), context));
  if (node.kind === 'scalar') return node;
  return list(
    node.items.flatMap((item, index) => step(item, belowItems(known), `${path}[${index}]`, context) ?? []),
    node.at,
  );
}

function build(node: Node, path: string, known: Patterns<Step>, context: Context): Node {
  return textOf(node) === undefined ? inside(node, known, path, context) : map([['context', node]], node.at);
}

function keyValues(node: Node, path: string): Node {
  if (node.kind !== 'list') return node;
  const entries = node.items.map((item) => {
    const text = textOf(item) ?? '';
    const at = text.indexOf('=');
    if (at >= 0) return [text.slice(0, at), scalar(text.slice(at + 1), item.at)] as const;
    throw new Refused('value', item.at, `${path} has ${JSON.stringify(text)}`, 'Write it as key=value.');
  });
  return map(entries, node.at);
}

function ssh(node: Node, path: string): Node {
  if (node.kind !== 'list') return node;
  const entries = node.items.map((item) => {
    const text = textOf(item) ?? '';
    const at = text.indexOf('=');
    if (at >= 0) return [text.slice(0, at), scalar(text.slice(at + 1), item.at)] as const;
    if (text === 'default') return [text, scalar(null, item.at)] as const;
    throw new Refused('value', item.at, `${path} has ${JSON.stringify(text)}`, 'Write `default`, or id=path.');
  });
  return map(entries, node.at);
}

function dependsOn(node: Node): Node {
  const started = (at: Place) => scalar('service_started', at);
  if (node.kind === 'list') {
    const entries = node.items.map((item) => {
      const long = { condition: started(item.at), required: scalar(true, item.at) };
      return [textOf(item) ?? '', map(Object.entries(long), item.at)] as const;
    });
    return map(entries, node.at);
  }
  if (node.kind !== 'map') return node;
  return mapEntries(node, (value) => {
    if (value.kind !== 'map') return value;
    const { condition = started(value.at), required = scalar(true, value.at) } = Object.fromEntries(value.entries);
    return withEntries(value, { condition, required });
  });
}

function envFile(node: Node): Node {
  const long = (file: Node): Node => {
    const required = scalar(true, file.at);
    if (file.kind === 'map') return file.entries.has('required') ? file : withEntries(file, { required });
    return map(Object.entries({ path: file, required }), file.at);
  };
  return list((node.kind === 'list' ? node.items : [node]).map(long), node.at);
}

function gpus(node: Node): Node {
  if (textOf(node) === undefined) return node;
  return list([map([['count', scalar('all', node.at)]], node.at)], node.at);
}

function mount(node: Node, path: string): Node {
  const text = textOf(node);
  if (text === undefined) return node;
  const read = mountOf(text);
  if (typeof read !== 'string') return nodeOf({ ...read, target: clean(read.target) }, node.at);
  const message = `${path} (${JSON.stringify(text)}): ${read}`;
  throw new Refused('value', node.at, message, 'Write source:target, or the long form.');
}

function device(node: Node, path: string): Node {
  const text = textOf(node);
  if (text === undefined) return node;
  const [source = '', target = '', permissions = 'rwm', ...more] = text.split(':');
  if (more.length === 0) return nodeOf({ source, target: target || source, permissions }, node.at);
  const message = `${path} is ${JSON.stringify(text)}, with more than two colons`;
  throw new Refused('value', node.at, message, 'Write it in the long form: `source:`, `target:`.');
}

function ports(node: Node, path: string, _known: Patterns<Step>, context: Context): Node {
  if (node.kind !== 'list') return node;
  const long = node.items.flatMap(
    (item, index) => attempt(context.report, () => portNodes(item, `${path}[${index}]`, context)) ?? [],
  );
  return list(long, node.at);
}

function portNodes(item: Node, path: string, context: Context): readonly Node[] {
  if (item.kind !== 'scalar') return [item];
  const text = shown(item);
  const read: readonly Port[] | string = context.ports > 0 ? portsOf(text) : [];
  if (typeof read !== 'string') {
    context.ports -= read.length;
    if (context.ports > 0) return read.map((port) => nodeOf(port, item.at));
    throw new Refused('too-large', item.at, `${path} is one range of ports too many`, 'Publish fewer ports.');
  }
  const message = `${path} (${JSON.stringify(text)}): ${read}`;
  throw new Refused('value', item.at, message, 'Write "host:container", such as "127.0.0.1:8080:80".');
}

/** `external: {name: x}` of old files. */
function external(node: Node, path: string): Node {
  if (node.kind !== 'map') return node;
  const old = node.entries.get('external');
  if (old?.kind !== 'map') return node;
  const name = node.entries.get('name');
  const oldName = old.entries.get('name');
  if (name && oldName && textOf(name) !== textOf(oldName)) {
    throw new Refused('conflict', oldName.at, `${path} has two names`, 'Keep `name:`, and write `external: true`.');
  }
  return withEntries(node, { external: scalar(true, old.at), name: name ?? oldName });
}

/** Plain data as a tree that was written at one place. */
function nodeOf(data: unknown, at: Place): Node {
  if (Array.isArray(data)) {
    return list(
      data.map((item) => nodeOf(item, at)),
      at,
    );
  }
  if (typeof data !== 'object' || data === null) return scalar(data as string | number | boolean | null, at);
  return map(
    Object.entries(data).map(([key, value]) => [key, nodeOf(value, at)]),
    at,
  );
}

/** What is left out reads as its default (compose-go transform/defaults.go). */
export function withDefaults(root: MapNode): MapNode {
  return inside(root, defaults, '', { report: () => undefined, ports: 0 }) as MapNode;
}

function absent(node: Node, key: string, value: (node: MapNode) => string): Node {
  if (node.kind !== 'map' || node.entries.has(key)) return node;
  return withEntries(node, { [key]: scalar(value(node), node.at) });
}

const allDevices: Step = (node) =>
  node.kind === 'map' && node.entries.has('device_ids') ? node : absent(node, 'count', () => 'all');

const defaults: Patterns<Step> = patterns<Step>({
  'services.*.build': (node) => absent(node, 'context', () => '.'),
  'services.*.secrets.*': (node) =>
    absent(node, 'target', ({ entries }) => `/run/secrets/${textOf(entries.get('source')) ?? ''}`),
  'services.*.ports.*': (node) =>
    absent(
      absent(node, 'protocol', () => 'tcp'),
      'mode',
      () => 'ingress',
    ),
  'services.*.deploy.resources.reservations.devices.*': allDevices,
  'services.*.gpus.*': allDevices,
});
