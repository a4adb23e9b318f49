import type { EdgeAnswers } from '../../../answers/public.ts';
import { image } from '../../images.ts';
import type { Artifact, Contribution, Edge, Ignore, Limits, MountedFile, Service } from '../../types.ts';
import { projectVariable, variable } from '../../values.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { broughtCertificates } from './certificate-check.ts';
import { maintenancePart } from './maintenance.ts';
import { publicPortEnv } from './ports.ts';
import { edgeFrom, namesOf, publicPorts } from './routes.ts';
import { prioritiesOf, routersOf, ruleOf, traefikLabels, traefikNames } from './traefik-labels.ts';

const limits: Limits = { cpus: '1.0', memory: '256M', pids: 128, reservation: '64M' };
const filterLimits: Limits = { cpus: '0.25', memory: '64M', pids: 16, reservation: '16M' };

const service = 'traefik';
const filter = 'docker-proxy';
const check = 'traefik-check';

/** No user of the image or of an app. */
const user = '65532:65532';

/** Mounted as a folder: files that come and go are then seen, too. */
const config: MountedFile = { path: 'docker/traefik', target: '/etc/traefik' };
/** What Traefik reads again whenever something changes in it. */
export const dynamicFolder = `${config.path}/dynamic`;
const proxyFile = `${dynamicFolder}/proxy.yml`;
const filterConfig = 'docker/docker-proxy/haproxy.cfg';

/** Where the requests go while a release comes is no matter of the repo. */
const rolloutIgnore: Ignore = {
  path: '.gitignore',
  why: 'keeps out of the repo what only this machine is about',
  groups: [{ comment: 'What scripts/rollout tells Traefik', patterns: [`/${dynamicFolder}/rollout-*`] }],
};

/** Where Docker listens. */
const socket: MountedFile = { path: '/var/run/docker.sock', target: '/var/run/docker.sock', provided: true };

export const traefik: Block = {
  name: 'traefik',
  kind: 'edge',
  summary: 'Traefik, a proxy that finds services by their labels, through a filter before the Docker API',
  contribute(answers) {
    const { traefik: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    const edge = edgeFrom(answers, service);
    const names = namesOf(edge);
    const { certificates = 'acme' } = chosen;
    const acme = certificates === 'acme';
    return [
      ...(acme
        ? []
        : [
            broughtCertificates(answers, {
              title: 'Traefik',
              check,
              guide: 'traefik-certificate',
              config,
              user,
              names,
            }),
          ]),
      {
        services: [filterService(), proxyService(chosen, acme, fitting)],
        volumes: acme
          ? [{ name: 'traefik-data', holds: 'the TLS certificates, and the account that they come by' }]
          : [],
        env: [...publicPortEnv, ...limitEnv(service, fitting), ...limitEnv(filter, filterLimits)],
        ignores: [rolloutIgnore],
        artifacts: artifacts(edge, acme),
        edge: { ...edge, labels: traefikLabels(edge.routes) },
        guide: guide(edge, acme),
      },
      maintenancePart(edge),
    ];
  },
};

function guide({ routes }: Edge, acme: boolean): NonNullable<Contribution['guide']> {
  const view = { service, filter, app: routes[0]?.service ?? '', host: routes[0]?.host ?? '' };
  return ['traefik-no-route', ...(acme ? ['traefik-acme'] : []), 'traefik-docker-api'].map((id) => ({ id, view }));
}

const common = {
  role: 'edge',
  devEnvironment: {},
  dependsOn: {},
  volumes: [],
  ports: { production: [], development: [] },
  oneShot: false,
  production: true,
} as const satisfies Partial<Service>;

function proxyService({ email }: EdgeAnswers<'traefik'>, acme: boolean, fitting: Limits): Service {
  const ping = '127.0.0.1:8082';
  return {
    ...common,
    name: service,
    title: 'Traefik, the TLS proxy',
    fragment: 'traefik',
    view: {
      user,
      acme,
      email,
      ping,
      filter,
      ...traefikNames,
      network: networks.edge,
      probe: ['CMD', 'traefik', 'healthcheck', '--ping.entryPoint=ping', `--entryPoints.ping.address=${ping}`],
    },
    image: image('traefik'),
    environment: {},
    dependsOn: { [filter]: 'service_healthy', ...(!acme && { [check]: 'service_completed_successfully' as const }) },
    networks: [networks.edge, networks.socket],
    // The one folder of the image that any user may write to: a new volume takes its mode over.
    volumes: acme ? [{ volume: 'traefik-data', target: '/var/tmp' }] : [],
    files: [config],
    ports: { production: publicPorts({ http: 8080, https: 8443, http3: true }), development: [] },
    limits: fitting,
    hardening: { tmpfs: ['/tmp'] },
  };
}

function filterService(): Service {
  return {
    ...common,
    name: filter,
    title: 'HAProxy, the filter before the Docker API',
    fragment: filter,
    view: { probe: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:2375/_ping'] },
    image: image('haproxy'),
    environment: { PROJECT: [variable(projectVariable)] },
    networks: [networks.socket],
    files: [{ path: filterConfig, target: '/usr/local/etc/haproxy/haproxy.cfg' }, socket],
    limits: filterLimits,
    hardening: { tmpfs: ['/tmp'] },
  };
}

function artifacts(edge: Edge, acme: boolean): readonly Artifact[] {
  const { routes, redirects } = edge;
  const names = namesOf(edge);
  return [
    {
      path: proxyFile,
      template: proxyFile,
      view: {
        ...traefikNames,
        rule: ruleOf(names),
        notReady: routersOf('not-ready', routes).map(({ name, rule, path }) => ({
          name,
          rule,
          priority: prioritiesOf(path).notReady,
        })),
        redirects: redirects.map(({ from, to }, index) => ({ number: index + 1, rule: ruleOf([from]), to })),
        certificates: acme ? undefined : names.map((host) => ({ host })),
      },
      mode: 0o644,
      why: 'Traefik: https, redirects, headers, TLS versions',
    },
    {
      path: filterConfig,
      template: filterConfig,
      view: {},
      mode: 0o644,
      why: 'what Traefik may ask the Docker API',
    },
  ];
}
