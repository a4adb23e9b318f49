/** What the guide tells people to write, in the frameworks that it is for: with it, an app sees its visitor. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NodeApp } from '../../generators/answers/schema.ts';
import { render } from '../../generators/plan/render.ts';
import { forwardedGuide } from '../../generators/stack/blocks/forwarded-guide.ts';
import { http } from '../support/scenario.ts';

/** A program around the code of the guide, which prints the port that it listens on. */
interface Program {
  readonly framework: NodeApp['framework'];
  /** Which of the guide's code blocks it is. */
  readonly block: number;
  /** What stands in the place of that block in an app that does not know of proxies. */
  readonly before: string;
  readonly imports: string;
  readonly rest: string;
}

const listening = "console.log('port', (server.address() as { port: number }).port);";

const nest = `import 'reflect-metadata';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
class Seen { seen(request: any) { return { address: request.ip, scheme: request.protocol, host: request.headers.host }; } }
Get('/')(Seen.prototype, 'seen', Object.getOwnPropertyDescriptor(Seen.prototype, 'seen')!);
Req()(Seen.prototype, 'seen', 0);
Controller()(Seen);
class AppModule {}
Module({ controllers: [Seen] })(AppModule);`;
const nestRest = `await app.listen(0, '127.0.0.1');
const server = app.getHttpServer();
${listening}`;

const programs: Readonly<Record<string, Program>> = {
  Express: {
    framework: 'express',
    block: 0,
    before: '',
    imports: "import express from 'express';\nconst app = express();",
    rest: `app.get('/', (request: any, response: any) =>
  response.json({ address: request.ip, scheme: request.protocol, host: request.get('host') }));
const server = app.listen(0, '127.0.0.1', () => { ${listening} });`,
  },
  Fastify: {
    framework: 'fastify',
    block: 0,
    before: 'const app = Fastify();',
    imports: "import Fastify from 'fastify';",
    rest: `app.get('/', async (request: any) =>
  ({ address: request.ip, scheme: request.protocol, host: request.headers.host }));
await app.listen({ port: 0, host: '127.0.0.1' });
const { server } = app;
${listening}`,
  },
  'Nest on Express': {
    framework: 'nest',
    block: 0,
    before: 'const app = await NestFactory.create(AppModule, { logger: false });',
    imports: `${nest}\nimport type { NestExpressApplication } from '@nestjs/platform-express';`,
    rest: nestRest,
  },
  'Nest on Fastify': {
    framework: 'nest',
    block: 1,
    before: 'const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });',
    imports: `${nest}\nimport { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';`,
    rest: nestRest,
  },
  Hono: {
    framework: 'hono',
    block: 0,
    before: `import { getConnInfo } from '@hono/node-server/conninfo';
const clientAddress = (c: any) => getConnInfo(c).remote.address;
const isHttps = (c: any) => c.req.url.startsWith('https:');`,
    imports: "import { serve } from '@hono/node-server';\nimport { Hono } from 'hono';",
    rest: `const app = new Hono();
app.get('/', (c) => c.json({ address: clientAddress(c), scheme: isHttps(c) ? 'https' : 'http', host: c.req.header('host') }));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => { ${listening} });`,
  },
  'no framework': {
    framework: 'none',
    block: 0,
    before: 'const address = request.socket.remoteAddress;\nconst scheme = "http";',
    imports: `import { createServer } from 'node:http';
const server = createServer((request: any, response) => {`,
    rest: `response.end(JSON.stringify({ address, scheme, host: request.headers.host }));
}).listen(0, '127.0.0.1', () => { ${listening} });`,
  },
};

/** The code blocks of the guide for an app of this framework, without the shell commands. */
function guideOf(framework: NodeApp['framework']): readonly string[] {
  const [entry] = forwardedGuide('app', { stack: 'node', framework } as NodeApp);
  const text = render(`docs/guide/${entry?.id}.md`, entry?.view ?? {});
  return [...text.matchAll(/^```[jt]s\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
}

describe('the code of the guide', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-frameworks-'));

  beforeAll(async () => {
    cpSync(join(import.meta.dirname, 'fixtures/frameworks'), folder, { recursive: true });
    await execa('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What the program answers to a visitor behind a proxy, and to one without. */
  async function answersOf(name: string, code: string) {
    const { imports, rest } = programs[name] as Program;
    const file = join(folder, `${name.replaceAll(' ', '-')}.ts`);
    writeFileSync(file, `${imports}\n${code}\n${rest}\n`);
    await using program = started(file);
    const port = await program.port();
    const told = { 'x-forwarded-for': '203.0.113.66, 198.51.100.7', 'x-forwarded-proto': 'https' };
    const seen = async (headers: Readonly<Record<string, string>>) =>
      JSON.parse((await http(port, '/', { headers: { host: 'shop.example.com', ...headers } })).body) as unknown;
    return { proxied: await seen(told), direct: await seen({}) };
  }

  const host = 'shop.example.com';
  const direct = { address: '127.0.0.1', scheme: 'http', host };

  it.each(Object.keys(programs))('shows an app on %s its visitor, who was the proxy without', async (name) => {
    const { framework, block, before } = programs[name] as Program;
    expect(await answersOf(name, before)).toEqual({ proxied: direct, direct });
    const proxied = { address: '198.51.100.7', scheme: 'https', host };
    expect(await answersOf(name, guideOf(framework)[block] ?? '')).toEqual({ proxied, direct });
  });
});

/** Starts a program that ends with the block that it is used in. */
function started(file: string) {
  const running = execa(process.execPath, [file], { reject: false, all: true });
  return {
    port: () =>
      new Promise<number>((resolve, reject) => {
        let text = '';
        running.all.on('data', (chunk: Buffer) => {
          text += chunk;
          const port = /^port (\d+)$/m.exec(text)?.[1];
          if (port !== undefined) resolve(Number(port));
        });
        running.then(() => reject(new Error(`it ended: ${text}`)), reject);
      }),
    [Symbol.asyncDispose]: async () => {
      running.kill();
      await running;
    },
  };
}
