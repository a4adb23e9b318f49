import { describe, expect, it } from 'vitest';
import { express, type Files, lineOf, nodeIn } from './repo.ts';

const app = 'const app = express();\n';

/** The health route of an app with this server.js, and the line that it was found in. */
async function healthOf(files: Files): Promise<[string | undefined, string]> {
  const { found } = await nodeIn(files);
  return [found.health?.value, lineOf(files, found.health)];
}

const server = (text: string, files: Files = {}) => express({}, { 'server.js': text, ...files });

describe('the health route of a Node app', () => {
  it.each([
    [`${app}app.get('/health', ok);`, '/health'],
    [`${app}app.get("/healthz", ok);`, '/healthz'],
    [`${app}app.get(\`/api/health\`, ok);`, '/api/health'],
    [`${app}app\n  .get('/readyz', ok);`, '/readyz'],
    [`${app}app.route('/up').get(ok);`, '/up'],
    ["const fastify = require('fastify')({ logger: true });\nfastify.get('/livez', ok);", '/livez'],
    ["const server = Fastify();\nserver.route({ method: 'GET', url: '/health', handler });", '/health'],
    ["const server = Fastify();\nserver.route({ method: ['GET', 'HEAD'], url: '/status', handler });", '/status'],
    ["const app = new Hono<Env>();\napp.get('/ping', (c) => c.text('pong'));", '/ping'],
    ["const app = new Hono().basePath('/api');\napp.get('/health', ok);", '/api/health'],
    [`${app}app.get('/v2/health-check/', ok);`, '/v2/health-check/'],
  ])('is found in %s', async (text, route) => {
    const [value, line] = await healthOf(server(text));
    expect(value).toBe(route);
    expect(line).toMatch(/get|route/);
  });

  it('is the best known one of several', async () => {
    const text = `${app}app.get('/ping', ok);\napp.get('/api/v1/health', ok);\napp.get('/healthz', ok);\napp.get('/x/health', ok);`;
    expect(await healthOf(server(text))).toEqual(['/healthz', "app.get('/healthz', ok);"]);
  });

  it.each([
    [`${app}// app.get('/health', ok);`],
    [`${app}/*\napp.get('/health', ok);\n*/`],
    [`${app}log("app.get('/health', ok)");`],
    [`${app}app.post('/health', ok);`],
    [`${app}app.get('/users/health-insurance', ok);`],
    ["const axios = require('axios');\naxios.get('/health');"],
    ["import axios from 'axios';\naxios.get('/health');"],
    ["const cache = new Map();\ncache.get('/health');"],
    ["const api = createClient();\napi.get('/health');"],
    ["const router = express.Router();\nrouter.get('/health', ok);"],
    [
      "const fastify = Fastify();\nfastify.register(async (fastify) => {\n  fastify.get('/health', ok);\n}, { prefix: '/internal' });",
    ],
  ])('is not found in %s', async (text) => {
    expect(await healthOf(server(text))).toEqual([undefined, '']);
  });

  it('has the prefixes of routers in the same file', async () => {
    const text = `${app}const api = express.Router();\nconst v1 = Router();\nv1.get('/health', ok);\napi.use('/v1', auth, v1);\napp.use('/api', api);`;
    expect(await healthOf(server(text))).toEqual(['/api/v1/health', "v1.get('/health', ok);"]);
  });

  it.each([
    ['import', "import health from './routes/health.js';\n", 'health', 'export default router;'],
    ['named import', "import { router as health } from './routes/health';\n", 'health', 'export { router };'],
    ['require', "const health = require('./routes/health');\n", 'health', 'module.exports = router;'],
    ['require in place', '', "require('./routes/health')", 'module.exports = router;'],
    ['alias', "import health from '@/routes/health';\n", 'health', 'export default router;'],
  ])('has the prefix under which another file mounts its router (%s)', async (_, head, name, tail) => {
    const files = server(`${head}${app}app.use('/api', ${name});\n`, {
      'routes/health.js': `const router = express.Router();\nrouter.get('/health', ok);\n${tail}\n`,
    });
    expect(await healthOf(files)).toEqual(['/api/health', "router.get('/health', ok);"]);
  });

  it('is the root of a router that is mounted at /health', async () => {
    const files = server(`import { healthRouter } from './health';\n${app}app.use('/health', healthRouter);`, {
      'health.ts': "export const healthRouter: Router = express.Router();\nhealthRouter.get('/', ok);\n",
    });
    expect(await healthOf(files)).toEqual(['/health', "healthRouter.get('/', ok);"]);
  });

  it('is found on an app that another file makes', async () => {
    const files = server("import app from './app.js';\napp.listen(3000);", {
      'app.js': `${app}export default app;\n`,
      'routes.js': "import app from './app.js';\napp.get('/health', ok);\n",
    });
    expect((await healthOf(files))[0]).toBe('/health');
  });

  it('is found in a function that gets the app', async () => {
    const files = server(`${app}require('./routes')(app);`, {
      'routes/index.js': "module.exports = (server) => {\n  server.get('/health', ok);\n};\n",
    });
    expect((await healthOf(files))[0]).toBe('/health');
  });

  it('has the prefix of a Fastify plugin', async () => {
    const plugin = "export async function routes(fastify) {\n  fastify.get('/health', ok);\n}\n";
    const files = (options: string) =>
      server(`import { routes } from './routes.js';\nconst app = Fastify();\nawait app.register(routes${options});\n`, {
        'routes.js': plugin,
      });
    expect((await healthOf(files(',' + " { prefix: '/api' }")))[0]).toBe('/api/health');
    expect((await healthOf(files('')))[0]).toBe('/health');
    expect((await healthOf(files(', { prefix: config.prefix }')))[0]).toBeUndefined();
  });

  it('has the prefix of a Hono app in another', async () => {
    const files = server("import health from './health';\nconst app = new Hono();\napp.route('/api', health);", {
      'health.ts': "const health = new Hono();\nhealth.get('/health', ok);\nexport default health;\n",
    });
    expect((await healthOf(files))[0]).toBe('/api/health');
  });

  it.each([['app.use(config.prefix, health);'], ['app.use(`/${version}`, health);'], ["other.use('/api', health);"]])(
    'is not found where its prefix cannot be known: %s',
    async (mount) => {
      const files = server(`import health from './health';\n${app}${mount}`, {
        'health.js': "const router = express.Router();\nrouter.get('/health', ok);\nexport default router;\n",
      });
      expect((await healthOf(files))[0]).toBeUndefined();
    },
  );
});

