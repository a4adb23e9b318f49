/**
 * The one source of the answers: their types, their validation (`validate.ts`) and the published
 * JSON Schema (`build/build.ts`) are all derived from what stands here.
 */
import * as v from 'valibot';
import { appName, command, folder, healthPath, moduleApp, packageManager, projectName, scriptName } from './names.ts';

const port = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1024, 'must be 1024 or more: the app runs without root'),
  v.maxValue(65535, 'must be 65535 or less'),
  v.description(
    'The port that the app listens on inside its container; published on the loopback interface of the host.',
  ),
);

const health = v.pipe(
  v.union([v.literal('none'), healthPath]),
  v.description('The route that answers 200 when the app is ready, or none: then only the open port is checked.'),
);

const appFolder = v.pipe(folder, v.description('The folder of the app, from the root of the repo.'));

const uses = v.pipe(
  v.array(v.picklist(['postgres', 'redis'])),
  v.description('The externals of this stack that the app is connected to; one that the stack lacks does not count.'),
);

export const nodeFrameworks = ['express', 'fastify', 'hono', 'nest', 'next', 'none'] as const;
export const nodeVersions = [22, 24, 26] as const;
export const pythonVersions = ['3.12', '3.13', '3.14'] as const;
export const pythonPackageManagers = ['uv', 'poetry', 'pipenv', 'pip'] as const;
export const databaseSchemes = ['postgresql', 'postgresql+asyncpg', 'postgresql+psycopg'] as const;
export const postgresVersions = [16, 17, 18] as const;
export const redisVersions = [7, 8] as const;

/** A Node app: one process, role `web`. */
export const nodeApp = v.strictObject({
  stack: v.pipe(v.literal('node'), v.description('A Node app.')),
  path: appFolder,
  framework: v.pipe(v.picklist(nodeFrameworks), v.description('The web framework.')),
  packageManager: v.pipe(
    packageManager,
    v.description('npm, pnpm, yarn or bun, with the version to install: pnpm@10.12.1'),
  ),
  frozen: v.pipe(v.boolean(), v.description('Whether a lockfile exists, so that installs are exact.')),
  workspace: v.optional(
    v.pipe(
      v.strictObject({
        path: v.pipe(folder, v.description('The root of the workspace.')),
        packages: v.pipe(v.array(folder), v.description('Folders of all packages of the workspace, from its root.')),
      }),
      v.description('The workspace root that holds the lockfile, when the app is a member of one.'),
    ),
  ),
  version: v.pipe(v.picklist(nodeVersions), v.description('The Node.js major version.')),
  build: v.pipe(
    v.union([v.literal('none'), scriptName]),
    v.description('The package.json script that builds for production, or none.'),
  ),
  start: v.pipe(command, v.description('The production command, without a package manager in front.')),
  dev: v.pipe(
    v.union([v.literal('none'), command]),
    v.description('The development command, which reloads on a change; with none, an edit rebuilds the image.'),
  ),
  scripts: v.pipe(
    v.boolean(),
    v.description(
      'Whether package.json has install-time scripts of its own (prepare, postinstall), which need the sources.',
    ),
  ),
  port,
  health,
  uses,
});

/** A FastAPI app: roles `web` and, with alembic, `migrate`. */
export const fastapiApp = v.strictObject({
  stack: v.pipe(v.literal('fastapi'), v.description('A FastAPI app.')),
  path: appFolder,
  packageManager: v.pipe(v.picklist(pythonPackageManagers), v.description('What installs the dependencies.')),
  frozen: v.pipe(v.boolean(), v.description('Whether a lockfile exists, so that installs are exact.')),
  requirements: v.optional(v.pipe(folder, v.description('The requirements file of pip, from the app folder.'))),
  version: v.pipe(v.picklist(pythonVersions), v.description('The Python version.')),
  app: v.pipe(moduleApp, v.description('Where the application object is: module:attribute.')),
  appDir: v.pipe(
    folder,
    v.description('The folder that imports start from: src in a src layout, else the app folder.'),
  ),
  migrate: v.pipe(v.picklist(['alembic', 'none']), v.description('What migrates the database before the app starts.')),
  databaseScheme: v.pipe(
    v.picklist(databaseSchemes),
    v.description('The scheme of DATABASE_URL that the driver of the app expects.'),
  ),
  port,
  health,
  uses,
});

export const app = v.variant('stack', [nodeApp, fastapiApp]);

export const postgres = v.strictObject({
  mode: v.pipe(v.literal('bundled'), v.description('bundled: a container of this stack.')),
  version: v.pipe(v.picklist(postgresVersions), v.description('The PostgreSQL major version.')),
});

export const redis = v.strictObject({
  mode: v.pipe(v.literal('bundled'), v.description('bundled: a container of this stack.')),
  version: v.pipe(v.picklist(redisVersions), v.description('The Redis major version.')),
});

/** The complete answers: what `prodstack.yaml` holds after a run. */
export const answers = v.strictObject({
  prodstack: v.pipe(v.literal(1), v.description('The version of this file format.')),
  name: v.pipe(projectName, v.description('The name of the Compose project.')),
  composeFile: v.optional(
    v.pipe(
      v.picklist(['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']),
      v.description('The name of the base compose file, where it is not compose.yaml.'),
    ),
  ),
  apps: v.pipe(
    v.record(appName, app),
    v.minEntries(1, 'must be a map with at least one app'),
    v.description('The apps, by name.'),
  ),
  postgres: v.optional(postgres),
  redis: v.optional(redis),
});

export type Answers = v.InferOutput<typeof answers>;
export type NodeApp = v.InferOutput<typeof nodeApp>;
export type FastapiApp = v.InferOutput<typeof fastapiApp>;
export type App = NodeApp | FastapiApp;
