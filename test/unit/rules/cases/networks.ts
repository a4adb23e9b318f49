import type { ComposeModel } from '../../../../generators/compose/model.ts';
import { good, type Patch, withModel, withService } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const api = (patch: Patch) => withService('api', patch);
const other = (patch: Patch) =>
  withService('other', { image: 'acme/tool:1.0', restart: 'unless-stopped', shm_size: '268435456', ...patch });
const port = (published: string, host_ip?: string) => ({ target: 8000, published, ...(host_ip && { host_ip }) });

/** An app of the project on the network of the data. */
const onData = (patch: Patch, model: (before: ComposeModel) => ComposeModel = (before) => before) => ({
  ...withModel('production', (before) =>
    model({
      ...before,
      services: {
        ...before.services,
        site: { image: 'shop-site:1', build: { context: '/srv/shop/site' }, networks: { data: null }, ...clean(patch) },
      },
    }),
  ),
});
const clean = (patch: Patch) => Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null));

/** The good project with an overlay in which the api publishes a port too. */
const twoFiles = (ports: Patch['ports'] & object) => ({
  ...api({ ports }),
  composeFiles: good.composeFiles.map((file) =>
    file.path === 'compose.dev.yaml' ? file : { ...file, text: `services:\n  api:\n    ports:\n      - "8000:8000"\n` },
  ),
});

