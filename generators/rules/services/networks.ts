import { factsOf } from '../builds.ts';
import { composeEntries } from '../compose-text.ts';
import { speaksOf } from '../hosts.ts';
import type { Family } from '../image-facts.ts';
import { composeSpec, dockerDocs, github } from '../sources.ts';
import { isApp, isDataService, type ServiceView, serviceRule } from '../view.ts';

/** What lets the world in. */
const edges: ReadonlySet<Family> = new Set(['cloudflared', 'tailscale', 'traefik', 'caddy', 'nginx', 'haproxy']);

export const edgeOffDataNetwork = serviceRule({
  id: 'edge-off-data-network',
  severity: 'warning',
  title: 'What lets the world in cannot reach the databases',
  why: 'Whoever breaks into the proxy, or holds the account of the tunnel, can point it at any host of its networks: on the network of the databases, at those.',
  fix: 'Put the proxy or tunnel on a network with the apps only, and the databases on another one.',
  source: github('cloudflare/cloudflared/issues/1029'),
  scope: 'production',
  of: ({ project, service }) => edges.has(factsOf(project, service)?.family ?? 'linux'),
  at: ['networks'],
  check: (view) =>
    networksOf(view).flatMap((network) =>
      dataServicesOn(view, network).map((name) => `shares the network ${network} with ${name}`),
    ),
});

export const dataNetworkUsers = serviceRule({
  id: 'data-network-users',
  severity: 'warning',
  title: 'Only who uses the data is on its network',
  why: 'Every container on the network of the databases can try passwords, and what it does not need it should not reach.',
  fix: 'Take the app off the network, or say what it uses there with depends_on.',
  source: composeSpec('05-services.md#networks'),
  scope: 'production',
  // A file of its own may say what it uses.
  of: (view) => isApp(view) && !isDataService(view) && !hasEnvFile(view),
  at: ['networks'],
  check: (view) =>
    networksOf(view)
      .filter((network) => view.model.networks?.[network]?.internal === true)
      .filter((network) => dataServicesOn(view, network).length > 0)
      .filter((network) => !neighbours(view, network).some((name) => isTiedTo(view, name)))
      .map((network) => `is on the network ${network} and uses nothing there`),
});

export const portsOnInternal = serviceRule({
  id: 'ports-on-internal',
  severity: 'error',
  title: 'What publishes a port is on a network with a way in',
  why: 'Docker publishes no port of a container whose networks are all internal, and says nothing: the port is refused.',
  fix: 'Remove the port, or put the service on a second network that is not internal.',
  source: dockerDocs('reference/compose-file/networks/#internal'),
  scope: 'every',
  of: ({ service }) => service.network_mode === undefined && (service.ports ?? []).length > 0,
  at: ['ports'],
  check: (view) => {
    const networks = networksOf(view);
    const isClosed = networks.length > 0 && networks.every((name) => view.model.networks?.[name]?.internal === true);
    return isClosed ? `publishes a port, and is on ${networks.join(', ')} only` : undefined;
  },
});

function networksOf({ service }: ServiceView): readonly string[] {
  return Object.keys(service.networks ?? {});
}

/** The other services on a network. */
function neighbours({ model, name }: ServiceView, network: string): readonly string[] {
  return Object.entries(model.services).flatMap(([other, { networks = {} }]) =>
    other !== name && network in networks ? [other] : [],
  );
}

function dataServicesOn(view: ServiceView, network: string): readonly string[] {
  return neighbours(view, network).filter((name) => {
    const service = view.model.services[name];
    return service !== undefined && isDataService({ ...view, name, service });
  });
}

/** Whether a service uses another one, or is used by it, as far as the compose files say. */
function isTiedTo({ model, name, service }: ServiceView, other: string): boolean {
  const there = model.services[other] ?? {};
  return (
    other in (service.depends_on ?? {}) ||
    name in (there.depends_on ?? {}) ||
    speaksOf(service, other) ||
    speaksOf(there, name)
  );
}

function hasEnvFile({ project, name }: ServiceView): boolean {
  return project.composeFiles.some((file) =>
    composeEntries(file).some(({ path }) => path[0] === 'services' && path[1] === name && path[2] === 'env_file'),
  );
}
