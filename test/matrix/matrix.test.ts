/**
 * All pairs of answers, without snapshots: whatever is combined, the production rules hold, Compose takes every
 * overlay combination, and a second run has nothing to do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { mapValues } from '../../generators/answers/map.ts';
import { runRules } from '../../generators/rules/index.ts';
import type { Stack } from '../../generators/stack/types.ts';
import { run } from '../support/plan.ts';
import { projectOf } from '../support/project.ts';
import { writeTree } from '../support/tree.ts';
import { edgeFor } from './edges.ts';
import { allPairs } from './pairs.ts';

const node = { stack: 'node', framework: 'express', start: 'node server.js', dev: 'npm run dev' };
const fastapi = { stack: 'fastapi', app: 'app.main:app' };
const laravel = { stack: 'laravel', path: 'shop' };
const django = {
  stack: 'python',
  framework: 'django',
  app: 'shop.wsgi:application',
  settings: 'shop.settings',
  migrate: 'django',
};
const site = { stack: 'static', path: 'site', build: 'build', dev: 'npm run dev -- --host 0.0.0.0', output: 'dist' };

/** One choice per dimension; null leaves the answer out. */
const dimensions = {
  node: [
    null,
    {
      ...node,
      path: '.',
      packageManager: 'npm',
      frozen: true,
      version: 22,
      build: 'none',
      health: '/health',
      scripts: false,
    },
    {
      ...node,
      path: 'web',
      packageManager: 'pnpm@10.12.1',
      frozen: true,
      version: 24,
      build: 'build',
      health: 'none',
      scripts: true,
    },
    {
      ...node,
      path: 'web',
      packageManager: 'yarn@4.9.1',
      frozen: false,
      version: 26,
      build: 'build',
      health: '/up',
      framework: 'next',
    },
    {
      ...node,
      path: 'apps/web',
      packageManager: 'pnpm@10',
      frozen: true,
      build: 'build',
      workspace: { path: '.', packages: ['apps/web', 'packages/lib'] },
    },
    {
      ...node,
      path: 'apps/web',
      packageManager: 'pnpm@12.21.0',
      frozen: true,
      build: 'build',
      framework: 'next',
      start: 'node server.js',
      standalone: true,
      buildVariables: ['NEXT_PUBLIC_TITLE', 'NEXT_PUBLIC_MAP_TOKEN'],
      installFolders: ['patches'],
      scripts: true,
      workspace: {
        path: '.',
        packages: ['apps/api', 'apps/web', 'packages/lib'],
        needs: ['packages/lib'],
        folders: ['config'],
        turbo: true,
      },
    },
    {
      ...node,
      path: 'js/apps/web',
      packageManager: 'yarn@4.18.1',
      frozen: true,
      build: 'build',
      dev: 'none',
      workspace: { path: 'js', packages: ['apps/api', 'apps/web', 'packages/lib'], needs: ['packages/lib'] },
    },
    {
      ...node,
      path: 'apps/web',
      packageManager: 'npm',
      frozen: true,
      workspace: { path: '.', packages: ['apps/web', 'packages/lib'], needs: [] },
    },
    { ...node, path: 'web', packageManager: 'bun@1', frozen: true, start: 'node "a b.js"', health: '/a/b-c_d.e~f' },
  ],
  roles: [
    {},
    {
      workers: { mail: { start: 'node dist/mail.js', grace: 300, limits: { memory: '1G' } } },
      secrets: ['JWT_SECRET'],
    },
    { migrate: 'drizzle', port: 'none', health: 'none' },
    {
      migrate: 'node dist/migrate.js',
      workers: {
        mail: { start: 'node dist/mail.js', dev: 'npm run worker:dev', health: 'node health.js' },
        cron: { start: 'node_modules/.bin/agenda' },
      },
    },
    { migrate: 'prisma', workers: { mail: { start: 'node dist/mail.js' } } },
  ],
  fastapi: [
    null,
    {
      ...fastapi,
      path: 'api',
      packageManager: 'uv',
      frozen: true,
      version: '3.12',
      migrate: 'alembic',
      databaseScheme: 'postgresql+asyncpg',
      health: '/health',
    },
    {
      ...fastapi,
      path: 'api',
      packageManager: 'poetry',
      frozen: true,
      version: '3.13',
      appDir: 'src',
      migrate: 'none',
      databaseScheme: 'postgresql+psycopg',
    },
    {
      ...fastapi,
      path: 'services/api',
      packageManager: 'pip',
      requirements: 'requirements/prod.txt',
      version: '3.14',
      migrate: 'alembic',
    },
    { ...fastapi, path: 'api', packageManager: 'pipenv', frozen: false, migrate: 'none', health: '/api/v1/health' },
  ],
  laravel: [
    null,
    {
      ...laravel,
      version: '8.3',
      frozen: true,
      queues: { queue: {} },
      scheduler: true,
      assets: { packageManager: 'npm', frozen: true, version: 24, build: 'build', php: false },
    },
    {
      ...laravel,
      version: '8.4',
      server: 'fpm',
      frozen: true,
      extensions: ['gd', 'intl'],
      health: 'none',
      queues: { mail: { connection: 'redis', queues: ['high', 'default'], tries: 5, timeout: 900, grace: 1000 } },
      scheduler: true,
      tests: 'phpunit',
      reverb: { port: 8081 },
      drivers: { queue: 'database', session: 'cookie' },
      assets: {
        packageManager: 'pnpm@10',
        frozen: true,
        version: 22,
        build: 'build',
        php: true,
        buildVariables: ['VITE_APP_NAME', 'VITE_REVERB_APP_KEY', 'VITE_REVERB_HOST'],
      },
    },
    {
      ...laravel,
      version: '8.5',
      horizon: true,
      scheduler: true,
      tests: 'pest',
      reverb: { port: 9000 },
      extensions: ['uv'],
      redisClient: 'predis',
      migrate: 'none',
      frozen: false,
      localPackages: ['packages'],
      health: '/api/health',
    },
  ],
  python: [
    null,
    {
      ...django,
      path: 'admin',
      packageManager: 'uv',
      frozen: true,
      version: '3.14',
      server: 'gunicorn',
      health: '/health',
      hosts: { allowed: 'DJANGO_ALLOWED_HOSTS', origins: 'DJANGO_CSRF_TRUSTED_ORIGINS', separator: 'comma' },
      secrets: ['DJANGO_SECRET_KEY'],
      debug: { variable: 'DJANGO_DEBUG', value: 'True' },
      collectStatic: true,
      buildSettings: ['EMAIL_PORT'],
      media: 'media',
      systemPackages: { build: ['gcc', 'libpq-dev'], run: ['libpq5'] },
      workers: {
        worker: {
          start: 'celery -A shop worker --hostname worker@celery',
          health: 'celery -A shop inspect ping --destination worker@celery',
          grace: 600,
        },
        beat: { start: 'celery -A shop beat --schedule /tmp/celerybeat-schedule --pidfile=' },
      },
    },
    {
      ...django,
      path: 'sites/admin',
      packageManager: 'pip',
      requirements: 'requirements/production.txt',
      frozen: true,
      version: '3.13',
      server: 'uvicorn',
      app: 'shop.asgi:application',
      appDir: 'src',
      devSettings: 'shop.settings.local',
      hosts: { allowed: 'HOSTS', separator: 'space' },
    },
    {
      stack: 'python',
      framework: 'flask',
      path: 'admin',
      packageManager: 'poetry',
      frozen: true,
      version: '3.13',
      app: 'shop:create_app()',
      migrate: 'flask',
      health: '/healthz',
    },
    {
      stack: 'python',
      framework: 'none',
      path: 'bot',
      port: 'none',
      health: 'none',
      packageManager: 'pipenv',
      frozen: true,
      version: '3.13',
      start: 'python -m bot --name "a b"',
      healthCommand: 'python -m bot.check',
      grace: 120,
    },
    {
      ...django,
      path: 'admin',
      packageManager: 'pip',
      server: 'daphne',
      app: 'shop.asgi:application',
      healthHost: 'shop.example.com',
      health: '/up',
    },
  ],
  site: [
    null,
    {
      ...site,
      packageManager: 'npm',
      frozen: true,
      assets: 'assets',
      buildVariables: ['VITE_TITLE', 'VITE_MAPS_KEY'],
    },
    {
      ...site,
      path: 'sites/web',
      packageManager: 'pnpm@10',
      frozen: true,
      fallback: false,
      health: 'none',
      workspace: { path: 'sites', packages: ['web', 'ui'] },
    },
    { ...site, packageManager: 'yarn@4.9.1', frozen: false, version: 26, scripts: true, dev: 'none', output: 'a/b' },
    { ...site, build: 'none', dev: 'none', output: '.', frozen: true, assets: '_app/immutable', health: '/' },
  ],
  postgres: [
    null,
    { version: 16, limits: { cpus: '0.5', memory: '128M' } },
    { version: 17, timescaledb: true, pooler: 'pgbouncer' },
    { version: 18 },
    { version: 18, pooler: 'pgbouncer', limits: { memory: '16G', reservation: '8G' } },
    { version: 18, timescaledb: true },
    { mode: 'managed', provider: 'rds', version: 16, ca: 'certs/postgres-ca.pem' },
    { mode: 'managed', provider: 'cloudsql', ca: 'certs/postgres-ca.pem' },
    { mode: 'managed', provider: 'azure', version: 18 },
    { mode: 'managed', provider: 'neon', pooled: true },
    { mode: 'managed', provider: 'supabase', pooled: true, ca: 'certs/postgres-ca.pem' },
    { mode: 'managed', provider: 'generic', pooled: false },
  ],
  separate: [null, 'databases', 'schemas'],
  redis: [
    null,
    { version: 7 },
    { version: 8, keeps: 'cache' },
    { engine: 'valkey', version: 8, keeps: 'queues', limits: { memory: '1G' } },
    { mode: 'managed' },
    { mode: 'managed', ca: 'certs/redis-ca.pem' },
  ],
  cache: [null, {}, { engine: 'valkey' }, { mode: 'managed' }],
  mqtt: [
    null,
    {},
    { users: { device: { publish: ['sensors/+/temperature'] }, watch: { subscribe: ['#'] } }, limits: { cpus: '0.5' } },
  ],
  storage: [null, { buckets: ['uploads', 'exports'] }, { mode: 'managed' }, { mode: 'managed', ca: 'system' }],
  mail: [null, {}],
  secrets: [null, { from: 'files' }, { from: 'infisical' }],
  images: [null, { from: 'registry', prefix: 'registry.example.com/acme' }],
  targets: [
    null,
    { selfhosted: {} },
    { large: {}, mine: { host: { memory: '32G', cpus: '12' }, redis: { mode: 'managed' } } },
    {
      digitalocean: {
        size: 'large',
        postgres: { mode: 'managed', provider: 'digitalocean' },
        redis: { mode: 'managed' },
      },
    },
  ],
  backup: [
    null,
    {},
    { to: 's3', at: '23:30', timezone: 'America/Sao_Paulo', webhook: 'slack', drill: 'daily' },
    {
      to: 'sftp',
      keep: { daily: 3, weekly: 4, monthly: 0 },
      schedule: 'systemd',
      packages: ['postgresql-18-pgvector'],
    },
    { engine: 'files', to: 's3', drillIn: 'server', limits: { memory: '1G' } },
    { engine: 'files', drill: 'never' },
    { engine: 'laravel', at: '05:59', timezone: 'Asia/Kolkata' },
    { engine: 'pitr' },
    { engine: 'pitr', to: 's3', keep: { daily: 14 }, drill: 'daily' },
  ],
  running: [null, { restart: 'always', makefile: true, logs: { size: '32m', files: 10 } }],
  settings: [
    null,
    {
      integrations: ['sentry', 'opentelemetry', 'oidc'],
      environment: {
        OPENAI_API_KEY: { meaning: 'The key of the models.', secret: true },
        GREETING: { meaning: 'What to say first.', default: 'Hello, *you*' },
        SUPPORT_ADDRESS: {},
      },
    },
  ],
  composeFile: [null, 'docker-compose.yml', 'compose.yml'],
  edge: [
    null,
    { caddy: { upload: '50M', email: 'ops@example.com', redirects: { 'www.example.com': 'main.example.com' } } },
    { caddy: { certificates: 'files', limits: { memory: '512M' } } },
    { nginx: { rate: 20, redirects: { 'www.example.com': 'main.example.com' } } },
    { traefik: { email: 'ops@example.com', redirects: { 'www.example.com': 'main.example.com' } } },
    { traefik: { certificates: 'files', limits: { memory: '512M' } } },
    { cloudflare: {} },
    { cloudflare: { config: 'local', tunnel: '6ff42ae2-765d-4adf-8112-31c55c1551ef' } },
    { tailscale: { funnel: true, tailnet: 'tail1234.ts.net' } },
    { tailscale: { limits: { cpus: '0.5' } } },
  ],
} as const;

