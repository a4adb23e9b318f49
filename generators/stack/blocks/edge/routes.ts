/** Who is asked for what: the routes of an edge, from the answers. */
import { edgeOf, listeners, placesOf } from '../../../answers/public.ts';
import type { Answers } from '../../../answers/schema.ts';
import { isProxy } from '../../queries.ts';
import type { Edge, PublishedPort, Route } from '../../types.ts';
import { certificateOf } from './certificates.ts';

/** All routes: hosts in the order of the answers, and in each of them the longest path first. */
function routesOf(answers: Answers): readonly Route[] {
  const all = listeners(answers).flatMap(({ service, port, health }) =>
    placesOf(answers, service).map((place): Route => ({ ...place, service, port, ...(health && { health }) })),
  );
  return byHost(all).flatMap(({ routes }) => routes.toSorted((one, other) => other.path.length - one.path.length));
}

/** The edge as the Stack has it. */
export function edgeFrom(answers: Answers, service: string): Edge {
  const edge = edgeOf(answers);
  if (!edge) throw new Error('There is no edge.');
  const routes = routesOf(answers);
  const redirects = Object.entries(edge.answers.redirects ?? {}).map(([from, to]) => ({ from, to }));
  const { caddy, traefik, nginx, cloudflare, tailscale } = answers.edge ?? {};
  const chosen = nginx ? 'files' : (caddy ?? traefik)?.certificates;
  return {
    kind: edge.kind,
    service,
    routes,
    redirects,
    listening: Object.fromEntries(listeners(answers).map((one) => [one.service, one.port])),
    ...(isProxy(edge) && {
      certificates: Object.fromEntries(
        namesOf({ routes, redirects }).map((host) => [host, certificateOf(host, chosen)]),
      ),
    }),
    ...(cloudflare && { remote: cloudflare.config !== 'local' }),
    ...(tailscale && { funnel: tailscale.funnel ?? false, ...(tailscale.tailnet && { tailnet: tailscale.tailnet }) }),
  };
}

/** A route for each host: those that it has, together. */
export function byHost(
  routes: readonly Route[],
): readonly { readonly host: string; readonly routes: readonly Route[] }[] {
  return [...Map.groupBy(routes, ({ host }) => host)].map(([host, all]) => ({ host, routes: all }));
}

/** All names that the world asks for, those that only lead elsewhere included: what DNS and certificates are needed for. */
export function namesOf({ routes, redirects }: Pick<Edge, 'routes' | 'redirects'>): readonly string[] {
  return [...new Set([...routes.map(({ host }) => host), ...redirects.map(({ from }) => from)])];
}

/** The services that are routed to, once each. */
export function routedServices(routes: readonly Route[]): readonly Route[] {
  return [...new Map(routes.map((route) => [route.service, route])).values()];
}

/** Where a proxy listens: the ports of the host are the world's, those of the container its own. */
export function publicPorts(inside: {
  readonly http: number;
  readonly https: number;
  readonly http3?: boolean;
}): readonly PublishedPort[] {
  return [
    { variable: 'HTTP_PORT', container: inside.http, public: true },
    { variable: 'HTTPS_PORT', container: inside.https, public: true },
    ...(inside.http3
      ? [{ variable: 'HTTPS_PORT', container: inside.https, public: true, protocol: 'udp' as const }]
      : []),
  ];
}
