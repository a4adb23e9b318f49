/** Redis and Valkey in containers: one for queues and sessions, and one for the cache alone. */
import type { Answers } from '../../answers/schema.ts';
import { image } from '../images.ts';
import type { Contribution, EnvVar, Limits, Service } from '../types.ts';
import { envPrefix, variable } from '../values.ts';
import { limitsOf } from './app.ts';
import type { Block } from './block.ts';
import { networks } from './connections.ts';
import { limitEnv } from './limits.ts';
import { managedRedis } from './managed.ts';
import { redisService } from './reach/redis.ts';

const usual: Limits = { cpus: '0.5', memory: '256M', pids: 64, reservation: '64M', floor: '32M' };

const script = 'docker/redis/redis.sh';

type Which = 'redis' | 'cache';
type Bundled = Extract<NonNullable<Answers['redis']>, { mode: 'bundled' }>;

export const redis: Block = {
  name: 'redis',
  kind: 'external',
  summary:
    'Redis 7, 8 or Valkey 8, 9 in a container, with a password: for queues, on an external volume, or for a cache',
  contribute(answers) {
    const instances = (['redis', 'cache'] as const).flatMap((which) => {
      const one = answers[which];
      if (!one) return [];
      return [one.mode === 'managed' ? managedRedis(answers, which, one) : bundled(which, one)];
    });
    const here = (['redis', 'cache'] as const).filter((which) => answers[which]?.mode === 'bundled');
    return here.length > 0 ? [...instances, common(here)] : instances;
  },
};

/** What the instances have in common. */
function common(here: readonly Which[]): Contribution {
  return {
    artifacts: [
      {
        path: script,
        template: script,
        view: {},
        mode: 0o755,
        why: 'starts Redis and redis-cli with its password',
      },
    ],
    guide: [
      {
        id: 'redis-authentication',
        view: {
          instances: here.map((which) => ({
            service: redisService(which),
            ...variablesOf(which),
            url: `${envPrefix(which)}_URL`,
            laravel: which === 'cache' ? 'REDIS_CACHE_PASSWORD' : 'REDIS_PASSWORD',
          })),
        },
      },
    ],
  };
}

function bundled(which: Which, { engine, version, keeps = defaultKeeps(which), limits: own }: Bundled): Contribution {
  const service = redisService(which);
  const title = `${engine === 'redis' ? 'Redis' : 'Valkey'} ${version}`;
  const isCache = keeps === 'cache';
  // Neither reads what the other one wrote.
  const volume = `${service.replace('redis', engine)}-data`;
  const volumes: Service['volumes'] = isCache ? [] : [{ volume, target: '/data' }];
  const names = variablesOf(which);
  const chosen = limitsOf({ limits: own }, usual);
  return {
    services: [
      {
        name: service,
        title: which === 'cache' ? `${title}, for the cache` : title,
        role: 'external',
        fragment: 'redis',
        view: { user: engine, keeps, isCache },
        image: image(`${engine}:${version}` as Parameters<typeof image>[0]),
        environment: {
          REDIS_PASSWORD: [variable(names.password)],
          REDIS_MAXMEMORY: [variable(names.maxmemory)],
        },
        secretStyle: 'file',
        devEnvironment: {},
        dependsOn: {},
        networks: [networks.data],
        volumes,
        files: [{ path: script, target: '/redis.sh' }],
        ports: { production: [], development: [{ variable: names.port, container: 6379 }] },
        limits: chosen,
        // The image declares a volume for its data: each container of a cache would leave one behind.
        hardening: { tmpfs: isCache ? ['/tmp', '/data'] : ['/tmp'] },
        oneShot: false,
      },
    ],
    volumes: isCache ? [] : [{ name: volume, holds: `what ${title} keeps: queues, sessions` }],
    env: [...env(which, title, isCache), ...limitEnv(service, chosen)],
    guide: [
      {
        id: isCache ? 'redis-cache' : 'redis-memory',
        view: { service, title, ...names, limit: `${envPrefix(service)}_MEMORY_LIMIT` },
      },
    ],
  };
}

/** What an instance is for where the answers do not say. */
function defaultKeeps(which: Which): NonNullable<Bundled['keeps']> {
  return which === 'cache' ? 'cache' : 'queues';
}

function variablesOf(which: Which) {
  const prefix = envPrefix(which);
  return { password: `${prefix}_PASSWORD`, port: `${prefix}_PORT`, maxmemory: `${prefix}_MAXMEMORY` };
}

function env(which: Which, title: string, isCache: boolean): readonly EnvVar[] {
  const names = variablesOf(which);
  const what = which === 'cache' ? `${title} of the cache` : title;
  const beyond = isCache
    ? 'Beyond it, what was not used for longest is dropped.'
    : 'Beyond it, writes are refused; without it, the container would be killed.';
  return [
    {
      name: names.password,
      meaning: `The password of ${what}. Letters and digits only: it becomes part of a URL.`,
      kind: 'secret',
      group: 'Secrets',
    },
    {
      name: names.port,
      meaning: `The port of ${what} on this machine in development, on the loopback interface only.`,
      kind: 'optional',
      default: which === 'cache' ? '6380' : '6379',
      group: 'Ports',
      development: true,
    },
    {
      name: names.maxmemory,
      meaning: `How much data ${what} may hold, such as 192mb; empty: ${isCache ? 'three quarters' : 'half'} of its memory limit. ${beyond}`,
      kind: 'optional',
      default: '',
      group: 'Limits',
    },
  ];
}
