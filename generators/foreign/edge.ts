/** What lets the world in to a project of somebody else's: where it is, and what a person does for it elsewhere. */

import { mapOf, withTexts } from '../data.ts';
import { UserError } from '../errors.ts';
import { ingressRules, originTimeouts } from '../stack/blocks/edge/ingress.ts';
import { certifiedBy, publicHost } from '../stack/queries.ts';
import type { Edge, Service } from '../stack/types.ts';
import { listed } from '../words.ts';
import { inTheirNames, type TargetApp } from './app.ts';
import { networksFor, usualNetworks } from './conventions.ts';
import type { Delta } from './delta.ts';
import { dataKinds } from './kinds.ts';
import type { Places } from './places.ts';
import { byPurpose, kindOf } from './services.ts';
import type { Foreign } from './types.ts';
import type { Part } from './wish.ts';

/** What leads to an app has its name and its port in its own configuration. */
export function refuseUnroutable(apps: readonly TargetApp[], edge: string): void {
  if (apps.length === 0)
    throw new UserError('usage', `Which app does ${edge} lead to?`, {
      hint: `create-prodstack add ${edge} --for SERVICE --set edge.${edge}.hostnames.SERVICE=${edge === 'tailscale' ? 'shop' : 'shop.example.com'}`,
    });
  for (const { service, port } of apps)
    if (port === undefined)
      throw new UserError('repo', `Nothing here says at which port ${service.name} listens.`, {
        hint: `Say it in its compose file: expose: ["8000"]`,
      });
}

/**
 * Apps for what names them in files of its own: one whose service has a name that the answers do not take is called there
 * as nothing else is, so that `toTheirs` finds it again.
 */
export function findable(apps: readonly TargetApp[]): readonly TargetApp[] {
  return apps.map((app, index) =>
    app.key === app.service.name ? app : { ...app, key: `service-${index + 1}-of-theirs` },
  );
}

/** Apps that are `findable` under the names that they have in this project. */
export function toTheirs(delta: Delta, apps: readonly TargetApp[]): Delta {
  const { edge } = delta.stack;
  if (!edge) return delta;
  const theirs = (text: string) => inTheirNames(text, apps);
  return {
    ...delta,
    stack: { ...delta.stack, edge: withTexts(edge, theirs) },
    artifacts: delta.artifacts.map((one) => ({ ...one, view: withTexts(one.view, theirs) })),
    services: delta.services.map((one) => (one.view ? { ...one, view: withTexts(one.view, theirs) } : one)),
  };
}

/** Credentials of a tunnel, and the rules that go with them, are made by a script that is not there. */
export function refuseLocalTunnel({ stack: { edge } }: Delta): void {
  if (edge?.kind !== 'cloudflare' || edge.remote) return;
  throw new UserError(
    'usage',
    'A tunnel with its rules in a file (edge.cloudflare.config=local) is for stacks of ours.',
    {
      hint: 'Leave config out: the tunnel has a token, and its rules are entered in the dashboard of Cloudflare.',
    },
  );
}

/** The networks of something new: those of the apps that use it, or that it leads to. */
export function networksOf(foreign: Foreign, apps: readonly TargetApp[], what: 'data' | 'edge'): readonly string[] {
  if (apps.length === 0) return usualNetworks(foreign);
  const all = apps.map(({ service }) => networksFor(foreign, service.model, what));
  const named = [...new Set(all.flat())];
  // An app on the default network, and another one on one of its own.
  const networks = named.length > 0 && all.some((one) => one.length === 0) ? ['default', ...named] : named;
  return what === 'edge' ? withWayOut(foreign, networks) : networks;
}

/** From a network without a way out nobody gets to Cloudflare, and Docker publishes no port there. */
function withWayOut(foreign: Foreign, networks: readonly string[]): readonly string[] {
  const models = byPurpose(foreign).map(({ model }) => model);
  const isInternal = (name: string) => models.some((model) => model.networks?.[name]?.internal);
  const own = networks.length === 0 ? ['default'] : networks;
  if (own.some((name) => !isInternal(name))) return networks;
  if (!isInternal('default')) return [...networks, 'default'];
  throw new UserError('repo', `${listed(own)} ${own.length === 1 ? 'has' : 'have'} no way out (internal: true).`, {
    hint: 'Give the app a network with one, too; what lets the world in has to be on it.',
  });
}

/** What has to be done elsewhere before it starts, as comments between the commands. */
export function edgeSteps({ stack: { edge }, services }: Pick<Delta, 'stack' | 'services'>): readonly string[] {
  const brought = edge ? certifiedBy(edge, 'files') : [];
  if (edge && brought.length > 0) return certificateSteps(edge.kind === 'nginx', brought, services);
  if (edge?.kind === 'cloudflare')
    return [
      '# at https://one.dash.cloudflare.com (Networks, Connectors, Cloudflare Tunnels): make a tunnel, which has the token',
      '# there, Published applications of the tunnel, in this order (the DNS records come with them):',
      ...ingressRules(edge).map(
        ({ host, path, service }) => `#   ${host}${path === '' ? '' : `, path ${path}`} -> ${service}`,
      ),
    ];
  if (edge?.kind === 'tailscale')
    return [
      '# at https://login.tailscale.com/admin/dns: switch on MagicDNS and HTTPS certificates',
      ...(edge.funnel
        ? ['# in the access controls of the tailnet: "nodeAttrs": [{"target": ["tag:web"], "attr": ["funnel"]}]']
        : []),
    ];
  return [];
}

