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
  django: {
    summary: 'a Django app on gunicorn with bundled Postgres and Redis',
    answers: { apps: { app: { stack: 'python', framework: 'django' } }, ...bundled },
  },
  flask: {
    summary: 'a Flask app on gunicorn with bundled Postgres and Redis',
    answers: { apps: { app: { stack: 'python', framework: 'flask' } }, ...bundled },
  },
};
