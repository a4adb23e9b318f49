/** The hosts that lead to apps, asked in one way: what kind of edge there is, and who is found where. */
import { edgeKinds } from './edge.ts';
import type { Answers } from './schema.ts';
import { hasPort } from './stacks/common.ts';

type Edge = NonNullable<Answers['edge']>;
export type EdgeKind = (typeof edgeKinds)[number];
export type EdgeAnswers<K extends EdgeKind = EdgeKind> = NonNullable<Edge[K]>;

/** A place that the world can ask for: a host, and a path below it, `/` for all of it. */
export interface Place {
  readonly host: string;
  readonly path: string;
}

/** The edge of the answers, with its kind; undefined where there is none. */
export function edgeOf({
  edge,
}: Pick<Answers, 'edge'>): { readonly kind: EdgeKind; readonly answers: EdgeAnswers } | undefined {
  const kind = edgeKinds.find((one) => edge?.[one]);
  const answers = kind && edge?.[kind];
  return answers ? { kind, answers } : undefined;
}

/** A service that can be asked for by name: the port it listens on, and the route that says whether it is ready. */
export interface Listener {
  readonly service: string;
  readonly port: number;
  readonly health?: string;
}

/** All that a host can lead to: apps with a port, and the Reverb of Laravel apps. */
export function listeners({ apps }: Pick<Answers, 'apps'>): readonly Listener[] {
  return Object.entries(apps).flatMap(([name, app]) => [
    ...(hasPort(app)
      ? [
          {
            service: name,
            port: app.port,
            ...(app.health !== undefined && app.health !== 'none' && { health: app.health }),
          },
        ]
      : []),
    ...(app.stack === 'laravel' && app.reverb ? [{ service: reverbOf(name), port: app.reverb.port }] : []),
  ]);
}

/** The places that lead to a service, in the order of the answers. */
export function placesOf(answers: Pick<Answers, 'edge' | 'apps'>, service: string): readonly Place[] {
  const said = edgeOf(answers)?.answers.hostnames ?? {};
  const own = Object.hasOwn(said, service) ? said[service] : undefined;
  if (own !== undefined) return [own].flat().map(placeOf);
  // Reverb takes what its clients send to /app (Laravel documentation, "Reverb", "Web Server").
  const app = Object.keys(answers.apps).find((name) => reverbOf(name) === service);
  const hosts = app === undefined ? [] : [said[app] ?? []].flat().map(hostIn);
  return [...new Set(hosts)].map((host) => ({ host, path: '/app' }));
}

/** The first address that the world finds a service by: `https://shop.example.com/api`; undefined where nobody can say it. */
export function publicUrlOf(answers: Pick<Answers, 'edge' | 'apps'>, service: string): string | undefined {
  const [place] = placesOf(answers, service);
  const host = place && fullHost(answers, place.host);
  return host && `https://${textOf({ host, path: place.path })}`;
}

/** All hosts that a service is asked by. */
export function publicHostsOf(answers: Pick<Answers, 'edge' | 'apps'>, service: string): readonly string[] {
  return [...new Set(placesOf(answers, service).flatMap(({ host }) => fullHost(answers, host) ?? []))];
}

/** A name of the tailnet is whole with the tailnet's own, where that was said. */
function fullHost({ edge }: Pick<Answers, 'edge'>, host: string): string | undefined {
  if (!edge?.tailscale) return host;
  return edge.tailscale.tailnet === undefined ? undefined : `${host}.${edge.tailscale.tailnet}`;
}

/** `shop.example.com/api` as host and path. */
export function placeOf(text: string): Place {
  const at = text.indexOf('/');
  return at < 0 ? { host: text, path: '/' } : { host: text.slice(0, at), path: text.slice(at) };
}

/** The host of `shop.example.com/api`. */
export function hostIn(text: string): string {
  return placeOf(text).host;
}

/** A place as people write it: without a path where it is all of the host. */
export function textOf({ host, path }: Place): string {
  return path === '/' ? host : `${host}${path}`;
}

function reverbOf(app: string): string {
  return `${app}-reverb`;
}
