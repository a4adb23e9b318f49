/** FastAPI has a stack of its own name; Django, Flask and plain Python programs are `python`. */
import * as v from 'valibot';
import { hostName } from '../host-names.ts';
import { command, debianPackage, folder, moduleApp, moduleAppOrFactory, moduleName, variableName } from '../names.ts';
import { databaseScheme, grace, health, path, port, portOrNone, programEntries } from './common.ts';
import type { StackDefinition } from './definition.ts';

export const pythonVersions = ['3.12', '3.13', '3.14'] as const;
export const pythonPackageManagers = ['uv', 'poetry', 'pipenv', 'pip'] as const;

const pythonEntries = {
  packageManager: v.pipe(v.picklist(pythonPackageManagers), v.description('What installs the dependencies.')),
  frozen: v.pipe(v.boolean(), v.description('Whether a lockfile exists, so that installs are exact.')),
  requirements: v.optional(v.pipe(folder, v.description('The requirements file of pip, from the app folder.'))),
  version: v.pipe(v.picklist(pythonVersions), v.description('The Python version.')),
  systemPackages: v.optional(
    v.pipe(
      v.strictObject({
        build: v.optional(
          v.pipe(v.array(debianPackage), v.description('Only there while dependencies are installed: libpq-dev.')),
        ),
        run: v.optional(v.pipe(v.array(debianPackage), v.description('There when the app runs: libpq5.'))),
      }),
      v.description('Debian packages that dependencies need.'),
    ),
  ),
};

const appDir = v.pipe(
  folder,
  v.description('The folder that imports start from: src in a src layout, else the app folder.'),
);

/** A FastAPI app: roles `web`, `migrate` (with alembic) and any number of workers. */
export const fastapiApp = v.strictObject({
  stack: v.pipe(v.literal('fastapi'), v.description('A FastAPI app.')),
  path,
  ...pythonEntries,
  app: v.pipe(moduleApp, v.description('Where the application object is: module:attribute.')),
  appDir,
  migrate: v.pipe(v.picklist(['alembic', 'none']), v.description('What migrates the database before the app starts.')),
  databaseScheme,
  port,
  health,
  ...programEntries,
});

export const pythonFrameworks = ['django', 'flask', 'none'] as const;
export const pythonServers = ['gunicorn', 'uvicorn', 'daphne'] as const;

/** A Django or Flask app, or a program without a port: roles `web` or `worker`, `migrate` and any number of workers. */
export const pythonApp = v.strictObject({
  stack: v.pipe(v.literal('python'), v.description('A Django or Flask app, or a Python program without a port.')),
  path,
  framework: v.pipe(v.picklist(pythonFrameworks), v.description('django, flask, or none: a worker or bot.')),
  ...pythonEntries,
  server: v.optional(
    v.pipe(
      v.picklist(pythonServers),
      v.description('What serves it: gunicorn (WSGI, without an answer), uvicorn or daphne (ASGI).'),
    ),
  ),
  app: v.optional(
    v.pipe(
      moduleAppOrFactory,
      v.description('Where the application object or factory is: shop.wsgi:application, shop:create_app().'),
    ),
  ),
  start: v.optional(v.pipe(command, v.description('The production command of a program without a framework.'))),
  grace: v.optional(grace),
  healthCommand: v.optional(
    v.pipe(
      command,
      v.description('A command that exits with 0 while a program without a port is well; none: only that it runs.'),
    ),
  ),
  appDir,
  settings: v.optional(
    v.pipe(moduleName, v.description('The settings module of Django in production: shop.settings.production.')),
  ),
  devSettings: v.optional(
    v.pipe(moduleName, v.description('The settings module of Django in development, where it is another one.')),
  ),
  debug: v.optional(
    v.pipe(
      v.strictObject({
        variable: variableName,
        value: v.pipe(v.picklist(['True', 'true', '1']), v.description('What they take for yes.')),
      }),
      v.description('The variable that the settings of Django read DEBUG from: set in development only.'),
    ),
  ),
  hosts: v.optional(
    v.pipe(
      v.strictObject({
        allowed: v.pipe(variableName, v.description('The variable that ALLOWED_HOSTS is read from.')),
        origins: v.optional(
          v.pipe(variableName, v.description('The variable that CSRF_TRUSTED_ORIGINS is read from.')),
        ),
        separator: v.pipe(v.picklist(['comma', 'space']), v.description('What stands between several of them.')),
      }),
      v.description('Where the settings of Django have the host names from that they answer to.'),
    ),
  ),
  healthHost: v.optional(
    v.pipe(
      hostName,
      v.description('The Host header of the health check, for an app that knows fixed hosts only; else localhost.'),
    ),
  ),
  collectStatic: v.optional(
    v.pipe(v.boolean(), v.description('Whether the build of Django runs collectstatic, for WhiteNoise to serve.')),
  ),
  buildSettings: v.optional(
    v.pipe(
      v.array(variableName),
      v.description('More variables that the settings insist on: they get placeholders while collectstatic runs.'),
    ),
  ),
  media: v.optional(
    v.pipe(folder, v.description('The folder of uploaded files, from the app folder: it gets a volume.')),
  ),
  migrate: v.pipe(
    v.picklist(['django', 'alembic', 'flask', 'none']),
    v.description('What migrates the database before the app starts.'),
  ),
  databaseScheme,
  port: portOrNone,
  health,
  ...programEntries,
});

