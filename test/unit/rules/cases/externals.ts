import type { Project } from '../../../../generators/rules/types.ts';
import { type Patch, withDockerfile, withModel, withService } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const postgres = (patch: Patch) => withService('postgres', patch);
const redis = (patch: Patch) => withService('redis', patch);
const other = (patch: Patch) => withService('other', { image: 'acme/tool:1.0', restart: 'unless-stopped', ...patch });
const broker = (patch: Patch) => other({ image: 'eclipse-mosquitto:2.1.2', ...patch });
const pooler = (patch: Patch) => other({ image: 'edoburu/pgbouncer:v1.25.2-p0', ...patch });
const mount = (path: string, target: string) =>
  [{ type: 'bind', source: `/srv/shop/${path}`, target, read_only: true }] as const;
const mounted = (project: Project, path: string, text: string): Project => ({
  ...project,
  mountedFiles: [{ path, text }],
});

/** The good project with another command of Redis and an environment for its client. */
const queue = (command: string, environment: Readonly<Record<string, string>>): Project =>
  withModel('production', (model) => ({
    ...model,
    services: {
      ...model.services,
      redis: { ...model.services['redis'], command: ['sh', '-c', command] },
      worker: { image: 'acme/worker:1', environment },
    },
  }));
const evicts = 'exec redis-server --requirepass "$$(cat /run/secrets/redis)" --maxmemory-policy allkeys-lru';

/** A Laravel worker in an image of php-fpm. */
const worker = (patch: Patch, ...lines: readonly string[]): Project => ({
  ...other({
    image: 'shop-worker:1',
    build: { context: '/srv/shop/tool' },
    command: ['php', 'artisan', 'queue:work', '--timeout=20'],
    stop_grace_period: '30s',
    ...patch,
  }),
  dockerfiles: withDockerfile(['FROM php:8.4.23-fpm-trixie AS production', ...lines].join('\n')).dockerfiles,
});
const job = (command: readonly string[], stop_grace_period: string | null = '1m5s') =>
  other({ command, stop_grace_period });

