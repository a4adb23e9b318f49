/** The answers that apps of several stacks have in common. */
import * as v from 'valibot';
import { externalNames } from '../external-names.ts';
import {
  appName,
  buildVariable,
  command,
  cores,
  folder,
  healthPath,
  installFolder,
  memory,
  packageManager,
  roleName,
  scriptName,
  secretName,
  sentence,
  settingName,
  settingValue,
  source,
  variableName,
} from '../names.ts';

/** The Node.js majors that have an image and are not at their end of life. */
export const nodeVersions = [22, 24, 26] as const;

/** The schemes that database drivers know PostgreSQL by in a URL. */
export const databaseSchemes = ['postgresql', 'postgresql+asyncpg', 'postgresql+psycopg'] as const;

export const databaseScheme = v.pipe(
  v.picklist(databaseSchemes),
  v.description('The scheme of DATABASE_URL that the driver of the app expects.'),
);

/** What a Node app speaks to PostgreSQL with. */
export const databaseDrivers = ['pg', 'postgres', 'prisma'] as const;

export const port = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1024, 'must be 1024 or more: the app runs without root'),
  v.maxValue(65535, 'must be 65535 or less'),
  v.description(
    'The port that the app listens on inside its container; published on the loopback interface of the host.',
  ),
);

/** For apps that may be a worker or bot. */
export const portOrNone = v.pipe(
  v.union([v.literal('none'), port], 'must be a number, or none'),
  v.description(
    'The port that the app listens on inside its container, published on the loopback interface of the host; none: a worker or bot.',
  ),
);

/** Whether somebody can connect to an app: a worker or bot listens on no port. */
export function hasPort<A extends { readonly port: number | 'none' }>(app: A): app is A & { readonly port: number } {
  return app.port !== 'none';
}

export const health = v.pipe(
  v.union([v.literal('none'), healthPath]),
  v.description('The route that answers 200 when the app is ready, or none: then only the open port is checked.'),
);

export const path = v.pipe(folder, v.description('The folder of the app, from the root of the repo.'));

export const uses = v.pipe(
  v.array(v.union([v.picklist(externalNames), appName])),
  v.description(
    `What the app is connected to: externals (${externalNames.join(', ')}) and other apps of this stack, by name. It waits for them, and gets their address: DATABASE_URL, REDIS_URL, API_URL for an app named api. An external that the stack lacks does not count.`,
  ),
);

export const variables = v.optional(
  v.pipe(
    v.record(variableName, source),
    v.description(
      'More environment variables that are derived, by name: {DB_HOST: postgres.host, CELERY_BROKER_URL: redis.url, API_BASE: api.url}. Of postgres: url, host, port, name, user, password, directUrl; of redis and cache: url, host, port, password; of mqtt: url, host, port, user, password, ca; of storage: url, bucket, region, key, secret; of mail: url, host, port, user, password, from, tls; of an app: url, host, port.',
    ),
  ),
);

export const secrets = v.optional(
  v.pipe(
    v.array(secretName),
    v.description(
      'Variables that get a random value of their own, made once and kept in .env: [JWT_SECRET]. There they are named after the app: API_JWT_SECRET for an app named api.',
    ),
  ),
);

export const limits = v.optional(
  v.pipe(
    v.strictObject({
      cpus: v.optional(v.pipe(cores, v.description('Cores: "1.5".'))),
      memory: v.optional(v.pipe(memory, v.description('Memory, beyond which the kernel kills it: 512M.'))),
      reservation: v.optional(v.pipe(memory, v.description('Memory that the host keeps free for it: 128M.'))),
    }),
    v.description('Limits other than the default ones; .env can override them too.'),
  ),
);

export const makesTables = v.optional(
  v.pipe(
    v.boolean(),
    v.description(
      'Whether the app makes tables when it runs, beside those of its migrations, as pg-boss and graphile-worker do: its role may then make schemas and tables too. An app without migrations may anyway.',
    ),
  ),
);

/** Services around the app that it reports to, or lets people in by: variables of their own. */
export const integrationNames = ['sentry', 'opentelemetry', 'oidc'] as const;

export const integrations = v.optional(
  v.pipe(
    v.array(v.picklist(integrationNames)),
    v.description(
      'What the app reports to, or lets people in by: sentry, opentelemetry, oidc. Each brings the variables that its libraries read.',
    ),
  ),
);

