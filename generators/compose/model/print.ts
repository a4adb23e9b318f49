/** What Compose prints of each key of a model. */
import { withTexts } from '../../data.ts';
import type { ComposeModel } from '../model.ts';
import {
  bytes,
  command,
  dictionary,
  duration,
  each,
  type Fields,
  flag,
  hosts,
  integer,
  mapping,
  mode,
  number,
  object,
  onlyTrue,
  type Print,
  single,
  test,
  text,
  texts,
} from './print-values.ts';
import type { Report } from './problem.ts';
import { isNull, type MapNode, plain, shown } from './tree.ts';

const mounted = object({ source: text, target: text, uid: text, gid: text, mode });
const ulimit: Print = (node, report) =>
  node.kind === 'map' ? object({ soft: number, hard: number })(node, report) : (number(node, report) ?? {});
const amount: Print = (node) => {
  const said = node.kind === 'scalar' ? shown(node) : '';
  return said.toLowerCase() === 'all' ? -1 : Number(said) || undefined;
};
const device = { capabilities: texts, driver: text, count: amount, device_ids: texts, options: mapping('') };
const updates = object({
  parallelism: integer,
  delay: (node, report) => nonZero(duration(node, report)),
  failure_action: text,
  monitor: (node, report) => nonZero(duration(node, report)),
  max_failure_ratio: number,
  order: text,
});
const nonZero = (printed: unknown): unknown => (printed === '0s' ? undefined : printed);
const hook = object(
  { command, user: text, privileged: onlyTrue, working_dir: text, environment: mapping(null) },
  { command: null },
);
const resource = object({
  cpus: single,
  memory: bytes,
  pids: number,
  devices: each(object(device)),
  generic_resources: each(
    object({ discrete_resource_spec: object({ kind: text, value: integer }, { kind: '', value: 0 }) }),
  ),
});

const build = object({
  context: text,
  dockerfile: text,
  dockerfile_inline: text,
  entitlements: texts,
  args: mapping(null),
  labels: mapping(''),
  cache_from: texts,
  cache_to: texts,
  no_cache: onlyTrue,
  additional_contexts: mapping(''),
  network: text,
  provenance: text,
  sbom: text,
  pull: onlyTrue,
  target: text,
  shm_size: bytes,
  extra_hosts: hosts,
  isolation: text,
  privileged: onlyTrue,
  secrets: each(mounted),
  tags: texts,
  ulimits: dictionary(ulimit),
  platforms: texts,
});

const deploy = object(
  {
    mode: text,
    replicas: integer,
    labels: mapping(''),
    update_config: updates,
    rollback_config: updates,
    resources: object({ limits: resource, reservations: resource }),
    restart_policy: object({ condition: text, delay: duration, max_attempts: integer, window: duration }),
    placement: object({
      constraints: texts,
      preferences: each(object({ spread: text })),
      max_replicas_per_node: number,
    }),
    endpoint_mode: text,
  },
  { resources: {}, placement: {} },
);

const mount = object({
  type: text,
  source: text,
  target: text,
  read_only: onlyTrue,
  consistency: text,
  bind: object({ selinux: text, propagation: text, create_host_path: onlyTrue, recursive: text }),
  volume: object({ labels: mapping(''), nocopy: onlyTrue, subpath: text }),
  tmpfs: object({ size: bytes, mode: number }),
  image: object({ subpath: text }),
});

const network: Print = (node, report) => (isNull(node) ? null : serviceNetwork(node, report));
const serviceNetwork = object({
  aliases: texts,
  driver_opts: mapping(''),
  gw_priority: number,
  interface_name: text,
  ipv4_address: text,
  ipv6_address: text,
  link_local_ips: texts,
  mac_address: text,
  priority: number,
});

