import { listed } from '../../words.ts';
import type { ComposeProblem, Report } from './problem.ts';
import { join, type MapNode, type Node, plain } from './tree.ts';

/** What a value may be. */
interface Shape {
  /** How a message calls it. */
  readonly wants: string;
  readonly accepts: (node: Node) => boolean;
  /** What is wrong inside of a value that is accepted. */
  readonly inside?: (node: Node, path: string, report: Report) => void;
}

type Keys = Readonly<Record<string, Shape>>;

const text: Shape = { wants: 'text', accepts: (node) => node.kind === 'scalar' && typeof node.value === 'string' };
const number: Shape = {
  wants: 'a number',
  accepts: (node) => node.kind === 'scalar' && typeof node.value === 'number',
};
const integer: Shape = {
  wants: 'a whole number',
  accepts: (node) => node.kind === 'scalar' && Number.isInteger(node.value),
};
const boolean: Shape = {
  wants: 'true or false',
  accepts: (node) => node.kind === 'scalar' && typeof node.value === 'boolean',
};
const nothing: Shape = { wants: 'nothing', accepts: (node) => node.kind === 'scalar' && node.value === null };
const anything: Shape = { wants: 'anything', accepts: () => true };
const flag = oneOf(boolean, text);
const amount = oneOf(number, text);
const count = oneOf(integer, text);
const primitive = oneOf(text, number, boolean);

/** The first shape that accepts a value is what it is held against. */
function oneOf(...shapes: readonly Shape[]): Shape {
  return {
    wants: listed(
      shapes.map(({ wants }) => wants),
      'or',
    ),
    accepts: (node) => shapes.some((shape) => shape.accepts(node)),
    inside: (node, path, report) => shapes.find((shape) => shape.accepts(node))?.inside?.(node, path, report),
  };
}

function words(...allowed: readonly string[]): Shape {
  return {
    wants: 'text',
    accepts: text.accepts,
    inside: (node, path, report) => {
      if (node.kind !== 'scalar' || allowed.includes(String(node.value))) return;
      const hint = `Write one of ${allowed.join(', ')}.`;
      report(problem('shape', node, `${path} is ${JSON.stringify(node.value)}, which Compose does not know`, hint));
    },
  };
}

function matching(pattern: RegExp, hint: string): Shape {
  return {
    wants: 'text',
    accepts: text.accepts,
    inside: (node, path, report) => {
      if (node.kind !== 'scalar' || pattern.test(String(node.value))) return;
      report(problem('shape', node, `${path} is ${JSON.stringify(node.value)}, which Compose does not take`, hint));
    },
  };
}

function listOf(item: Shape, isSet = false): Shape {
  return {
    wants: 'a list',
    accepts: (node) => node.kind === 'list',
    inside: (node, path, report) => {
      if (node.kind !== 'list') return;
      const seen = new Set<string>();
      node.items.forEach((one, index) => {
        hold(one, item, `${path}[${index}]`, report);
        const said = JSON.stringify(plain(one));
        if (isSet && seen.has(said)) {
          report(problem('shape', one, `${path} has the same item twice`, 'Remove one of the two.'));
        }
        seen.add(said);
      });
    },
  };
}

/** A map whose keys are names. */
function dictionary(value: Shape, name?: RegExp): Shape {
  return {
    wants: 'a map',
    accepts: (node) => node.kind === 'map',
    inside: (node, path, report) => {
      if (node.kind !== 'map') return;
      for (const [key, one] of node.entries) {
        if (name && !name.test(key)) {
          const hint = 'Use letters, digits, dots, dashes and underscores.';
          report(problem('unknown-key', one, `${path} has ${JSON.stringify(key)}, which is no name`, hint));
        } else hold(one, value, join(path, key), report);
      }
    },
  };
}

interface MapOptions {
  readonly required?: readonly string[];
  /** Whether `x-` keys may stand there: almost everywhere. */
  readonly extensions?: boolean;
}