describe('the health route of a Nest app', () => {
  const nest = (main: string, controller: string): Files => ({
    'package.json': { scripts: { build: 'nest build', start: 'nest start' }, dependencies: { '@nestjs/core': '11' } },
    'src/main.ts': main,
    'src/health.controller.ts': controller,
  });
  const controller =
    "@Controller('health')\nexport class HealthController {\n  @Get()\n  @HealthCheck()\n  check() {}\n}\n";

  it.each([
    ['', controller, '/health'],
    ["app.setGlobalPrefix('api');", controller, '/api/health'],
    ["app.setGlobalPrefix('/api/v1');", controller, '/api/v1/health'],
    ["app.setGlobalPrefix('api', { exclude: ['health'] });", controller, '/health'],
    ['app.setGlobalPrefix(prefix);', controller, undefined],
    ["// app.setGlobalPrefix('api');", controller, '/health'],
    ["app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });", controller, undefined],
    ['', "@Controller({ path: 'health' })\nclass A {\n  @Get('ready')\n  x() {}\n}\n", undefined],
    ['', "@Controller({ path: 'health', version: '1' })\nclass A {\n  @Get()\n  x() {}\n}\n", undefined],
    ['', "@Controller()\nclass A {\n  @Get('healthz')\n  x() {}\n}\n", '/healthz'],
    [
      '',
      "@Controller('users')\nclass A {\n  @Get()\n  x() {}\n}\n@Controller('ping')\nclass B {\n  @Get()\n  x() {}\n}\n",
      '/ping',
    ],
    ['', "@Controller('health')\nclass A {\n  @Post()\n  x() {}\n}\n", undefined],
  ])('with %j', async (main, text, route) => {
    const files = nest(main, text);
    const [value, line] = await healthOf(files);
    expect(value).toBe(route);
    if (route) expect(line).toMatch(/^@Get/);
  });
});

describe('the health route of a Next app', () => {
  const next = (files: Files): Files => ({
    'package.json': { scripts: { build: 'next build' }, dependencies: { next: '16' } },
    ...files,
  });
  const handler = "import x from 'y';\nexport async function GET() {\n  return Response.json({});\n}\n";

  it.each([
    ['app/api/health/route.ts', handler, '/api/health', 2],
    ['src/app/api/healthz/route.js', 'export const GET = () => new Response();', '/api/healthz', 1],
    ['app/(ops)/health/route.ts', handler, '/health', 2],
    ['pages/api/health.ts', '\nexport default function handler(req, res) {}\n', '/api/health', 2],
    ['src/pages/api/health/index.js', 'module.exports = (req, res) => {};', '/api/health', 1],
  ])('is %s', async (file, text, route, line) => {
    const { found } = await nodeIn(next({ [file]: text }));
    expect(found.health).toEqual({ value: route, evidence: { file, line } });
  });

  it.each([
    ['app/api/health/route.ts', 'export async function POST() {}'],
    ['app/[tenant]/health/route.ts', handler],
    ['app/api/health/page.tsx', handler],
    ['lib/api/health/route.ts', handler],
  ])('is not %s with %j', async (file, text) => {
    expect((await nodeIn(next({ [file]: text }))).found.health).toBeUndefined();
  });

  it('has the base path of the app, where that can be known', async () => {
    const files = (config: string) => next({ 'app/api/health/route.ts': handler, 'next.config.mjs': config });
    expect((await nodeIn(files("export default { basePath: '/shop' };"))).found.health?.value).toBe('/shop/api/health');
    expect((await nodeIn(files('export default { basePath: process.env.BASE };'))).found.health).toBeUndefined();
  });
});
