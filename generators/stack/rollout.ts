/** Which services a proxy can be led from one container of to another while it runs: a release without a gap. */
import { routedServices } from './blocks/edge/routes.ts';
import { isProxy, running } from './queries.ts';
import type { Edge, Service, Stack } from './types.ts';

/** What a stack can roll out, and what is made anew after it; undefined where a deploy has a pause in any case. */
export function rollout(stack: { readonly edge?: Edge | undefined; readonly services: Stack['services'] }) {
  const { edge } = stack;
  // Proxies can be told, while they run, which container gets the requests.
  if (!edge || !isProxy(edge)) return undefined;
  const services = running(stack);
  const rolled = routedServices(edge.routes).flatMap((route) => {
    const service = services.find(({ name }) => name === route.service);
    return service && isReplaceable(service, services) ? [{ route, service }] : [];
  });
  if (rolled.length === 0) return undefined;
  const names = new Set(rolled.map(({ service }) => service.name));
  return {
    edge,
    services: rolled.map(({ route, service }) => ({
      name: service.name,
      port: route.port,
      setups: oneShotsBefore(service, services),
      followers: services.filter((one) => sharesImage(one, service) && !one.oneShot && !names.has(one.name)),
    })),
  };
}

/**
 * Whether two containers of a service may answer side by side, and a new one of it is a new release: not a websocket
 * server, whose clients must all be in one process, and not what only stands in front of the app.
 */
function isReplaceable({ role, dependsOn }: Service, services: readonly Service[]): boolean {
  const isFront = services.some(({ name, role }) => role === 'worker' && Object.hasOwn(dependsOn, name));
  return role === 'web' && !isFront;
}

function sharesImage(one: Service, other: Service): boolean {
  return one.name !== other.name && one.devImage !== undefined && one.devImage === other.devImage;
}

/** The one-shots that have to be done before a service starts, each after those that it needs itself. */
function oneShotsBefore(service: Service, services: readonly Service[]): readonly Service[] {
  const needed = services.filter(({ name }) => Object.hasOwn(service.dependsOn, name));
  return [...new Set(needed.flatMap((one) => [...oneShotsBefore(one, services), ...(one.oneShot ? [one] : [])]))];
}