function object(keys: () => Keys, { required = [], extensions = true }: MapOptions = {}): Shape {
  return {
    wants: 'a map',
    accepts: (node) => node.kind === 'map',
    inside: (node, path, report) => {
      if (node.kind !== 'map') return;
      const known = keys();
      for (const [key, value] of node.entries) {
        const shape = Object.hasOwn(known, key) ? known[key] : undefined;
        if (shape) hold(value, shape, join(path, key), report);
        else if (!extensions || !key.startsWith('x-')) report(unknownKey(node, key, value, path, known));
      }
      for (const key of required) {
        if (!node.entries.has(key)) report(problem('shape', node, `${path} has no ${key}`, `Add \`${key}:\` to it.`));
      }
    },
  };
}

const of = (keys: Keys) => (): Keys => keys;

/** Keys that Compose 2.40 refuses and a later one knows. */
const since: Readonly<Record<string, string>> = {
  'service.pre_start': '5.3.0',
};

function unknownKey(node: MapNode, key: string, value: Node, path: string, known: Keys): ComposeProblem {
  const newer = /^services\.[^.]+$/.test(path) ? since[`service.${key}`] : undefined;
  const where = path === '' ? 'the file' : path;
  if (newer) {
    const message = `${where} has ${key}, which Compose refuses before ${newer}`;
    return { ...problem('unknown-key', value, message, `Use it with Compose ${newer} or later.`), severity: 'warning' };
  }
  const near = Object.keys(known).find((one) => !node.entries.has(one) && distance(one, key) < 3);
  const message = `${where} has ${JSON.stringify(key)}, which Compose does not know (additional property)`;
  return problem('unknown-key', value, message, near ? `Did you mean ${near}?` : 'Remove it, or begin it with `x-`.');
}

function hold(node: Node, shape: Shape, path: string, report: Report): void {
  if (shape.accepts(node)) shape.inside?.(node, path, report);
  else report(problem('shape', node, `${path} must be ${shape.wants}, and is ${kindOf(node)}`, hintFor(node)));
}

function hintFor(node: Node): string {
  if (node.kind !== 'scalar') return 'Write it in the form that Compose knows.';
  return node.value === null ? 'Give it a value, or remove the key.' : 'Write it in quotes if it is text.';
}

function kindOf(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'map' ? 'a map' : 'a list';
  if (node.value === null) return 'empty';
  return typeof node.value === 'string' ? 'text' : String(node.value);
}

function problem(code: ComposeProblem['code'], node: Node, message: string, hint: string): ComposeProblem {
  return { severity: 'error', code, ...node.at, message, hint };
}

