import { image } from '../../images.ts';
import type { Limits } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { publicPortEnv } from './ports.ts';
import { edgeFrom, publicPorts } from './routes.ts';

const limits: Limits = { cpus: '1.0', memory: '256M', pids: 64, reservation: '64M' };

const service = 'traefik';

export const traefik: Block = {
  name: 'traefik',
  kind: 'edge',
  summary: 'Traefik, a proxy that finds services by their labels, through a filter before the Docker API',
  contribute(answers) {
    const { traefik: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    return [
      {
        services: [
          {
            name: service,
            title: 'Traefik, the TLS proxy',
            role: 'edge',
            fragment: 'traefik',
            view: {},
            image: image('traefik'),
            environment: {},
            devEnvironment: {},
            dependsOn: {},
            networks: [networks.edge],
            volumes: [],
            ports: { production: publicPorts({ http: 8080, https: 8443, http3: true }), development: [] },
            limits: fitting,
            hardening: { tmpfs: ['/tmp'] },
            oneShot: false,
            production: true,
          },
        ],
        env: [...publicPortEnv, ...limitEnv(service, fitting)],
        edge: edgeFrom(answers, service),
      },
    ];
  },
};
