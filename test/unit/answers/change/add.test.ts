import { describe, expect, it } from 'vitest';
import { answersAfterAdd } from '../../../../generators/answers/change/add.ts';
import { answersAfterRemove } from '../../../../generators/answers/change/remove.ts';
import type { AddWords } from '../../../../generators/answers/change/types.ts';
import type { Sources } from '../../../../generators/answers/complete/types.ts';
import { complete } from '../../../../generators/answers/complete.ts';
import { merge, withoutNulls } from '../../../../generators/answers/map.ts';
import type { Values } from '../../../../generators/answers/stacks/definition.ts';
import { validate } from '../../../../generators/answers/validate.ts';
import { writeYaml } from '../../../../generators/compose/yaml.ts';
import { UserError } from '../../../../generators/errors.ts';
import { sourcesOf, type Tree } from '../../../support/plan.ts';

const node = {
  stack: 'node',
  path: 'api',
  framework: 'fastify',
  packageManager: 'npm',
  frozen: true,
  version: 24,
  build: 'none',
  start: 'node server.js',
  dev: 'none',
  scripts: false,
  port: 3000,
  health: '/health',
  uses: [],
};
const python = {
  packageManager: 'uv',
  frozen: true,
  version: '3.13',
  appDir: '.',
  databaseScheme: 'postgresql',
  port: 8000,
  health: '/health',
  uses: [],
};
const fastapi = { stack: 'fastapi', path: 'back', ...python, app: 'main:app', migrate: 'none' };
const django = {
  stack: 'python',
  path: 'back',
  ...python,
  framework: 'django',
  app: 'shop.wsgi:application',
  settings: 'shop.settings',
  migrate: 'django',
};
const laravel = {
  stack: 'laravel',
  path: 'shop',
  server: 'frankenphp',
  version: '8.4',
  extensions: [],
  frozen: true,
  migrate: 'artisan',
  port: 8080,
  health: '/up',
  uses: [],
};
const site = {
  stack: 'static',
  path: 'site',
  packageManager: 'npm',
  frozen: true,
  version: 24,
  build: 'build',
  dev: 'none',
  scripts: false,
  output: 'dist',
  fallback: true,
  devPort: 5173,
  port: 8081,
  health: '/healthz',
  uses: [],
};
const postgres = { mode: 'bundled', version: 18 };
const redis = { mode: 'bundled', engine: 'redis', version: 8 };

/** A repo with these answers, and files beside them. */
function treeOf(answers: Values, files: Tree = {}): Tree {
  return { ...files, 'prodstack.yaml': writeYaml({ prodstack: 1, name: 'shop', ...answers }) };
}

interface Added {
  readonly patch: Values;
  readonly notes: readonly string[];
  /** What prodstack.yaml says then. */
  readonly said: Values;
  readonly sources: Sources;
}

async function add(tree: Tree, words: string, options: { apps?: string[]; chosen?: unknown[] } = {}): Promise<Added> {
  const [block = '', name] = words.split(' ');
  const request: AddWords = { block, ...(options.apps && { apps: options.apps }), ...(name !== undefined && { name }) };
  const sources = await sourcesOf(tree, options.chosen ?? []);
  const { patch, notes, starting } = answersAfterAdd(sources, request);
  const said = withoutNulls(merge(sources.file, patch) as Values);
  // What is said then is all that is needed: nothing is left to whatever a default is by then.
  const after = complete({ ...sources, chosen: [patch], starting });
  validate(after.answers);
  return { patch, notes, said, sources };
}

