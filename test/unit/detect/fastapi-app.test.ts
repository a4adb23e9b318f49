import { describe, expect, it } from 'vitest';
import { type Files, fastapi, fastapiIn, lineOf } from './repo.ts';

const requirements = { 'requirements.txt': 'fastapi\nuvicorn\n' };
const direct = 'from fastapi import FastAPI\n\napp = FastAPI()\n';

async function appOf(files: Files): Promise<[string | undefined, string | undefined]> {
  const { found } = await fastapiIn({ ...requirements, ...files });
  return [found.app?.value, found.appDir?.value];
}

describe('the application object of a FastAPI app', () => {
  it.each([
    ['app = FastAPI()', 'app'],
    ['app: FastAPI = FastAPI(title="x")', 'app'],
    ['application = fastapi.FastAPI(\n    title="x",\n)', 'application'],
    ['api = FastAPI(', 'api'],
  ])('is found in %s', async (text, name) => {
    const files = { ...requirements, 'main.py': `import x\n\n${text}\n` };
    const { found } = await fastapiIn(files);
    expect(found.app).toEqual({ value: `main:${name}`, evidence: { file: 'main.py', line: 3 } });
    expect(found.appDir?.value).toBe('.');
  });

  it.each([
    ['a comment', '# app = FastAPI()\n'],
    ['a string', 'x = """\napp = FastAPI()\n"""\n'],
    ['a function', 'def test():\n    app = FastAPI()\n'],
  ])('is not found in %s', async (_, text) => {
    expect((await appOf({ 'main.py': text }))[0]).toBeUndefined();
  });

  it.each<[string, Files, string, string]>([
    ['a flat app', { 'main.py': direct }, 'main:app', '.'],
    ['a package', { 'app/main.py': direct, 'app/__init__.py': '' }, 'app.main:app', '.'],
    ['the file of a package', { 'shop/__init__.py': direct }, 'shop:app', '.'],
    [
      'a src layout',
      { 'src/shop/main.py': `from shop.db import x\n${direct}`, 'src/shop/db.py': '' },
      'shop.main:app',
      'src',
    ],
    ['a src layout without imports', { 'src/shop/main.py': direct }, 'shop.main:app', 'src'],
    ['a file in src', { 'src/main.py': `from db import x\n${direct}`, 'src/db.py': '' }, 'main:app', 'src'],
    [
      'src as a package',
      { 'src/main.py': direct, 'src/db.py': '', 'src/x.py': 'from src.db import y\n' },
      'src.main:app',
      '.',
    ],
    [
      'src as a package, by itself',
      { 'src/main.py': `from src import db\n${direct}`, 'src/db.py': '' },
      'src.main:app',
      '.',
    ],
    [
      'src with relative imports',
      { 'src/main.py': `from .db import x\n${direct}`, 'src/db.py': '' },
      'src.main:app',
      '.',
    ],
    [
      'a folder that imports start from',
      { 'app/main.py': `from api import x\n${direct}`, 'app/api.py': '' },
      'main:app',
      'app',
    ],
    [
      'a folder in between',
      { 'backend/app/main.py': `from app.db import x\n${direct}`, 'backend/app/db.py': '' },
      'app.main:app',
      'backend',
    ],
  ])('is named by the imports of %s', async (_, files, app, appDir) => {
    expect(await appOf(files)).toEqual([app, appDir]);
  });

  it.each<[string[], string]>([
    [['app/main.py', 'main.py'], 'main:app'],
    [['app/admin/main.py', 'app/main.py'], 'app.main:app'],
    [['asgi.py', 'server.py'], 'asgi:app'],
    [['app.py', 'server.py'], 'app:app'],
    [['a/b/service.py', 'a/web.py'], 'a.web:app'],
    [['tests/main.py', 'examples/main.py', 'docs/main.py', 'x/y/z.py', 'conftest.py', 'test_main.py'], 'x.y.z:app'],
  ])('of %j is that of %s', async (paths, app) => {
    expect((await appOf(Object.fromEntries(paths.map((path) => [path, direct]))))[0]).toBe(app);
  });

  it('is the one called app among several of a file', async () => {
    expect((await appOf({ 'main.py': 'admin = FastAPI()\napp = FastAPI()\n' }))[0]).toBe('main:app');
  });

  const factory = 'def create_app() -> FastAPI:\n    app = FastAPI()\n    return app\n';

  it.each<[string, Files, string]>([
    ['in the same file', { 'main.py': `${factory}\n\napp = create_app()\n` }, 'main:app'],
    [
      'in another file',
      {
        'app/factory.py': factory,
        'asgi.py': 'from app.factory import create_app\n\napplication: FastAPI = create_app()\n',
      },
      'asgi:application',
    ],
    [
      'through its module',
      { 'app/factory.py': factory, 'asgi.py': 'import app.factory\n\napi = app.factory.create_app()\n' },
      'asgi:api',
    ],
    [
      'without a type',
      { 'main.py': 'def build(x):\n    api = FastAPI()\n\n    return api\n\napp = build(1)\n' },
      'main:app',
    ],
  ])('may come from a factory %s', async (_, files, app) => {
    expect((await appOf(files))[0]).toBe(app);
  });

  it('is missed where there is only a factory', async () => {
    const { found, warnings } = await fastapiIn({ ...requirements, 'main.py': factory });
    expect(found.app).toBeUndefined();
    expect(warnings).toEqual([
      'main.py:1: create_app() makes the app, and an object is needed: add app = create_app()',
    ]);
  });

  it('is missed where there is none', async () => {
    const { found, warnings } = await fastapiIn({ ...requirements, 'main.py': 'print(1)\n' });
    expect(found.app).toBeUndefined();
    expect(warnings).toEqual(['No FastAPI application object was found in .: name it (module:attribute)']);
  });

  const several = { ...requirements, 'main.py': direct, 'app/web.py': direct };

  it.each([
    ['Dockerfile', 'FROM x\nCMD ["uvicorn", "app.web:app", "--host", "0.0.0.0"]\n', 2],
    ['Dockerfile', 'FROM x\nCMD gunicorn -k uvicorn.workers.UvicornWorker \\\n  -b :8080 app.web:app\n', 2],
    [
      'Dockerfile',
      'FROM x AS dev\nCMD uvicorn main:app --reload\nFROM x\nENTRYPOINT ["/venv/bin/uvicorn", "app.web:app"]\n',
      4,
    ],
    ['Dockerfile', 'FROM x\nCMD ["fastapi", "run", "app/web.py", "--port", "80"]\n', 2],
    ['Procfile', 'release: alembic upgrade head\nweb: uvicorn app.web:app --port $PORT\n', 2],
    ['pyproject.toml', '[tool.fastapi]\nentrypoint = "app.web:app"\n', 2],
  ])('is the one that %s starts', async (file, text, line) => {
    const { found } = await fastapiIn({ ...several, [file]: text });
    expect(found.app).toEqual({ value: 'app.web:app', evidence: { file, line } });
  });

  it('is not one that a stale Dockerfile names', async () => {
    const { found } = await fastapiIn({ ...several, Dockerfile: 'CMD ["uvicorn", "gone.main:app"]\n' });
    expect(found.app?.value).toBe('main:app');
  });

  it('is the object of a module whose factory a Dockerfile names', async () => {
    const files = {
      ...several,
      'app/web.py': `${factory}\napp = create_app()\n`,
      Dockerfile: 'CMD uvicorn app.web:create_app --factory\n',
    };
    expect((await fastapiIn(files)).found.app?.value).toBe('app.web:app');
  });
});

