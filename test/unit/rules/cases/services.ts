import type { ComposeDeploy } from '../../../../generators/compose/model.ts';
import type { Project } from '../../../../generators/rules/types.ts';
import { lineOf, type Patch, withModel, withService, withText } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const api = (patch: Patch) => withService('api', patch);
const limits = { cpus: 1, memory: '536870912', pids: 256 };
const reservations = { memory: '134217728' };
const deploy = (change: Partial<ComposeDeploy>): Patch => ({
  deploy: { resources: { limits, reservations }, ...change },
});
/** A service that keeps every rule but those that the case is about. */
const other = (patch: Patch) => withService('other', { image: 'acme/tool:1.0', restart: 'unless-stopped', ...patch });

/** An HAProxy as root before the Docker socket, with these lines in its configuration. */
const socketProxy = (lines: string): Project => {
  const socket = { type: 'bind', source: '/var/run/docker.sock', target: '/var/run/docker.sock' } as const;
  const config = {
    type: 'bind',
    source: '/srv/shop/docker/haproxy.cfg',
    target: '/usr/local/etc/haproxy/haproxy.cfg',
  } as const;
  const text = `frontend api\n  bind :2375\n${lines}backend docker\n  server docker unix@/var/run/docker.sock\n`;
  return {
    ...other({ image: 'haproxy:3.2-alpine', user: '0:0', volumes: [socket, config] }),
    mountedFiles: [{ path: 'docker/haproxy.cfg', text }],
  };
};

