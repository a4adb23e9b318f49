/** `scripts/rollout`: a new release beside the old one, for the services that the edge can lead from one to the other. */

import { networks } from '../stack/blocks/connections.ts';
import { upstreamFolder } from '../stack/blocks/edge/caddy.ts';
import { gaps } from '../stack/blocks/edge/guide.ts';
import { dynamicFolder } from '../stack/blocks/edge/traefik.ts';
import { prioritiesOf, routersOf, traefikNames } from '../stack/blocks/edge/traefik-labels.ts';
import { isPulled } from '../stack/queries.ts';
import { rollout } from '../stack/rollout.ts';
import type { Edge, Service, Stack } from '../stack/types.ts';
import { render } from './render.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';

/** The command that texts name. */
export const rolloutScript = 'scripts/rollout';

/** The script; none where nothing can be rolled out. */
export function rolloutScripts(stack: Stack): readonly PlannedText[] {
  const found = rollout(stack);
  if (!found) return [];
  const { edge, services } = found;
  const unique = (all: readonly Service[]) => shellWords([...new Set(all.map(({ name }) => name))]);
  return [
    {
      path: rolloutScript,
      content: render('scripts/rollout', {
        name: stack.name,
        edge: edge.service,
        caddy: edge.kind === 'caddy',
        nginx: edge.kind === 'nginx',
        traefik: edge.kind === 'traefik',
        dynamic: dynamicFolder,
        upstreams: upstreamFolder,
        // nginx answers so long on connections from before a reload, and asks the old container (keepalive_min_timeout).
        quiet: edge.kind === 'nginx' ? 7 : 2,
        network: networks.edge,
        names: shellWords(services.map(({ name }) => name)),
        pulled: isPulled(stack),
        setups: unique(services.flatMap(({ setups }) => setups)),
        followers: unique(services.flatMap(({ followers }) => followers)),
        services: services.map(({ name, port, setups, followers }) => ({
          name,
          port,
          setups: unique(setups),
          followers: unique(followers),
          routers: edge.kind === 'traefik' ? twinsOf(edge, name) : [],
          images: shellWords([name, ...setups.filter(({ build }) => build).map((one) => one.name)]),
        })),
      }),
      mode: 0o755,
      why: 'a new release without a failed request: the new container is healthy before the old one goes',
    },
  ];
}

/** What docs/DEPLOYMENT.md says of it; undefined where every release is a pause. */
export function rolloutView(stack: Stack) {
  const found = rollout(stack);
  if (!found) return undefined;
  const quoted = (all: readonly Service[]) => [...new Set(all.map(({ name }) => `\`${name}\``))].join(', ');
  return {
    script: rolloutScript,
    edge: found.edge.service,
    names: found.services.map(({ name }) => `\`${name}\``).join(', '),
    setups: quoted(found.services.flatMap(({ setups }) => setups)),
    followers: quoted(found.services.flatMap(({ followers }) => followers)),
    cost: gaps[found.edge.kind],
  };
}

/** The routers that the labels of a service make, each with a twin that Traefik prefers to it, and to no other app's. */
function twinsOf({ routes }: Edge, service: string) {
  const own = routes.filter((route) => route.service === service);
  return routersOf(service, own).map(({ name, rule, path }) => ({
    name: `rollout-${name}`,
    service,
    entryPoint: traefikNames.websecure,
    rule,
    priority: prioritiesOf(path).rollout,
  }));
}
