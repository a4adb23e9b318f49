import { describe, expect, it } from 'vitest';
import { entrypointProblems } from '../../../generators/answers/detect/entrypoints.ts';
import type { Answers } from '../../../generators/answers/schema.ts';
import { type Files, repo } from './repo.ts';

const files: Files = {
  'package.json': {
    scripts: { build: 'tsc', start: 'node dist/server.js', 'start:fast': 'node dist/server.js' },
    dependencies: { next: '16', agenda: '6' },
    devDependencies: { tsx: '4', 'drizzle-kit': '1' },
  },
  'tsconfig.json': { compilerOptions: { outDir: 'dist', rootDir: 'src' } },
  'src/server.ts': '',
  'src/jobs/worker.ts': '',
  'scripts/seed.js': '',
};

function problems(app: object, changes: Files = {}) {
  const node = { stack: 'node', path: '.', build: 'build', start: 'node dist/server.js', uses: [], ...app };
  const answers = { prodstack: 1, name: 'shop', apps: { api: node } } as unknown as Answers;
  return entrypointProblems(repo({ ...files, ...changes }), answers, []);
}

const worker = (start: string) => ({ workers: { mail: { start } } });

describe('an entry', () => {
  it.each([
    ['that the build makes', {}],
    ['without its extension', worker('node dist/jobs/worker')],
    ['that is in the repo', worker('node scripts/seed.js')],
    ['behind options', worker('node --enable-source-maps --title mail dist/jobs/worker.js --queue mail')],
    ['in no file', worker('node -e 1')],
    ['of a dependency', worker('node_modules/.bin/next start')],
    ['of the root of a workspace', worker('../../node_modules/.bin/agenda')],
    ['that is a script', worker('npm run start:fast')],
    ['of the system', worker('sh scripts/x')],
    ['of migrations with a development dependency', { migrate: 'drizzle' }],
    ['of migrations with a loader', { migrate: 'node --import tsx src/server.ts' }],
    ['that Next makes', { start: 'node server.js', standalone: true }],
  ])('%s is there', async (_what, app) => {
    expect(await problems(app)).toEqual([]);
  });

  it.each([
    [
      'of a worker that is never built',
      worker('node dist/worker.js'),
      {
        path: 'apps.api.workers.mail.start',
        value: 'node dist/worker.js',
        message: 'runs dist/worker.js, which is neither there nor made by the build',
        suggestion: 'node dist/jobs/worker.js',
      },
    ],
    ['with a slip', { start: 'node dist/sever.js' }, { path: 'apps.api.start', suggestion: 'node dist/server.js' }],
    [
      'where nothing is built',
      { build: 'none', start: 'node dist/server.js' },
      { message: 'runs dist/server.js, which is not there, and nothing is built' },
    ],
    [
      'of a program that no dependency brings',
      worker('node_modules/.bin/bree'),
      { message: 'runs bree, which no dependency brings: add it to package.json, or correct it' },
    ],
    [
      'that is not on the PATH',
      { start: 'next start' },
      { message: 'runs next, which is not on the PATH of the image', suggestion: 'node_modules/.bin/next start' },
    ],
    [
      'that only development has',
      { start: 'node_modules/.bin/tsx src/server.ts' },
      { message: expect.stringContaining('needs tsx, which is a development dependency') },
    ],
    ['whose loader only development has', { start: 'node --import tsx src/server.ts' }, { path: 'apps.api.start' }],
    [
      'that is another script',
      { start: 'npm run start:fats' },
      { message: 'is no script of package.json: add it, or name another', suggestion: 'npm run start:fast' },
    ],
    ['whose build only objects have', { build: 'toString' }, { path: 'apps.api.build', value: 'toString' }],
    ['of migrations', { migrate: 'node dist/migrate.js' }, { path: 'apps.api.migrate' }],
    ['of migrations without their tool', { migrate: 'prisma' }, { path: 'apps.api.migrate', value: 'prisma' }],
    ['whose build is no script', { build: 'biuld' }, { path: 'apps.api.build', value: 'biuld', suggestion: 'build' }],
    [
      'that a program is to serve',
      { start: 'node_modules/.bin/next server/index.js' },
      { message: expect.stringContaining('server/index.js') },
    ],
  ])('%s is missed', async (_what, app, problem) => {
    expect(await problems(app)).toMatchObject([problem]);
  });

  it('needs a package.json, in a folder that is there', async () => {
    const other = { 'web/index.js': '' };
    expect(await problems({ path: 'web' }, other)).toMatchObject([{ path: 'apps.api.path', value: 'web' }]);
    expect(await problems({ path: 'nowhere' })).toMatchObject([{ path: 'apps.api.path', value: 'nowhere' }]);
  });
});
