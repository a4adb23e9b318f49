/** The page that visitors get instead of apps: where proxies find it, and who shows it where they cannot. */
import { image } from '../../images.ts';
import type { Contribution, Edge, Ignore, Limits, MountedFile, Service } from '../../types.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { highestPriority, ruleOf, traefikNames } from './traefik-labels.ts';

/**
 * The folder with the page that proxies show instead of apps, and with the file `on` that makes them do so. All of the
 * folder is mounted, so that a file that comes and goes is seen.
 */
export const maintenanceFolder: MountedFile = { path: 'docker/edge/maintenance', target: '/etc/edge/maintenance' };

/** Whether a host is being worked on is no matter of the repo. */
export const maintenanceIgnore: Ignore = {
  path: '.gitignore',
  why: 'keeps out of the repo what only this machine is about',
  groups: [{ comment: 'The flag of scripts/maintenance', patterns: [`/${maintenanceFolder.path}/on`] }],
};

/** The service that shows the page, and its profile: nothing but the script starts it. */
export const maintenanceService = 'maintenance';

const limits: Limits = { cpus: '0.25', memory: '32M', pids: 16, reservation: '8M' };
const config: MountedFile = { path: 'docker/edge/nginx.conf', target: '/etc/nginx/nginx.conf' };

/**
 * A service with the page, for an edge that has none of its own: it takes the names of the apps, while they are stopped, or
 * with Traefik their hosts, by a router that goes before theirs.
 */
export function maintenancePart({ kind, service, routes }: Edge): Contribution {
  const ports = [...new Set(routes.map(({ port }) => port))];
  const probed = [8089, ...ports.map((port) => port + 1)].find((port) => !ports.includes(port)) ?? 8089;
  const labels = kind === 'traefik' ? labelsFor(routes, ports[0] ?? 8080) : undefined;
  const own: Service = {
    name: maintenanceService,
    title: 'the page of scripts/maintenance',
    role: 'edge',
    fragment: 'maintenance',
    view: {
      edge: service,
      network: networks.edge,
      aliases: labels ? [] : [...new Set(routes.map((route) => route.service))],
      probe: ['CMD', 'wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${probed}/`],
    },
    image: image('nginx'),
    environment: {},
    devEnvironment: {},
    dependsOn: {},
    networks: [networks.edge],
    volumes: [],
    files: [maintenanceFolder, config],
    ports: { production: [], development: [] },
    limits,
    hardening: { tmpfs: ['/tmp'] },
    oneShot: false,
    production: true,
    profile: maintenanceService,
    ...(labels && { labels }),
  };
  return {
    services: [own],
    env: limitEnv(maintenanceService, limits),
    artifacts: [
      {
        path: config.path,
        template: config.path,
        view: { ports, probed, folder: maintenanceFolder.target },
        mode: 0o644,
        why: 'the page of scripts/maintenance, on the ports of the apps',
      },
    ],
  };
}

function labelsFor(routes: Edge['routes'], port: number): NonNullable<Service['labels']> {
  const router = `traefik.http.routers.${maintenanceService}`;
  return {
    'traefik.enable': 'true',
    [`${router}.entrypoints`]: traefikNames.websecure,
    [`${router}.rule`]: ruleOf([...new Set(routes.map(({ host }) => host))]),
    [`${router}.priority`]: String(highestPriority),
    [`${router}.service`]: maintenanceService,
    [`traefik.http.services.${maintenanceService}.loadbalancer.server.port`]: String(port),
  };
}
