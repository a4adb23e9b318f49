import { image } from '../../images.ts';
import type { Limits } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { publicPortEnv } from './ports.ts';
import { edgeFrom, publicPorts } from './routes.ts';

const limits: Limits = { cpus: '1.0', memory: '128M', pids: 64, reservation: '32M' };

const service = 'nginx';

export const nginx: Block = {
  name: 'nginx',
  kind: 'edge',
  summary: 'nginx, a proxy with TLS certificates that you bring, and rate limits',
  contribute(answers) {
    const { nginx: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    return [
      {
        services: [
          {
            name: service,
            title: 'nginx, the TLS proxy',
            role: 'edge',
            fragment: 'nginx',
            view: {},
            image: image('nginx-debian'),
            environment: {},
            devEnvironment: {},
            dependsOn: {},
            networks: [networks.edge],
            volumes: [],
            ports: { production: publicPorts({ http: 8080, https: 8443 }), development: [] },
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
