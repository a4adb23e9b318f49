/** What Traefik reads from the containers that it leads to: the labels of its Docker provider. */
import type { Edge, Route } from '../../types.ts';

/** The certificate resolver, and the entry points. */
export const traefikNames = { resolver: 'acme', web: 'web', websecure: 'websecure' } as const;

/**
 * The priorities of the routers of a path: of who answers while no container of its app is ready, of the app, and of what
 * scripts/rollout puts before it. All three come before those of any shorter path, so that nothing that an app is asked
 * reaches another one. By itself Traefik prefers the longer rule, and so many hosts to a long path.
 */
export function prioritiesOf({ length }: string): {
  readonly notReady: number;
  readonly app: number;
  readonly rollout: number;
} {
  return { notReady: 3 * length - 2, app: 3 * length - 1, rollout: 3 * length };
}

/** Before those of all paths. */
export const highestPriority = 1_000_000_000;

/** The labels of every service that is routed to. */
export function traefikLabels(routes: readonly Route[]): NonNullable<Edge['labels']> {
  const services = Map.groupBy(routes, ({ service }) => service);
  return Object.fromEntries([...services].map(([service, own]) => [service, labelsOf(service, own)]));
}

function labelsOf(service: string, routes: readonly Route[]): Readonly<Record<string, string>> {
  const routers = routersOf(service, routes).flatMap(({ name, rule, path }) =>
    Object.entries({
      [`traefik.http.routers.${name}.entrypoints`]: traefikNames.websecure,
      [`traefik.http.routers.${name}.rule`]: rule,
      [`traefik.http.routers.${name}.priority`]: String(prioritiesOf(path).app),
      [`traefik.http.routers.${name}.service`]: service,
    }),
  );
  const [first] = routes;
  return {
    'traefik.enable': 'true',
    ...Object.fromEntries(routers),
    ...(first && serverLabels(service, first)),
  };
}

interface Router {
  readonly name: string;
  readonly rule: string;
  readonly path: string;
}

/** Hosts with the same path share a router: a rule has one priority. */
export function routersOf(name: string, routes: readonly Route[]): readonly Router[] {
  return [...Map.groupBy(routes, ({ path }) => path)].map(([path, at], index) => ({
    name: index === 0 ? name : `${name}_${index + 1}`,
    rule: ruleOf(
      at.map(({ host }) => host),
      path,
    ),
    path,
  }));
}

/** The server behind the routers, and what it is asked to see whether it is ready. */
function serverLabels(service: string, { host, port, health }: Route): Readonly<Record<string, string>> {
  const balancer = `traefik.http.services.${service}.loadbalancer`;
  const check = `${balancer}.healthcheck`;
  return {
    [`${balancer}.server.port`]: String(port),
    ...(health !== undefined && {
      [`${check}.path`]: health,
      // As a request of the world: apps refuse hosts that they do not know, and lead http to https.
      [`${check}.hostname`]: host,
      [`${check}.headers.X-Forwarded-Proto`]: 'https',
      [`${check}.interval`]: '10s',
      [`${check}.timeout`]: '9s',
      [`${check}.unhealthyinterval`]: '1s',
    }),
  };
}

/** `Host(`a`) || Host(`b`)`, and a path with all that is below it: `PathPrefix(`/api`)` alone would take `/apiary` too. */
export function ruleOf(hosts: readonly string[], path = '/'): string {
  const host = hosts.map((one) => `Host(\`${one}\`)`).join(' || ');
  if (path === '/') return host;
  const both = hosts.length > 1 ? `(${host})` : host;
  return `${both} && (Path(\`${path}\`) || PathPrefix(\`${path}/\`))`;
}