/** A stack of its own beside the others. */
const infisical = 'docker/infisical/compose.yaml';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** What a site passes on, where there is an app for it. */
const proxy = { proxy: { '/api': { app: 'api', strip: true }, '/api/v2': 'api' } };

const combinations = allPairs(dimensions).filter((one) =>
  [one.node, one.fastapi, one.laravel, one.python, one.site].some((app) => app !== null),
);
const folder = mkdtempSync(join(tmpdir(), 'prodstack-matrix-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

describe.each(combinations.map((choice, index) => ({ index, choice, title: title(choice) })))(
  '$title',
  ({ index, choice }) => {
    const settings = choice.settings ?? {};
    const chosen = {
      name: `shop${index}`,
      apps: {
        ...(choice.node && { web: { port: 3000, ...choice.node, ...choice.roles, ...settings } }),
        ...(choice.fastapi && { api: { port: 8000, ...choice.fastapi, ...settings } }),
        ...(choice.laravel && { shop: { port: 8090, ...choice.laravel, ...settings } }),
        ...(choice.python && { office: { ...choice.python, ...settings } }),
        ...(choice.site && { site: { port: 8080, ...choice.site, ...(choice.fastapi && proxy) } }),
      },
      ...(choice.postgres && {
        postgres: { ...choice.postgres, ...(choice.separate && { separate: choice.separate }) },
      }),
      ...present({
        redis: choice.redis,
        cache: choice.cache,
        mqtt: choice.mqtt,
        storage: choice.storage,
        mail: choice.mail,
        secrets: choice.secrets,
        images: choice.images,
        targets: choice.targets && mapValues(choice.targets, (target) => within(choice, target)),
        backup: choice.postgres && backupOf(choice),
        composeFile: choice.composeFile,
      }),
      ...choice.running,
    };
    // The apps exist: a file that says nothing is in each folder.
    const files = Object.fromEntries([
      ...['web', 'api', 'shop', 'admin', 'bot', 'site'].map((name) => [`${name}/x`, ''] as const),
      ...['certs/postgres-ca.pem', 'certs/redis-ca.pem'].map((path) => [path, pem] as const),
    ]);
    const inputOf = async () => {
      const without = { ...files, 'prodstack.yaml': JSON.stringify(chosen) };
      const edge = choice.edge && edgeFor((await run(without)).answers, choice.edge);
      return edge ? { ...files, 'prodstack.yaml': JSON.stringify({ ...chosen, edge }) } : without;
    };

    it('keeps every production rule in every combination of overlays, and Compose warns of none', {
      timeout: 120_000,
    }, async () => {
      const { after, stack } = await run(await inputOf());
      const directory = join(folder, String(index));
      writeTree(directory, { ...after, '.env': filledIn(stack, after['.env'] ?? '') });
      const project = await projectOf(directory, stack.composeFile, after);
      if (infisical in after) {
        const { stderr } = await execa('docker', ['compose', '-f', infisical, 'config', '--quiet'], { cwd: directory });
        expect(stderr).toBe('');
      }
      // Where there is no lockfile, the rule says so, and rightly.
      const loose = [choice.node, choice.fastapi, choice.laravel, choice.python, choice.site].some(
        (app) => app && (!('frozen' in app) || !app.frozen),
      );
      expect(runRules(project).filter(({ rule }) => !(loose && rule === 'frozen-lockfile'))).toEqual([]);
    });

    it('has nothing to do when it is run again', async () => {
      const { after } = await run(await inputOf());
      const again = await run(after);
      expect(again.outcomes.filter((one) => one.planned).map((one) => one.path)).toEqual([]);
    });
  },
);

/** `.env` with all that a person has to bring. */
function filledIn(stack: Stack, env: string): string {
  const samples: Readonly<Record<string, string>> = {
    DATABASE: 'postgresql://someone:hunter2@db.example.com:5432/shop',
    REDIS: 'rediss://:hunter2@redis.example.com:6379',
    CACHE: 'rediss://:hunter2@cache.example.com:6379',
  };
  const lines = stack.env
    .filter(({ kind }) => kind === 'required')
    .map(({ name }) => `${name}=${samples[/(DATABASE|REDIS|CACHE)_URL$/.exec(name)?.[1] ?? ''] ?? 'something'}`);
  return [env, ...lines, ''].join('\n');
}

/** A target without what stands for nothing in the stack. */
function within(choice: Readonly<Record<string, unknown>>, target: unknown): unknown {
  const entries = Object.entries(target as object);
  return Object.fromEntries(entries.filter(([key]) => !['postgres', 'redis'].includes(key) || choice[key]));
}

/** Backups by the app or of the write-ahead log, where they can be made. */
function backupOf({ backup, laravel, separate, postgres, targets }: (typeof combinations)[number]) {
  const engine = backup !== null && 'engine' in backup ? backup.engine : undefined;
  const others = /"managed"|"timescaledb":true/;
  if (engine === 'laravel' && (laravel === null || separate !== null)) return null;
  return engine === 'pitr' && others.test(JSON.stringify([postgres, targets])) ? null : backup;
}

/** Answers without those that are left out. */
function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function title(choice: (typeof combinations)[number]): string {
  const name = (value: unknown): string => {
    if (value === null || value === undefined) return '-';
    if (typeof value === 'string') return value;
    const { packageManager, path, version } = value as Readonly<Record<string, unknown>>;
    const known = [packageManager, path, version].filter((one) => one !== undefined).join(' ');
    return known || Object.keys(value).join(' ');
  };
  return Object.entries(choice)
    .map(([key, value]) => `${key}: ${name(value)}`)
    .join(', ');
}
