import type { ComposeHealthcheck } from '../../../../generators/compose/model.ts';
import type { Project } from '../../../../generators/rules/types.ts';
import { good, lineOf, type Patch, withDockerfile, withService, withText } from '../good-project.ts';
import { type Case, fails, holds } from './case.ts';

const check = (service: string, healthcheck: ComposeHealthcheck, more: Patch = {}) =>
  withService(service, { healthcheck: { start_period: '10s', ...healthcheck }, ...more });
const probe = (...test: readonly string[]) => check('api', { test });
const other = (patch: Patch) => withService('other', { restart: 'always', ...patch });
/** The good project whose API image is built by this instruction, too. */
const installing = (instruction: string) =>
  withText('api/Dockerfile', ['WORKDIR /app', `WORKDIR /app\n${instruction}`]).dockerfiles;

/** The good project with a program whose image production pulls; with what the Dockerfile says beside. */
function pulled(more = ''): Project {
  const image = 'ghcr.io/acme/shop-bot:1';
  const project = withService('bot', { image, restart: 'always' });
  const builder = {
    services: { bot: { image, build: { context: `${good.directory}/bot`, dockerfile: 'Dockerfile' } } },
  };
  return {
    ...project,
    dockerfiles: [
      ...project.dockerfiles,
      {
        path: 'bot/Dockerfile',
        context: 'bot',
        text: `FROM node:24-slim AS production\n${more}USER node\nCMD ["node", "bot.js"]\n`,
      },
    ],
    combinations: [...project.combinations, { name: 'build', files: ['build.yaml'], purpose: 'base', model: builder }],
  };
}

