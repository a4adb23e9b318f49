/** Answers to start from. Partial: what a preset leaves open is detected, asked or defaulted. */
export interface Preset {
  readonly summary: string;
  readonly answers: Readonly<Record<string, unknown>>;
}

const bundled = { postgres: { mode: 'bundled' }, redis: { mode: 'bundled' } };

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
    summary: 'a Laravel app on FrankenPHP with two queue workers, scheduler and Reverb websocket; Postgres and Redis',
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
      ...bundled,
    },
  },
};
