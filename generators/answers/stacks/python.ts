/** FastAPI has a stack of its own name; Django, Flask and plain Python programs are `python`. */
import * as v from 'valibot';
import { command, debianPackage, folder, moduleApp, moduleAppOrFactory, moduleName } from '../names.ts';
import { databaseScheme, health, limits, path, port, secrets, uses, variables, workers } from './common.ts';
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
  workers,
  uses,
  variables,
  secrets,
  limits,
});

export const pythonFrameworks = ['django', 'flask', 'none'] as const;

/** A Django or Flask app, or a program without a port: roles `web` or `worker`, `migrate` and any number of workers. */
export const pythonApp = v.strictObject({
  stack: v.pipe(v.literal('python'), v.description('A Django or Flask app, or a Python program without a port.')),
  path,
  framework: v.pipe(v.picklist(pythonFrameworks), v.description('django, flask, or none: a worker or bot.')),
  ...pythonEntries,
  interface: v.optional(
    v.pipe(v.picklist(['wsgi', 'asgi']), v.description('How the web server calls the app; wsgi without an answer.')),
  ),
  app: v.optional(
    v.pipe(
      moduleAppOrFactory,
      v.description('Where the application object or factory is: shop.wsgi:application, shop:create_app().'),
    ),
  ),
  start: v.optional(v.pipe(command, v.description('The production command of a program without a framework.'))),
  appDir,
  settings: v.optional(
    v.pipe(moduleName, v.description('The settings module of Django in production: shop.settings.production.')),
  ),
  collectStatic: v.optional(
    v.pipe(v.boolean(), v.description('Whether the build runs collectstatic, and WhiteNoise or nginx serves it.')),
  ),
  migrate: v.pipe(
    v.picklist(['django', 'alembic', 'flask', 'none']),
    v.description('What migrates the database before the app starts.'),
  ),
  databaseScheme,
  port: v.optional(port),
  health: v.optional(health),
  workers,
  uses,
  variables,
  secrets,
  limits,
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
  },
  askable: {
    framework: 'Framework (none: a program without a port)',
    version: 'Python version',
    packageManager: 'Package manager',
    app: 'Where the application object is (module:attribute)',
    start: 'Production command',
    port: 'Port to listen on',
    health: 'Health route (none: only check that the port is open)',
    migrate: 'Migrations',
  },
  starters: [],
};
