import { image } from '../images.ts';
import type { EnvVar, Limits } from '../types.ts';
import { variable } from '../values.ts';
import { limitsOf } from './app.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { limitEnv } from './limits.ts';

const usual: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M', floor: '32M' };

const env: readonly EnvVar[] = [
  {
    name: 'REDIS_PASSWORD',
    meaning: 'The password of Redis. Letters and digits only: it becomes part of a URL.',
    kind: 'secret',
    group: 'Secrets',
  },
  {
    name: 'REDIS_PORT',
    meaning: 'The port of Redis on this machine in development, on the loopback interface only.',
    kind: 'optional',
    default: '6379',
    group: 'Ports',
    development: true,
  },
  {
    name: 'REDIS_MAXMEMORY',
    meaning:
      'Data that Redis may hold: about three quarters of its memory limit. Beyond it, writes are refused; without it, the container would be killed.',
    kind: 'optional',
    default: '192mb',
    group: 'Limits',
  },
];

const managedEnv: EnvVar = {
  name: 'REDIS_URL',
  meaning: 'The address of Redis as your provider shows it: rediss://USER:PASSWORD@HOST:PORT',
  kind: 'required',
  sensitive: true,
  group: 'Secrets',
};

export const redis: Block = {
  name: 'redis',
  kind: 'external',
  summary: 'Redis 7 or 8 in a container, with a password and its data on an external volume',
  contribute(answers) {
    if (answers.redis?.mode === 'managed') return [{ env: [managedEnv] }];
    if (!answers.redis) return [];
    const { version } = answers.redis;
    const limits = limitsOf(answers.redis, usual);
    return [
      {
        services: [
          {
            name: 'redis',
            title: `Redis ${version}`,
            role: 'external',
            fragment: 'redis',
            view: {},
            image: image(`redis:${version}` as 'redis:8'),
            environment: {
              // The name that redis-cli reads too, so that the password is on no command line.
              REDISCLI_AUTH: [variable('REDIS_PASSWORD')],
              REDIS_MAXMEMORY: [variable('REDIS_MAXMEMORY')],
            },
            devEnvironment: {},
            dependsOn: {},
            networks: [networks.data],
            volumes: [{ volume: 'redis-data', target: '/data' }],
            ports: { production: [], development: [{ variable: 'REDIS_PORT', container: 6379 }] },
            limits,
            hardening: { tmpfs: ['/tmp'] },
            oneShot: false,
          },
        ],
        volumes: [{ name: 'redis-data', holds: 'what Redis keeps' }],
        env: [...env, ...limitEnv('redis', limits)],
        guide: [
          { id: 'redis-authentication', view: {} },
          { id: 'redis-memory', view: {} },
        ],
      },
    ];
  },
};
