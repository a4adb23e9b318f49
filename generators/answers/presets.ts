/** Answers to start from. Partial: what a preset leaves open is detected, asked or defaulted. */
export interface Preset {
  readonly summary: string;
  readonly answers: Readonly<Record<string, unknown>>;
  /** In an empty folder, the template that makes all its apps at once; their answers are complete then. */
  readonly starter?: { readonly template: string; readonly path: string };
}

const bundled = { postgres: { mode: 'bundled' }, redis: { mode: 'bundled' } };

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
  'node-tunnel': {
    summary: 'a pnpm monorepo with bundled Postgres: an API with a worker, and a Next.js dashboard',
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
    },
    starter: { template: 'pnpm-monorepo', path: '.' },
  },
};