describe('the port of a FastAPI app', () => {
  it.each<[string, Files, number | undefined, number]>([
    [
      '--port in a Dockerfile',
      { Dockerfile: 'FROM x\nEXPOSE 9000\nCMD ["uvicorn", "main:app", "--port", "8001"]\n' },
      8001,
      3,
    ],
    ['EXPOSE in a Dockerfile', { Dockerfile: 'FROM x\nEXPOSE 9000\n' }, 9000, 2],
    ['--bind in a Dockerfile', { Dockerfile: 'CMD gunicorn -b 0.0.0.0:8080 main:app\n' }, 8080, 1],
    ['a Procfile', { Procfile: 'web: uvicorn main:app --port=8001\n' }, 8001, 1],
    [
      'uvicorn.run',
      {
        'main.py':
          'app = FastAPI()\nif __name__ == "__main__":\n    uvicorn.run(\n        "main:app",\n        port=8001,\n    )\n',
      },
      8001,
      3,
    ],
    ['uvicorn.run with a default', { 'run.py': 'uvicorn.run(app, port=int(os.getenv("PORT", "8001")))\n' }, 8001, 1],
  ])('is read from %s', async (_, files, port, line) => {
    const { found } = await fastapiIn(fastapi(files));
    expect(found.port?.value).toBe(port);
    expect(found.port?.evidence.line).toBe(line);
  });

  it.each<[string, Files]>([
    ['a variable', { Procfile: 'web: uvicorn main:app --port $PORT\n' }],
    ['a comment', { 'main.py': 'app = FastAPI()\n# uvicorn.run(app, port=8001)\n' }],
    ['a setting', { 'main.py': 'app = FastAPI()\nuvicorn.run(app, port=settings.port)\n' }],
  ])('is not read from %s', async (_, files) => {
    expect((await fastapiIn(fastapi(files))).found.port).toBeUndefined();
  });

  it('below 1024 is told and not taken', async () => {
    const { found, warnings } = await fastapiIn(fastapi({ Dockerfile: 'FROM x\nEXPOSE 80\n' }));
    expect(found.port).toBeUndefined();
    expect(warnings).toEqual([
      'Port 80 (Dockerfile:2) is open to root only, and the app runs without root: use 1024 or more',
    ]);
  });

  it('is not that of a Dockerfile at the root which starts something else', async () => {
    const files = {
      'api/requirements.txt': 'fastapi\nuvicorn\n',
      'api/main.py': direct,
      Dockerfile: 'EXPOSE 3000\nCMD node x\n',
    };
    expect((await fastapiIn(files)).found.port).toBeUndefined();
  });
});

