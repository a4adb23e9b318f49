/**
 * What goes wrong at the edge, whatever its kind, and how kinds differ in running; what only one kind does wrong is with
 * its block.
 */
import { defaultUpload } from '../../../answers/edge.ts';
import { domainOf } from '../../../answers/host-names.ts';
import type { Answers } from '../../../answers/schema.ts';
import { certifiedBy, isProxy, mainRoute, publicHost } from '../../queries.ts';
import { rollout } from '../../rollout.ts';
import type { Edge, GuideEntry, Stack } from '../../types.ts';
import { networks } from '../connections.ts';

type Kind = Edge['kind'];

/**
 * The command by which the edge reads its files again: Compose makes nothing anew because of what is in them. Empty where
 * it looks by itself, or its rules are elsewhere.
 */
export function rereads({ kind, remote }: Pick<Edge, 'kind' | 'remote'>): string {
  if (kind === 'caddy') return 'docker compose exec caddy caddy reload --config /etc/caddy/Caddyfile';
  if (kind === 'nginx') return 'docker compose exec nginx sh /etc/nginx/stack/live.sh reload';
  const isRead = kind === 'cloudflare' && !remote;
  return isRead ? 'docker compose up --detach --force-recreate --no-deps --wait cloudflared' : '';
}

/** What visitors meet while Compose makes an app anew, as a clause; of proxies, what test/e2e/edge-rollout.test.ts measures. */
export const gaps: Readonly<Record<Kind, string>> = {
  caddy:
    'requests wait until the new container answers (6 seconds as measured, 20 at most), and a POST now and then fails with `502`',
  nginx: 'requests fail for some 5 seconds, with `502` or after a wait with `504`',
  traefik: 'requests wait for up to 10 seconds, and some fail with `504`',
  cloudflare: 'visitors get `502` for the seconds that it takes to start',
  tailscale: 'visitors get `502` for the seconds that it takes to start',
};

/** After what time without a byte a stream is cut, where it is. */
const cuts: Partial<Readonly<Record<Kind, string>>> = { nginx: 'an hour', cloudflare: 'some 100 seconds' };

/** Which entries a kind has: tunnels have no ports, and some kinds say more of a fault in an entry of their own. */
const entries: Readonly<Record<Kind, readonly string[]>> = {
  caddy: ['ports', 'app-down', 'unknown-host', 'certificate', 'gateway', 'streams', 'too-large'],
  nginx: ['ports', 'app-down', 'unknown-host', 'gateway', 'streams', 'too-large'],
  traefik: ['ports', 'gateway', 'streams'],
  cloudflare: ['streams'],
  tailscale: ['app-down', 'streams'],
};

/** The entries that edges share, about the hosts of this stack. */
export function edgeGuide(
  answers: Answers,
  { edge, services }: { readonly edge: Edge | undefined; readonly services: Stack['services'] },
): readonly GuideEntry[] {
  const route = edge && mainRoute(edge);
  if (!edge || !route) return [];
  const { kind, service } = edge;
  const isAcme = certifiedBy(edge, 'acme').length > 0;
  const view = {
    kind,
    service,
    name: answers.name,
    host: publicHost(edge, route.host),
    domain: domainOf(route.host),
    app: route.service,
    port: route.port,
    http: '80',
    https: '443',
    network: networks.edge,
    acme: isAcme,
    files: certifiedBy(edge, 'files').length > 0,
    misdirected: kind === 'caddy',
    reload: rereads(edge),
    gap: gaps[kind],
    proxy: isProxy(edge),
    // Only Caddy asks the health route, and only Tailscale waits for ever.
    checksHealth: kind === 'caddy',
    limited: kind !== 'tailscale',
    cut: cuts[kind] ?? '',
    upload: (kind === 'caddy' || kind === 'nginx' ? answers.edge?.[kind]?.upload : undefined) ?? defaultUpload,
    config: 'docker/caddy/Caddyfile',
    volume: `${answers.name}_caddy-data`,
  };
  const shared = ['maintenance', ...(rollout({ edge, services }) ? ['rollout'] : [])];
  return [...entries[kind].filter((id) => id !== 'certificate' || isAcme), ...shared].map((id) => ({
    id: `edge-${id}`,
    view,
  }));
}
