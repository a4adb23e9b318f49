/** nginx: a proxy with certificates that are brought, rate limits, and requests that are read in whole before apps are asked. */
import { isLocalName } from '../../../answers/host-names.ts';
import type { EdgeAnswers } from '../../../answers/public.ts';
import type { Answers } from '../../../answers/schema.ts';
import { image } from '../../images.ts';
import type { Artifact, Contribution, Edge, Limits, MountedFile, Route, Service } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { keptOut } from '../brought.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { secretParameters } from '../secret-parameters.ts';
import { maintenanceFolder, maintenanceIgnore } from './maintenance.ts';
import { publicPortEnv } from './ports.ts';
import { byHost, edgeFrom, namesOf, publicPorts, routedServices } from './routes.ts';

const limits: Limits = { cpus: '1.0', memory: '256M', pids: 64, reservation: '64M', floor: '64M' };
const checkLimits: Limits = { cpus: '0.5', memory: '64M', pids: 32, reservation: '16M' };

const service = 'nginx';
const check = 'nginx-check';
const cache = 'nginx-cache';

const folder = 'docker/nginx';
const config = `${folder}/nginx.conf`;
const live = `${folder}/live.sh`;
const checkScript = `${folder}/check.sh`;
const certificates = `${folder}/certs`;
const acme = `${folder}/acme`;
/** The script that puts certificates in their place. */
export const installScript = 'scripts/install-certificate';

/** What nginx and its check read alike. */
const shared: readonly MountedFile[] = [
  { path: config, target: '/etc/nginx/nginx.conf' },
  // The entrypoint of the image runs it before nginx.
  { path: live, target: '/docker-entrypoint.d/50-live.sh' },
  // Folders, not files: what is renamed into them is seen.
  { path: certificates, target: '/etc/nginx/certs' },
];

export const nginx: Block = {
  name: 'nginx',
  kind: 'edge',
  summary: 'nginx, a proxy with TLS certificates that you bring, and rate limits',
  contribute(answers) {
    const { nginx: chosen } = answers.edge ?? {};
    return chosen ? [contribution(answers, chosen)] : [];
  },
};

function contribution(answers: Answers, chosen: EdgeAnswers<'nginx'>): Contribution {
  const edge = edgeFrom(answers, service);
  const fitting = limitsOf(chosen, limits);
  const names = namesOf(edge);
  return {
    services: [checkService(names), proxy(fitting)],
    volumes: [{ name: cache, holds: 'what nginx has of requests and answers that are under way', disposable: true }],
    env: [...publicPortEnv, ...limitEnv(service, fitting), ...limitEnv(check, checkLimits)],
    edge,
    artifacts: artifacts(answers.name, chosen, edge, names),
    ignores: [...keptOut(answers, certificates), maintenanceIgnore],
    guide: guide(edge, chosen),
  };
}

/** What both containers are: the image runs as the user nginx, 101. */
function container(title: string, files: readonly MountedFile[]) {
  return {
    title,
    role: 'edge',
    image: image('nginx-debian'),
    environment: {},
    devEnvironment: {},
    networks: [networks.edge],
    files: [...shared, ...files],
    production: true,
  } as const satisfies Partial<Service>;
}

function proxy(fitting: Limits): Service {
  return {
    ...container('nginx, the TLS proxy', [{ path: acme, target: '/etc/nginx/acme' }, maintenanceFolder]),
    name: service,
    fragment: 'nginx',
    view: {
      probe: ['CMD', 'curl', '--fail', '--silent', '--output', '/dev/null', 'http://127.0.0.1:8081/'],
    },
    dependsOn: { [check]: 'service_completed_successfully' },
    volumes: [{ volume: cache, target: '/var/cache/nginx' }],
    ports: { production: publicPorts({ http: 8080, https: 8443 }), development: [] },
    limits: fitting,
    hardening: { tmpfs: ['/tmp', own('/etc/nginx/live')] },
    oneShot: false,
  };
}

/**
 * A folder in memory that belongs to nginx. Without an owner it would be everybody's at the first start, and root's alone
 * when the same container is started again: Docker gives it the mode of the folder that it has left in its place.
 */
function own(path: string): string {
  return `${path}:uid=101,gid=101`;
}

function checkService(names: readonly string[]): Service {
  return {
    ...container('the check of the certificates', [{ path: checkScript, target: '/check.sh' }]),
    name: check,
    fragment: 'nginx-check',
    view: { command: ['sh', '/check.sh', ...names], user: undefined },
    dependsOn: {},
    volumes: [],
    ports: { production: [], development: [] },
    limits: checkLimits,
    hardening: { tmpfs: ['/tmp', own('/etc/nginx/live'), own('/var/cache/nginx')] },
    oneShot: true,
  };
}

function artifacts(
  name: string,
  { rate = 50, upload = '50M' }: EdgeAnswers<'nginx'>,
  { routes, redirects }: Edge,
  names: readonly string[],
): readonly Artifact[] {
  const upstreams = routedServices(routes).map((route) => ({ service: route.service, port: route.port }));
  const all = names.map((one) => ({ name: one }));
  return [
    {
      path: config,
      template: config,
      view: {
        name,
        check,
        service,
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
      view: { upstreams, names: all },
      mode: 0o755,
      why: 'what nginx includes from memory: upstreams, certificates',
    },
    {
      path: checkScript,
      template: checkScript,
      view: { proxy: 'nginx', check, folder: certificates, mounted: '/etc/nginx/certs', fallback: true },
      mode: 0o755,
      why: 'says what is wrong with a certificate, before nginx is started',
    },
    {
      path: installScript,
      template: installScript,
      view: { name, service, check, folder: certificates, names: all, image: image('nginx-debian') },
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
  const view = { host, check, service, folder: certificates, script: installScript, config };
  return [
    { id: 'nginx-check', view },
    { id: 'nginx-certificate', view },
    { id: 'nginx-rate', view: { ...view, rate } },
  ];
}
