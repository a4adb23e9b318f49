import { image } from '../../images.ts';
import type { Limits } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { publicPortEnv } from './ports.ts';
import { edgeFrom, publicPorts } from './routes.ts';

const limits: Limits = { cpus: '1.0', memory: '256M', pids: 64, reservation: '64M' };

const service = 'caddy';

export const caddy: Block = {
  name: 'caddy',
  kind: 'edge',
  summary: 'Caddy, a proxy that gets its TLS certificates by itself; HTTP/3',
  contribute(answers) {
    const { caddy: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    return [
      {
        services: [
          {
            name: service,
            title: 'Caddy, the TLS proxy',
            role: 'edge',
            fragment: 'caddy',
            view: {},
            image: image('caddy'),
            environment: {},
            devEnvironment: {},
            dependsOn: {},
            networks: [networks.edge],
            volumes: [],
            ports: { production: publicPorts({ http: 80, https: 443, http3: true }), development: [] },
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
