/** Whether the code of an app believes the proxy in front of it, and what is said where it does not. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../../generators/answers/complete.ts';
import { validate } from '../../../generators/answers/validate.ts';
import { proxyWarnings } from '../../../generators/warnings/proxied.ts';
import { detectIn, django, express, type Files, fastapi, lineOf } from './repo.ts';

/** The warnings for the one app of a repo behind an edge. */
async function warnings(files: Files, kind: 'caddy' | 'cloudflare' | 'none' = 'caddy', app: object = {}) {
  const detected = await detectIn(files);
  const [found] = detected.apps;
  const edge = kind === 'none' ? {} : { edge: { [kind]: { hostnames: { [found?.name ?? '']: 'shop.example.com' } } } };
  const chosen = [{ ...edge, apps: { [found?.name ?? '']: app }, postgres: null, redis: null }];
  const draft = complete({ folder: 'shop', detected, chosen, isVacant: () => false });
  return proxyWarnings(validate(draft.answers), detected);
}

const nodeApp = (dependencies: object, code: string): Files => ({
  'package.json': { name: 'shop', scripts: { start: 'node server.js' }, dependencies },
  'server.js': `${code}\napp.listen(process.env.PORT || 8080);\n`,
});
const flask = (code: string): Files => ({
  'requirements.txt': 'flask==3.1.0\ngunicorn==23.0.0\n',
  'app.py': `from flask import Flask\n\napp = Flask(__name__)\n${code}`,
});
const laravel = (middleware: string, files: Files = {}): Files => ({
  'composer.json': { type: 'project', require: { php: '^8.4', 'laravel/framework': '^12.0' } },
  artisan: '<?php',
  'bootstrap/app.php': `<?php\nreturn Application::configure()\n    ->withMiddleware(function (Middleware $middleware) {\n        ${middleware}\n    })\n    ->create();\n`,
  ...files,
});
const middleware = 'MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]\n';

describe('an app that takes the edge for every visitor', () => {
  const cases: Readonly<Record<string, { files: Files; place: string; advice: string }>> = {
    'Express without the setting': {
      files: express(),
      place: 'server.js:1',
      advice: "app.set('trust proxy', ['loopback', 'uniquelocal'])",
    },
    'Express with the setting in a comment only': {
      files: express({}, { 'server.js': "// app.set('trust proxy', 1)\nconst app = express();\napp.listen(8080);\n" }),
      place: 'server.js:2',
      advice: "app.set('trust proxy',",
    },
    'Fastify without the option': {
      files: nodeApp({ fastify: '5.12.8' }, "import Fastify from 'fastify';\nconst app = Fastify({ logger: true });"),
      place: 'server.js:2',
      advice: "trustProxy: ['loopback', 'uniquelocal'] among the options",
    },
    'Fastify with a number, which it takes for nobody': {
      files: nodeApp({ fastify: '5.12.8' }, 'const app = Fastify({\n  trustProxy: 1,\n});'),
      place: 'server.js:2',
      advice: 'a number for nobody since 5.12.1',
    },
    'Nest on Express': {
      files: nodeApp({ '@nestjs/core': '12.0.0' }, '\nconst app = await NestFactory.create(AppModule);'),
      place: 'server.js:2',
      advice: "app.set('trust proxy',",
    },
    'Nest on Fastify': {
      files: nodeApp(
        { '@nestjs/core': '12.0.0' },
        'const app = await NestFactory.create(\n  AppModule,\n  new FastifyAdapter(),\n);',
      ),
      place: 'server.js:3',
      advice: "trustProxy: ['loopback', 'uniquelocal']",
    },
    'Hono that asks for the connection': {
      files: nodeApp(
        { hono: '4.0.0' },
        'const app = new Hono();\napp.get("/", (c) => c.text(getConnInfo(c).remote.address));',
      ),
      place: 'server.js:2',
      advice: "c.req.header('x-forwarded-for')",
    },
    Koa: {
      files: nodeApp({ koa: '3.0.0' }, 'const app = new Koa();'),
      place: 'server.js:1',
      advice: 'app.proxy = true; app.maxIpsCount = 1',
    },
    Flask: {
      files: flask(''),
      place: 'app.py:3',
      advice: 'app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)',
    },
    'Django on gunicorn': {
      files: django({}, middleware),
      place: 'shop/settings.py:5',
      advice: 'a middleware that sets REMOTE_ADDR, first in MIDDLEWARE',
    },
    'FastAPI on a uvicorn that knows no networks': {
      files: fastapi({ 'requirements.txt': 'fastapi==0.110.0\nuvicorn[standard]==0.30.6\n' }),
      place: 'requirements.txt:2',
      advice: 'uvicorn 0.31 or later',
    },
    'FastAPI on one that a lockfile names': {
      files: {
        'pyproject.toml': '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi", "uvicorn"]\n',
        'uv.lock': 'version = 1\n\n[[package]]\nname = "uvicorn"\nversion = "0.29.0"\n',
        'main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n',
      },
      place: 'uv.lock:4',
      advice: 'uvicorn 0.31 or later',
    },
    Laravel: {
      files: laravel('//'),
      place: 'bootstrap/app.php:3',
      advice: "$middleware->trustProxies(at: '*', headers:",
    },
    'Laravel that names headers but no proxy': {
      files: laravel('$middleware->trustProxies(headers: Request::HEADER_X_FORWARDED_FOR);'),
      place: 'bootstrap/app.php:3',
      advice: "at: '*'",
    },
    'Laravel as it was before 11': {
      files: laravel('//', {
        'app/Http/Middleware/TrustProxies.php': '<?php\nclass TrustProxies {\n    protected $proxies;\n}\n',
      }),
      place: 'app/Http/Middleware/TrustProxies.php:3',
      advice: "protected $proxies = '*'",
    },
  };

  it.each(Object.keys(cases))('is told where and what to add: %s', async (name) => {
    const { files, place, advice } = cases[name] as (typeof cases)[string];
    const said = await warnings(files);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`${place}: `);
    expect(said[0]).toContain(advice);
    expect(await warnings(files, 'none')).toEqual([]);
  });
});