export const externalCases: readonly Case[] = [
  holds(
    'postgres-shm',
    'accepts a tmpfs',
    postgres({ shm_size: null, tmpfs: ['/dev/shm:size=256m', '/tmp', '/run/postgresql'] }),
  ),
  holds('postgres-shm', 'asks nothing of a client', postgres({ shm_size: null, restart: 'no', healthcheck: null })),
  fails('postgres-shm', 'knows the default', postgres({ shm_size: null }), {
    service: 'postgres',
    severity: 'warning',
  }),
  fails('postgres-shm', 'wants more than that', postgres({ shm_size: '67108864' }), {}),

  holds(
    'postgres-no-trust',
    'accepts scram',
    postgres({ environment: { POSTGRES_HOST_AUTH_METHOD: 'scram-sha-256' } }),
  ),
  fails('postgres-no-trust', 'refuses everybody', postgres({ environment: { POSTGRES_HOST_AUTH_METHOD: 'trust' } }), {
    service: 'postgres',
    message: 'POSTGRES_HOST_AUTH_METHOD is trust',
  }),

  holds('pgbouncer-scram', 'accepts the variable', pooler({ environment: { AUTH_TYPE: 'scram-sha-256' } })),
  holds(
    'pgbouncer-scram',
    'does not guess a configuration',
    pooler({ volumes: mount('docker/pgbouncer.ini', '/etc/pgbouncer/pgbouncer.ini') }),
  ),
  holds('pgbouncer-scram', 'leaves other images alone', other({ image: 'bitnami/pgbouncer:1' })),
  fails('pgbouncer-scram', 'knows the default of the image', pooler({}), {
    service: 'other',
    message: 'auth_type is md5',
  }),
  fails('pgbouncer-scram', 'refuses everybody', pooler({ environment: { AUTH_TYPE: 'trust' } }), {
    message: 'auth_type is trust',
  }),
  fails(
    'pgbouncer-scram',
    'reads the configuration',
    mounted(
      pooler({ volumes: mount('docker/pgbouncer', '/etc/pgbouncer') }),
      'docker/pgbouncer/pgbouncer.ini',
      '[pgbouncer]\nauth_type = any\n',
    ),
    { message: 'auth_type is any' },
  ),

  holds(
    'mosquitto-closed',
    'accepts a configuration',
    broker({ volumes: mount('docker/mosquitto.conf', '/mosquitto/config/mosquitto.conf') }),
  ),
  holds('mosquitto-closed', 'accepts a command that brings one', broker({ command: ['sh', '/start.sh'] })),
  fails(
    'mosquitto-closed',
    'knows the configuration of the image',
    broker({ volumes: [{ type: 'volume', source: 'mqtt', target: '/mosquitto/data' }] }),
    {
      service: 'other',
      message: 'runs with the configuration of its image',
    },
  ),
  fails(
    'mosquitto-closed',
    'reads the configuration',
    mounted(
      broker({ volumes: mount('docker/mosquitto', '/mosquitto/config') }),
      'docker/mosquitto/mosquitto.conf',
      'listener 8883\nallow_anonymous true\n',
    ),
    { message: 'its configuration says allow_anonymous true' },
  ),
  fails(
    'mosquitto-closed',
    'reads an inline configuration',
    withModel('production', (model) => ({
      ...model,
      configs: { mqtt: { content: 'allow_anonymous true\n' } },
      services: {
        ...model.services,
        other: {
          image: 'eclipse-mosquitto:2.1.2',
          configs: [{ source: 'mqtt', target: '/mosquitto/config/mosquitto.conf' }],
        },
      },
    })),
    {},
  ),

  holds('redis-queue-keeps', 'lets a cache evict', queue(evicts, { CACHE_URL: 'redis://:p@redis/0' })),
  holds(
    'redis-queue-keeps',
    'accepts noeviction',
    queue(evicts.replace('allkeys-lru', 'noeviction'), { CELERY_BROKER_URL: 'redis://:p@redis/0' }),
  ),
  holds(
    'redis-queue-keeps',
    'tells two instances apart',
    queue(evicts, { CELERY_BROKER_URL: 'redis://:p@redis-jobs/0' }),
  ),
  fails(
    'redis-queue-keeps',
    'knows the broker of Celery',
    queue(evicts, { CELERY_BROKER_URL: 'redis://:p@redis:6379/0' }),
    {
      service: 'redis',
      message: 'evicts (allkeys-lru) and carries queues',
    },
  ),
  fails(
    'redis-queue-keeps',
    'knows the queues of Laravel',
    queue(evicts, { QUEUE_CONNECTION: 'redis', REDIS_HOST: 'redis' }),
    {},
  ),
  fails(
    'redis-queue-keeps',
    'reads the configuration',
    mounted(
      withModel('production', (model) => ({
        ...model,
        services: {
          ...model.services,
          redis: {
            ...model.services['redis'],
            command: ['redis-server', '/etc/redis.conf'],
            volumes: mount('docker/redis.conf', '/etc/redis.conf'),
          },
          worker: { image: 'acme/worker:1', environment: { BROKER_URL: 'redis://redis' } },
        },
      })),
      'docker/redis.conf',
      'maxmemory 100mb\nmaxmemory-policy volatile-ttl\n',
    ),
    { message: 'evicts (volatile-ttl) and carries queues' },
  ),

  holds('php-stop-signal', 'accepts the signal', worker({ stop_signal: 'SIGTERM' })),
  holds('php-stop-signal', 'accepts that of the Dockerfile', worker({}, 'STOPSIGNAL SIGTERM')),
  holds('php-stop-signal', 'leaves FPM itself alone', worker({ command: ['php-fpm'] })),
  fails('php-stop-signal', 'knows the signal of the image', worker({}), {
    service: 'other',
    message: 'gets SIGQUIT from its image',
  }),

  holds('stop-grace-covers-job', 'accepts some seconds more', job(['php', 'artisan', 'queue:work', 'redis'])),
  holds(
    'stop-grace-covers-job',
    'cannot cover jobs without an end',
    job(['php', 'artisan', 'queue:work', '--timeout=0'], '1s'),
  ),
  holds('stop-grace-covers-job', 'does not guess other programs', job(['node', 'worker.js', '--timeout', '600'], null)),
  fails('stop-grace-covers-job', 'knows the default of Laravel', job(['php', 'artisan', 'queue:work'], '60s'), {
    service: 'other',
    message: 'is killed after 60s, and may be at work for 60s',
  }),
  fails(
    'stop-grace-covers-job',
    'knows the default of Compose',
    job(['sh', '-c', 'exec gunicorn --graceful-timeout 30 a:b'], null),
    {
      message: 'is killed after 10s, and may be at work for 30s',
    },
  ),
  fails(
    'stop-grace-covers-job',
    'reads the Dockerfile',
    {
      ...worker({ command: null, stop_grace_period: '1m' }),
      dockerfiles: withDockerfile(
        'FROM python:3.14-slim AS production\nCMD ["celery", "-A", "shop", "worker", "--time-limit=300"]\n',
      ).dockerfiles,
    },
    { service: 'other' },
  ),

  holds(
    'secret-from-file',
    'asks nothing where no secret is a file',
    postgres({ environment: { POSTGRES_PASSWORD: 'x' } }),
  ),
  fails(
    'secret-from-file',
    'wants all in files where some are',
    withModel('production', (model) => ({ ...model, secrets: { token: { file: '/srv/shop/secrets/token' } } })),
    {
      service: 'postgres',
      message: 'POSTGRES_PASSWORD stands in the environment, and the image reads POSTGRES_PASSWORD_FILE',
    },
  ),
  holds(
    'secret-once',
    'accepts one of them',
    postgres({ environment: { POSTGRES_PASSWORD_FILE: '/run/secrets/a', POSTGRES_PASSWORD: '' } }),
  ),
  fails(
    'secret-once',
    'refuses both',
    postgres({ environment: { POSTGRES_PASSWORD_FILE: '/run/secrets/a', POSTGRES_PASSWORD: 'x' } }),
    {
      service: 'postgres',
      message: 'has POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE',
    },
  ),

  holds(
    'data-volume-one-writer',
    'lets a backup read',
    other({ volumes: [{ type: 'volume', source: 'pgdata', target: '/data', read_only: true }] }),
  ),
  holds(
    'data-volume-one-writer',
    'lets a one-shot write before it',
    other({ restart: 'no', volumes: [{ type: 'volume', source: 'pgdata', target: '/data' }] }),
  ),
  holds(
    'data-volume-one-writer',
    'lets others have its socket',
    withModel('production', (model) => ({
      ...model,
      services: Object.fromEntries(
        Object.entries(model.services).map(([name, service]) => [
          name,
          {
            ...service,
            volumes: [
              ...(service.volumes ?? []),
              { type: 'volume', source: 'socket', target: '/var/run/postgresql' } as const,
            ],
          },
        ]),
      ),
    })),
  ),
  fails(
    'data-volume-one-writer',
    'refuses a second writer',
    other({ volumes: [{ type: 'volume', source: 'pgdata', target: '/data' }] }),
    { service: 'postgres', message: 'other writes to its volume pgdata too' },
  ),
  fails('data-volume-one-writer', 'refuses a second container', redis({ scale: 2 }), {
    service: 'redis',
    message: '2 containers of it write to the volume redis',
  }),

  holds('no-loki-driver', 'accepts one for a Loki elsewhere', other({ logging: { driver: 'loki' } })),
  fails(
    'no-loki-driver',
    'refuses it beside its own Loki',
    withModel('production', (model) => ({
      ...model,
      services: {
        ...model.services,
        loki: { image: 'grafana/loki:3.7.6' },
        api: { ...model.services['api'], logging: { driver: 'loki' } },
      },
    })),
    { service: 'api' },
  ),
];
