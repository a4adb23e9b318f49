import { describe, expect, it } from 'vitest';
import { express, type Files, lineOf, nodeIn } from './repo.ts';

/** An app whose server.js has this text below two lines of its own. */
const withSource = (text: string, files: Files = {}, pack: object = {}) =>
  express(pack, { 'server.js': `'use strict';\n\n${text}\n`, ...files });

describe('the port of a Node app', () => {
  it.each([
    ['app.listen(3001);'],
    ["app.listen('3001', () => {});"],
    ['app\n  .listen(3001)'],
    ['app.listen(process.env.PORT || 3001)'],
    ["const port = process.env.PORT ?? '3001';"],
    ['const port = Number(process.env.PORT ?? 3001);'],
    ['const port = Number(process.env.PORT) || 3001;'],
    ["const port = parseInt(process.env.PORT || '3001', 10);"],
    ['const port = parseInt(process.env.PORT, 10) || 3001;'],
    ["const port = process.env['PORT'] || 3001;"],
    ['const port = env.PORT ?? 3001;'],
    ["const port = config.get<number>('PORT', 3001);"],
    ["const port = config.get('PORT') ?? 3001;"],
    ['const { HOST, PORT = 3001 } = process.env;'],
    ['const env = z.object({ PORT: z.coerce.number().min(1, "x").default(3001), A: z.string() });'],
    ["cleanEnv(process.env, { PORT: port({ desc: 'x', default: 3001 }) });"],
    ['serve({ fetch: app.fetch, port: 3001 });'],
    ['Bun.serve({ port: 3001, fetch });'],
    ["fastify.listen({ port: 3001, host: '0.0.0.0' });"],
    ['const PORT = 3001;\napp.listen(PORT);'],
    ['const port: number = 3001;\nserver.listen({ port });'],
    ['export default { port: 3001, fetch: app.fetch };'],
  ])('is read from %s', async (text) => {
    const files = withSource(text);
    const { found } = await nodeIn(files);
    expect(found.port?.value).toBe(3001);
    expect(found.port?.evidence.file).toBe('server.js');
    expect(found.port?.evidence.line).toBeGreaterThanOrEqual(3);
  });

  it.each([
    ['// app.listen(3001);'],
    ['/* app.listen(3001)\n app.listen(3001) */'],
    ['log("app.listen(3001)");'],
    ['log(`then call app.listen(3001)`);'],
    ['const pool = new Pool({ port: 5432 });'],
    ['const DB_PORT = process.env.DB_PORT || 5432;'],
    ['const PORT = 3001; // never used'],
  ])('is not read from %s', async (text) => {
    expect((await nodeIn(withSource(text))).found.port).toBeUndefined();
  });

  it.each([
    ['next start -p 4000'],
    ['next start --port=4000'],
    ['next start --port 4000'],
    ['PORT=4000 next start'],
    ['cross-env PORT=4000 next start'],
  ])('is read from the start script "%s"', async (start) => {
    const files = { 'package.json': { scripts: { build: 'next build', start }, dependencies: { next: '16' } } };
    const { found } = await nodeIn(files);
    expect(found.port?.value).toBe(4000);
    expect(lineOf(files, found.port)).toContain('"start"');
  });

  it('of an environment variable beats a number elsewhere', async () => {
    const text = 'metrics.listen(9100);\napp.listen(config.port);';
    const { found } = await nodeIn(withSource(text, { 'src/config.js': 'exports.port = process.env.PORT || 8080;\n' }));
    expect(found.port).toEqual({ value: 8080, evidence: { file: 'src/config.js', line: 1 } });
  });

  it('is read from an example of the env file, last', async () => {
    const env = '# PORT=1\nDB_PORT=5432\nPORT="8088"\n';
    const one = await nodeIn(withSource('app.listen(env.port);', { '.env.example': env }));
    expect(one.found.port).toEqual({ value: 8088, evidence: { file: '.env.example', line: 3 } });
    const two = await nodeIn(withSource('app.listen(3001);', { '.env.example': env }));
    expect(two.found.port?.value).toBe(3001);
  });

  it('below 1024 is told and not taken', async () => {
    const { found, warnings } = await nodeIn(withSource('app.listen(80);'));
    expect(found.port).toBeUndefined();
    expect(warnings).toEqual([
      'Port 80 (server.js:3) is open to root only, and the app runs without root: use 1024 or more',
    ]);
  });

  it('is not read from tests, nor from other apps and packages in sub-folders', async () => {
    const { found } = await nodeIn(
      withSource('', {
        'test/server.js': 'app.listen(4001)',
        'src/app.test.js': 'app.listen(4002)',
        'tools/package.json': { name: 'tools' },
        'tools/serve.js': 'app.listen(4003)',
      }),
    );
    expect(found.port).toBeUndefined();
  });
});

describe('a Node app that listens on the loopback interface', () => {
  const fastify = { dependencies: { fastify: '5.0.0' } };

  it.each([
    ["app.listen(3001, '127.0.0.1');", 3, {}],
    ["server.listen({ port: 3001, host: 'localhost' });", 3, {}],
    ["serve({ fetch, port: 3001, hostname: '127.0.0.1' });", 3, {}],
    ["const hostname = '127.0.0.1';\napp.listen(3001, hostname);", 3, {}],
    ["const host = process.env.HOST || 'localhost';\napp.listen({ port: 1, host });", 3, {}],
  ])('is warned of: %s', async (text, line, pack) => {
    const { warnings } = await nodeIn(withSource(text, {}, pack));
    expect(warnings).toEqual([
      `server.js:${line}: the app listens on its own container's loopback interface only: use 0.0.0.0`,
    ]);
  });

  it('is warned of in a start script', async () => {
    const scripts = { build: 'next build', start: 'next start -H 127.0.0.1' };
    const { warnings } = await nodeIn({ 'package.json': { scripts, dependencies: { next: '16' } } });
    expect(warnings).toContainEqual(expect.stringMatching(/^package\.json:4: the app listens on its own/));
  });

  it('is warned of where Fastify gets no host', async () => {
    const { warnings } = await nodeIn(
      withSource('await app.listen({ port: Number(process.env.PORT ?? 3001) });', {}, fastify),
    );
    expect(warnings).toEqual(["server.js:3: Fastify listens on 127.0.0.1 where no host is given: add host: '0.0.0.0'"]);
  });

  it.each([
    ["app.listen(3001, '0.0.0.0');", {}],
    ['app.listen(3001);', {}],
    ["app.listen(3001, () => log('http://localhost:3001'));", {}],
    ["// app.listen(3001, 'localhost')", {}],
    ["const db = { host: 'localhost' };\napp.listen(3001);", {}],
    ["app.listen({ port: 3001, host: '0.0.0.0' });", fastify],
    ['app.listen({ port: 3001, host });', fastify],
    ['app.listen({ ...options });', fastify],
  ])('is not seen in %s', async (text, pack) => {
    expect((await nodeIn(withSource(text, {}, pack))).warnings).toEqual([]);
  });
});
