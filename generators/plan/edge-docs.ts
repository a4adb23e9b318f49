/** What docs/DEPLOYMENT.md says of the edge. */
import { isLocalName } from '../answers/host-names.ts';
import { textOf } from '../answers/public.ts';
import { gaps, rereads } from '../stack/blocks/edge/guide.ts';
import { namesOf } from '../stack/blocks/edge/routes.ts';
import {
  allDataVolumes,
  certifiedBy,
  defaultOf,
  isProxy,
  mainRoute,
  publicHost,
  routesTo,
  running,
} from '../stack/queries.ts';
import { rollout } from '../stack/rollout.ts';
import type { Edge, Stack } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import type { Outcome } from './compare.ts';
import { controlScript } from './control.ts';
import { render } from './render.ts';

/** The section "Let the world in"; empty where nothing of this stack does. */
export function edgeSection(stack: Stack): string {
  const { edge } = stack;
  if (!edge) return '';
  const proxy = isProxy(edge);
  const volume = volumeOf(stack, edge);
  return render('docs/edge.md', {
    kind: edge.kind,
    service: edge.service,
    control: controlScript,
    proxy,
    cloudflare: edge.kind === 'cloudflare',
    http3: running(stack).some(
      ({ name, ports }) => name === edge.service && ports.production.some(({ protocol }) => protocol),
    ),
    reload: rereads(edge),
    files: certifiedBy(edge, 'files').length > 0,
    diagram: diagramOf(stack, edge),
    routes: edge.routes.map((route) => ({
      place: textOf({ ...route, host: publicHost(edge, route.host) }),
      service: route.service,
      port: route.port,
    })),
    redirects: edge.redirects,
    kindText: render(`docs/edge/${edge.kind}.md`, kindView(stack, edge)).trim(),
    checks: checksOf(stack, edge),
    open: openElsewhere(stack),
    out:
      edge.kind === 'cloudflare'
        ? 'port 7844, by UDP and TCP'
        : 'UDP to any port (port 3478 at least), and TCP to port 443',
    rollout: rollout(stack) !== undefined,
    gap: gaps[edge.kind],
    tailnet: edge.kind === 'tailscale',
    ...otherEdge(edge),
    volume,
  }).trim();
}

/**
 * The command that comes after `up` where a run has changed what the edge of a stack that may be running has mounted; new
 * files are read by a container that is new, too.
 */
export function rereadCommands({ edge, services }: Stack, outcomes: readonly Outcome[]): readonly string[] {
  const command = edge ? rereads(edge) : '';
  const mounted = services.find(({ name }) => name === edge?.service)?.files ?? [];
  const isRead = outcomes.some(
    ({ action, path }) =>
      (action === 'update' || action === 'edit') &&
      mounted.some((file) => path === file.path || path.startsWith(`${file.path}/`)),
  );
  return command !== '' && isRead ? [command] : [];
}

/** The answer for another edge, and what has to be there before that one is started. */
export function otherEdge(edge: Edge): { readonly other: string; readonly first: string } {
  const records = 'DNS records that lead to this host';
  // A node has one name, of its tailnet: each app needs a whole one, and keeps its path.
  const places = Map.groupBy(edge.routes, ({ service }) => service);
  const hostnames = [...places].map(
    ([service, routes]) => `${service}: [${routes.map(({ path }) => textOf({ host: 'HOST', path })).join(', ')}]`,
  );
  if (edge.kind === 'tailscale') return { other: `{caddy: {hostnames: {${hostnames.join(', ')}}}}`, first: records };
  if (edge.kind !== 'caddy') return { other: '{caddy: {}}', first: records };
  // A tunnel leads to names of a domain that Cloudflare has, and to no others.
  return namesOf(edge).some(isLocalName)
    ? { other: '{nginx: {}}', first: 'certificates' }
    : { other: '{cloudflare: {}}', first: 'a tunnel, its token and its rules' };
}

/** What only one kind's text speaks of. */
function kindView(stack: Stack, edge: Edge): Readonly<Record<string, unknown>> {
  const names = namesOf(edge);
  const proxy = stack.services.find(({ name }) => name === edge.service);
  const publicNames = certifiedBy(edge, 'acme');
  const internalNames = certifiedBy(edge, 'internal');
  return {
    names,
    control: controlScript,
    first: names[0] ?? '',
    acme: publicNames.length > 0,
    publicNames,
    internal: internalNames.length > 0,
    internalNames,
    several: internalNames.length > 1,
    files: certifiedBy(edge, 'files').length > 0,
    volume: volumeOf(stack, edge),
    uid: String(proxy?.view['user'] ?? '').split(':')[0],
    redirects: edge.redirects,
    remote: edge.remote ?? false,
    infisical: stack.secretsFrom === 'infisical',
    secretFiles: stack.secretsFrom === 'files',
    funnel: edge.funnel ?? false,
    tailnet: edge.tailnet ?? '',
  };
}