async function errorOf(action: Promise<unknown>): Promise<UserError> {
  const error = await action.then(
    () => undefined,
    (one: unknown) => one,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('it did not fail');
  return error;
}

interface Case {
  readonly title: string;
  readonly answers: Values;
  readonly words: string;
  readonly apps?: string[];
  readonly chosen?: unknown[];
  /** What is laid over the answers. */
  readonly patch: Values;
  /** What takes it out again; its block without it. */
  readonly remove?: string;
}

const celery = { start: 'celery -A shop worker', grace: 300 };
const cases: readonly Case[] = [
  {
    title: 'a Redis for the one app',
    answers: { apps: { api: node } },
    words: 'redis',
    patch: { redis, apps: { api: { uses: ['redis'] } } },
  },
  {
    title: 'a Valkey, by its settings',
    answers: { apps: { api: fastapi } },
    words: 'redis',
    chosen: [{ redis: { engine: 'valkey', version: 8 } }],
    patch: { redis: { mode: 'bundled', engine: 'valkey', version: 8 }, apps: { api: { uses: ['redis'] } } },
  },
  {
    title: 'a managed database for two of three apps',
    answers: { apps: { api: node, back: fastapi, site } },
    words: 'postgres',
    apps: ['back', 'api'],
    chosen: [{ postgres: { mode: 'managed', provider: 'neon', version: 17 } }],
    patch: {
      postgres: { mode: 'managed', provider: 'neon', version: 17 },
      apps: { api: { uses: ['postgres'] }, back: { uses: ['postgres'] } },
    },
  },
  {
    title: 'a cache beside a Redis for queues',
    answers: { apps: { shop: { ...laravel, uses: ['postgres', 'redis'] } }, postgres, redis },
    words: 'cache',
    patch: { cache: { ...redis, keeps: 'cache' }, apps: { shop: { uses: ['postgres', 'redis', 'cache'] } } },
  },
  {
    title: 'a broker',
    answers: { apps: { back: django } },
    words: 'mqtt',
    patch: { mqtt: { mode: 'bundled' }, apps: { back: { uses: ['mqtt'] } } },
  },
  {
    title: 'object storage',
    answers: { apps: { back: django } },
    words: 'storage',
    chosen: [{ storage: { buckets: ['photos'] } }],
    patch: { storage: { mode: 'bundled', buckets: ['photos'] }, apps: { back: { uses: ['storage'] } } },
  },
  {
    title: 'a catcher of mails',
    answers: { apps: { shop: laravel } },
    words: 'mail',
    patch: { mail: { mode: 'catcher' }, apps: { shop: { uses: ['mail'] } } },
  },
  {
    title: 'a connection of one more app to a Redis that is there',
    answers: { apps: { api: { ...node, uses: ['redis'] }, back: fastapi }, redis },
    words: 'redis',
    apps: ['back'],
    patch: { apps: { back: { uses: ['redis'] } } },
    remove: '',
  },
  {
    title: 'a worker of a Node app',
    answers: { apps: { api: node, site } },
    words: 'worker mailer',
    chosen: [{ apps: { api: { workers: { mailer: { start: 'node mailer.js' } } } } }],
    patch: { apps: { api: { workers: { mailer: { start: 'node mailer.js' } } } } },
    remove: 'api-mailer',
  },
  {
    title: 'a second worker of a Node app',
    answers: { apps: { api: { ...node, workers: { worker: { start: 'node worker.js' } } } } },
    words: 'cron',
    chosen: [{ apps: { api: { workers: { cron: { start: 'node cron.js' } } } } }],
    patch: { apps: { api: { workers: { cron: { start: 'node cron.js' } } } } },
    remove: 'cron',
  },
  {
    title: 'Celery of a Django app',
    answers: { apps: { back: { ...django, uses: ['redis'] } }, redis },
    words: 'celery',
    chosen: [{ apps: { back: { workers: { worker: celery } } } }],
    patch: { apps: { back: { workers: { worker: celery } } } },
    remove: 'back-worker',
  },
  {
    title: 'a queue worker of Laravel',
    answers: { apps: { shop: laravel } },
    words: 'queue mails',
    chosen: [{ apps: { shop: { queues: { mails: { queues: ['mails'], tries: 5 } } } } }],
    patch: { apps: { shop: { queues: { mails: { queues: ['mails'], tries: 5 } } } } },
    remove: 'mails',
  },
  {
    title: 'a worker of Laravel, without a name',
    answers: { apps: { shop: laravel } },
    words: 'worker',
    patch: { apps: { shop: { queues: { queue: {} } } } },
    remove: 'queue',
  },
  {
    title: 'the scheduler of Laravel',
    answers: { apps: { shop: laravel, api: node } },
    words: 'scheduler',
    apps: ['shop'],
    patch: { apps: { shop: { scheduler: true } } },
  },
  {
    title: 'Horizon',
    answers: { apps: { shop: { ...laravel, uses: ['redis'] } }, redis },
    words: 'horizon',
    patch: { apps: { shop: { horizon: true } } },
  },
  {
    title: 'a websocket server, on a port that is free',
    answers: { apps: { shop: laravel, site } },
    words: 'websocket',
    patch: { apps: { shop: { reverb: { port: 8082 } } } },
    remove: 'shop-reverb',
  },
  {
    title: 'an edge',
    answers: { apps: { api: node } },
    words: 'caddy',
    apps: ['api'],
    chosen: [{ edge: { caddy: { hostnames: { api: 'api.example.com' } } } }],
    patch: { edge: { caddy: { hostnames: { api: 'api.example.com' } } } },
  },
  {
    title: 'a second host of an edge that is there',
    answers: { apps: { api: node, site }, edge: { caddy: { hostnames: { api: 'api.example.com' } } } },
    words: 'caddy',
    apps: ['site'],
    chosen: [{ edge: { caddy: { hostnames: { site: 'example.com' } } } }],
    patch: { edge: { caddy: { hostnames: { site: 'example.com' } } } },
    remove: '',
  },
  ...(['nginx', 'traefik', 'cloudflare', 'tailscale'] as const).map((kind) => ({
    title: `the edge ${kind}`,
    answers: { apps: { api: node } },
    words: kind,
    chosen: [{ edge: { [kind]: { hostnames: { api: kind === 'tailscale' ? 'shop' : 'api.example.com' } } } }],
    patch: { edge: { [kind]: { hostnames: { api: kind === 'tailscale' ? 'shop' : 'api.example.com' } } } },
  })),
  {
    title: 'backups',
    answers: { apps: { api: { ...node, uses: ['postgres'] } }, postgres },
    words: 'backup',
    chosen: [{ backup: { to: 's3' } }],
    patch: {
      backup: {
        engine: 'restic',
        to: 's3',
        at: '02:00',
        timezone: 'UTC',
        keep: { daily: 7, monthly: 12 },
        drill: 'weekly',
      },
    },
  },
  {
    title: 'backups, where none were wanted',
    answers: { apps: { api: { ...node, uses: ['postgres'] } }, postgres, backup: { engine: 'none' } },
    words: 'backup',
    chosen: [{ backup: { engine: 'files', drill: 'never' } }],
    patch: {
      backup: {
        engine: 'files',
        to: 'local',
        at: '02:00',
        timezone: 'UTC',
        keep: { daily: 7, monthly: 12 },
        drill: 'never',
      },
    },
    remove: '',
  },
  {
    title: 'a pooler',
    answers: { apps: { api: { ...node, uses: ['postgres'] } }, postgres },
    words: 'pooler',
    patch: { postgres: { pooler: 'pgbouncer' } },
  },
  {
    title: 'Sentry',
    answers: { apps: { api: node, site } },
    words: 'sentry',
    patch: { apps: { api: { integrations: ['sentry'] } } },
  },
  {
    title: 'OpenTelemetry beside Sentry, for two apps',
    answers: { apps: { api: { ...node, integrations: ['sentry'] }, back: fastapi } },
    words: 'opentelemetry',
    apps: ['api', 'back'],
    patch: { apps: { api: { integrations: ['sentry', 'opentelemetry'] }, back: { integrations: ['opentelemetry'] } } },
    remove: '',
  },
  {
    title: 'a target',
    answers: { apps: { api: node } },
    words: 'target small',
    patch: { targets: { small: {} } },
    remove: 'small',
  },
  {
    title: 'a target beside a list of them',
    answers: { apps: { api: node }, targets: ['selfhosted', 'small'] },
    words: 'target large',
    patch: { targets: { large: {}, selfhosted: {}, small: {} } },
    remove: '',
  },
  {
    title: 'a second target of another size',
    answers: { apps: { api: node }, targets: { selfhosted: {} } },
    words: 'target attic',
    chosen: [{ targets: { attic: { size: 'medium' } } }],
    patch: { targets: { attic: { size: 'medium' } } },
    remove: 'attic',
  },
];

describe('what prodstack.yaml says after add', () => {
  it.each(cases)('$title', async (one) => {
    const added = await add(treeOf(one.answers), one.words, one);
    expect(added.patch).toEqual(one.patch);
  });

  it.each(cases.filter(({ remove }) => remove !== ''))('and after remove it is as before: $title', async (one) => {
    const tree = treeOf(one.answers);
    const added = await add(tree, one.words, one);
    const again = await sourcesOf({ ...tree, 'prodstack.yaml': writeYaml(added.said) });
    const { patch } = answersAfterRemove(again, one.remove ?? one.words.split(' ')[0] ?? '');
    expect(withoutNulls(merge(added.said, patch) as Values)).toEqual(added.sources.file);
  });

  it.each(cases)('and the same again changes nothing: $title', async (one) => {
    const { said } = await add(treeOf(one.answers), one.words, one);
    const again = await add(treeOf(said), one.words, one);
    expect(again.patch).toEqual({});
    expect(again.notes).toEqual([]);
  });
});

describe('apps', () => {
  const worker = {
    'package.json': JSON.stringify({
      private: true,
      scripts: { start: 'node server.js', 'start:worker': 'node worker.js' },
      dependencies: { fastify: '5', ioredis: '5', bullmq: '5' },
    }),
    'package-lock.json': '{"lockfileVersion": 3}',
    'server.js': "require('fastify')().listen({ port: 3000 });\n",
    'worker.js': "new (require('bullmq').Worker)('mails', async () => {});\n",
  };
  const below = (folder: string, files: Tree): Tree =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));

  it('are connected where a client was found, when nobody says so', async () => {
    const files = below('api', worker);
    const { patch, notes } = await add(treeOf({ apps: { api: node, back: fastapi } }, files), 'redis');
    expect(patch).toEqual({ redis, apps: { api: { uses: ['redis'] } } });
    expect(notes).toEqual(['api knows where redis is.']);
  });

  it('get the variables that their code reads the address from', async () => {
    const files = {
      ...below('back', {
        'requirements.txt': 'fastapi\nredis\n',
        'main.py':
          'import os\nfrom fastapi import FastAPI\nimport redis\napp = FastAPI()\nr = redis.from_url(os.environ["CELERY_BROKER_URL"])\nc = os.environ["CACHE_URL"]\n',
        '.env.example': 'CELERY_BROKER_URL=redis://localhost:6379/0\nCACHE_URL=redis://localhost:6379/1\n',
      }),
    };
    const tree = treeOf({ apps: { back: fastapi } }, files);
    const { patch } = await add(tree, 'redis');
    const variables = { CELERY_BROKER_URL: 'redis.url', CACHE_URL: 'redis.url' };
    expect(patch).toEqual({ redis, apps: { back: { uses: ['redis'], variables } } });
    const cache = await add(tree, 'cache');
    expect(cache.patch).toMatchObject({ apps: { back: { variables: { CACHE_URL: 'cache.url' } } } });
  });

  it('get the worker that was found in their sources', async () => {
    const tree = treeOf({ apps: { api: { ...node, uses: ['redis'] } }, redis }, below('api', worker));
    const { patch } = await add(tree, 'worker');
    expect(patch).toMatchObject({ apps: { api: { workers: { worker: { start: 'node worker.js' } } } } });
  });

  it('that a repo has and its stack does not are added as they were found', async () => {
    const tree = treeOf({ apps: { back: fastapi }, redis }, below('web', worker));
    const { patch, notes } = await add(tree, 'app');
    expect(patch).toMatchObject({
      apps: { web: { stack: 'node', path: 'web', start: 'node server.js', uses: ['redis'] } },
    });
    expect(notes).toContain('apps.web.start: node server.js, from web/package.json:1');
    expect(notes).toContainEqual(expect.stringMatching(/^apps\.web\.health: none, assumed \(no health route/));
    const named = await add(tree, 'node front', { chosen: [{ apps: { front: { path: 'web' } } }] });
    expect(named.patch).toMatchObject({ apps: { front: { stack: 'node', path: 'web' } } });
  });

  it('are asked for by name where several were found', async () => {
    const tree = treeOf({ apps: { back: fastapi } }, { ...below('web', worker), ...below('bot', worker) });
    const error = await errorOf(add(tree, 'app'));
    expect(error.code).toBe('usage');
    expect(error.hint).toContain('create-prodstack add app bot (in bot)');
    expect((await add(tree, 'app bot')).patch).toMatchObject({ apps: { bot: { path: 'bot' } } });
  });

  it('that no answer names stay when one more is named', async () => {
    const files = {
      ...below('api', worker),
      'prodstack.yaml': 'prodstack: 1\nname: shop\napps:\n  api:\n    port: 4000\n',
    };
    const { said } = await add(files, 'static site');
    expect(said).toMatchObject({
      apps: { api: { stack: 'node', port: 4000 }, site: { stack: 'static', path: 'site' } },
    });
    const { 'prodstack.yaml': _file, ...rest } = files;
    const found = await add({ ...rest, 'prodstack.yaml': 'prodstack: 1\nname: shop\n' }, 'static site');
    expect(Object.keys(found.said['apps'] as Values)).toEqual(['site', 'api']);
  });

  it('are made from a starter in an empty folder, with what it needs', async () => {
    const { patch, notes } = await add(
      treeOf({ apps: { back: { ...fastapi, uses: ['postgres'] } }, postgres }),
      'django web',
      {
        chosen: [{ apps: { web: { port: 8100 } } }],
      },
    );
    expect(patch).toMatchObject({
      redis,
      apps: { web: { stack: 'python', framework: 'django', path: 'web', port: 8100, uses: ['postgres', 'redis'] } },
    });
    expect(Object.keys(patch['apps'] as Values)).toEqual(['web']);
    expect(notes).toEqual(['redis comes with it: the starter uses it.']);
    const worlds = { apps: { back: fastapi }, edge: { caddy: { hostnames: { back: 'back.acme.dev' } } } };
    const site = await add(treeOf(worlds), 'static site');
    expect(site.notes).toEqual([
      'No host leads to site yet: create-prodstack add caddy --for site --set edge.caddy.hostnames.site=site.example.com',
    ]);
  });

  it('are not made where something else is', async () => {
    const error = await errorOf(add(treeOf({ apps: { back: fastapi } }, { 'web/notes.txt': '' }), 'node web'));
    expect(error.message).toContain('No Node app was found in the folder web, and it is not empty');
  });
});