export const serviceCases: readonly Case[] = [
  holds('no-container-name', 'leaves databases alone', withService('postgres', { container_name: 'db' })),
  holds('no-container-name', 'leaves development alone', withService('api', { container_name: 'a' }, 'development')),
  fails('no-container-name', 'refuses it for what may scale', api({ container_name: 'shop-api' }), {
    service: 'api',
    file: 'compose.prod.yaml',
    line: lineOf('compose.prod.yaml', '  api:'),
  }),

  holds('limits-cpu', 'accepts the older key', api({ deploy: null, cpus: 0.5 })),
  fails('limits-cpu', 'wants a limit', api(deploy({ resources: { limits: { ...limits, cpus: 0 } } })), {
    service: 'api',
    file: 'compose.prod.yaml',
    message: 'no CPU limit',
    combinations: ['compose.yaml + compose.prod.yaml'],
  }),
  holds('limits-memory', 'asks nothing of what ends', withService('migrate', { deploy: null })),
  fails('limits-memory', 'wants a limit', api({ deploy: null }), { service: 'api', message: 'no memory limit' }),
  holds('limits-pids', 'accepts the older key', api({ deploy: null, pids_limit: 100 })),
  fails('limits-pids', 'wants a limit', api({ deploy: null, pids_limit: -1 }), { service: 'api' }),
  holds('memory-reservation', 'accepts the older key', api({ deploy: null, mem_reservation: '1024' })),
  fails('memory-reservation', 'wants one', api(deploy({ resources: { limits } })), {
    service: 'api',
    severity: 'info',
  }),

  holds('limits-in-one-place', 'accepts the older keys alone', api({ deploy: {}, mem_limit: '1', cpus: 1 })),
  fails('limits-in-one-place', 'refuses both', api({ mem_limit: '1', pids_limit: 5 }), {
    service: 'api',
    message: 'mem_limit, pids_limit beside deploy.resources',
  }),

  holds('swarm-only-keys', 'accepts what Compose prints by itself', api(deploy({ placement: {}, replicas: 2 }))),
  fails(
    'swarm-only-keys',
    'finds what has no effect',
    api(
      deploy({
        update_config: { order: 'start-first' },
        placement: { constraints: ['node.role==manager'] },
        restart_policy: { condition: 'any', delay: '5s' },
        resources: { limits, reservations: { ...reservations, cpus: 0.5 } },
      }),
    ),
    { message: 'deploy.placement has no effect' },
    { message: 'deploy.resources.reservations.cpus has no effect' },
    { message: 'deploy.restart_policy.delay has no effect' },
    { message: 'deploy.update_config has no effect' },
  ),

  holds('log-rotation', 'accepts other drivers', api({ logging: { driver: 'local' } })),
  fails(
    'log-rotation',
    'wants json-file to have an end',
    api({ logging: { driver: 'json-file', options: { 'max-file': '3' } } }),
    {
      service: 'api',
    },
  ),
  fails('log-rotation', 'knows the default', api({ logging: null }), { service: 'api' }),

  holds(
    'restart-set',
    'knows a job by its name',
    withService('db-migrate', { image: 'acme/tool:1.0', command: ['migrate'] }),
  ),
  fails(
    'restart-set',
    'knows that a server is no job',
    other({ restart: 'no', ports: [{ target: 80, published: '80', host_ip: '127.0.0.1' }] }),
    { service: 'other', message: 'is not restarted, so it stays down after a crash or a reboot' },
  ),
  holds(
    'restart-set',
    'accepts a policy of deploy',
    api({ restart: null, deploy: { restart_policy: { condition: 'on-failure' } } }),
  ),
  fails('restart-set', 'wants a policy', api({ restart: null }), { service: 'api' }),
  holds(
    'restart-policy-once',
    'accepts a policy of deploy alone',
    api({ restart: null, ...deploy({ restart_policy: {} }) }),
  ),
  fails('restart-policy-once', 'refuses both', api(deploy({ restart_policy: { condition: 'any' } })), {
    service: 'api',
    message: 'restart: unless-stopped is replaced by deploy.restart_policy',
  }),

  holds('one-shot-depended-on', 'leaves profiles alone', other({ restart: 'no', profiles: ['tools'] })),
  holds('one-shot-depended-on', 'leaves development alone', withService('api', { restart: 'no' }, 'development')),
  fails('one-shot-depended-on', 'wants a service that waits', other({ restart: 'no' }), { service: 'other' }),
  holds(
    'one-shot-not-restarted',
    'accepts another try after a failure',
    withService('migrate', { restart: 'on-failure:3' }),
  ),
  holds('one-shot-not-restarted', 'accepts the default', withService('migrate', { restart: null })),
  fails(
    'one-shot-not-restarted',
    'refuses a policy that restarts',
    withService('migrate', { restart: 'unless-stopped' }),
    {
      service: 'migrate',
      file: 'compose.prod.yaml',
      line: lineOf('compose.prod.yaml', 'restart: "no"'),
    },
  ),

  holds(
    'depends-on-conditions',
    'accepts started for what has no health check',
    api({
      depends_on: { edge: { condition: 'service_started' } },
    }),
  ),
  fails(
    'depends-on-conditions',
    'waits for databases',
    api({ depends_on: { postgres: { condition: 'service_started' } } }),
    { service: 'api', message: 'waits only until postgres is started, not until it is healthy' },
  ),
  fails(
    'depends-on-conditions',
    'waits for what ends',
    withModel('production', (model) => ({
      ...model,
      services: {
        ...model.services,
        one: { image: 'acme/tool:1', restart: 'no' },
        two: { image: 'acme/tool:1', depends_on: { one: { condition: 'service_started' } } },
      },
    })),
    { service: 'two', message: 'waits only until one is started, not until it has completed' },
  ),

  holds('init', 'accepts an init of the image', {
    ...api({ init: null }),
    dockerfiles: withText('api/Dockerfile', [
      'CMD ["node", "server.js"]',
      'ENTRYPOINT ["tini", "--"]\nCMD ["node", "server.js"]',
    ]).dockerfiles,
  }),
  holds('init', 'asks nothing of other programs', other({})),
  fails('init', 'wants one for Node', api({ init: null }), { service: 'api', message: 'Node is process 1' }),

  holds('signals-arrive', 'accepts exec', api({ command: ['sh', '-c', 'migrate && exec node server.js'], init: null })),
  holds('signals-arrive', 'knows that bash becomes its only program', other({ command: ['bash', '-c', 'server -v'] })),
  fails('signals-arrive', 'refuses bash with more to run', other({ command: ['bash', '-c', 'sleep 1; server'] }), {}),
  fails('signals-arrive', 'refuses a shell in front', other({ command: ['/bin/sh', '-c', 'sleep 1; server'] }), {
    service: 'other',
  }),
  fails('signals-arrive', 'refuses a package manager in front', api({ command: ['npm', 'start'] }), {
    message: 'npm is the first process',
  }),

  holds('stop-grace', 'asks nothing of programs that are known', withService('postgres', { stop_grace_period: null })),
  holds('stop-grace', 'accepts a period', api({ stop_grace_period: '10s' })),
  fails('stop-grace', 'wants one for apps', api({ stop_grace_period: null }), {
    service: 'api',
    file: 'compose.yaml',
    line: lineOf('compose.yaml', 'stop_grace_period'),
  }),
  fails(
    'stop-grace',
    'wants one for apps that come from a registry',
    {
      ...withService('shop', { image: 'ghcr.io/acme/shop:1', restart: 'always' }),
      composeFiles: [{ path: 'compose.yaml', text: 'services:\n  shop:\n    image: ${IMAGE}:${IMAGE_TAG:?set it}\n' }],
    },
    { service: 'shop', line: 2 },
  ),

  holds('no-new-privileges', 'accepts the short form', api({ security_opt: ['no-new-privileges'] })),
  fails('no-new-privileges', 'wants it', api({ security_opt: ['seccomp:unconfined'] }), { service: 'api' }),
  holds('cap-drop-all', 'accepts single ones added back', api({ cap_drop: ['all'], cap_add: ['CHOWN'] })),
  fails('cap-drop-all', 'wants all dropped', api({ cap_drop: ['NET_RAW'] }), { service: 'api' }),
  holds(
    'cap-drop-starts',
    'accepts a user in place of SETUID',
    withService('redis', { user: '999', cap_drop: ['ALL'] }),
  ),
  holds(
    'cap-drop-starts',
    'accepts SETUID and SETGID',
    withService('redis', { user: null, cap_add: ['CAP_SETUID', 'SETGID'] }),
  ),
  fails('cap-drop-starts', 'knows entrypoints that change the user', withService('redis', { user: null }), {
    service: 'redis',
  }),
  fails('cap-drop-starts', 'knows binaries with capabilities', withService('edge', { cap_add: null }), {
    service: 'edge',
    message: 'its binary needs NET_BIND_SERVICE to be executed',
  }),

  holds(
    'read-only-root',
    'asks nothing where secrets are copied in',
    withModel('production', (model) => ({
      ...model,
      secrets: { token: { environment: 'TOKEN' } },
      services: {
        ...model.services,
        api: { ...model.services['api'], read_only: false, secrets: [{ source: 'token' }] },
      },
    })),
  ),
  fails('read-only-root', 'wants it', api({ read_only: null }), { service: 'api' }),
  holds(
    'read-only-file-secrets',
    'accepts files',
    withModel('production', (model) => ({
      ...model,
      secrets: { token: { file: '/srv/shop/secrets/token' } },
      services: { ...model.services, api: { ...model.services['api'], secrets: [{ source: 'token' }] } },
    })),
  ),
  fails(
    'read-only-file-secrets',
    'refuses what is copied in',
    withModel('production', (model) => ({
      ...model,
      secrets: { token: { environment: 'TOKEN' } },
      configs: { site: { content: 'a' } },
      services: {
        ...model.services,
        api: { ...model.services['api'], secrets: [{ source: 'token' }], configs: [{ source: 'site' }] },
      },
    })),
    { message: 'config site cannot be copied into a read-only container' },
    { message: 'secret token cannot be copied into a read-only container' },
  ),

  holds('non-root', 'accepts any other user', other({ user: '1000:0' })),
  holds('non-root', 'does not guess the user of an image', other({})),
  holds('non-root', 'leaves the Docker socket to root', socketProxy('  http-request deny unless METH_GET\n')),
  fails('non-root', 'refuses root that refuses nothing', socketProxy(''), {
    service: 'other',
    message: 'user 0:0 is root',
  }),
  fails('non-root', 'refuses root', api({ user: '0:0' }), { service: 'api', message: 'user 0:0 is root' }),
  fails('non-root', 'knows images of languages', other({ image: 'python:3.14-slim' }), { service: 'other' }),

  holds('no-privileged', 'accepts what is not', api({ privileged: false })),
  fails('no-privileged', 'refuses it', api({ privileged: true }), { service: 'api' }),
  holds('no-host-namespaces', 'accepts the network of another service', api({ network_mode: 'service:edge' })),
  fails(
    'no-host-namespaces',
    'refuses those of the host',
    api({ network_mode: 'host', pid: 'host' }),
    {
      message: 'network_mode: host',
    },
    { message: 'pid: host' },
  ),
  holds(
    'no-docker-socket',
    'leaves it to a proxy',
    other({
      image: 'tecnativa/docker-socket-proxy:0.3',
      volumes: [{ type: 'bind', source: '/var/run/docker.sock', target: '/var/run/docker.sock' }],
    }),
  ),
  holds(
    'no-docker-socket',
    'leaves it to an HAProxy that refuses requests',
    socketProxy('  http-request deny unless METH_GET\n'),
  ),
  fails('no-docker-socket', 'knows an HAProxy that lets everything through', socketProxy(''), { service: 'other' }),
  fails(
    'no-docker-socket',
    'refuses it, read-only or not',
    other({
      volumes: [{ type: 'bind', source: '/var/run/docker.sock', target: '/s', read_only: true }],
    }),
    { service: 'other' },
  ),

  holds(
    'redis-password',
    'accepts a configuration file',
    withService('redis', { command: ['redis-server', '/etc/redis.conf'] }),
  ),
  holds(
    'redis-password',
    'accepts flags of Valkey',
    withService('redis', {
      image: 'valkey/valkey:9.1-trixie',
      command: null,
      environment: { VALKEY_EXTRA_FLAGS: '--requirepass x' },
    }),
  ),
  fails('redis-password', 'wants one', withService('redis', { command: null, environment: { REDIS_PASSWORD: 'x' } }), {
    service: 'redis',
  }),

  holds(
    'ports-loopback',
    'accepts loopback, also of IPv6',
    api({
      ports: [
        { target: 80, published: '80', host_ip: '127.0.0.1' },
        { target: 80, published: '80', host_ip: '::1' },
      ],
    }),
  ),
  holds(
    'ports-loopback',
    'lets MQTT over TLS out',
    other({ image: 'eclipse-mosquitto:2.1', ports: [{ target: 8883, published: '8883' }] }),
  ),
  holds(
    'data-port-closed',
    'accepts loopback',
    withService('postgres', { ports: [{ target: 5432, published: '5432', host_ip: '127.0.0.1' }] }),
  ),
  fails(
    'data-port-closed',
    'refuses all interfaces',
    withService('postgres', { ports: [{ target: 5432, published: '5432' }] }),
    {
      service: 'postgres',
      message: 'port 5432 is published on all interfaces',
    },
  ),
  holds('ports-loopback', 'lets mail in', other({ ports: [{ target: 25, published: '25' }] })),
  holds(
    'ports-loopback',
    'takes who has port 443 for the edge',
    other({ ports: [{ target: 8443, published: '443' }] }),
  ),
  fails(
    'ports-loopback',
    'refuses other ports of the edge',
    withService('edge', { ports: [{ target: 2019, published: '2019', host_ip: '0.0.0.0' }] }),
    {
      service: 'edge',
      line: 8,
    },
  ),
  fails('ports-loopback', 'refuses a port that the engine picks', api({ ports: [{ target: 3000 }] }), {
    message: 'port to 3000 is published on all interfaces',
  }),
  fails(
    'ports-loopback',
    'refuses plain MQTT',
    other({ image: 'eclipse-mosquitto:2.1', ports: [{ target: 1883, published: '1883' }] }),
    {},
  ),

  holds(
    'data-network-internal',
    'does not guess external networks',
    withModel('production', (model) => ({
      ...model,
      networks: { data: { external: true } },
    })),
  ),
  fails('data-network-internal', 'wants no way out', withService('redis', { networks: { data: null, front: null } }), {
    service: 'redis',
    message: 'is on network front, which has a way out',
  }),
  fails(
    'data-network-internal',
    'knows the default network',
    withService('redis', { networks: { default: null } }),
    {},
  ),

  holds(
    'data-volume-external',
    'accepts a folder of the host',
    withService('postgres', {
      volumes: [{ type: 'bind', source: '/data/pg', target: '/var/lib/postgresql' }],
    }),
  ),
  holds('data-volume-present', 'lets a cache keep nothing', withService('redis', { volumes: null })),
  fails(
    'data-volume-external',
    'wants an external volume',
    withModel('production', (model) => ({ ...model, volumes: { pgdata: {}, redis: { external: true } } })),
    {
      service: 'postgres',
      message: 'volume pgdata is not external',
    },
  ),
  holds(
    'data-volume-present',
    'lets a client of the same image end',
    withService('postgres', { volumes: null, restart: 'no', healthcheck: null }),
  ),
  holds(
    'data-volume-present',
    'knows a client that goes on dumping',
    withService('postgres', {
      volumes: null,
      command: ['sh', '-c', 'while true; do pg_dump -h db app; sleep 1d; done'],
    }),
  ),
  fails(
    'data-volume-present',
    'knows a server that is started by a script of the shell',
    withService('postgres', { volumes: null, command: ['sh', '-c', 'pg_isready -h old; exec postgres -c fsync=on'] }),
    { message: 'no volume at /var/lib/postgresql' },
  ),
  holds(
    'restart-set',
    'lets a client of a database end',
    withService('postgres', {
      restart: null,
      volumes: null,
      healthcheck: null,
      entrypoint: ['psql', '-h', 'db', '-f', '/seed.sql'],
    }),
  ),
  fails(
    'restart-set',
    'wants it for a client that goes on',
    withService('postgres', {
      restart: null,
      healthcheck: null,
      command: ['bash', '-c', 'while sleep 1h; do psql -h db -c "SELECT 1"; done'],
    }),
    { service: 'postgres' },
  ),
  holds(
    'data-volume-present',
    'knows that PGDATA moves the data',
    withService('postgres', {
      environment: { PGDATA: '/data/pgdata' },
      volumes: [{ type: 'bind', source: '/srv/db', target: '/data' }],
    }),
  ),
  fails(
    'data-volume-present',
    'knows that PGDATA may move it past the volume',
    withService('postgres', { environment: { PGDATA: '/pg' } }),
    { message: 'no volume at /pg' },
  ),
  holds(
    'data-volume-present',
    'does not guess what a command says',
    withService('postgres', { volumes: null, command: ['postgres', '-c', 'data_directory=/srv/pg'] }),
  ),
  fails('data-volume-present', 'wants a volume', withService('postgres', { volumes: null }), {
    message: 'no volume at /var/lib/postgresql',
  }),
  fails(
    'data-volume-present',
    'wants a name',
    withService('redis', { volumes: [{ type: 'volume', target: '/data' }] }),
    {
      message: 'the volume at /data has no name',
    },
  ),

  holds(
    'no-source-mounts',
    'accepts configuration beside the Dockerfile that uses it',
    api({ volumes: [{ type: 'bind', source: '/srv/shop/api', target: '/etc/api' }] }),
  ),
  holds(
    'no-source-mounts',
    'accepts configuration and data',
    api({
      volumes: [
        { type: 'bind', source: '/srv/shop/docker/app.conf', target: '/etc/app.conf', read_only: true },
        { type: 'bind', source: '/srv/shop/backups', target: '/backups' },
        { type: 'bind', source: '/etc/localtime', target: '/etc/localtime', read_only: true },
      ],
    }),
  ),
  fails(
    'no-source-mounts',
    'refuses the build context',
    api({ volumes: [{ type: 'bind', source: '/srv/shop/api', target: '/app' }] }),
    {
      service: 'api',
      message: 'mounts api',
    },
  ),
  fails(
    'no-source-mounts',
    'refuses the project',
    api({ volumes: [{ type: 'bind', source: '/srv/shop', target: '/app' }] }),
    {
      message: 'mounts the whole project',
    },
  ),
  fails(
    'no-source-mounts',
    'refuses folders of sources',
    api({ volumes: [{ type: 'bind', source: '/srv/shop/api/src', target: '/app/src', read_only: true }] }),
    {},
  ),

  holds(
    'no-development',
    'leaves development alone',
    withService('api', { command: ['npm', 'run', 'dev'] }, 'development'),
  ),
  holds(
    'no-development',
    'accepts DEBUG filters of Node',
    api({ environment: { DEBUG: 'app:*', NODE_ENV: 'production' } }),
  ),
  holds(
    'no-development',
    'knows that others have a page on the port of a debugger',
    other({ image: 'n8nio/n8n:1.100.1', ports: [{ target: 5678, published: '5678', host_ip: '127.0.0.1' }] }),
  ),
  holds('no-development', 'accepts --watch of other programs', other({ command: ['caddy', 'run', '--watch'] })),
  fails(
    'no-development',
    'finds all of it',
    api({
      ports: [{ target: 9229, published: '9229', host_ip: '127.0.0.1' }],
      build: { context: '/srv/shop/api', dockerfile: 'Dockerfile', target: 'development' },
      command: ['uvicorn', 'app:app', '--reload'],
      environment: { NODE_ENV: 'development', APP_DEBUG: 'true' },
    }),
    { message: 'APP_DEBUG is true' },
    { message: 'NODE_ENV is development' },
    { message: 'runs a development command: uvicorn app:app --reload' },
    { message: 'the debugger port 9229 is published' },
    { message: 'the stage development is built' },
  ),
  ...[
    ['next', 'dev'],
    ['npm', 'run', 'dev'],
    ['node', '--inspect=0.0.0.0', 'a.js'],
    ['python', 'manage.py', 'runserver'],
    ['php', 'artisan', 'serve'],
    ['flask', '--app', 'a', 'run'],
    ['sh', '-c', 'exec nodemon a.js'],
    ['vite'],
  ].map((command) => fails('no-development', `knows ${command.join(' ')}`, api({ command }), { service: 'api' })),
  fails('no-development', 'finds a mail catcher', other({ image: 'axllent/mailpit:v1.27' }), {}),
];