export const networkCases: readonly Case[] = [
  holds('edge-off-data-network', 'lets an app on both', good),
  fails(
    'edge-off-data-network',
    'keeps a proxy away from databases',
    withService('edge', { networks: { front: null, data: null } }),
    { service: 'edge', message: 'shares the network data with postgres' },
    { service: 'edge', message: 'shares the network data with redis' },
  ),
  fails(
    'edge-off-data-network',
    'knows tunnels on the network that all share',
    withModel('production', (model) => ({
      ...model,
      services: {
        tunnel: { image: 'cloudflare/cloudflared:2026.8.2', networks: { default: null } },
        db: { image: 'postgres:18.6-trixie', networks: { default: null } },
      },
    })),
    { service: 'tunnel', message: 'shares the network default with db' },
  ),

  holds(
    'data-network-users',
    'accepts who depends on a database',
    onData({ depends_on: { postgres: { condition: 'service_healthy' } } }),
  ),
  holds(
    'data-network-users',
    'accepts who names one in an address',
    onData({ environment: { URL: 'redis://:x@redis' } }),
  ),
  holds('data-network-users', 'does not guess what an env file says', {
    ...onData({}),
    composeFiles: [{ path: 'compose.yaml', text: 'services:\n  site:\n    env_file: site.env\n' }],
  }),
  holds('data-network-users', 'leaves networks with a way out to other rules', onData({ networks: { front: null } })),
  fails(
    'data-network-users',
    'wants a reason to be there',
    onData({ environment: { REDIS_URL: 'redis://redis-cache' } }),
    {
      service: 'site',
      message: 'is on the network data and uses nothing there',
    },
  ),

  holds('ports-on-internal', 'accepts a second network', api({ ports: [port('8000', '127.0.0.1')] })),
  holds(
    'ports-on-internal',
    'accepts a network that development opens',
    withModel('production', (model) => ({
      ...model,
      networks: { ...model.networks, data: { internal: false } },
      services: { ...model.services, postgres: { ...model.services['postgres'], ports: [port('8000', '127.0.0.1')] } },
    })),
  ),
  fails(
    'ports-on-internal',
    'knows that Docker publishes nothing there',
    withService('postgres', { ports: [port('5432')] }),
    {
      service: 'postgres',
      message: 'publishes a port, and is on data only',
    },
  ),

  holds(
    'ports-once',
    'lets one file publish on two addresses',
    api({ ports: [port('80', '127.0.0.1'), port('80', '::1')] }),
  ),
  holds('ports-once', 'accepts the one that is left', twoFiles([port('8000', '127.0.0.1')])),
  fails('ports-once', 'finds the port of the base', twoFiles([port('8000'), port('8000', '127.0.0.1')]), {
    service: 'api',
    message: 'port 8000/tcp is published on 0.0.0.0:8000 and on 127.0.0.1:8000',
  }),

  holds(
    'host-gateway',
    'accepts an entry',
    api({
      environment: { API: 'http://host.docker.internal:9000' },
      extra_hosts: ['host.docker.internal=host-gateway'],
    }),
  ),
  fails(
    'host-gateway',
    'wants one for what Linux does not know',
    api({ environment: { API: 'http://host.docker.internal:9000' } }),
    {
      service: 'api',
    },
  ),

  holds(
    'cloudflared-runs',
    'accepts a tunnel',
    other({ image: 'cloudflare/cloudflared:2026.8.2', command: ['tunnel', 'run'] }),
  ),
  fails('cloudflared-runs', 'knows the command of the image', other({ image: 'cloudflare/cloudflared:2026.8.2' }), {
    service: 'other',
  }),
  holds(
    'cloudflared-metrics',
    'accepts the variable',
    other({
      image: 'cloudflare/cloudflared:2026.8.2',
      environment: { TUNNEL_METRICS: '127.0.0.1:20241' },
      healthcheck: { test: ['CMD', 'cloudflared', 'tunnel', 'ready'] },
    }),
  ),
  fails(
    'cloudflared-metrics',
    'wants the address',
    other({
      image: 'cloudflare/cloudflared:2026.8.2',
      healthcheck: { test: ['CMD', 'cloudflared', 'tunnel', 'ready'] },
    }),
    { service: 'other' },
  ),

  holds(
    'asyncpg-sslmode',
    'accepts its own parameter',
    api({ environment: { DATABASE_URL: 'postgresql+asyncpg://a@h/d?ssl=verify-full' } }),
  ),
  holds(
    'asyncpg-sslmode',
    'leaves other drivers alone',
    api({ environment: { DATABASE_URL: 'postgresql+psycopg://a@h/d?sslmode=require' } }),
  ),
  fails(
    'asyncpg-sslmode',
    'knows what asyncpg does not',
    api({ environment: { DATABASE_URL: 'postgresql+asyncpg://a@h/d?x=1&sslmode=require' } }),
    {
      service: 'api',
    },
  ),
  fails(
    'asyncpg-sslmode',
    'reads the examples of .env',
    {
      ...good,
      envFiles: [{ path: '.env.example', text: 'A=\nDATABASE_URL=postgresql+asyncpg://h/d?sslmode=require\n' }],
    },
    { file: '.env.example', line: 2 },
  ),

  holds(
    'tls-verified',
    'asks nothing inside of the stack',
    api({ environment: { DATABASE_URL: 'postgres://u@postgres/d?sslmode=disable' } }),
  ),
  holds(
    'tls-verified',
    'knows that a name without a dot is of a container',
    api({ environment: { DATABASE_URL: 'postgres://u@other_db_1:5432/d?sslmode=disable' } }),
  ),
  holds(
    'tls-verified',
    'accepts verification',
    api({
      environment: {
        DATABASE_URL: 'postgres://u@db.example.com/d?sslmode=verify-full',
        NODE_TLS_REJECT_UNAUTHORIZED: '1',
      },
    }),
  ),
  fails(
    'tls-verified',
    'finds what switches it off',
    api({
      environment: {
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        DATABASE_URL: 'postgres://u:p@db.example.com/d?sslmode=no-verify',
        REDIS_URL: 'rediss://r.example.com/0?ssl_cert_reqs=none',
      },
    }),
    { message: 'DATABASE_URL says sslmode=no-verify' },
    { message: 'NODE_TLS_REJECT_UNAUTHORIZED is 0' },
    { message: 'REDIS_URL says ssl_cert_reqs=none' },
  ),
];
