import { image } from '../../images.ts';
import type { Limits } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { edgeFrom } from './routes.ts';

const limits: Limits = { cpus: '0.5', memory: '128M', pids: 64, reservation: '32M' };

const service = 'tailscale';

export const tailscale: Block = {
  name: 'tailscale',
  kind: 'edge',
  summary: 'a node of a tailnet, which lets its people in (Serve) or everybody (Funnel): no port of the host is open',
  contribute(answers) {
    const { tailscale: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    return [
      {
        services: [
          {
            name: service,
            title: 'the node of the tailnet',
            role: 'edge',
            fragment: 'tailscale',
            view: {},
            image: image('tailscale'),
            environment: {},
            devEnvironment: {},
            dependsOn: {},
            networks: [networks.edge],
            volumes: [],
            ports: { production: [], development: [] },
            limits: fitting,
            hardening: { tmpfs: ['/tmp'] },
            oneShot: false,
            production: true,
          },
        ],
        env: [...limitEnv(service, fitting)],
        edge: edgeFrom(answers, service),
      },
    ];
  },
};
