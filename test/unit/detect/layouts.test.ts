import { describe, expect, it } from 'vitest';
import { detectIn, type Files, valuesOf } from './repo.ts';

/** Whole repos as people have them, and everything that is found in each. */
interface Layout {
  readonly files: Files;
  readonly apps: Readonly<Record<string, object>>;
}

const npmLock = { lockfileVersion: 3, packages: { 'node_modules/next': {} } };
const pnpmLock = "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n";
const yarnBerry = '# This file is generated\n\n__metadata:\n  version: 8\n  cacheKey: 10c0\n';
const uvLock = 'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "fastapi"\n';
const nodeDefaults = { path: '.', frozen: true, build: 'none' };
const fastapiDefaults = { path: '.', frozen: true, appDir: '.' };

const layouts: Readonly<Record<string, Layout>> = {
  'express with npm': {
    files: {
      'package.json': {
        name: 'shop',
        engines: { node: '>=20' },
        scripts: { start: 'node src/server.js', dev: 'nodemon src/server.js', test: 'jest' },
        dependencies: { express: '^5.1.0', ioredis: '^5.0.0', pg: '^8.0.0' },
        devDependencies: { nodemon: '^3.0.0' },
      },
      'package-lock.json': npmLock,
      'src/server.js': "const app = require('./app');\nconst port = process.env.PORT || 4000;\napp.listen(port);\n",
      'src/app.js':
        "const express = require('express');\nconst app = express();\napp.use('/api', require('./routes'));\nmodule.exports = app;\n",
      'src/routes/index.js':
        "const router = require('express').Router();\nrouter.get('/health', (req, res) => res.json({}));\nmodule.exports = router;\n",
      'test/app.test.js': "request(app).get('/health');\n",
    },
    apps: {
      app: {
        ...nodeDefaults,
        framework: 'express',
        packageManager: 'npm',
        version: 24,
        start: 'node src/server.js',
        dev: 'npm run dev',
        port: 4000,
        health: '/api/health',
        uses: ['postgres', 'redis'],
      },
    },
  },
  'fastify in TypeScript with pnpm': {
    files: {
      'package.json': {
        name: '@acme/shop',
        type: 'module',
        packageManager:
          'pnpm@10.12.1+sha512.f0dda8580f0ee9481c5c79a1d927b9164f2c478e90992ad268bbb2465a736984391d6333d2c327913578b2804af33474ca554ba29c04a8b13060a717675ae3ac',
        scripts: {
          build: 'tsc -p tsconfig.build.json',
          start: 'node dist/main.js',
          dev: 'tsx watch src/main.ts',
          prepare: 'husky',
        },
        dependencies: { fastify: '^5.6.0', 'drizzle-orm': '^0.44.0', postgres: '^3.4.0' },
        devDependencies: { tsx: '^4.20.0', typescript: '^5.9.0' },
      },
      'pnpm-lock.yaml': pnpmLock,
      '.nvmrc': 'v22.11.0\n',
      'tsconfig.json': '{ "compilerOptions": { "strict": true, "noEmit": true } }',
      'tsconfig.build.json':
        '{ "extends": "./tsconfig.json", "compilerOptions": { "noEmit": false, "outDir": "dist", "rootDir": "src" } }',
      'src/main.ts':
        "import Fastify from 'fastify';\nimport { health } from './health.js';\nconst app = Fastify();\nawait app.register(health);\nawait app.listen({ host: '0.0.0.0', port: Number(process.env.PORT ?? 3000) });\n",
      'src/health.ts':
        "export const health: FastifyPluginAsync = async (app) => {\n  app.get('/healthz', async () => ({ ok: true }));\n};\n",
    },
    apps: {
      app: {
        ...nodeDefaults,
        framework: 'fastify',
        packageManager: 'pnpm@10.12.1',
        version: 22,
        build: 'build',
        start: 'node dist/main.js',
        dev: 'pnpm run dev',
        scripts: true,
        port: 3000,
        health: '/healthz',
        databaseDriver: 'postgres',
        uses: ['postgres'],
      },
    },
  },
  'hono on Bun': {
    files: {
      'package.json': {
        name: 'edge',
        scripts: { dev: 'bun run --hot src/index.ts', start: 'bun run src/index.ts' },
        dependencies: { hono: '^4.10.0' },
      },
      'bun.lock': '{\n  "lockfileVersion": 1,\n}\n',
      'src/index.ts':
        "import { Hono } from 'hono';\n\nconst app = new Hono();\napp.get('/health', (c) => c.text('ok'));\nexport default { port: 8787, fetch: app.fetch };\n",
    },
    apps: {
      app: {
        ...nodeDefaults,
        framework: 'hono',
        packageManager: 'bun@1',
        start: 'bun run src/index.ts',
        dev: 'bun run dev',
        port: 8787,
        health: '/health',
        uses: [],
      },
    },
  },
  'nest with yarn 1': {
    files: {
      'package.json': {
        name: 'api',
        scripts: {
          build: 'nest build',
          start: 'nest start',
          'start:dev': 'nest start --watch',
          'start:prod': 'node dist/main',
        },
        dependencies: {
          '@nestjs/core': '^11.0.0',
          '@nestjs/platform-express': '^11.0.0',
          '@nestjs/bullmq': '^11.0.0',
          typeorm: '^0.3.0',
          pg: '^8.0.0',
        },
        devDependencies: { '@nestjs/cli': '^11.0.0' },
      },
      'yarn.lock': '# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.\n# yarn lockfile v1\n\n',
      'tsconfig.json': { compilerOptions: { outDir: './dist', baseUrl: './' } },
      'tsconfig.build.json': { extends: './tsconfig.json', exclude: ['node_modules', 'test', 'dist', '**/*spec.ts'] },
      'src/main.ts':
        "async function bootstrap() {\n  const app = await NestFactory.create(AppModule);\n  app.setGlobalPrefix('api');\n  await app.listen(process.env.PORT ?? 3000);\n}\n",
      'src/health/health.controller.ts':
        "@Controller('health')\nexport class HealthController {\n  @Get()\n  check() {}\n}\n",
      'test/app.e2e-spec.ts': '',
    },
    apps: {
      app: {
        ...nodeDefaults,
        framework: 'nest',
        packageManager: 'yarn@1',
        build: 'build',
        start: 'node dist/main',
        dev: 'yarn run start:dev',
        port: 3000,
        health: '/api/health',
        uses: ['postgres', 'redis'],
      },
    },
  },
  'next with npm': {
    files: {
      'package.json': {
        name: 'site',
        scripts: {
          dev: 'next dev --turbopack',
          build: 'next build',
          start: 'next start -p 4000',
          postinstall: 'prisma generate',
        },
        dependencies: { next: '16.0.0', react: '19.0.0', '@prisma/client': '^6.0.0' },
      },
      'package-lock.json': npmLock,
      'next.config.ts': "export default { output: 'standalone' };\n",
      'app/api/health/route.ts': 'export function GET() {\n  return new Response();\n}\n',
      'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n}\n',
    },
    apps: {
      app: {
        ...nodeDefaults,
        framework: 'next',
        packageManager: 'npm',
        build: 'build',
        start: 'node server.js',
        standalone: true,
        dev: 'npm run dev',
        scripts: true,
        port: 4000,
        health: '/api/health',
        databaseDriver: 'prisma',
        uses: ['postgres'],
      },
    },
  },
  'a yarn berry workspace': {
    files: {
      'package.json': {
        name: 'root',
        private: true,
        packageManager: 'yarn@4.9.2',
        workspaces: { packages: ['services/*', 'libs/**'] },
        scripts: { start: 'yarn workspaces foreach -A run start' },
      },
      'yarn.lock': yarnBerry,
      '.node-version': '24\n',
      'services/billing/package.json': {
        name: '@acme/billing',
        scripts: { start: 'node index.mjs' },
        dependencies: { koa: '^3.0.0', '@acme/db': 'workspace:^' },
      },
      'services/billing/index.mjs': 'app.listen(7000);\n',
      'libs/db/package.json': { name: '@acme/db', main: 'index.js', dependencies: { pg: '^8.0.0' } },
      'libs/db/index.js': '',
    },
    apps: {
      billing: {
        ...nodeDefaults,
        path: 'services/billing',
        framework: 'none',
        packageManager: 'yarn@4.9.2',
        workspace: { path: '.', packages: ['libs/db', 'services/billing'], needs: ['libs/db'] },
        version: 24,
        start: 'node index.mjs',
        dev: 'node --watch index.mjs',
        port: 7000,
        uses: ['postgres'],
      },
    },
  },
  'a pnpm workspace with an API and a shared package': {
    files: {
      'package.json': {
        name: 'root',
        private: true,
        packageManager: 'pnpm@10.12.1',
        scripts: { build: 'turbo build', start: 'turbo start' },
        devDependencies: { turbo: '^2.0.0' },
      },
      'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/*\n',
      'pnpm-lock.yaml': pnpmLock,
      'apps/api/package.json': {
        name: '@acme/api',
        scripts: { build: 'tsc', start: 'node dist/index.js', dev: 'tsx watch src/index.ts' },
        dependencies: { express: '^5.0.0', '@acme/shared': 'workspace:*' },
        devDependencies: { tsx: '^4.0.0' },
      },
      'apps/api/tsconfig.json': { compilerOptions: { outDir: 'dist', rootDir: 'src' } },
      'apps/api/src/index.ts':
        "import express from 'express';\nconst app = express();\napp.get('/health', ok);\napp.listen(3100);\n",
      'packages/shared/package.json': { name: '@acme/shared', exports: './src/index.ts', scripts: { build: 'tsc' } },
      'packages/shared/src/index.ts': 'export const x = 1;\n',
    },
    apps: {
      api: {
        ...nodeDefaults,
        path: 'apps/api',
        framework: 'express',
        packageManager: 'pnpm@10.12.1',
        workspace: { path: '.', packages: ['apps/api', 'packages/shared'], needs: ['packages/shared'] },
        build: 'build',
        start: 'node dist/index.js',
        dev: 'pnpm run dev',
        port: 3100,
        health: '/health',
        uses: [],
      },
    },
  },
  'uv, flat': {
    files: {
      'pyproject.toml':
        '[project]\nname = "svc"\nrequires-python = ">=3.12"\ndependencies = ["fastapi[standard]>=0.120", "redis>=6"]\n',
      'uv.lock': uvLock,
      '.python-version': '3.12\n',
      'main.py':
        'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/health")\ndef health() -> dict[str, str]:\n    return {}\n',
    },
    apps: {
      app: {
        ...fastapiDefaults,
        packageManager: 'uv',
        version: '3.12',
        app: 'main:app',
        health: '/health',
        uses: ['redis'],
      },
    },
  },
  'uv with a src layout': {
    files: {
      'pyproject.toml':
        '[project]\nname = "shop"\nrequires-python = ">=3.12,<3.14"\ndependencies = [\n  "fastapi>=0.120",\n  "uvicorn>=0.30",\n  "sqlalchemy[asyncio]>=2",\n  "asyncpg>=0.30",\n  "alembic>=1.16",\n]\n\n[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n',
      'uv.lock': uvLock,
      'alembic.ini': '[alembic]\nscript_location = migrations\n',
      'src/shop/__init__.py': '',
      'src/shop/main.py':
        'from fastapi import FastAPI\nfrom shop.api import router\n\napp = FastAPI()\napp.include_router(router, prefix="/api")\n',
      'src/shop/api.py':
        'from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get("/healthz")\nasync def healthz(): ...\n',
      'tests/test_main.py': 'from shop.main import app\n',
    },
    apps: {
      app: {
        ...fastapiDefaults,
        packageManager: 'uv',
        version: '3.13',
        app: 'shop.main:app',
        appDir: 'src',
        migrate: 'alembic',
        databaseScheme: 'postgresql+asyncpg',
        health: '/api/healthz',
        uses: ['postgres'],
      },
    },
  },
  poetry: {
    files: {
      'pyproject.toml':
        '[tool.poetry]\nname = "shop"\nversion = "1.0.0"\n\n[tool.poetry.dependencies]\npython = "^3.12"\nfastapi = "^0.120"\nuvicorn = { extras = ["standard"], version = "^0.38" }\nsqlmodel = "^0.0.27"\npsycopg = { extras = ["binary"], version = "^3.2" }\n\n[tool.poetry.group.dev.dependencies]\npytest = "^8"\n',
      'poetry.lock': '# This file is automatically @generated by Poetry\n',
      'app/main.py':
        'from fastapi import FastAPI\n\n\ndef create_app() -> FastAPI:\n    application = FastAPI()\n    return application\n\n\napp = create_app()\n',
    },
    apps: {
      app: {
        ...fastapiDefaults,
        packageManager: 'poetry',
        version: '3.13',
        app: 'app.main:app',
        databaseScheme: 'postgresql+psycopg',
        uses: ['postgres'],
      },
    },
  },
  pipenv: {
    files: {
      Pipfile:
        '[packages]\nfastapi = {extras = ["standard"], version = "*"}\ncelery = {extras = ["redis"], version = "*"}\n\n[requires]\npython_version = "3.14"\n',
      'Pipfile.lock': { _meta: {}, default: {} },
      'api/server.py': 'import fastapi\n\napp = fastapi.FastAPI()\n',
    },
    apps: {
      app: { ...fastapiDefaults, packageManager: 'pipenv', version: '3.14', app: 'api.server:app', uses: ['redis'] },
    },
  },
  'pip, pinned': {
    files: {
      'requirements.txt':
        '#\n# This file is autogenerated by pip-compile\n#\nfastapi==0.120.1\n    # via -r requirements.in\nuvicorn==0.38.0\n',
      'requirements.in': 'fastapi\nuvicorn\n',
      'app/main.py': 'app = FastAPI()\n',
      Dockerfile:
        'FROM python:3.12\nCOPY . .\nEXPOSE 8080\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8080"]\n',
    },
    apps: {
      app: {
        ...fastapiDefaults,
        packageManager: 'pip',
        requirements: 'requirements.txt',
        app: 'app.main:app',
        port: 8080,
        uses: [],
      },
    },
  },
  'pip, not pinned': {
    files: {
      'requirements.txt': 'fastapi\nuvicorn[standard]>=0.30\npsycopg2-binary\n',
      'runtime.txt': 'python-3.12.4\n',
      Procfile: 'web: uvicorn main:app --host 0.0.0.0 --port $PORT\n',
      'main.py': 'app = FastAPI()\n',
    },
    apps: {
      app: {
        ...fastapiDefaults,
        frozen: false,
        packageManager: 'pip',
        requirements: 'requirements.txt',
        version: '3.12',
        app: 'main:app',
        databaseScheme: 'postgresql',
        uses: ['postgres'],
      },
    },
  },
  'backend and frontend like full-stack-fastapi-template': {
    files: {
      'backend/pyproject.toml':
        '[project]\nname = "app"\nrequires-python = ">=3.10,<4.0"\ndependencies = [\n    "fastapi[standard]<1.0.0,>=0.114.2",\n    "alembic<2.0.0,>=1.12.1",\n    "sqlmodel<1.0.0,>=0.0.21",\n    "psycopg[binary]<4.0.0,>=3.1.13",\n]\n',
      'backend/uv.lock': uvLock,
      'backend/alembic.ini': '[alembic]\n',
      'backend/app/core/config.py': 'class Settings(BaseSettings):\n    API_V1_STR: str = "/api/v1"\n',
      'backend/app/main.py':
        'from fastapi import FastAPI\n\nfrom app.api.main import api_router\nfrom app.core.config import settings\n\napp = FastAPI(\n    title=settings.PROJECT_NAME,\n    openapi_url=f"{settings.API_V1_STR}/openapi.json",\n)\n\napp.include_router(api_router, prefix=settings.API_V1_STR)\n',
      'backend/app/api/main.py':
        'from fastapi import APIRouter\n\nfrom app.api.routes import items, utils\n\napi_router = APIRouter()\napi_router.include_router(utils.router)\napi_router.include_router(items.router)\n',
      'backend/app/api/routes/utils.py':
        'router = APIRouter(prefix="/utils", tags=["utils"])\n\n\n@router.get("/health-check/")\nasync def health_check() -> bool:\n    return True\n',
      'backend/app/api/routes/items.py':
        'router = APIRouter(prefix="/items")\n\n\n@router.get("/")\ndef items(): ...\n',
      'backend/app/alembic/env.py': '',
      'frontend/package.json': {
        name: 'frontend',
        scripts: { dev: 'vite', build: 'tsc -b && vite build', preview: 'vite preview' },
        dependencies: { react: '^19.0.0' },
      },
      'frontend/package-lock.json': npmLock,
    },
    apps: {
      backend: {
        ...fastapiDefaults,
        path: 'backend',
        packageManager: 'uv',
        version: '3.13',
        app: 'app.main:app',
        migrate: 'alembic',
        databaseScheme: 'postgresql+psycopg',
        health: '/api/v1/utils/health-check/',
        uses: ['postgres'],
      },
    },
  },
  'a FastAPI backend and a Next dashboard': {
    files: {
      'backend/requirements/base.txt': 'fastapi==0.120.1\nuvicorn==0.38.0\n',
      'backend/requirements/prod.txt': '-r base.txt\nasyncpg==0.30.0\nsqlalchemy==2.0.44\n',
      'backend/app/main.py':
        'from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get("/ready")\ndef ready(): ...\n',
      'dashboard/package.json': {
        name: 'dashboard',
        scripts: { dev: 'next dev -p 3001', build: 'next build', start: 'next start' },
        dependencies: { next: '16.0.0' },
      },
      'dashboard/package-lock.json': npmLock,
      'dashboard/src/app/api/health/route.ts': 'export const GET = () => Response.json({});\n',
      'docker-compose.yml': 'services: {}\n',
    },
    apps: {
      backend: {
        ...fastapiDefaults,
        path: 'backend',
        packageManager: 'pip',
        requirements: 'requirements/prod.txt',
        app: 'app.main:app',
        databaseScheme: 'postgresql+asyncpg',
        health: '/ready',
        uses: ['postgres'],
      },
      dashboard: {
        ...nodeDefaults,
        path: 'dashboard',
        framework: 'next',
        packageManager: 'npm',
        build: 'build',
        start: 'node_modules/.bin/next start',
        dev: 'npm run dev',
        health: '/api/health',
        uses: [],
      },
    },
  },
};

describe('everything that is found in a repo is right for', () => {
  it.each(Object.entries(layouts))('%s', async (_, { files, apps }) => {
    const detected = await detectIn(files);
    const found = detected.apps.map((app) => [app.name, { ...valuesOf(app), uses: Object.keys(app.uses) }]);
    expect(Object.fromEntries(found)).toEqual(apps);
  });

  it('the layouts, with no more to say than what is true', async () => {
    const warnings = await Promise.all(
      Object.values(layouts).map(async ({ files }) => (await detectIn(files)).apps.flatMap((app) => app.warnings)),
    );
    expect(warnings.flat()).toEqual([
      'The start script (package.json:5) runs the app on Bun: the image has Node, so start it with node, or add bun to the dependencies',
      'prisma/schema.prisma has no migrations, so nothing makes its tables in production: make some (npx prisma migrate dev) and commit them, or set migrate',
      expect.stringMatching(/^dashboard\/next\.config\.mjs has no output: 'standalone'/),
    ]);
  });
});
