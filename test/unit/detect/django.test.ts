import { describe, expect, it } from 'vitest';
import { detectIn, django, lineOf, pythonIn, valuesOf } from './repo.ts';

describe('a Django app', () => {
  it('is found with its settings, its server and what its settings read', async () => {
    const files = django({}, 'DEBUG = os.environ.get("DEBUG") == "True"\n');
    const app = await pythonIn(files);
    expect(valuesOf(app)).toEqual({
      path: '.',
      framework: 'django',
      packageManager: 'pip',
      frozen: true,
      requirements: 'requirements.txt',
      server: 'gunicorn',
      app: 'shop.wsgi:application',
      appDir: '.',
      settings: 'shop.settings',
      debug: { variable: 'DEBUG', value: 'True' },
      hosts: { allowed: 'HOSTS', separator: 'comma' },
      migrate: 'django',
      databaseScheme: 'postgresql',
      health: '/healthz/',
      secrets: ['SECRET_KEY'],
    });
    expect(app.warnings).toEqual([]);
    expect(lineOf(files, app.found.hosts)).toBe('ALLOWED_HOSTS = os.environ.get("HOSTS", "").split(",")');
    expect(lineOf(files, app.found.secrets)).toBe('SECRET_KEY = os.environ["SECRET_KEY"]');
  });

  it('below the folder of its manifest has commands of its own folder', async () => {
    const { 'manage.py': manage = '', ...rest } = django();
    const moved = Object.fromEntries(
      Object.entries({ ...rest, 'manage.py': manage }).map(([path, text]) => [
        path === 'requirements.txt' ? path : `src/${path}`,
        text,
      ]),
    );
    const { found } = await pythonIn(moved);
    expect([found.appDir?.value, found.app?.value, found.settings?.value]).toEqual([
      'src',
      'shop.wsgi:application',
      'shop.settings',
    ]);
  });

  it('has one settings module for production and one for development', async () => {
    const { found } = await pythonIn(
      django({
        'shop/settings.py': '',
        'shop/settings/__init__.py': '',
        'shop/settings/base.py': 'import os\nSECRET_KEY = os.environ["KEY_SECRET"]\n',
        'shop/settings/local.py': 'from .base import *\n',
        'shop/settings/production.py':
          'from .base import *\nimport os\nALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split()\n',
        'manage.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.local")\n',
      }),
    );
    expect(found.settings?.value).toBe('shop.settings.production');
    expect(found.devSettings?.value).toBe('shop.settings.local');
    expect(found.hosts?.value).toEqual({ allowed: 'ALLOWED_HOSTS', separator: 'space' });
    expect(found.secrets?.value).toEqual(['KEY_SECRET']);
  });

  it.each([
    ['uvicorn with channels', 'channels\nuvicorn\ngunicorn\n', 'uvicorn', 'shop.asgi:application'],
    ['daphne', 'daphne\n', 'daphne', 'shop.asgi:application'],
    ['uvicorn alone', 'uvicorn\n', 'uvicorn', 'shop.asgi:application'],
    ['uvicorn beside gunicorn, without websockets', 'gunicorn\nuvicorn\n', 'gunicorn', 'shop.wsgi:application'],
    ['nothing', '', undefined, 'shop.wsgi:application'],
  ])('is served by what is installed: %s', async (_, packages, server, app) => {
    const { found } = await pythonIn(
      django({ 'requirements.txt': `Django\n${packages}`, 'shop/asgi.py': 'application = x()\n' }),
    );
    expect([found.server?.value, found.app?.value]).toEqual([server, app]);
  });

  it.each([
    ['os.environ["EMAIL_HOST"]', ['EMAIL_HOST']],
    ['os.environ.get("EMAIL_HOST")', undefined],
    ['os.getenv("EMAIL_HOST", "x")', undefined],
    ['env("EMAIL_HOST")', ['EMAIL_HOST']],
    ['env("EMAIL_HOST", default="x")', undefined],
    ['env.str("EMAIL_HOST", "x")', undefined],
    ['config("EMAIL_HOST")', ['EMAIL_HOST']],
    ['config("EMAIL_HOST", cast=int)', ['EMAIL_HOST']],
    ['config("EMAIL_HOST", default="x", cast=str)', undefined],
    ['# os.environ["EMAIL_HOST"]', undefined],
  ])('is told of settings that it insists on: %s', async (read, names) => {
    const { found, warnings } = await pythonIn(django({}, `EMAIL_HOST = ${read}\n`));
    expect(found.buildSettings?.value).toEqual(names);
    expect(warnings).toEqual(
      names ? ['shop/settings.py:5: the settings insist on EMAIL_HOST: put it into the env file of the app'] : [],
    );
  });

  it('gets its database in the parts that it reads', async () => {
    const parts = ['DB_HOST', 'DB_PORT', 'DB_NAME', 'DB_USER', 'DB_PASSWORD'];
    const { found } = await pythonIn(
      django({}, `DATABASES = {"default": {${parts.map((name) => `"${name}": os.environ["${name}"]`).join(', ')}}}\n`),
    );
    expect(found.variables?.value).toEqual({
      DB_HOST: 'postgres.host',
      DB_PORT: 'postgres.port',
      DB_NAME: 'postgres.name',
      DB_USER: 'postgres.user',
      DB_PASSWORD: 'postgres.password',
    });
  });

  it('keeps the secrets of other services for their owners', async () => {
    const { found } = await pythonIn(
      django(
        {},
        'STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY")\nAWS = os.environ.get("AWS_SECRET_ACCESS_KEY")\n',
      ),
    );
    expect(found.secrets?.value).toEqual(['SECRET_KEY']);
  });

  it('is asked by a name that it knows', async () => {
    const { found, warnings } = await pythonIn(
      django({ 'shop/settings.py': 'ALLOWED_HOSTS = [\n    ".example.com",\n    "localhost",\n]\n' }),
    );
    expect(found.healthHost).toEqual({ value: 'example.com', evidence: { file: 'shop/settings.py', line: 1 } });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['ALLOWED_HOSTS = []\n', 'shop/settings.py:1: ALLOWED_HOSTS is empty'],
    [
      'ALLOWED_HOSTS = ["*"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n',
      'shop/settings.py:2: SQLite',
    ],
    ['ALLOWED_HOSTS = ["*"]\nMEDIA_ROOT = "/srv/media"\n', 'shop/settings.py:2: MEDIA_ROOT lies outside'],
    ['ALLOWED_HOSTS = ["*"]\nDEBUG = True\n', 'shop/settings.py:2: DEBUG is on in production'],
    [
      `ALLOWED_HOSTS = ["*"]\nSECRET_KEY = "django-insecure-1"\n`,
      'shop/settings.py:2: SECRET_KEY stands in the sources',
    ],
    ['ALLOWED_HOSTS = ["*"]\nINSTALLED_APPS = ["django.contrib.staticfiles"]\n', 'No static file is served'],
  ])('is warned of what cannot work: %j', async (settings, warning) => {
    const { warnings } = await pythonIn(django({ 'shop/settings.py': settings }));
    expect(warnings.join('\n')).toContain(warning);
  });

  it('has its static files gathered and its uploads kept', async () => {
    const settings =
      'from pathlib import Path\nBASE_DIR = Path(__file__).parent.parent\nALLOWED_HOSTS = ["*"]\nINSTALLED_APPS = ["django.contrib.staticfiles"]\nMIDDLEWARE = ["whitenoise.middleware.WhiteNoiseMiddleware"]\nSTATIC_ROOT = BASE_DIR / "static"\nMEDIA_ROOT = BASE_DIR / "uploads"\n';
    const { found, warnings } = await pythonIn(
      django({ 'shop/settings.py': settings, 'requirements.txt': 'django==5\ngunicorn==23\nwhitenoise==6\n' }),
    );
    expect(found.collectStatic?.value).toBe(true);
    expect(found.media?.value).toBe('uploads');
    expect(warnings).toEqual([expect.stringContaining('Django serves none of them')]);
  });

  it('is not a reusable app for Django', async () => {
    const { apps } = await detectIn({
      'pyproject.toml': '[project]\nname = "django-shop"\ndependencies = ["django"]\n',
      'shop/models.py': 'from django.db import models\n',
    });
    expect(apps).toEqual([]);
  });
});
