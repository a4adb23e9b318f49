/** Answers to start from. Partial: what a preset leaves open is detected, asked or defaulted. */
export interface Preset {
  readonly summary: string;
  readonly answers: Readonly<Record<string, unknown>>;
  /** In an empty folder, the template that makes all its apps at once; their answers are complete then. */
  readonly starter?: { readonly template: string; readonly path: string };
}

const bundled = { postgres: { mode: 'bundled' }, redis: { mode: 'bundled' } };

type Values = Readonly<Record<string, unknown>>;

/** A FastAPI app below a route of the static front end's address. */
function backendAndFrontend(route: string, backend: Values, frontend: Values) {
  return {
    backend: {
      stack: 'fastapi',
      path: 'backend',
      port: 8000,
      limits: { cpus: '1.0', memory: '512M', reservation: '256M' },
      ...backend,
    },
    frontend: {
      stack: 'static',
      path: 'frontend',
      port: 8080,
      uses: ['backend'],
      proxy: { [route]: 'backend' },
      limits: frontend,
    },
  };
}

/** What the apps of `templates/starter/pnpm-monorepo/` have in common. */
const monorepo = {
  stack: 'node',
  packageManager: 'pnpm@11.28.11',
  frozen: true,
  workspace: {
    path: '.',
    packages: ['apps/api', 'apps/dashboard', 'packages/shared'],
    needs: ['packages/shared'],
  },
  version: 24,
  build: 'build',
  scripts: false,
};

export const presets: Readonly<Record<string, Preset>> = {
  node: {
    summary: 'a Node app with bundled Postgres and Redis',
    answers: { apps: { app: { stack: 'node' } }, ...bundled },
  },
  fastapi: {
    summary: 'a FastAPI app with bundled Postgres and Redis, migrated by Alembic',
    answers: { apps: { app: { stack: 'fastapi' } }, ...bundled },
  },
  laravel: {
    summary:
      'a Laravel app on FrankenPHP with two queue workers, scheduler and Reverb websocket, which backs up its database; Postgres and Redis',
    answers: {
      apps: {
        app: {
          stack: 'laravel',
          queues: {
            // For what somebody waits for, and for what takes its time.
            'queue-server': { queues: ['high', 'default'], limits: { memory: '256M', reservation: '128M' } },
            'queue-runner': { queues: ['long', 'default'], timeout: 600 },
          },
          scheduler: true,
          reverb: { port: 8081 },
        },
      },
      postgres: { mode: 'bundled', limits: { cpus: '2.0', memory: '1G', reservation: '512M' } },
      redis: { mode: 'bundled', limits: { cpus: '1.0', memory: '512M', reservation: '128M' } },
      backup: { engine: 'laravel', keep: { daily: 30 } },
      logs: { size: '32m', files: 10 },
    },
  },
  django: {
    summary: 'a Django app on gunicorn with bundled Postgres and Redis',
    answers: { apps: { app: { stack: 'python', framework: 'django' } }, ...bundled },
  },
  flask: {
    summary: 'a Flask app on gunicorn with bundled Postgres and Redis',
    answers: { apps: { app: { stack: 'python', framework: 'flask' } }, ...bundled },
  },
  static: {
    summary: 'a static page (Vite) on nginx',
    answers: { apps: { app: { stack: 'static' } } },
  },
  'fastapi-managed': {
    summary:
      'images from a registry: a FastAPI backend, and a static front end on nginx that passes /api/v1 on to it; PostgreSQL and Redis are run by somebody else',
    answers: {
      apps: backendAndFrontend(
        '/api/v1',
        {
          health: '/api/v1/health',
          uses: ['postgres', 'redis'],
          environment: {
            OAUTH_ISSUER_URL: { meaning: 'Who lets people in: the issuer of an OpenID Connect provider, https://...' },
            ALLOWED_HOSTS: {
              meaning: 'The host names that the backend answers to, with commas between them.',
              default: 'localhost',
            },
            CORS_ORIGINS: {
              meaning: 'The origins whose pages may call the backend, with commas between them.',
              default: 'http://localhost:8080',
            },
            API_V1_PREFIX: {
              meaning:
                'The route that everything is below. Its health check and the front end know it too: change apps.backend.health and apps.frontend.proxy in prodstack.yaml with it.',
              default: '/api/v1',
            },
            LOG_LEVEL: { meaning: 'debug, info, warning or error.', default: 'info' },
          },
        },
        { cpus: '0.5', memory: '128M', reservation: '64M' },
      ),
      postgres: { mode: 'managed' },
      redis: { mode: 'managed' },
      images: { from: 'registry', prefix: 'registry.example.com/acme' },
      logs: { size: '10m', files: 5 },
    },
  },
  'home-server': {
    summary:
      'for a small box: a FastAPI backend with TimescaleDB and an MQTT broker that speaks TLS only, a static front end on nginx that passes /api on to it, a Makefile',
    answers: {
      apps: backendAndFrontend(
        '/api',
        {
          health: '/api/ready',
          uses: ['postgres', 'mqtt'],
          secrets: ['ENCRYPTION_KEY'],
          environment: {
            LOG_FORMAT: {
              meaning: 'json for programs, console for people, which development has.',
              default: 'json',
              development: 'console',
            },
          },
        },
        { cpus: '0.25', memory: '128M' },
      ),
      postgres: {
        mode: 'bundled',
        timescaledb: true,
        limits: { cpus: '0.5', memory: '512M', reservation: '256M' },
      },
      mqtt: {
        mode: 'bundled',
        users: {
          backend: { subscribe: ['sensors/#'], publish: ['commands/#'] },
          device: { publish: ['sensors/#'], subscribe: ['commands/#'] },
        },
        limits: { cpus: '0.25', memory: '128M' },
      },
      restart: 'always',
      makefile: true,
    },
  },
  'node-tunnel': {
    summary:
      'a pnpm monorepo with bundled Postgres behind a Cloudflare tunnel: an API with a worker, and a Next.js dashboard; backups to S3 with a weekly drill',
    answers: {
      apps: {
        api: {
          ...monorepo,
          path: 'apps/api',
          framework: 'fastify',
          start: 'node dist/server.js',
          dev: 'node --conditions=source --watch src/server.ts',
          port: 3001,
          health: '/health',
          workers: {
            worker: { start: 'node dist/worker.js', dev: 'node --conditions=source --watch src/worker.ts' },
          },
          uses: ['postgres'],
          secrets: ['JWT_SECRET'],
        },
        dashboard: {
          ...monorepo,
          path: 'apps/dashboard',
          framework: 'next',
          start: 'node server.js',
          standalone: true,
          buildVariables: ['NEXT_PUBLIC_TITLE'],
          dev: 'node_modules/.bin/next dev',
          port: 3000,
          health: '/health',
          uses: ['api'],
        },
      },
      postgres: { mode: 'bundled' },
      // Names to be replaced: a run says so as long as they stand here.
      edge: { cloudflare: { hostnames: { dashboard: 'dashboard.example.com', api: 'api.example.com' } } },
      // 02:00 where the host is: its time zone is the person's to say.
      backup: { engine: 'restic', to: 's3', keep: { daily: 7, monthly: 12 }, drill: 'weekly' },
    },
    starter: { template: 'pnpm-monorepo', path: '.' },
  },
};
