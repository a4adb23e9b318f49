import { nanosecondsOf } from './durations.ts';
import { BadTemplate, interpolate, type VariableUse } from './interpolate.ts';
import { mountOf } from './mounts.ts';
import { below, belowItems, type Patterns, patterns } from './patterns.ts';
import { portsOf } from './ports.ts';
import { attempt, Refused, type Report } from './problem.ts';
import { bytesOf } from './sizes.ts';
import { join, type MapNode, map, type Node, type ScalarNode, scalar } from './tree.ts';

/** One use of a variable, and where. */
export interface PlacedUse extends VariableUse {
  readonly file: string;
  readonly line: number;
}

export interface Expansion {
  readonly value: (name: string) => string | undefined;
  readonly used: (use: PlacedUse) => void;
  readonly report: Report;
}

/** What a text must be at some path: a value to stand in for a variable that nobody set, and what Compose makes of it. */
interface Kind {
  readonly isValid: (text: string) => boolean;
  readonly placeholder: (name: string) => string;
  readonly cast?: ((text: string) => ScalarNode['value']) | undefined;
}

const nameOf = (name: string): string => name.toLowerCase().replaceAll('_', '-');
const words: Readonly<Record<string, boolean>> = {
  true: true,
  y: true,
  yes: true,
  on: true,
  false: false,
  n: false,
  no: false,
  off: false,
};

const anything: Kind = { isValid: () => true, placeholder: nameOf };
const named: Kind = { isValid: (text) => text !== '', placeholder: nameOf };
const integer: Kind = { isValid: (text) => /^[-+]?\d+$/.test(text), placeholder: () => '1', cast: Number };
const float: Kind = {
  isValid: (text) => /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text),
  placeholder: () => '1',
  cast: Number,
};
const flag: Kind = {
  isValid: (text) => Object.hasOwn(words, text.toLowerCase()),
  placeholder: () => 'false',
  cast: (text) => words[text.toLowerCase()] ?? null,
};
const portNumber: Kind = { ...integer, placeholder: () => '8080' };
const address: Kind = { isValid: (text) => text !== '', placeholder: () => '127.0.0.1' };
const isAddressName = (name: string): boolean =>
  /(?:^|_)(?:IP|HOST|ADDR|ADDRESS|BIND|INTERFACE)(?:_|$)/i.test(name) && !/PORT/i.test(name);
const port: Kind = {
  isValid: (text) => typeof portsOf(text) !== 'string',
  placeholder: (name) => (isAddressName(name) ? '127.0.0.1' : '8080'),
};
const host: Kind = {
  isValid: (text) => /^[^:=]+[:=]./.test(text),
  placeholder: (name) => (isAddressName(name) ? '127.0.0.1' : nameOf(name)),
};
const mount: Kind = {
  isValid: (text) => typeof mountOf(text) !== 'string',
  placeholder: (name) => `./${nameOf(name)}`,
};
const duration: Kind = { isValid: (text) => nanosecondsOf(text) !== undefined, placeholder: () => '30s' };
const size: Kind = { isValid: (text) => bytesOf(text) !== undefined, placeholder: () => '64m' };
const cpus: Kind = { isValid: float.isValid, placeholder: float.placeholder };