export const environment = v.optional(
  v.pipe(
    v.record(
      settingName,
      v.strictObject({
        meaning: v.optional(v.pipe(sentence, v.description('What it is for, in the example env files.'))),
        default: v.optional(
          v.pipe(settingValue, v.description('The value that holds when nothing is set; without one it is required.')),
        ),
        development: v.optional(
          v.pipe(settingValue, v.description('The value in development, where that has another one.')),
        ),
        secret: v.optional(v.pipe(v.boolean(), v.description('Whether nobody may see it.'))),
      }),
    ),
    v.description(
      'Variables of the app itself, which .env holds under its name: {LOG_LEVEL: {default: info}} is API_LOG_LEVEL there for an app named api.',
    ),
  ),
);

export const seconds = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(86_400, 'must be 86400 (a day) or less'),
);

export const grace = v.pipe(
  seconds,
  v.description('Seconds that the job in progress gets to end after SIGTERM, before it is killed.'),
);

/** A role without a port, with a command of its own: a queue worker, a scheduler, a bot. */
export const worker = v.strictObject({
  start: v.pipe(command, v.description('The production command.')),
  dev: v.optional(
    v.pipe(
      v.union([v.literal('none'), command]),
      v.description('The development command; without one, the production command, restarted on an edit.'),
    ),
  ),
  grace: v.optional(grace),
  health: v.optional(
    v.pipe(
      command,
      v.description('A command that exits with 0 while the worker is well; none: Docker sees only that it runs.'),
    ),
  ),
  limits,
});

export const workers = v.optional(
  v.pipe(
    v.record(roleName, worker),
    v.description('Further processes of the app, from the same image: each becomes the service <app>-<name>.'),
  ),
);

/** Seconds for a worker that does not say. */
export const defaultGrace = 60;

/** The answers about a workspace that the app is a member of. */
export const workspace = v.optional(
  v.pipe(
    v.strictObject({
      path: v.pipe(folder, v.description('The root of the workspace.')),
      packages: v.pipe(v.array(folder), v.description('Folders of all packages of the workspace, from its root.')),
      needs: v.optional(
        v.pipe(
          v.array(folder),
          v.description(
            'Folders of the packages that the app is built on, from the root, in the order in which they are built; without it, all of the workspace.',
          ),
        ),
      ),
      folders: v.optional(
        v.pipe(
          v.array(folder),
          v.description('Further folders that the builds read, from the root: config, scripts. Only beside `needs`.'),
        ),
      ),
      turbo: v.optional(v.pipe(v.boolean(), v.description('Whether Turborepo runs the builds.'))),
    }),
    v.description('The workspace root that holds the lockfile, when the app is a member of one.'),
  ),
);

/** What stacks that are installed and built with Node have in common. */
export const nodeEntries = {
  packageManager: v.pipe(
    packageManager,
    v.description('npm, pnpm, yarn or bun, with the version to install: pnpm@10.12.1'),
  ),
  frozen: v.pipe(v.boolean(), v.description('Whether a lockfile exists, so that installs are exact.')),
  workspace,
  installFolders: v.optional(
    v.pipe(
      v.array(installFolder),
      v.description(
        'Folders that an install reads, from where the lockfile is: patches, .yarn/patches, .yarn/plugins.',
      ),
    ),
  ),
  version: v.pipe(v.picklist(nodeVersions), v.description('The Node.js major version.')),
  build: v.pipe(
    v.union([v.literal('none'), scriptName]),
    v.description('The package.json script that builds for production, or none.'),
  ),
  buildVariables: v.optional(
    v.pipe(
      v.array(buildVariable),
      v.description(
        'Variables that the build writes into the result, for browsers to see: NEXT_PUBLIC_..., VITE_.... Set in .env; a change needs a rebuild.',
      ),
    ),
  ),
};

/** Answers that say how the sources of a Node project are treated. */
export const sourceEntries = {
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
};

/** Answers that every app has whose processes are commands of its own: what runs beside it, what it reaches, what it is told. */
export const programEntries = {
  workers,
  uses,
  variables,
  secrets,
  makesTables,
  integrations,
  environment,
  limits,
};
