/** nginx: a proxy with certificates that are brought, rate limits, and requests that are read in whole before apps are asked. */
import { defaultUpload } from '../../../answers/edge.ts';
import { isLocalName } from '../../../answers/host-names.ts';
import type { EdgeAnswers } from '../../../answers/public.ts';
import type { Answers } from '../../../answers/schema.ts';
import { image } from '../../images.ts';
import type { Artifact, Contribution, Edge, Limits, MountedFile, Route, Service } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { secretParameters } from '../secret-parameters.ts';
import { broughtCertificates } from './certificate-check.ts';
import { rereads } from './guide.ts';
import { maintenanceFolder, maintenanceIgnore } from './maintenance.ts';
import { publicPortEnv } from './ports.ts';
import { byHost, edgeFrom, namesOf, publicPorts, routedServices } from './routes.ts';

const limits: Limits = { cpus: '1.0', memory: '256M', pids: 64, reservation: '64M', floor: '64M' };

const service = 'nginx';
const check = 'nginx-check';
const cache = 'nginx-cache';

/** Mounted as a folder: a file that is written anew is then seen, too. Not over that of the image, which has more in it. */
const folder: MountedFile = { path: 'docker/nginx', target: '/etc/nginx/stack' };
const config = `${folder.path}/nginx.conf`;
const live = `${folder.path}/live.sh`;
const certificates = `${folder.path}/certs`;
/** A mount of its own: Docker makes the folder, and certbot wants it to be there. */
const acme: MountedFile = { path: `${folder.path}/acme`, target: '/etc/nginx/acme' };
/** What nginx.conf includes, written by live.sh when nginx starts and reloads. */
const liveFolder = own('/etc/nginx/live');
/** The script that puts certificates in their place. */
export const installScript = 'scripts/install-certificate';

export const nginx: Block = {
  name: 'nginx',
  kind: 'edge',
  summary: 'nginx, a proxy with TLS certificates that you bring, and rate limits',
  contribute(answers) {
    const { nginx: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const edge = edgeFrom(answers, service);
    const names = namesOf(edge);
    const checked = { title: 'nginx', check, config: folder, names, isNginx: true };
    return [
      broughtCertificates(answers, { ...checked, tmpfs: [liveFolder, own('/var/cache/nginx')] }),
      contribution(answers, chosen, edge, names),
    ];
  },
};

function contribution(
  answers: Answers,
  chosen: EdgeAnswers<'nginx'>,
  edge: Edge,
  names: readonly string[],
): Contribution {
  const fitting = limitsOf(chosen, limits);
  return {
    services: [proxy(fitting)],
    volumes: [{ name: cache, holds: 'what nginx has of requests and answers that are under way', disposable: true }],
    env: [...publicPortEnv, ...limitEnv(service, fitting)],
    edge,
    artifacts: artifacts(answers.name, chosen, edge, names),
    ignores: [maintenanceIgnore],
    guide: guide(edge, chosen),
  };
}

/** The image runs as the user nginx, 101. */
function proxy(fitting: Limits): Service {
  return {
    name: service,
    title: 'nginx, the TLS proxy',
    role: 'edge',
    fragment: 'nginx',
    image: image('nginx-debian'),
    environment: {},
    devEnvironment: {},
    networks: [networks.edge],
    files: [folder, acme, maintenanceFolder],
    view: {
      command: ['sh', `${folder.target}/live.sh`, 'start'],
      probe: ['CMD', 'curl', '--fail', '--silent', '--output', '/dev/null', 'http://127.0.0.1:8081/'],
    },
    dependsOn: { [check]: 'service_completed_successfully' },
    volumes: [{ volume: cache, target: '/var/cache/nginx' }],
    ports: { production: publicPorts({ http: 8080, https: 8443 }), development: [] },
    limits: fitting,
    hardening: { tmpfs: ['/tmp', liveFolder] },
    oneShot: false,
    production: true,
  };
}

/**
 * A folder in memory that belongs to nginx. Without an owner it would be everybody's at the first start, and root's alone
 * when the same container is started again: Docker gives it the mode of the folder that it has left in its place.
 */
function own(path: string): string {
  return `${path}:uid=101,gid=101`;
}

function artifacts(
  name: string,
  { rate = 50, upload = defaultUpload }: EdgeAnswers<'nginx'>,
  edge: Edge,
  names: readonly string[],
): readonly Artifact[] {
  const { routes, redirects } = edge;
  const upstreams = routedServices(routes).map((route) => ({ service: route.service, port: route.port }));
  const all = names.map((one) => ({ name: one }));
  return [
    {
      path: config,
      template: config,
      view: {
        name,
        check,
        acme: acme.path,
        reload: rereads(edge),
        rate,
        // An address may be that of a whole office.
        burst: 2 * rate,
        connections: 4 * rate,
        upload,
        upstreams,
        names: all,
        redirects,
        secretParameters,
        hosts: byHost(routes).map((one) => ({
          host: one.host,
          // A name of one's own network may have to be reached without TLS one day.
          transportSecurity: !isLocalName(one.host),
          root: one.routes.some(({ path }) => path === '/'),
          routes: one.routes.map(locationOf),
        })),
      },
      mode: 0o644,
      why: 'nginx: hosts, routes, TLS, limits',
    },
    {
      path: live,
      template: live,
      view: { folder: folder.target, upstreams, names: all },
      mode: 0o755,
      why: 'starts and reloads nginx, with what it includes from memory: upstreams, certificates',
    },
    {
      path: installScript,
      template: installScript,
      view: {
        name,
        service,
        check,
        folder: certificates,
        mounted: folder.target,
        names: all,
        image: image('nginx-debian'),
      },
      mode: 0o755,
      why: 'puts a certificate in its place, checks it, and has nginx read it; certbot calls it',
    },
  ];
}

/** A route as nginx matches it: all of a host, or a path and what is below it, but not what only begins alike. */
function locationOf({ path, service: to }: Route) {
  return { location: path === '/' ? '/' : `~ ^${path}(?:/|$)`, stream: `@stream${path}`, service: to };
}

function guide(edge: Edge, { rate = 50 }: EdgeAnswers<'nginx'>): NonNullable<Contribution['guide']> {
  const host = edge.routes[0]?.host ?? '';
  const view = { host, check, service, folder: certificates, script: installScript, config, reload: rereads(edge) };
  return [
    { id: 'nginx-check', view },
    { id: 'nginx-certificate', view },
    { id: 'nginx-rate', view: { ...view, rate, more: 2 * rate } },
  ];
}
