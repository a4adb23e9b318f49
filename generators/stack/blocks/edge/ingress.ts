/** The rules of a Cloudflare tunnel, wherever they are kept: in its file, or in the dashboard. */
import type { Edge, Route } from '../../types.ts';

/** One rule. Cloudflared tries them from the first to the last, so that the longest path of a host has to come first. */
export interface IngressRule {
  readonly host: string;
  /** A regular expression of Go, found anywhere in the path unless it says where; empty for every path. */
  readonly path: string;
  readonly service: string;
}

/**
 * How long cloudflared keeps an idle connection to an app: less than any app does (gunicorn 2 s; uvicorn and Node 5 s), or a
 * request would now and then meet one that the app is just closing, and end with 502.
 */
export const originTimeouts = { connect: '5s', keepAlive: '1s' } as const;

export function ingressRules({ routes }: Pick<Edge, 'routes'>): readonly IngressRule[] {
  return routes.map(({ host, path, service, port }: Route) => ({
    host,
    path: path === '/' ? '' : below(path),
    service: `http://${service}:${port}`,
  }));
}

/** `/api` and all that is below it, but not `/apiary`. */
function below(path: string): string {
  return `^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(/|$)`;
}
