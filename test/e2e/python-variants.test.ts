import { buildAndServe } from './variants.ts';

buildAndServe('FastAPI apps of every package manager', [
  { name: 'pip', found: { packageManager: 'pip', requirements: 'requirements.txt', health: '/health' }, answer: 'ok' },
  { name: 'pipenv', found: { packageManager: 'pipenv', frozen: true, health: '/health' }, answer: 'ok' },
  { name: 'uv-without-lockfile', found: { packageManager: 'uv', frozen: false, health: '/health' }, answer: 'ok' },
]);
