import type { Evidence, Finding } from './types.ts';

/** A route that answers GET, with all its prefixes. */
export interface Route {
  readonly path: string;
  readonly evidence: Evidence;
}

const wellKnown = [
  '/health',
  '/healthz',
  '/api/health',
  '/api/healthz',
  '/api/v1/health',
  '/ready',
  '/readyz',
  '/up',
  '/live',
  '/livez',
  '/status',
  '/ping',
];

/** Whether a route, seen without its prefixes, may turn out to be one for health checks. */
export function mayBeHealth(path: string): boolean {
  return /^\/?$|(?:^|\/)(?:health|healthz|health[-_]?check|ready|readyz|up|live|livez|status|ping)\/?$/.test(path);
}

/** The route to ask for health: a well-known one, in order of preference, else any that is called health. */
export function pickHealth(routes: readonly Route[]): Finding<string> | undefined {
  const rank = ({ path }: Route) => {
    const plain = path.length > 1 ? path.replace(/\/$/, '') : path;
    const known = wellKnown.indexOf(plain);
    if (known >= 0) return known;
    return /\/(?:healthz?|health[-_]?check)$/.test(plain) ? wellKnown.length + plain.length : Number.POSITIVE_INFINITY;
  };
  const best = routes
    .map((route) => ({ route, rank: rank(route) }))
    .filter((one) => one.rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)[0]?.route;
  return best && { value: best.path, evidence: best.evidence };
}

/** Prefixes and a route as one path: `/api` + `/` + `health` is `/api/health`. */
export function joinRoute(...parts: readonly string[]): string {
  const path = parts.map((part) => part.replace(/^\/+/, '').replace(/\/+$/, '')).filter((part) => part !== '');
  const slash = parts.at(-1)?.endsWith('/') && path.length > 0 && parts.at(-1) !== '/' ? '/' : '';
  return `/${path.join('/')}${slash}`;
}