/** Where the files belong that a proxy is brought, and whom they belong to. */
function certificateSteps(
  hasDefault: boolean,
  names: readonly string[],
  services: readonly Service[],
): readonly string[] {
  const check = services.find(({ oneShot }) => oneShot);
  const folder = `${check?.files?.[0]?.path}/certs`;
  const user = typeof check?.view?.['user'] === 'string' ? check.view['user'].split(':')[0] : '101';
  return [
    `# bring the certificates (PEM, the full chain) and their keys: ${names.map((name) => `${folder}/${name}.crt and .key`).join(', ')}${
      hasDefault ? '; or default.crt and default.key there for all of them' : ''
    }`,
    `# the keys are for user ${user} alone: sudo chown ${user} ${folder}/*.key && sudo chmod 0400 ${folder}/*.key`,
  ];
}

/** What is worth knowing of it. */
export function edgeNotes(
  foreign: Foreign,
  delta: Pick<Delta, 'stack' | 'services' | 'env'>,
  { networks, places }: { readonly networks: readonly string[]; readonly places: Places },
): readonly string[] {
  const { edge } = delta.stack;
  if (!edge) return [];
  const required = delta.env.filter(({ kind }) => kind === 'required').map(({ name }) => name);
  const file = (places.production ?? places.homes[0])?.path;
  const beside = neighbours(foreign, networks);
  return [
    ...hostsNotes(edge),
    ...(beside.length > 0
      ? [
          `${edge.service} shares a network with ${listed(beside)}: who ${
            edge.kind === 'cloudflare' ? 'has the account at Cloudflare can lead it there' : 'breaks into it gets there'
          }. A network that only it and the apps are on would keep it away.`,
        ]
      : []),
    ...(required.length > 0
      ? [
          `${file} needs ${required.join(', ')} from now on: without it, Compose refuses every command there${
            places.production
              ? ''
              : ", on a developer's machine too. A file for servers only (compose.prod.yaml) would keep it to them"
          }.`,
        ]
      : []),
    ...(edge.kind === 'cloudflare'
      ? [
          `For each published application, below Additional application settings, Connection: Connect Timeout ${originTimeouts.connect}, Idle Connection Expiration Time ${originTimeouts.keepAlive}; with more, a request now and then meets a connection that the app is just closing.`,
          ...edge.redirects.map(
            ({ from, to }) =>
              `No tunnel leads ${from} to ${to}: a Redirect Rule of the domain at Cloudflare does (Rules, Redirect Rules; status code 308, Preserve query string), with a DNS record of ${from} that is proxied.`,
          ),
        ]
      : []),
    ...(edge.kind === 'tailscale'
      ? [
          ...edge.routes.map(
            ({ host, path, service: app }) =>
              `${app} is at https://${publicHost(edge, host)}${path === '/' ? '' : path} for ${edge.funnel ? 'everybody' : 'the devices of the tailnet'}, some seconds after the first start.`,
          ),
        ]
      : []),
  ];
}

/** What apps have to know that were asked for nothing but `localhost` until now. */
function hostsNotes(edge: Edge): readonly string[] {
  const unique = (all: readonly string[]) => [...new Set(all)];
  const apps = unique(edge.routes.map(({ service }) => service));
  const hosts = unique(edge.routes.map(({ host }) => publicHost(edge, host)));
  const one = apps.length === 1;
  return [
    `${listed(apps)} ${one ? 'is' : 'are'} asked by http, as ${listed(hosts)}, with X-Forwarded-Proto: https. ${
      one ? 'It has' : 'They have'
    } to take ${hosts.length === 1 ? 'that host' : 'those hosts'} and to believe that header (trusted proxies), or visitors may be led in circles.`,
  ];
}

/** Services with data on the same networks. */
function neighbours(foreign: Foreign, networks: readonly string[]): readonly string[] {
  const own = networks.length === 0 ? ['default'] : networks;
  const [combination] = byPurpose(foreign);
  return Object.entries(combination?.model.services ?? {}).flatMap(([name, service]) => {
    const kind = kindOf(service);
    const its = service.network_mode === undefined ? Object.keys(mapOf(service.networks)) : ['none'];
    const on = its.length === 0 ? ['default'] : its;
    return kind && dataKinds.has(kind) && on.some((network) => own.includes(network)) ? [name] : [];
  });
}

/** What would be there if nobody knew better: enough to know again what does not depend on hosts. */
export function plainEdge(block: Part): unknown {
  return { edge: { [block]: { hostnames: { app: block === 'tailscale' ? 'app' : 'app.example.com' } } } };
}

/** What the file of a node says that it serves, so that it can be written once more; undefined for another file. */
export function servedBy(
  text: string,
): { readonly handlers: readonly unknown[]; readonly funnel: boolean } | undefined {
  const data = ((): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  })();
  const web = mapOf(mapOf(data)['Web']);
  const secure = Object.keys(web).find((name) => name.endsWith(':443'));
  if (secure === undefined) return undefined;
  return {
    handlers: Object.entries(mapOf(mapOf(web[secure])['Handlers'])).map(([path, handler]) => ({
      path,
      proxy: mapOf(handler)['Proxy'],
    })),
    funnel: 'AllowFunnel' in mapOf(data),
  };
}
