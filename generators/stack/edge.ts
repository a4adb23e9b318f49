/** What an edge changes for the services behind it: decided here for all of them, so that no block has to know. */
import { variablesOf } from './invariants.ts';
import type { Edge, EnvVar, Service } from './types.ts';

interface Settled {
  readonly services: readonly Service[];
  readonly env: readonly EnvVar[];
}

/**
 * Apps behind an edge publish nothing in production: nobody gets past it. On a developer's machine, which has no edge,
 * their ports stay.
 */
export function settleEdge({ services, env }: Settled, edge: Edge | undefined): Settled {
  if (!edge) return { services, env };
  const behind = services.map((service): Service => {
    const labels = edge.labels?.[service.name];
    const isApp = service.role === 'web' || service.role === 'websocket';
    return {
      ...service,
      ...(isApp && { ports: { ...service.ports, production: [] } }),
      ...(labels && { labels: { ...service.labels, ...labels } }),
    };
  });
  const closed = new Set(services.flatMap(({ ports }) => ports.production.map(({ variable }) => variable)));
  const open = variablesIn(behind, ({ ports }) => ports.production);
  const developed = variablesIn(behind, ({ ports }) => ports.development);
  return {
    services: behind,
    env: env.flatMap((one): readonly EnvVar[] => {
      if (!closed.has(one.name) || open.has(one.name)) return [one];
      return developed.has(one.name) ? [{ ...one, development: true }] : [];
    }),
  };
}

function variablesIn(services: readonly Service[], of: (service: Service) => Service['ports']['production']) {
  return new Set(
    services.flatMap((service) => [
      ...of(service).map(({ variable }) => variable),
      ...Object.values(service.environment).flatMap(variablesOf),
    ]),
  );
}
