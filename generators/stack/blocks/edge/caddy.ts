/** Caddy: a proxy that gets its TLS certificates by itself. */
import { defaultUpload } from '../../../answers/edge.ts';
import type { EdgeAnswers } from '../../../answers/public.ts';
import { image } from '../../images.ts';
import { certifiedBy } from '../../queries.ts';
import { mebibytes } from '../../targets/amounts.ts';
import type { Contribution, Edge, Limits, MountedFile } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { secretParameters } from '../secret-parameters.ts';
import { broughtCertificates } from './certificate-check.ts';
import { maintenanceFolder, maintenanceIgnore } from './maintenance.ts';
import { publicPortEnv } from './ports.ts';
import { byHost, edgeFrom, namesOf, publicPorts, routedServices } from './routes.ts';

const limits: Limits = { cpus: '1.0', memory: '256M', pids: 64, reservation: '64M' };

const service = 'caddy';
const check = 'caddy-check';

/** Nobody else's: neither that of an app nor one that a host is likely to have. */
const user = '1443:1443';

/** Mounted as a folder: an editor that writes a file anew is then seen, too. */
const config: MountedFile = { path: 'docker/caddy', target: '/etc/caddy' };
const caddyfile = `${config.path}/Caddyfile`;

/** The image lets everybody write to this folder of it, and so a new volume there; its root is below it. */
const data = { volume: 'caddy-data', target: '/data/caddy' };

/**
 * The folder, in memory, with a file for each app: the host that its requests go to. Caddy reads it for each request, so that
 * `scripts/rollout` can change it without a reload: that opens the ports anew (SO_REUSEPORT, caddy listen_unix.go), and
 * connections that wait at the old ones are reset.
 */
export const upstreamFolder = '/tmp/upstream';

export const caddy: Block = {
  name: 'caddy',
  kind: 'edge',
  summary: 'Caddy, a proxy that gets its TLS certificates by itself; HTTP/3',
  contribute(answers) {
    const { caddy: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    const edge = edgeFrom(answers, service);
    const brought = certifiedBy(edge, 'files');
    return [
      ...(brought.length > 0
        ? [broughtCertificates(answers, { title: 'Caddy', check, guide: check, config, user, names: brought })]
        : []),
      {
        services: [
          {
            name: service,
            title: 'Caddy, the TLS proxy',
            role: 'edge',
            fragment: 'caddy',
            view: { user, command: commandFor(routedServices(edge.routes)) },
            image: image('caddy'),
            environment: {},
            devEnvironment: {},
            dependsOn: brought.length > 0 ? { [check]: 'service_completed_successfully' } : {},
            networks: [networks.edge],
            volumes: [data],
            files: [config, maintenanceFolder],
            ports: { production: publicPorts({ http: 80, https: 443, http3: true }), development: [] },
            limits: fitting,
            hardening: { tmpfs: ['/tmp'] },
            // The program is marked to need it: without it, the kernel does not run it (caddyserver/caddy-docker#396).
            capabilities: ['NET_BIND_SERVICE'],
            oneShot: false,
            production: true,
          },
        ],
        volumes: [{ name: data.volume, holds: 'the certificates of Caddy, their keys and its account' }],
        env: [...publicPortEnv, ...limitEnv(service, fitting)],
        ignores: [maintenanceIgnore],
        artifacts: [
          {
            path: caddyfile,
            template: caddyfile,
            view: caddyfileView(answers.name, chosen, edge),
            mode: 0o644,
            why: 'Caddy: hosts, routes, limits',
          },
        ],
        guide: guide(edge),
        edge,
      },
    ];
  },
};

/** What the Caddyfile says of these answers. */
function caddyfileView(name: string, chosen: EdgeAnswers<'caddy'>, edge: Edge) {
  const { routes, redirects } = edge;
  const { email, upload = defaultUpload } = chosen;
  const hosts = byHost(routes);
  const names = namesOf(edge);
  const internal = certifiedBy(edge, 'internal');
  const isInternal = (host: string) => internal.includes(host);
  return {
    name,
    service,
    email,
    internal: internal.length > 0,
    transportSecurity: hosts.some(({ host }) => !isInternal(host)),
    upload: `${mebibytes(upload)}MiB`,
    uploadBytes: mebibytes(upload) * 2 ** 20,
    // Time for the largest one at 140 kbit a second. Generous: who is cut off gets an empty answer with 200 (Caddy 2.11.4).
    uploadMinutes: Math.max(10, mebibytes(upload)),
    secretParameters,
    names,
    apps: routedServices(routes).map((app) => ({
      ...app,
      file: `${upstreamFolder}/${app.service}`,
      upstream: `{file.${upstreamFolder}/${app.service}}:${app.port}`,
    })),
    redirects: redirects.map((redirect) => ({ ...redirect, tls: tlsOf(redirect.from, edge) })),
    hosts: hosts.map(({ host, routes: all }) => ({
      host,
      tls: tlsOf(host, edge),
      transportSecurity: !isInternal(host),
      service: all.find(({ path }) => path === '/')?.service,
      // In the order of the routes: Caddy tries them as they stand.
      routes: all
        .filter(({ path }) => path !== '/')
        .map(({ path, service: app }) => ({ path, service: app, id: `path${path.replaceAll('/', '.')}` })),
    })),
  };
}

/** The line of a site about its certificate; none where Caddy gets one from a public authority, as it does unasked. */
function tlsOf(host: string, { certificates = {} }: Edge): string | undefined {
  const pair = `${config.target}/certs/${host}`;
  const lines = { acme: undefined, internal: 'tls internal', files: `tls ${pair}.crt ${pair}.key` };
  return lines[certificates[host] ?? 'acme'];
}

function guide(edge: Edge): NonNullable<Contribution['guide']> {
  const internal = certifiedBy(edge, 'internal');
  const acme = certifiedBy(edge, 'acme');
  const view = { service, caddyfile };
  const images = { image: image('caddy'), builder: image('caddy').replace('-alpine', '-builder-alpine') };
  const root = `${data.target}/pki/authorities/local/root.crt`;
  return [
    ...(internal.length > 0 ? [{ id: 'caddy-root', view: { ...view, root, host: internal[0] } }] : []),
    ...(acme.length > 0
      ? [{ id: 'caddy-wildcard', view: { ...view, ...images, app: edge.routes[0]?.service ?? '' } }]
      : []),
    { id: 'caddy-configuration', view },
    { id: 'caddy-not-permitted', view },
    { id: 'caddy-udp', view },
  ];
}

/** Caddy, once the files are there that say where the requests of each app go: to all containers of its name. */
function commandFor(apps: readonly { readonly service: string }[]): readonly string[] {
  const files = apps.map((app) => `echo ${app.service} >${upstreamFolder}/${app.service}`);
  const steps = [`mkdir -p ${upstreamFolder}`, ...files, `exec caddy run --config ${config.target}/Caddyfile`];
  return ['sh', '-c', steps.join(' && ')];
}
