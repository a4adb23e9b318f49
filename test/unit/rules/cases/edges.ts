import type { Project } from '../../../../generators/rules/types.ts';
import { type Patch, withService } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const other = (patch: Patch) => withService('other', { restart: 'unless-stopped', ...patch });
const traefik = (patch: Patch) => other({ image: 'traefik:v3.7.11', ...patch });
const tailscale = (environment: Patch['environment'], more: Patch = {}) =>
  other({
    image: 'tailscale/tailscale:v1.102.3',
    environment: { TS_AUTHKEY: 'tskey-auth-x', ...environment },
    ...more,
  });
const tunnel = (patch: Patch) => other({ image: 'cloudflare/cloudflared:2026.8.2', ...patch });
const socket = { type: 'bind', source: '/var/run/docker.sock', target: '/var/run/docker.sock', read_only: true };
const volume = (target: string) => ({ type: 'volume', source: 'kept', target });

/** The service `other` with a configuration file. */
const configured = (image: string, target: string, text: string, more: Patch = {}): Project => ({
  ...other({ image, volumes: [{ type: 'bind', source: '/srv/shop/docker/config', target }], ...more }),
  mountedFiles: [{ path: 'docker/config', text }],
});
const traefikFile = (text: string) => configured('traefik:v3.7', '/etc/traefik/traefik.yml', text);
const nginx = (text: string) => configured('nginx:1.30', '/etc/nginx/conf.d/default.conf', text);
const https = [{ target: 443, published: '443' }];