/** The volume of the edge that holds what should outlive its container; empty where it has none. */
function volumeOf(stack: Stack, { service }: Edge): string {
  const mounted = running(stack).find(({ name }) => name === service)?.volumes ?? [];
  const kept = allDataVolumes(stack).find(({ name }) => mounted.some(({ volume }) => volume === name));
  return kept ? volumeName(stack.name, kept.name) : '';
}

/** Commands that ask as a visitor does; through a proxy also without DNS, on the host itself. */
function checksOf(stack: Stack, edge: Edge): readonly string[] {
  const route = mainRoute(edge);
  if (!route) return [];
  const url = `https://${publicHost(edge, route.host)}${route.path}`;
  const isNameless = edge.kind === 'tailscale' && edge.tailnet === undefined;
  const hint = isNameless ? ['# TAILNET: https://login.tailscale.com/admin/dns shows the name'] : [];
  if (!isProxy(edge)) return [...hint, `curl -I ${url}`];
  const [http, https] = ['HTTP_PORT', 'HTTPS_PORT'].map((name) => defaultOf(stack, name));
  const isInternal = edge.certificates?.[route.host] === 'internal';
  const trust = isInternal ? ' --cacert caddy-root.crt' : '';
  return [
    `curl -I${trust} ${url}`,
    `curl -I${trust} --resolve ${route.host}:${https}:127.0.0.1 ${url}`,
    `curl -I --resolve ${route.host}:${http}:127.0.0.1 http://${route.host}${route.path}`,
  ];
}

/** An address in Markdown: no link as long as nobody has said what the tailnet is called. */
export function linkTo({ kind, tailnet }: Pick<Edge, 'kind' | 'tailnet'>, url: string): string {
  return kind === 'tailscale' && tailnet === undefined
    ? `\`${url}\` (TAILNET: set \`edge.tailscale.tailnet\` in \`prodstack.yaml\`)`
    : `<${url}>`;
}

/** Where the world finds a service: none where no host leads to it. */
export function publicUrls({ edge }: Pick<Stack, 'edge'>, service: string): readonly string[] {
  if (!edge) return [];
  return routesTo({ edge }, service).map(
    ({ host, path }) => `https://${textOf({ host: publicHost(edge, host), path })}`,
  );
}

/** What others on the network may reach past the edge: a broker of MQTT. */
export function openElsewhere(stack: Stack): string {
  return running(stack)
    .flatMap(({ name, ports }) =>
      ports.production
        .filter(({ address }) => address !== undefined)
        .map(
          ({ variable, address }) =>
            `port ${defaultOf(stack, variable)} of \`${name}\`, as far as \`${address}\` lets it`,
        ),
    )
    .join(', ');
}

interface Node {
  readonly id: string;
  /** What Mermaid draws: a name in brackets. */
  readonly shape: string;
}

/** Who speaks to whom, from the world to the data. Services have ids of their own: `end` is a word of Mermaid's. */
function diagramOf(stack: Stack, edge: Edge) {
  const services = running(stack).filter(({ oneShot, profile, role }) => !oneShot && !profile && role !== 'backup');
  const ids = new Map(services.map(({ name }, index) => [name, `s${index}`]));
  const idOf = (name: string): string => ids.get(name) ?? name;
  const behind =
    (edge.kind === 'cloudflare' && 'Cloudflare') || (edge.kind === 'tailscale' && 'Tailscale') || undefined;
  const nodes: readonly Node[] = [
    { id: 'world', shape: '(["the world"])' },
    ...(behind ? [{ id: 'provider', shape: `["${behind}"]` }] : []),
    ...services.map(({ name, role }) => ({
      id: idOf(name),
      shape: role === 'external' ? `[("${name}")]` : `["${name}"]`,
    })),
  ];
  const arrow = (from: string, to: string, label = '') => ({ from, to, label: label && `|"${label}"|` });
  return {
    nodes,
    arrows: [
      ...(behind
        ? [arrow('world', 'provider', 'https'), arrow('provider', idOf(edge.service), 'tunnel, opened from here')]
        : [arrow('world', idOf(edge.service), 'https')]),
      ...edge.routes.map((route) => arrow(idOf(edge.service), idOf(route.service), textOf(route))),
      ...services.flatMap(({ name, dependsOn }) =>
        Object.keys(dependsOn)
          .filter((other) => ids.has(other))
          .map((other) => arrow(idOf(name), idOf(other))),
      ),
    ],
  };
}