describe('databases', () => {
  it('are said to be saved by nothing, before there are backups', async () => {
    const { notes } = await add(treeOf({ apps: { api: node } }), 'postgres');
    expect(notes).toContain('Nothing saves the database yet: create-prodstack add backup.');
  });
});

describe('what cannot be added', () => {
  const stack = { apps: { api: node, back: fastapi, site }, postgres };
  it.each<[string, string, { apps?: string[]; chosen?: unknown[] }, string, string | undefined]>([
    ['a block that does not exist', 'rediss', {}, 'There is nothing called "rediss"', 'add redis.'],
    ['another one', 'kafka', {}, 'There is nothing called "kafka"', 'There are: postgres'],
    ['a word that every object has', 'constructor', {}, 'There is nothing called "constructor"', undefined],
    ['an app that does not exist', 'redis', { apps: ['apii'] }, 'There is no app "apii"', '--for api'],
    ['an app of no name', 'redis', { apps: ['__proto__'] }, 'There is no app "__proto__"', undefined],
    ['a connection of a site', 'redis', { apps: ['site'] }, 'site is a static site', undefined],
    ['an external for nobody in particular', 'redis', {}, 'Which apps use redis?', '--for api --for back'],
    ['an external by another name', 'redis sessions', { apps: ['api'] }, 'redis has no other name', undefined],
    [
      'a setting of something else',
      'redis',
      { apps: ['api'], chosen: [{ postgres: { version: 17 } }] },
      'postgres.version is no setting of redis',
      'update --set postgres.version=17',
    ],
    [
      'other settings of what is there',
      'postgres',
      { chosen: [{ postgres: { version: 17 } }] },
      'postgres is there already, and postgres.version is 18',
      'update --set postgres.version=17',
    ],
    ['a role of a stack that has none', 'worker', { apps: ['site'] }, 'site has no role worker', undefined],
    ['a role of another stack', 'horizon', { apps: ['api'] }, 'only those have horizon', undefined],
    ['a role that nobody can have', 'horizon', {}, 'No app of this stack can have the horizon', undefined],
    ['a role without its app', 'worker', {}, 'Which app is the worker for?', '--for api, --for back'],
    [
      'a role without its command',
      'worker',
      { apps: ['api'] },
      'What starts worker?',
      "--set apps.api.workers.worker.start='COMMAND'",
    ],
    [
      'a role with a hostile name',
      'worker $(id)',
      { apps: ['api'] },
      '"$(id)" cannot be the name of a role',
      undefined,
    ],
    [
      'a role with a name that no map can hold',
      'worker constructor',
      { apps: ['api'] },
      'no map of answers can hold',
      undefined,
    ],
    [
      'a role called like another',
      'worker migrate',
      { apps: ['api'] },
      'is the name of a role that exists already',
      undefined,
    ],
    [
      'an edge without hosts',
      'caddy',
      {},
      'Which host leads to api?',
      '--set edge.caddy.hostnames.api=api.example.com',
    ],
    [
      'an edge without a host of one app',
      'caddy',
      { apps: ['site'], chosen: [{ edge: { caddy: { hostnames: { api: 'a.example.com' } } } }] },
      'Which host leads to site?',
      undefined,
    ],
    ['a target without a name', 'target', {}, 'Which target?', 'add target small'],
    ['a target with a hostile name', 'target ../x', {}, '"../x" cannot be the name of a target', undefined],
    ['an app with a hostile name', 'node __proto__', {}, 'cannot be the name of an app', undefined],
    [
      'an app with the name of a service',
      'node postgres',
      {},
      'is the name of a service that a stack has or can get',
      undefined,
    ],
    [
      'an app that is there with another stack',
      'laravel api',
      {},
      'There is an app api already, with the stack node',
      undefined,
    ],
    ['an app that is not there', 'app', {}, 'No app was found here', 'add node NAME'],
    [
      'an app outside of the repo',
      'node web',
      { chosen: [{ apps: { web: { path: '../web' } } }] },
      'cannot be the folder of an app',
      undefined,
    ],
    ['an app of no stack', 'app web', {}, 'Which stack is web?', 'add node|fastapi'],
  ])('%s', async (_, words, options, message, hint) => {
    const error = await errorOf(add(treeOf(stack), words, options));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });

  it('a second edge', async () => {
    const tree = treeOf({ apps: { api: node }, edge: { caddy: { hostnames: { api: 'a.example.com' } } } });
    const error = await errorOf(
      add(tree, 'traefik', { chosen: [{ edge: { traefik: { hostnames: { api: 'a.example.com' } } } }] }),
    );
    expect(error.message).toContain('by caddy already');
    expect(error.hint).toContain('create-prodstack remove caddy');
  });

  it('a pooler without a database, or before a managed one', async () => {
    expect((await errorOf(add(treeOf({ apps: { api: node } }), 'pooler'))).hint).toContain('add postgres');
    const managed = { apps: { api: node }, postgres: { mode: 'managed', provider: 'neon', version: 17 } };
    expect((await errorOf(add(treeOf(managed), 'pgbouncer'))).hint).toContain('postgres.pooled=true');
  });

  it('anything to answers that are wrong already, which is said first', async () => {
    const error = await errorOf(add(treeOf({ apps: { api: { ...node, port: 80 } } }), 'redis'));
    expect(error.code).toBe('answers');
    expect(error.message).toContain('prodstack.yaml is wrong as it is: nothing was changed');
    expect(error.problems[0]?.path).toBe('apps.api.port');
  });
});
