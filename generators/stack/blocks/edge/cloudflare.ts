import { image } from '../../images.ts';
import type { Limits } from '../../types.ts';
import { limitsOf } from '../app.ts';
import type { Block } from '../block.ts';
import { networks } from '../connections.ts';
import { limitEnv } from '../limits.ts';
import { edgeFrom } from './routes.ts';

const limits: Limits = { cpus: '0.5', memory: '128M', pids: 64, reservation: '32M' };

const service = 'cloudflared';

export const cloudflare: Block = {
  name: 'cloudflare',
  kind: 'edge',
  summary: 'a tunnel to Cloudflare: no port of the host is open',
  contribute(answers) {
    const { cloudflare: chosen } = answers.edge ?? {};
    if (!chosen) return [];
    const fitting = limitsOf(chosen, limits);
    return [
      {
        services: [
          {
            name: service,
            title: 'the tunnel to Cloudflare',
            role: 'edge',
            fragment: 'cloudflared',
            view: {},
            image: image('cloudflared'),
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