export const healthcheckCases: readonly Case[] = [
  holds(
    'healthcheck-present',
    'accepts a worker without a port',
    withService('worker', {
      image: 'shop-api:local',
      restart: 'always',
      healthcheck: { disable: true },
    }),
  ),
  holds(
    'healthcheck-present',
    'accepts that such a worker has none: `up --wait` fails on one that is switched off',
    withService('worker', { image: 'shop-api:local', command: ['node', 'worker.js'], restart: 'always' }),
  ),
  holds('healthcheck-present', 'accepts that a program without any port has none', {
    ...withService('api', { healthcheck: null, command: null }),
    dockerfiles: withText('api/Dockerfile', ['EXPOSE 3000', '']).dockerfiles,
  }),
  holds('healthcheck-present', 'accepts that a program has none whose image an overlay of its own builds', pulled()),
  fails('healthcheck-present', 'finds the missing check of a server whose image is pulled', pulled('EXPOSE 3000\n'), {
    service: 'bot',
  }),
  holds(
    'healthcheck-present',
    'accepts an image that checks itself',
    other({ image: 'dunglas/frankenphp:1-php8.4-trixie' }),
  ),
  holds('healthcheck-present', 'accepts an image in which nothing can', other({ image: 'grafana/alloy:v1.18.1' })),
  holds('healthcheck-present', 'accepts the check of a Dockerfile', {
    ...withService('api', { healthcheck: null, command: null }),
    dockerfiles: withText('api/Dockerfile', ['EXPOSE 3000', 'HEALTHCHECK CMD ["node", "probe.js"]']).dockerfiles,
  }),
  holds('healthcheck-present', 'asks nothing of what ends', withService('migrate', { healthcheck: null })),
  fails('healthcheck-present', 'wants one', withService('api', { healthcheck: null }), {
    service: 'api',
    message: 'no health check',
  }),
  fails(
    'healthcheck-present',
    'wants one instead of that of the image for another command',
    other({
      image: 'dunglas/frankenphp:1-php8.4-trixie',
      command: ['php', 'artisan', 'queue:work'],
    }),
    { service: 'other' },
  ),
  fails('healthcheck-present', 'refuses to have it switched off', check('edge', { test: ['NONE'] }), {
    service: 'edge',
    message: 'its health check is switched off',
  }),

  holds(
    'healthcheck-loopback',
    'accepts a Host header',
    probe('CMD', 'curl', '-H', 'Host: localhost', 'http://127.0.0.1/'),
  ),
  holds(
    'healthcheck-loopback',
    'accepts names that only contain it',
    probe('CMD', 'probe', 'http://localhost.example.com'),
  ),
  holds('healthcheck-loopback', 'knows who tries all addresses', probe('CMD', 'curl', '-f', 'http://localhost/')),
  holds('healthcheck-loopback', 'knows the wget of Debian', probe('CMD-SHELL', 'wget -q http://localhost:3000')),
  fails(
    'healthcheck-loopback',
    'refuses localhost where busybox asks',
    check('edge', { test: ['CMD-SHELL', 'wget -q http://localhost:3000 || exit 1'] }),
    { service: 'edge', message: 'the health check asks localhost' },
  ),
  fails('healthcheck-loopback', 'refuses 0.0.0.0', probe('CMD', 'pg_isready', '-h', '0.0.0.0'), {}),
  fails(
    'healthcheck-loopback',
    'looks into Dockerfiles',
    withDockerfile('FROM node:24-alpine3.22\nHEALTHCHECK --interval=5s CMD wget -q http://localhost:3000\n'),
    { file: 'tool/Dockerfile', line: 2 },
  ),

  holds('healthcheck-tool', 'accepts what the Dockerfile installs', {
    ...probe('CMD', 'curl', '-f', 'http://127.0.0.1'),
    dockerfiles: installing('RUN apt-get install -y curl'),
  }),
  holds(
    'healthcheck-tool',
    'accepts wget of busybox',
    other({
      image: 'node:24-alpine',
      healthcheck: { test: ['CMD', 'wget', 'http://127.0.0.1'] },
    }),
  ),
  holds(
    'healthcheck-tool',
    'does not guess other images',
    other({
      image: 'acme/tool:1',
      healthcheck: { test: ['CMD', 'curl', 'http://127.0.0.1'] },
    }),
  ),
  holds(
    'healthcheck-tool',
    'reads no arguments',
    other({
      image: 'cloudflare/cloudflared:2026.8.2',
      healthcheck: { test: ['CMD', 'cloudflared', 'tunnel', '--metrics', '127.0.0.1:20241', 'ready', 'curl'] },
    }),
  ),
  fails(
    'healthcheck-tool',
    'knows slim images',
    probe('CMD-SHELL', 'test -f /x && curl -f http://127.0.0.1 || exit 1'),
    {
      service: 'api',
      message: 'what the image is built on has no curl',
    },
  ),
  fails(
    'healthcheck-tool',
    'looks into shells and substitutions',
    probe('CMD', 'sh', '-c', 'test "$$(wget -qO- http://127.0.0.1)" = ok'),
    {
      message: 'what the image is built on has no wget',
    },
  ),
  fails(
    'healthcheck-tool',
    'knows distroless images',
    other({
      image: 'cloudflare/cloudflared:2026.8.2',
      healthcheck: { test: ['CMD-SHELL', 'cloudflared tunnel ready'] },
    }),
    { message: 'cloudflare/cloudflared:2026.8.2 has no shell for CMD-SHELL' },
  ),
  fails(
    'healthcheck-tool',
    'knows Loki since 3.6',
    other({
      image: 'grafana/loki:3.7.6',
      healthcheck: { test: ['CMD', 'wget', 'http://127.0.0.1:3100/ready'] },
    }),
    {},
  ),

  holds('healthcheck-start-period', 'accepts that of the Dockerfile', {
    ...withService('api', { healthcheck: { test: ['CMD', 'node', 'probe.js'] } }),
    dockerfiles: withText('api/Dockerfile', ['EXPOSE 3000', 'HEALTHCHECK --start-period=20s CMD ["node", "probe.js"]'])
      .dockerfiles,
    combinations: withService('api', { healthcheck: { test: ['CMD', 'node', 'probe.js'] } }).combinations,
  }),
  fails('healthcheck-start-period', 'wants one', check('api', { test: ['CMD', 'true'], start_period: '0s' }), {
    service: 'api',
  }),

  holds(
    'healthcheck-dollar',
    'accepts a required variable',
    withText('compose.yaml', ['$$POSTGRES_USER', '${POSTGRES_PASSWORD:?x}']),
  ),
  holds(
    'healthcheck-dollar',
    'accepts a variable of Compose that is used elsewhere, too',
    withText('compose.yaml', ['-U $$POSTGRES_USER', '-U $IMAGE_TAG']),
  ),
  holds('healthcheck-dollar', 'accepts a variable of the example of .env', {
    ...withText('compose.yaml', ['-U $$POSTGRES_USER', '-U $PGUSER']),
    envFiles: [{ path: '.env.example', text: 'PGUSER=app\n' }],
  }),
  holds(
    'healthcheck-dollar',
    'accepts a variable that is passed through',
    withText(
      'compose.prod.yaml',
      'services:\n  db:\n    environment:\n      - DB_USER\n    healthcheck:\n      test: pg_isready -U $DB_USER\n',
    ),
  ),
  fails(
    'healthcheck-dollar',
    'finds a variable that is used nowhere else',
    withText('compose.yaml', ['-U $$POSTGRES_USER', '-U ${PGUSER}']),
    { message: 'Compose fills in PGUSER before the container can' },
  ),
  fails('healthcheck-dollar', 'wants two dollars', withText('compose.yaml', ['$$POSTGRES_USER', '$POSTGRES_USER']), {
    file: 'compose.yaml',
    service: 'postgres',
    line: lineOf('compose.yaml', 'pg_isready'),
    message: 'Compose fills in POSTGRES_USER before the container can',
  }),

  holds(
    'postgres-readiness-tcp',
    'accepts the long option',
    check('postgres', { test: ['CMD', 'pg_isready', '--host=127.0.0.1'] }),
  ),
  holds(
    'postgres-readiness-tcp',
    'accepts another probe',
    check('postgres', { test: ['CMD', 'psql', '-c', 'select 1'] }),
  ),
  fails(
    'postgres-readiness-tcp',
    'refuses the socket',
    check('postgres', { test: ['CMD-SHELL', 'pg_isready -U app'] }),
    {
      service: 'postgres',
    },
  ),
  fails(
    'postgres-readiness-tcp',
    'refuses a folder as a host',
    check('postgres', { test: ['CMD', 'pg_isready', '-h', '/var/run/postgresql'] }),
    {},
  ),
  holds('postgres-readiness-tcp', 'holds in the good project', good),
];