describe('the health route of a FastAPI app', () => {
  async function healthOf(files: Files): Promise<[string | undefined, string]> {
    const all = { ...requirements, ...files };
    const { found } = await fastapiIn(all);
    return [found.health?.value, lineOf(all, found.health)];
  }
  const app = 'app = FastAPI()\n';

  it.each([
    ['@app.get("/health")', '/health'],
    ["@app.get('/healthz', include_in_schema=False)", '/healthz'],
    ['@app.get(path="/ping")', '/ping'],
    ['@app.get("/health", status_code=200)', '/health'],
    ['@app.get("/internal/health-check/")', '/internal/health-check/'],
    ['app.add_api_route("/health", health)', '/health'],
    ['app.add_api_route("/health", health, methods=["GET", "HEAD"])', '/health'],
  ])('is found in %s', async (line, route) => {
    expect(await healthOf({ 'main.py': `${app}\n${line}\n` })).toEqual([route, line]);
  });

  it.each([
    ['# @app.get("/health")'],
    ['"""\n@app.get("/health")\n"""'],
    ['@app.post("/health")'],
    ['client.get("/health")'],
    ['app.add_api_route("/health", health, methods=["POST"])'],
    ['router = APIRouter()\n\n\n@router.get("/health")'],
    ['@app.get(HEALTH)'],
  ])('is not found in %s', async (text) => {
    expect((await healthOf({ 'main.py': `${app}\n${text}\n` }))[0]).toBeUndefined();
  });

  it('is the best known one of several', async () => {
    const text = `${app}\n@app.get("/ping")\n@app.get("/api/v1/health")\n@app.get("/healthz")\n@app.get("/x/health")\n`;
    expect((await healthOf({ 'main.py': text }))[0]).toBe('/healthz');
  });

  it.each<[string, Files, string | undefined]>([
    [
      'its own',
      {
        'main.py': `${app}router = APIRouter(prefix="/api")\n@router.get("/health")\ndef h(): ...\napp.include_router(router)\n`,
      },
      '/api/health',
    ],
    [
      'of its inclusion',
      {
        'main.py': `${app}router = APIRouter()\n@router.get("/health")\ndef h(): ...\napp.include_router(router, tags=["x"], prefix="/api/v1")\n`,
      },
      '/api/v1/health',
    ],
    [
      'alone',
      {
        'main.py': `${app}router = APIRouter(prefix="/health")\n@router.get("")\ndef h(): ...\napp.include_router(router)\n`,
      },
      '/health',
    ],
    [
      'of an expression',
      {
        'main.py': `${app}router = APIRouter()\n@router.get("/health")\ndef h(): ...\napp.include_router(router, prefix=make())\n`,
      },
      undefined,
    ],
    [
      'of a module',
      {
        'app/main.py': `from app.routers import health\n${app}app.include_router(health.router, prefix="/api")\n`,
        'app/routers/health.py': 'router = APIRouter()\n@router.get("/health")\ndef h(): ...\n',
      },
      '/api/health',
    ],
    [
      'of a relative import',
      {
        'app/main.py': `from .routers.health import router as health_router\n${app}app.include_router(health_router)\n`,
        'app/routers/health.py': 'router = APIRouter(prefix="/api")\n@router.get("/health")\ndef h(): ...\n',
      },
      '/api/health',
    ],
    [
      'of a re-export',
      {
        'app/main.py': `from app.routers import health_router\n${app}app.include_router(health_router)\n`,
        'app/routers/__init__.py': 'from .health import router as health_router\n',
        'app/routers/health.py': 'router = APIRouter()\n@router.get("/health")\ndef h(): ...\n',
      },
      '/health',
    ],
    [
      'of a whole module',
      {
        'app/main.py': `import app.routers.health\n${app}app.include_router(app.routers.health.router)\n`,
        'app/routers/health.py': 'router = APIRouter()\n@router.get("/health")\ndef h(): ...\n',
      },
      '/health',
    ],
    [
      'that is a constant',
      {
        'main.py': `${app}PREFIX = "/api/v1"\nrouter = APIRouter()\n@router.get("/health")\ndef h(): ...\napp.include_router(router, prefix=PREFIX)\n`,
      },
      '/api/v1/health',
    ],
    [
      'that is a constant in an f-string',
      {
        'config.py': 'class Settings:\n    API: str = "/api"\n',
        'main.py': `${app}router = APIRouter()\n@router.get("/health")\ndef h(): ...\napp.include_router(router, prefix=f"{settings.API}/v1")\n`,
      },
      '/api/v1/health',
    ],
    [
      'that is set twice',
      {
        'a.py': 'API = "/a"\n',
        'b.py': 'API = "/b"\n',
        'main.py': `${app}router = APIRouter()\n@router.get("/health")\ndef h(): ...\napp.include_router(router, prefix=API)\n`,
      },
      undefined,
    ],
    [
      'of a router that nobody includes',
      { 'main.py': app, 'old.py': 'router = APIRouter()\n@router.get("/health")\ndef h(): ...\n' },
      undefined,
    ],
    [
      'of an app in the app',
      { 'main.py': `${app}`, 'admin.py': 'admin = FastAPI()\n@admin.get("/health")\ndef h(): ...\n' },
      undefined,
    ],
    [
      'through a factory',
      {
        'main.py': 'from f import create_app\napp = create_app()\n',
        'f.py':
          'def create_app():\n    app = FastAPI()\n\n    @app.get("/health")\n    def h(): ...\n\n    return app\n',
      },
      '/health',
    ],
  ])('with a prefix %s', async (_, files, route) => {
    expect((await healthOf(files))[0]).toBe(route);
  });
});