/** How many letters are to be changed, added or taken away; 3 stands for more. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return 3;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 3;
}

const name = /^[a-zA-Z0-9._-]+$/;
const texts = listOf(text, true);
const textOrList = oneOf(text, texts);
const listOrMap = oneOf(dictionary(oneOf(primitive, nothing)), texts);
const command = oneOf(nothing, text, listOf(text));
const extraHosts = oneOf(dictionary(oneOf(text, listOf(text))), texts);
const driverOptions = dictionary(oneOf(text, number));
const mountedFiles = listOf(
  oneOf(text, object(of({ source: text, target: text, uid: text, gid: text, mode: amount }))),
);
const ulimits = dictionary(
  oneOf(integer, text, object(of({ hard: count, soft: count }), { required: ['soft', 'hard'] })),
);
const hook = object(of({ command, user: text, privileged: flag, working_dir: text, environment: listOrMap }), {
  required: ['command'],
});
const deviceKeys = { capabilities: texts, count, device_ids: texts, driver: text, options: listOrMap };
const updates = object(
  of({
    parallelism: count,
    delay: text,
    failure_action: text,
    monitor: text,
    max_failure_ratio: amount,
    order: words('start-first', 'stop-first'),
  }),
);
const blockLimits = listOf(object(of({ path: text, rate: count }), { extensions: false }));

const build = object(
  of({
    context: text,
    dockerfile: text,
    dockerfile_inline: text,
    entitlements: listOf(text),
    args: listOrMap,
    ssh: listOrMap,
    labels: listOrMap,
    cache_from: listOf(text),
    cache_to: listOf(text),
    no_cache: flag,
    additional_contexts: listOrMap,
    network: text,
    provenance: flag,
    sbom: flag,
    pull: flag,
    target: text,
    shm_size: count,
    extra_hosts: extraHosts,
    isolation: text,
    privileged: flag,
    secrets: mountedFiles,
    tags: listOf(text),
    ulimits,
    platforms: listOf(text),
  }),
);

const deploy = object(
  of({
    mode: text,
    endpoint_mode: text,
    replicas: count,
    labels: listOrMap,
    rollback_config: updates,
    update_config: updates,
    resources: object(
      of({
        limits: object(of({ cpus: amount, memory: text, pids: count })),
        reservations: object(
          of({
            cpus: amount,
            memory: text,
            generic_resources: listOf(
              object(of({ discrete_resource_spec: object(of({ kind: text, value: amount })) })),
            ),
            devices: listOf(object(of(deviceKeys), { required: ['capabilities'] })),
          }),
        ),
      }),
    ),
    restart_policy: object(of({ condition: text, delay: text, max_attempts: count, window: text })),
    placement: object(
      of({
        constraints: listOf(text),
        preferences: listOf(object(of({ spread: text }))),
        max_replicas_per_node: count,
      }),
    ),
  }),
);

const watch = object(
  of({
    ignore: textOrList,
    include: textOrList,
    path: text,
    action: words('rebuild', 'sync', 'restart', 'sync+restart', 'sync+exec'),
    target: text,
    exec: hook,
    initial_sync: boolean,
  }),
  { required: ['path', 'action'] },
);

const mount = object(
  of({
    type: words('bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image'),
    source: text,
    target: text,
    read_only: flag,
    consistency: text,
    bind: object(
      of({
        propagation: text,
        create_host_path: flag,
        recursive: words('enabled', 'disabled', 'writable', 'readonly'),
        selinux: words('z', 'Z'),
      }),
    ),
    volume: object(of({ labels: listOrMap, nocopy: flag, subpath: text })),
    tmpfs: object(of({ size: count, mode: amount })),
    image: object(of({ subpath: text })),
  }),
  { required: ['type'] },
);

const port = object(
  of({ name: text, mode: text, host_ip: text, target: count, published: count, protocol: text, app_protocol: text }),
);

const dependency = object(
  of({
    restart: flag,
    required: boolean,
    condition: words('service_started', 'service_healthy', 'service_completed_successfully'),
  }),
  { required: ['condition'] },
);

const serviceNetwork = object(
  of({
    aliases: texts,
    interface_name: text,
    ipv4_address: text,
    ipv6_address: text,
    link_local_ips: texts,
    mac_address: text,
    driver_opts: driverOptions,
    priority: number,
    gw_priority: number,
  }),
);

const service = object(
  of({
    develop: oneOf(nothing, object(of({ watch: listOf(watch) }))),
    deploy: oneOf(nothing, deploy),
    annotations: listOrMap,
    attach: flag,
    build: oneOf(text, build),
    blkio_config: object(
      of({
        device_read_bps: blockLimits,
        device_read_iops: blockLimits,
        device_write_bps: blockLimits,
        device_write_iops: blockLimits,
        weight: count,
        weight_device: listOf(object(of({ path: text, weight: count }), { extensions: false })),
      }),
      { extensions: false },
    ),
    cap_add: texts,
    cap_drop: texts,
    cgroup: words('host', 'private'),
    cgroup_parent: text,
    command,
    configs: mountedFiles,
    container_name: matching(/[a-zA-Z0-9][a-zA-Z0-9_.-]+/, 'Use letters, digits, dots, dashes and underscores.'),
    cpu_count: count,
    cpu_percent: amount,
    cpu_shares: amount,
    cpu_quota: amount,
    cpu_period: amount,
    cpu_rt_period: amount,
    cpu_rt_runtime: amount,
    cpus: amount,
    cpuset: text,
    credential_spec: object(of({ config: text, file: text, registry: text })),
    depends_on: oneOf(texts, dictionary(dependency, name)),
    device_cgroup_rules: texts,
    devices: listOf(
      oneOf(text, object(of({ source: text, target: text, permissions: text }), { required: ['source'] })),
    ),
    dns: textOrList,
    dns_opt: texts,
    dns_search: textOrList,
    domainname: text,
    entrypoint: command,
    env_file: oneOf(
      text,
      listOf(
        oneOf(
          text,
          object(of({ path: text, format: text, required: flag }), { required: ['path'], extensions: false }),
        ),
      ),
    ),
    label_file: oneOf(text, listOf(text)),
    environment: listOrMap,
    expose: listOf(oneOf(text, number), true),
    extends: oneOf(text, object(of({ service: text, file: text }), { required: ['service'], extensions: false })),
    provider: object(of({ type: text, options: dictionary(oneOf(primitive, listOf(primitive))) }), {
      required: ['type'],
    }),
    external_links: texts,
    extra_hosts: extraHosts,
    gpus: oneOf(words('all'), listOf(object(of(deviceKeys)))),
    group_add: listOf(oneOf(text, number), true),
    healthcheck: object(
      of({
        disable: flag,
        interval: text,
        retries: amount,
        test: oneOf(text, listOf(text)),
        timeout: text,
        start_period: text,
        start_interval: text,
      }),
    ),
    hostname: text,
    image: text,
    init: flag,
    ipc: text,
    isolation: text,
    labels: listOrMap,
    links: texts,
    logging: object(of({ driver: text, options: dictionary(oneOf(text, number, nothing)) })),
    mac_address: text,
    mem_limit: amount,
    mem_reservation: count,
    mem_swappiness: count,
    memswap_limit: amount,
    network_mode: text,
    models: oneOf(texts, dictionary(oneOf(nothing, object(of({ endpoint_var: text, model_var: text }))))),
    networks: oneOf(texts, dictionary(oneOf(nothing, serviceNetwork), name)),
    oom_kill_disable: flag,
    oom_score_adj: count,
    pid: oneOf(text, nothing),
    pids_limit: amount,
    platform: text,
    ports: listOf(oneOf(number, text, port), true),
    post_start: listOf(hook),
    pre_stop: listOf(hook),
    privileged: flag,
    profiles: texts,
    pull_policy: matching(
      /always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/,
      'Write one of always, missing, never, build, daily, weekly.',
    ),
    pull_refresh_after: text,
    read_only: flag,
    restart: text,
    runtime: text,
    scale: count,
    security_opt: texts,
    shm_size: amount,
    secrets: mountedFiles,
    sysctls: listOrMap,
    stdin_open: flag,
    stop_grace_period: text,
    stop_signal: text,
    storage_opt: dictionary(anything),
    tmpfs: textOrList,
    tty: flag,
    ulimits,
    use_api_socket: boolean,
    user: text,
    uts: text,
    userns_mode: text,
    volumes: listOf(oneOf(text, mount), true),
    volumes_from: texts,
    working_dir: text,
  }),
);

const external = oneOf(flag, object(of({ name: text })));
const network = object(
  of({
    name: text,
    driver: text,
    driver_opts: driverOptions,
    ipam: object(
      of({
        driver: text,
        config: listOf(object(of({ subnet: text, ip_range: text, gateway: text, aux_addresses: dictionary(text) }))),
        options: dictionary(text),
      }),
    ),
    external,
    internal: flag,
    enable_ipv4: flag,
    enable_ipv6: flag,
    attachable: flag,
    labels: listOrMap,
  }),
);
const volume = object(of({ name: text, driver: text, driver_opts: driverOptions, external, labels: listOrMap }));
const secret = object(
  of({
    name: text,
    environment: text,
    file: text,
    external,
    labels: listOrMap,
    driver: text,
    driver_opts: driverOptions,
    template_driver: text,
  }),
);
const config = object(
  of({ name: text, content: text, environment: text, file: text, external, labels: listOrMap, template_driver: text }),
);
const model = object(of({ name: text, model: text, context_size: integer, runtime_flags: listOf(text) }), {
  required: ['model'],
});
const include = oneOf(
  text,
  object(of({ path: textOrList, env_file: textOrList, project_directory: text }), { extensions: false }),
);

const project = object(
  of({
    version: text,
    name: text,
    include: listOf(include),
    services: dictionary(service, name),
    models: dictionary(model),
    networks: dictionary(oneOf(nothing, network)),
    volumes: dictionary(oneOf(nothing, volume), name),
    secrets: dictionary(secret, name),
    configs: dictionary(config, name),
  }),
);

/** All that is not as Compose's schema wants it, with the lines: each wrong key and each value of a wrong kind. */
export function shapeProblems(root: MapNode): readonly ComposeProblem[] {
  const found: ComposeProblem[] = [];
  hold(root, project, '', (one) => found.push(one));
  return found;
}