const service = object(
  {
    profiles: texts,
    annotations: mapping(''),
    attach: flag,
    build,
    develop: object({
      watch: each(
        object(
          { path: text, action: text, target: text, exec: hook, include: texts, ignore: texts, initial_sync: onlyTrue },
          { exec: { command: null } },
        ),
      ),
    }),
    cap_add: texts,
    cap_drop: texts,
    cgroup: text,
    cgroup_parent: text,
    command,
    configs: each(mounted),
    container_name: text,
    cpu_count: number,
    cpu_percent: single,
    cpu_period: number,
    cpu_quota: number,
    cpu_rt_period: number,
    cpu_rt_runtime: number,
    cpus: single,
    cpuset: text,
    cpu_shares: number,
    credential_spec: object({ config: text, file: text, registry: text }),
    depends_on: dictionary(object({ condition: text, restart: onlyTrue, required: flag }, { required: false })),
    deploy,
    device_cgroup_rules: texts,
    devices: each(object({ source: text, target: text, permissions: text })),
    dns: texts,
    dns_opt: texts,
    dns_search: texts,
    domainname: text,
    entrypoint: command,
    env_file: each(object({ path: text, required: flag, format: text })),
    environment: mapping(null),
    expose: texts,
    external_links: texts,
    extra_hosts: hosts,
    gpus: each(object(device)),
    group_add: texts,
    healthcheck: object({
      test,
      timeout: duration,
      interval: duration,
      retries: integer,
      start_period: duration,
      start_interval: duration,
      disable: onlyTrue,
    }),
    hostname: text,
    image: text,
    init: flag,
    ipc: text,
    isolation: text,
    labels: mapping(''),
    links: texts,
    logging: object({ driver: text, options: mapping('') }),
    mac_address: text,
    models: dictionary((node, report) =>
      isNull(node) ? null : object({ endpoint_var: text, model_var: text })(node, report),
    ),
    mem_limit: bytes,
    mem_reservation: bytes,
    mem_swappiness: bytes,
    memswap_limit: bytes,
    network_mode: text,
    networks: dictionary(network),
    oom_kill_disable: onlyTrue,
    oom_score_adj: number,
    pid: text,
    pids_limit: number,
    platform: text,
    ports: each(
      object({
        name: text,
        mode: text,
        host_ip: text,
        target: number,
        published: text,
        protocol: text,
        app_protocol: text,
      }),
    ),
    post_start: each(hook),
    pre_stop: each(hook),
    privileged: onlyTrue,
    provider: object({ type: text, options: dictionary(texts) }),
    pull_policy: text,
    read_only: onlyTrue,
    restart: text,
    runtime: text,
    scale: integer,
    secrets: each(mounted),
    security_opt: texts,
    shm_size: bytes,
    stdin_open: onlyTrue,
    stop_grace_period: duration,
    stop_signal: text,
    storage_opt: mapping(''),
    sysctls: mapping(''),
    tmpfs: texts,
    tty: onlyTrue,
    ulimits: dictionary(ulimit),
    use_api_socket: onlyTrue,
    user: text,
    userns_mode: text,
    uts: text,
    volumes: each(mount),
    volumes_from: texts,
    working_dir: text,
  },
  { command: null, entrypoint: null },
);

const fileObject = object({
  name: text,
  file: text,
  environment: text,
  content: text,
  external: onlyTrue,
  labels: mapping(''),
  driver: text,
  driver_opts: mapping(''),
  template_driver: text,
});

const sections: Fields = {
  services: dictionary(service),
  networks: dictionary(
    object(
      {
        name: text,
        driver: text,
        driver_opts: mapping(''),
        ipam: object({
          driver: text,
          config: each(object({ subnet: text, gateway: text, ip_range: text, aux_addresses: mapping('') })),
        }),
        external: onlyTrue,
        internal: onlyTrue,
        attachable: onlyTrue,
        labels: mapping(''),
        enable_ipv4: flag,
        enable_ipv6: flag,
      },
      { ipam: {} },
    ),
  ),
  volumes: dictionary(
    object({ name: text, driver: text, driver_opts: mapping(''), external: onlyTrue, labels: mapping('') }),
  ),
  secrets: dictionary(fileObject),
  configs: dictionary(fileObject),
};

/**
 * The model as `docker compose config --format json` prints it; every `$` is doubled there. What is no size, duration
 * or command is reported and left out.
 */
export function printModel(root: MapNode, report: Report): ComposeModel {
  const printed: Record<string, unknown> = { services: {} };
  for (const [key, node] of root.entries) {
    if (key.startsWith('x-')) printed[key] = plain(node);
    const print = Object.hasOwn(sections, key) ? sections[key] : undefined;
    const said = key === 'name' ? text(node, report) : print?.(node, report);
    if (said !== undefined) printed[key] = said;
  }
  return withTexts<unknown>(printed, (one) => one.replaceAll('$', '$$$$')) as ComposeModel;
}