describe('an app that sees its visitors', () => {
  const cases: Readonly<Record<string, { files: Files; line?: string }>> = {
    Express: {
      files: express({}, { 'server.js': "const app = express();\napp.set('trust proxy', 1);\napp.listen(8080);\n" }),
      line: "app.set('trust proxy', 1);",
    },
    Fastify: {
      files: nodeApp({ fastify: '5.12.8' }, "const app = Fastify({ trustProxy: ['loopback', 'uniquelocal'] });"),
      line: "const app = Fastify({ trustProxy: ['loopback', 'uniquelocal'] });",
    },
    Koa: { files: nodeApp({ koa: '3.0.0' }, 'const app = new Koa({ proxy: true, maxIpsCount: 1 });') },
    'Hono that does not ask': { files: nodeApp({ hono: '4.0.0' }, 'const app = new Hono();') },
    'Hono that reads the header': {
      files: nodeApp({ hono: '4.0.0' }, "const app = new Hono();\nc.req.header('X-Forwarded-For') ?? getConnInfo(c);"),
    },
    'Next, which hands it on': { files: nodeApp({ next: '16.0.0', react: '19.0.0' }, '') },
    Flask: { files: flask('app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)\n') },
    'Django with a middleware of its own': {
      files: django({ 'shop/proxy.py': 'address = request.headers.get("X-Forwarded-For", "")\n' }, middleware),
    },
    'Django with one of a package': {
      files: django({}, 'MIDDLEWARE = ["xff.middleware.XForwardedForMiddleware"]\n'),
    },
    'FastAPI, whose server does it': { files: fastapi() },
    Laravel: {
      files: laravel("$middleware->trustProxies(at: '*');"),
      line: "$middleware->trustProxies(at: '*');",
    },
    'Laravel as it was before 11': {
      files: laravel('//', {
        'app/Http/Middleware/TrustProxies.php': "<?php\nclass TrustProxies {\n    protected $proxies = '*';\n}\n",
      }),
    },
  };

  it.each(Object.keys(cases))('is left in peace: %s', async (name) => {
    const { files, line } = cases[name] as (typeof cases)[string];
    for (const kind of ['caddy', 'cloudflare'] as const) expect(await warnings(files, kind)).toEqual([]);
    const [app] = (await detectIn(files)).apps;
    if (line !== undefined) expect(lineOf(files, app?.proxy)).toBe(line);
  });

  it('where its server puts that right: php-fpm behind nginx, Django on uvicorn or daphne', async () => {
    expect(await warnings(laravel('//'), 'caddy', { server: 'fpm' })).toEqual([]);
    for (const server of ['uvicorn', 'daphne'])
      expect(await warnings(django({}, middleware), 'caddy', { server })).toEqual([]);
  });
});

describe('an app that believes the first address', () => {
  const cases: Readonly<Record<string, Files>> = {
    Express: express({}, { 'server.js': "const app = express();\napp.set('trust proxy', true);\napp.listen(8080);\n" }),
    'Express, enabled': express(
      {},
      { 'server.js': "const app = express();\napp.enable('trust proxy');\napp.listen(8080);\n" },
    ),
    Fastify: nodeApp({ fastify: '5.12.8' }, 'const app = Fastify({ trustProxy: true });'),
    Koa: nodeApp({ koa: '3.0.0' }, 'const app = new Koa();\napp.proxy = true;'),
  };

  it.each(Object.keys(cases))('is told behind Cloudflare, which adds to what visitors send: %s', async (name) => {
    const files = cases[name] as Files;
    expect(await warnings(files, 'cloudflare')).toEqual([
      expect.stringContaining('the address that a visitor makes up'),
    ]);
    expect(await warnings(files)).toEqual([]);
  });
});
