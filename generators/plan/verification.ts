/** `scripts/verify`: whether the stack, as it runs, is what it should be. */
import { networks } from '../stack/blocks/connections.ts';
import { database } from '../stack/blocks/databases.ts';
import { maintenanceFolder } from '../stack/blocks/edge/maintenance.ts';
import { byHost } from '../stack/blocks/edge/routes.ts';
import { allDataVolumes, isProxy, publicHost, running } from '../stack/queries.ts';
import { rollout } from '../stack/rollout.ts';
import type { Edge, Stack } from '../stack/types.ts';
import { backupService } from './control.ts';
import { render } from './render.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';

/** The script, with what only this stack has to answer. */
export function verification(stack: Stack): PlannedText {
  const services = running(stack);
  return {
    path: 'scripts/verify',
    content: render('scripts/verify', {
      name: stack.name,
      postgres: services.some(({ name }) => name === 'postgres') && { superuser: database.superuser },
      apps: services.flatMap(({ name, role, ports, view }) => {
        // Behind an edge it is not published.
        const port = stack.edge?.listening[name] ?? ports.production[0]?.container;
        if (role !== 'web' || !port) return [];
        const [path, most] = asked(String(view['health'] ?? 'none'));
        // The name that the app is asked by, which may be the only one that it answers to.
        const host = stack.edge && [stack.edge.routes.find((route) => route.service === name)?.host ?? '127.0.0.1'];
        return [shellWords([name, String(port), path, String(most), ...(host ?? [])])];
      }),
      edge: stack.edge && edgeView(stack, stack.edge),
      // What has an address of its own in `.env` is meant for other machines; the edge is for the world.
      open: services
        .flatMap(({ name, ports }) =>
          ports.production
            .filter((port) => port.address !== undefined || port.public)
            .map(({ container, protocol }) => `${name}:${container}${protocol ? `/${protocol}` : ''}`),
        )
        .join(' '),
      data: allDataVolumes(stack)
        .map(({ name }) => name)
        .join('|'),
      backup: stack.backup && { service: backupService },
    }),
    mode: 0o755,
    why: 'looks at the running stack, and says what is well and what is not',
  };
}

/** What is asked of an app, and the highest status that is well: without a health route, any answer shows that somebody is there. */
function asked(health: string): readonly [string, number] {
  return health === 'none' ? ['/', 499] : [health, 299];
}

/** What a visitor meets: each name once, at a place that says most of the app behind it. */
function edgeView(stack: Stack, edge: Edge) {
  const inside = (variable: string) =>
    running(stack)
      .find(({ name }) => name === edge.service)
      ?.ports.production.find((port) => port.variable === variable)?.container;
  const routes = byHost(edge.routes).map(({ host, routes: all }) => {
    // The longest path stands first; the whole host says more of an app.
    const route = all.find(({ path }) => path === '/') ?? all[0];
    const [path, most] = asked(route?.path === '/' ? (route.health ?? 'none') : 'none');
    return [host, route?.path === '/' ? path : (route?.path ?? '/'), 200, most] as const;
  });
  const redirects = edge.redirects.map(({ from }) => [from, '/', 300, 399] as const);
  // Nobody outside of a tailnet can say what is inside of it, and without its name not even who to ask.
  const isAsked = edge.kind !== 'tailscale' || (edge.funnel && edge.tailnet);
  // These look for the flag with each request; behind others a service takes the place of the apps.
  const isLookedAt = edge.kind === 'caddy' || edge.kind === 'nginx';
  return {
    service: edge.service,
    network: networks.edge,
    proxy: isProxy(edge),
    http: inside('HTTP_PORT') ?? '',
    https: inside('HTTPS_PORT') ?? '',
    flag: isLookedAt ? `${maintenanceFolder.path}/on` : '',
    stopped: isLookedAt ? '' : [...new Set(edge.routes.map(({ service }) => service))].join(' '),
    rolled: (rollout(stack)?.services ?? []).map(({ name }) => name).join(' '),
    hosts: (isAsked ? [...routes, ...redirects] : []).map(([host, ...rest]) =>
      shellWords([
        publicHost(edge, host),
        ...rest.map(String),
        ...(edge.certificates ? [edge.certificates[host] === 'internal' ? 'internal' : 'public'] : []),
      ]),
    ),
  };
}