export type FastapiApp = v.InferOutput<typeof fastapiApp>;
export type PythonApp = v.InferOutput<typeof pythonApp>;

export const fastapi: StackDefinition = {
  title: 'FastAPI',
  runtime: 'Python',
  schema: fastapiApp,
  describedBy: ['app'],
  fallbacks: {
    packageManager: 'pip',
    frozen: false,
    version: '3.13',
    appDir: '.',
    migrate: 'none',
    databaseScheme: 'postgresql',
    port: 8000,
    health: 'none',
  },
  askable: {
    version: 'Python version',
    packageManager: 'Package manager',
    app: 'Where the FastAPI object is (module:attribute)',
    port: 'Port to listen on',
    health: 'Health route (none: only check that the port is open)',
    migrate: 'Migrations',
  },
  starters: [
    {
      title: 'FastAPI',
      template: 'fastapi',
      answers: {
        packageManager: 'uv',
        frozen: true,
        version: '3.13',
        app: 'app.main:app',
        appDir: '.',
        migrate: 'alembic',
        databaseScheme: 'postgresql+asyncpg',
        port: 8000,
        health: '/health',
        uses: ['postgres', 'redis'],
      },
    },
  ],
};

export const python: StackDefinition = {
  title: 'Python',
  runtime: 'Python',
  schema: pythonApp,
  describedBy: ['app', 'start'],
  fallbacks: {
    framework: 'none',
    packageManager: 'pip',
    frozen: false,
    version: '3.13',
    appDir: '.',
    migrate: 'none',
    databaseScheme: 'postgresql',
    health: 'none',
  },
  untold: ({ framework, port }) => (port === 'none' || (port === undefined && framework === 'none') ? ['health'] : []),
  late: ({ framework, port }) => {
    if (port !== undefined) return [];
    const reason = 'no port was found in the sources';
    return [{ key: 'port', value: framework === 'none' ? 'none' : 8000, reason }];
  },
  askable: {
    framework: 'Framework (none: a worker, a bot or another program)',
    version: 'Python version',
    packageManager: 'Package manager',
    app: 'Where the application object is (module:attribute)',
    start: 'Production command',
    port: 'Port to listen on (none: a worker or bot)',
    health: 'Health route (none: only check that the port is open)',
    migrate: 'Migrations',
  },
  has: (key, { framework, port }) => {
    if (key === 'start') return framework === 'none';
    if (key === 'app') return framework !== 'none';
    return key !== 'health' || port !== 'none';
  },
  starters: [
    {
      title: 'Django',
      template: 'django',
      answers: {
        framework: 'django',
        packageManager: 'uv',
        frozen: true,
        version: '3.13',
        server: 'gunicorn',
        app: 'config.wsgi:application',
        appDir: '.',
        settings: 'config.settings',
        debug: { variable: 'DJANGO_DEBUG', value: 'True' },
        hosts: { allowed: 'DJANGO_ALLOWED_HOSTS', origins: 'DJANGO_CSRF_TRUSTED_ORIGINS', separator: 'comma' },
        collectStatic: true,
        migrate: 'django',
        databaseScheme: 'postgresql',
        port: 8000,
        health: '/health',
        secrets: ['DJANGO_SECRET_KEY'],
        uses: ['postgres', 'redis'],
      },
    },
    {
      title: 'Flask',
      template: 'flask',
      answers: {
        framework: 'flask',
        packageManager: 'uv',
        frozen: true,
        version: '3.13',
        server: 'gunicorn',
        app: 'app:create_app()',
        appDir: '.',
        migrate: 'alembic',
        databaseScheme: 'postgresql+psycopg',
        port: 8000,
        health: '/health',
        secrets: ['SECRET_KEY'],
        uses: ['postgres', 'redis'],
      },
    },
  ],
};