/** compose-go interpolate.go has which values are turned into numbers and flags. */
const kinds: Patterns<Kind> = patterns({
  ...under('services.*', {
    cpu_count: integer,
    cpu_percent: float,
    cpu_period: integer,
    cpu_quota: integer,
    cpu_rt_period: integer,
    cpu_rt_runtime: integer,
    cpus: float,
    cpu_shares: integer,
    init: flag,
    'deploy.replicas': integer,
    'deploy.update_config.parallelism': integer,
    'deploy.update_config.max_failure_ratio': float,
    'deploy.update_config.delay': duration,
    'deploy.update_config.monitor': duration,
    'deploy.rollback_config.parallelism': integer,
    'deploy.rollback_config.max_failure_ratio': float,
    'deploy.rollback_config.delay': duration,
    'deploy.rollback_config.monitor': duration,
    'deploy.restart_policy.max_attempts': integer,
    'deploy.restart_policy.delay': duration,
    'deploy.restart_policy.window': duration,
    'deploy.placement.max_replicas_per_node': integer,
    'deploy.resources.*.cpus': cpus,
    'deploy.resources.*.memory': size,
    'deploy.resources.*.pids': { ...integer, cast: undefined },
    'healthcheck.retries': integer,
    'healthcheck.disable': flag,
    'healthcheck.interval': duration,
    'healthcheck.timeout': duration,
    'healthcheck.start_period': duration,
    'healthcheck.start_interval': duration,
    'extra_hosts.*': host,
    image: named,
    mem_limit: size,
    mem_reservation: size,
    mem_swappiness: size,
    memswap_limit: size,
    oom_kill_disable: flag,
    oom_score_adj: integer,
    pids_limit: integer,
    'ports.*': port,
    'ports.*.target': portNumber,
    'ports.*.published': { ...portNumber, cast: undefined },
    'ports.*.host_ip': address,
    privileged: flag,
    read_only: flag,
    scale: integer,
    shm_size: size,
    stdin_open: flag,
    stop_grace_period: duration,
    tty: flag,
    'ulimits.*': integer,
    'ulimits.*.hard': integer,
    'ulimits.*.soft': integer,
    'volumes.*': mount,
    'volumes.*.read_only': flag,
    'volumes.*.volume.nocopy': flag,
  }),
  ...under('networks.*', { external: flag, internal: flag, attachable: flag, enable_ipv4: flag, enable_ipv6: flag }),
  'volumes.*.external': flag,
  'secrets.*.external': flag,
  'configs.*.external': flag,
});

function under(path: string, table: Readonly<Record<string, Kind>>): Readonly<Record<string, Kind>> {
  return Object.fromEntries(Object.entries(table).map(([key, kind]) => [`${path}.${key}`, kind]));
}

/**
 * A file's data with its variables replaced. What has no value never stops it: a required variable reads as a
 * placeholder that is valid where it stands, and so does one that would leave nothing valid behind.
 * What Compose cannot interpolate or convert is reported and left out.
 */
export function expand(root: MapNode, expansion: Expansion): MapNode {
  const node = expandNode(root, kinds, '', expansion);
  return node?.kind === 'map' ? node : root;
}

/** One text, outside of any file's data: the name of a project. */
export function expandText(node: ScalarNode, expansion: Expansion): string {
  const expanded = attempt(expansion.report, () => expandScalar(node, anything, 'name', expansion));
  return String(expanded?.value ?? '');
}

function expandNode(
  node: Node,
  known: Patterns<Kind> | undefined,
  path: string,
  expansion: Expansion,
): Node | undefined {
  if (node.kind === 'scalar') {
    return attempt(expansion.report, () => expandScalar(node, known?.value ?? anything, path, expansion));
  }
  if (node.kind === 'list') {
    const inside = belowItems(known);
    const items = node.items.map((item, index) => expandNode(item, inside, `${path}[${index}]`, expansion));
    return { ...node, items: items.filter((item) => item !== undefined) };
  }
  // What is built needs no name for its image.
  const isBuilt = node.entries.has('build');
  const entries = [...node.entries].map(([key, value]) => {
    const inside = key === 'image' && isBuilt ? undefined : below(known, key);
    return [key, expandNode(value, inside, join(path, key), expansion)] as const;
  });
  return map(entries, node.at);
}

function expandScalar(node: ScalarNode, kind: Kind, path: string, expansion: Expansion): ScalarNode {
  if (typeof node.value !== 'string') return node;
  const uses: VariableUse[] = [];
  const source = node.value;
  const replace = (value: Expansion['value']): string =>
    interpolate(source, { value, used: (use) => uses.push(use), placeholder: kind.placeholder });
  let text: string;
  try {
    text = replace(expansion.value);
    const isIncomplete = uses.some(({ state }) => state === 'blank' || state === 'missing');
    for (const use of uses) expansion.used({ ...use, ...node.at });
    if (isIncomplete && !kind.isValid(text)) {
      text = replace((name) => expansion.value(name) || kind.placeholder(name));
    }
  } catch (error) {
    if (!(error instanceof BadTemplate)) throw error;
    const hint = 'Write ${NAME} or ${NAME:-default}, and $$ for a dollar sign that is meant as one.';
    throw new Refused('interpolation', node.at, `${path} has a $ that begins no variable`, hint);
  }
  if (!kind.cast) return text === source ? node : scalar(text, node.at);
  if (kind.isValid(text)) return scalar(kind.cast(text), node.at);
  const wanted = kind === flag ? 'true or false' : 'a number';
  throw new Refused('value', node.at, `${path} must be ${wanted}, and is ${JSON.stringify(text)}`, `Write ${wanted}.`);
}