export const edgeCases: readonly Case[] = [
  fails('no-docker-socket', 'refuses it for Traefik', traefik({ volumes: [socket] }), { service: 'other' }),

  holds('ports-loopback', 'lets HTTP/3 in', traefik({ ports: [{ target: 443, published: '443', protocol: 'udp' }] })),
  fails(
    'ports-loopback',
    'refuses an app beside a tunnel',
    tunnel({ command: ['tunnel', 'run'], ports: [{ target: 3000, published: '3000' }] }),
    { service: 'other', message: 'port 3000 is published on all interfaces' },
  ),

  holds(
    'tunnel-token-hidden',
    'accepts a file',
    tunnel({ command: ['tunnel', 'run', '--token-file', '/run/secrets/tunnel_token'] }),
  ),
  holds('tunnel-token-hidden', 'accepts a variable', tunnel({ command: ['tunnel', 'run'] })),
  holds(
    'tunnel-token-hidden',
    'accepts the key of a file',
    tailscale({ TS_EXTRA_ARGS: '--auth-key=file:/run/secrets/key' }),
  ),
  fails(
    'tunnel-token-hidden',
    'refuses a word of its own',
    tunnel({ command: ['tunnel', 'run', '--token', 'eyJhIjoiYiJ9'] }),
    { service: 'other', message: 'its token is an argument: --token' },
  ),
  fails(
    'tunnel-token-hidden',
    'refuses one word, and one inside of a shell command',
    tunnel({ entrypoint: ['sh', '-c', 'cloudflared tunnel run --token=eyJhIjoiYiJ9'] }),
    { service: 'other', message: 'its token is an argument: --token' },
  ),
  fails('tunnel-token-hidden', 'knows extra arguments', tailscale({ TS_EXTRA_ARGS: '--ssh --authkey=tskey-x' }), {
    service: 'other',
    message: 'its token is an argument: --authkey',
  }),

  holds('tunnel-only-way-in', 'lets proxies be open where there is no tunnel', traefik({ ports: https })),
  holds('tunnel-only-way-in', 'accepts loopback, and brokers', {
    ...tunnel({ command: ['tunnel', 'run'] }),
    combinations: tunnel({}).combinations.map((one) => ({
      ...one,
      model: {
        services: {
          tunnel: { image: 'cloudflare/cloudflared:2026.8.2' },
          proxy: { image: 'caddy:2.11', ports: [{ target: 443, published: '443', host_ip: '127.0.0.1' }] },
          mqtt: { image: 'eclipse-mosquitto:2.1', ports: [{ target: 8883, published: '8883' }] },
        },
      },
    })),
  }),
  fails(
    'tunnel-only-way-in',
    'finds the proxy that is open',
    tunnel({ command: ['tunnel', 'run'] }),
    {
      service: 'edge',
      message: 'port 443/tcp is open to the world, beside a tunnel',
    },
    {
      service: 'edge',
      message: 'port 80/tcp is open to the world, beside a tunnel',
    },
  ),

  holds('tailscale-auth-once', 'accepts it', tailscale({ TS_AUTH_ONCE: 'true' })),
  holds(
    'tailscale-auth-once',
    'asks nothing of a client without a key',
    other({ image: 'tailscale/tailscale:v1.102.3' }),
  ),
  holds(
    'tailscale-auth-once',
    'asks nothing of who only looks at the key',
    tailscale({}, { entrypoint: ['sh', '/check.sh'] }),
  ),
  fails('tailscale-auth-once', 'knows that it is off by default', tailscale({}), { service: 'other' }),
  fails('tailscale-auth-once', 'reads it as Go does', tailscale({ TS_AUTH_ONCE: 'yes' }), { service: 'other' }),

  holds(
    'tailscale-state-kept',
    'accepts a volume',
    tailscale({ TS_STATE_DIR: '/var/lib/tailscale' }, { volumes: [volume('/var/lib/tailscale')] }),
  ),
  fails('tailscale-state-kept', 'knows that it is in memory by default', tailscale({}), {
    message: 'TS_STATE_DIR is not set: its state is in memory',
  }),
  fails(
    'tailscale-state-kept',
    'wants the volume at the same place',
    tailscale({ TS_STATE_DIR: '/state' }, { volumes: [volume('/var/lib/tailscale')] }),
    { message: 'no volume at /state' },
  ),

  holds(
    'traefik-opt-in',
    'accepts the flag, whatever its case',
    traefik({ command: ['--providers.docker=true', '--providers.docker.exposedByDefault=false'] }),
  ),
  holds('traefik-opt-in', 'accepts a file', traefikFile('providers:\n  docker:\n    exposedByDefault: false\n')),
  holds(
    'traefik-opt-in',
    'asks nothing where routes are in files',
    traefik({ command: ['--providers.file.directory=/x'] }),
  ),
  fails('traefik-opt-in', 'knows the default', traefik({ command: ['--providers.docker'] }), { service: 'other' }),
  fails('traefik-opt-in', 'reads variables', traefik({ environment: { TRAEFIK_PROVIDERS_DOCKER_NETWORK: 'web' } }), {
    service: 'other',
  }),
  fails('traefik-opt-in', 'reads files', traefikFile('providers:\n  docker:\n    exposedByDefault: true\n'), {
    service: 'other',
  }),
  fails(
    'traefik-opt-in',
    'reads the file that is named',
    configured('traefik:v3.7', '/t.toml', '[providers.docker]\n', { command: ['--configFile=/t.toml'] }),
    { service: 'other' },
  ),

  holds('traefik-api-closed', 'accepts a dashboard with a router of its own', traefik({ command: ['--api=true'] })),
  holds(
    'traefik-api-closed',
    'knows namesakes',
    traefikFile('api:\n  dashboard: true\nentryPoints:\n  web:\n    forwardedHeaders:\n      insecure: true\n'),
  ),
  fails('traefik-api-closed', 'refuses the flag', traefik({ command: ['--api.insecure=true'] }), { service: 'other' }),
  fails('traefik-api-closed', 'reads YAML', traefikFile('api:\n  dashboard: true\n  insecure: true\n'), {}),
  fails('traefik-api-closed', 'reads TOML', traefikFile('[api]\n  dashboard = true\n  insecure = true\n'), {}),

  ...['v3.6.1', 'v3.6', 'v3', '2.11.31', 'v2.11', 'latest'].map((tag) =>
    holds(
      'traefik-docker-api',
      `accepts ${tag}`,
      traefik({ image: `traefik:${tag}`, command: ['--providers.docker'] }),
    ),
  ),
  holds('traefik-docker-api', 'asks nothing without Docker', traefik({ image: 'traefik:v3.5', command: ['--ping'] })),
  ...['v3.6.0', 'v3.5', 'v2.11.30', 'v2.10', '1.7-alpine'].map((tag) =>
    fails(
      'traefik-docker-api',
      `refuses ${tag}`,
      traefik({ image: `traefik:${tag}`, command: ['--providers.docker'] }),
      { service: 'other', message: `${tag} is refused by Docker Engine 29` },
    ),
  ),

  holds('certificates-kept', 'asks nothing of Caddy without https', other({ image: 'caddy:2.11', ports: [] })),
  holds(
    'certificates-kept',
    'accepts certificates that were brought',
    configured('caddy:2.11', '/etc/caddy/Caddyfile', 'a.example.com {\n  tls /certs/a.crt /certs/a.key\n}\n', {
      ports: https,
    }),
  ),
  holds(
    'certificates-kept',
    'accepts the folder of acme.json',
    traefik({ command: ['--certificatesresolvers.le.acme.storage=/acme/acme.json'], volumes: [volume('/acme')] }),
  ),
  fails('certificates-kept', 'wants a volume for Caddy', withService('edge', { volumes: [] }), {
    service: 'edge',
    message: 'no volume at /data, where its certificates are',
  }),
  fails(
    'certificates-kept',
    'wants one for FrankenPHP',
    other({ image: 'dunglas/frankenphp:1-php8.4', ports: https }),
    {
      service: 'other',
    },
  ),
  fails(
    'certificates-kept',
    'wants one for Traefik',
    traefik({ command: ['--certificatesResolvers.le.acme.storage=/acme/acme.json'], volumes: [volume('/data')] }),
    { service: 'other', message: 'no volume at /acme/acme.json, where its certificates are' },
  ),

  holds(
    'nginx-body-size',
    'accepts a limit',
    nginx('server {\n  client_max_body_size 50m;\n  location / {\n    proxy_pass http://app:3000;\n  }\n}\n'),
  ),
  holds('nginx-body-size', 'asks nothing of what only serves files', nginx('server {\n  root /srv;\n}\n')),
  fails(
    'nginx-body-size',
    'knows the default',
    nginx('server {\n  location / {\n    proxy_pass http://app;\n  }\n}\n'),
    {
      service: 'other',
    },
  ),
];
