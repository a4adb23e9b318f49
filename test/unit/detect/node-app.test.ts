import { describe, expect, it } from 'vitest';
import { detectIn, express, type Files, lineOf, nodeIn } from './repo.ts';

const lines = (...list: string[]) => `${list.join('\n')}\n`;

describe('what counts as a Node app', () => {
  it.each<[string, Files]>([
    ['a start script', { 'package.json': { scripts: { start: 'node bot.js' } }, 'bot.js': '' }],
    ['a server framework', { 'package.json': { dependencies: { koa: '3' } } }],
    ['Next', { 'package.json': { dependencies: { next: '16' } } }],
    ['a file that listens', { 'package.json': {}, 'src/server.js': 'http.createServer(handle).listen(3000);' }],
    [
      'a server that is published with types',
      { 'package.json': { types: 'x.d.ts', scripts: { start: 'node a.js' } }, 'a.js': '' },
    ],
    [
      'a server that pm2 starts',
      { 'package.json': { bin: 'x', scripts: { start: 'pm2 start x' }, dependencies: { express: '5' } } },
    ],
  ])('%s', async (_, files) => {
    expect((await detectIn(files)).apps).toHaveLength(1);
  });

  it.each<[string, Files]>([
    [
      'a library',
      {
        'package.json': { name: 'x', exports: './index.js', dependencies: { express: '5' } },
        'index.js': 'app.listen(1)',
      },
    ],
    [
      'a package without any server',
      { 'package.json': { dependencies: { zod: '4' } }, 'index.js': 'export const x = 1;' },
    ],
    ['a framework for tests only', { 'package.json': { devDependencies: { express: '5' } } }],
    [
      'a page with a development server',
      { 'package.json': { scripts: { start: 'vite', build: 'vite build' }, dependencies: { react: '19' } } },
    ],
    ['a React page', { 'package.json': { scripts: { start: 'react-scripts start' } } }],
    ['a root that starts others', { 'package.json': { scripts: { start: 'docker compose up' } } }],
    ['a root that changes the folder', { 'package.json': { scripts: { start: 'cd backend && npm start' } } }],
    ['an empty repo', {}],
  ])('not %s', async (_, files) => {
    expect((await detectIn(files)).apps).toEqual([]);
  });

  it.each(['examples/api', 'test/fixtures/app', 'e2e', 'docs', 'packages/x/__tests__/app', 'a/b/c/d/e', '.github/app'])(
    'not one in %s',
    async (folder) => {
      const files = Object.fromEntries(Object.entries(express()).map(([path, text]) => [`${folder}/${path}`, text]));
      expect((await detectIn(files)).apps).toEqual([]);
    },
  );

  it('one four folders deep', async () => {
    const files = Object.fromEntries(Object.entries(express()).map(([path, text]) => [`a/b/c/d/${path}`, text]));
    expect((await nodeIn(files)).path).toBe('a/b/c/d');
  });

  it('one in a folder whose name no answer can hold, which is told', async () => {
    const app = await nodeIn({ 'my app/package.json': { scripts: { start: 'node a.js' } }, 'my app/a.js': '' });
    expect(app.name).toBe('my-app');
    expect(app.found.path).toBeUndefined();
    expect(app.warnings[0]).toMatch(
      /^path: "my app" \(my app\/package\.json\) is left out: must be a path inside the repo/,
    );
  });
});

describe('the framework of a Node app', () => {
  it.each([
    [{ dependencies: { express: '5', '@nestjs/core': '11' } }, 'nest', '"@nestjs/core": "11"'],
    [{ dependencies: { express: '5', next: '16' } }, 'next', '"next": "16"'],
    [{ dependencies: { express: '5', fastify: '5' } }, 'fastify', '"fastify": "5"'],
    [{ dependencies: { express: '5', hono: '4' } }, 'hono', '"hono": "4"'],
    [{ dependencies: { express: '5' } }, 'express', '"express": "5"'],
    [{ devDependencies: { next: '16', express: '5' } }, 'next', '"next": "16",'],
    [{ dependencies: { koa: '3' } }, 'none', ''],
  ])('of %j is %s', async (pack, framework, line) => {
    const files = { 'package.json': { scripts: { start: 'node server.js' }, ...pack }, 'server.js': '' };
    const { found } = await nodeIn(files);
    expect(found.framework?.value).toBe(framework);
    expect(lineOf(files, found.framework)).toBe(line);
  });
});

describe('the databases that a Node app uses', () => {
  it.each(['pg', 'postgres', 'pg-promise', '@mikro-orm/postgresql'])('Postgres through %s', async (name) => {
    const files = express({ dependencies: { express: '5', [name]: '1' } });
    const { uses } = await nodeIn(files);
    expect(lineOf(files, uses.postgres && { evidence: uses.postgres })).toContain(`"${name}"`);
    expect(uses.redis).toBeUndefined();
  });

  it.each(['redis', 'ioredis', 'bullmq', '@nestjs/bullmq', '@nestjs/bull', 'connect-redis'])(
    'Redis through %s',
    async (name) => {
      const files = express({ dependencies: { express: '5', [name]: '1' } });
      const { uses } = await nodeIn(files);
      expect(lineOf(files, uses.redis && { evidence: uses.redis })).toContain(`"${name}"`);
      expect(uses.postgres).toBeUndefined();
    },
  );

  it('Postgres through Prisma, as its schema says', async () => {
    const schema = (provider: string) =>
      lines(
        'generator client {',
        '  provider = "prisma-client-js"',
        '}',
        '',
        'datasource db {',
        `  provider = "${provider}"`,
        '}',
      );
    const files = (provider: string) =>
      express({ dependencies: { '@prisma/client': '6' } }, { 'prisma/schema.prisma': schema(provider) });
    expect((await nodeIn({ ...files('postgresql') })).uses.postgres).toEqual({ file: 'prisma/schema.prisma', line: 6 });
    expect((await nodeIn({ ...files('mysql') })).uses.postgres).toBeUndefined();
  });

  it('what a package of its workspace uses for it', async () => {
    const { uses } = await nodeIn({
      'package.json': { workspaces: ['apps/*', 'packages/*'] },
      'apps/api/package.json': {
        name: 'api',
        scripts: { start: 'node a.js' },
        dependencies: { '@acme/jobs': 'workspace:*' },
      },
      'apps/api/a.js': '',
      'packages/jobs/package.json': { name: '@acme/jobs', dependencies: { '@acme/db': '*', bullmq: '5' } },
      'packages/db/package.json': { name: '@acme/db', dependencies: { pg: '8' } },
      'packages/cache/package.json': { name: '@acme/cache', dependencies: { ioredis: '5' } },
    });
    expect(uses.postgres?.file).toBe('packages/db/package.json');
    expect(uses.redis?.file).toBe('packages/jobs/package.json');
  });

  it('none where only development or other packages have a client', async () => {
    expect((await nodeIn(express({ devDependencies: { pg: '8', redis: '5' } }))).uses).toEqual({});
  });
});
