import { describe, expect, it } from 'vitest';
import { answersAfterRemove, removableNames } from '../../../../generators/answers/change/remove.ts';
import { merge, withoutNulls } from '../../../../generators/answers/map.ts';
import type { Values } from '../../../../generators/answers/stacks/definition.ts';
import { validate } from '../../../../generators/answers/validate.ts';
import { writeYaml } from '../../../../generators/compose/yaml.ts';
import { UserError } from '../../../../generators/errors.ts';
import { sourcesOf } from '../../../support/plan.ts';

const stack = {
  prodstack: 1,
  name: 'shop',
  apps: {
    api: {
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
      workers: { worker: { start: 'node worker.js' } },
      uses: ['postgres', 'redis'],
      variables: { BROKER_URL: 'redis.url', DB_HOST: 'postgres.host' },
      integrations: ['sentry', 'oidc'],
    },
    shop: {
      stack: 'laravel',
      path: 'shop',
      server: 'frankenphp',
      version: '8.4',
      extensions: [],
      frozen: true,
      migrate: 'artisan',
      queues: { queue: {}, worker: {} },
      scheduler: true,
      reverb: { port: 8082 },
      port: 8080,
      health: '/up',
      uses: ['redis', 'api'],
      drivers: { queue: 'redis', session: 'database' },
      integrations: ['sentry'],
    },
    site: {
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
      proxy: { '/api': 'api', '/shop': { app: 'shop', strip: true } },
      devPort: 5173,
      port: 8081,
      health: '/healthz',
      uses: ['api', 'shop'],
    },
  },
  postgres: { mode: 'bundled', version: 18, pooler: 'pgbouncer' },
  redis: { mode: 'bundled', engine: 'redis', version: 8 },
  mqtt: { mode: 'bundled', users: { api: { publish: ['a'] }, device: { subscribe: ['a'] } } },
  edge: {
    caddy: { hostnames: { site: 'example.com', shop: 'shop.example.com', 'shop-reverb': 'ws.example.com' } },
  },
  targets: { small: {}, large: { redis: { mode: 'managed' } } },
};

async function remove(name: string, answers: unknown = stack) {
  const sources = await sourcesOf({ 'prodstack.yaml': writeYaml(answers) });
  const removal = answersAfterRemove(sources, name);
  const said = withoutNulls(merge(sources.file, removal.patch) as Values);
  return { ...removal, said, ties: removal.ties.map(({ path, text }) => `${path}: ${text}`) };
}

async function errorOf(action: Promise<unknown>): Promise<UserError> {
  const error = await action.then(
    () => undefined,
    (one: unknown) => one,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('it did not fail');
  return error;
}

describe('what prodstack.yaml says after remove', () => {
  it.each<[string, Values, readonly string[]]>([
    [
      'redis',
      {
        redis: null,
        apps: {
          api: { uses: ['postgres'], variables: { BROKER_URL: null } },
          shop: { uses: ['api'], drivers: { queue: null } },
        },
        targets: { large: { redis: null } },
      },
      [
        'apps.api.uses: api is connected to it',
        'apps.api.variables.BROKER_URL: api is told redis.url',
        'apps.shop.uses: shop is connected to it',
        'apps.shop.drivers.queue: shop keeps its queue there',
        'targets.large.redis: the target large has one of its own',
      ],
    ],
    [
      'api',
      {
        apps: {
          api: null,
          shop: { uses: ['redis'] },
          site: { uses: ['shop'], proxy: { '/api': null } },
        },
        mqtt: { users: { api: null } },
      },
      [
        'apps.shop.uses: shop is connected to it',
        'apps.site.uses: site is connected to it',
        'apps.site.proxy./api: site passes /api on to it',
        'mqtt.users.api: it has rights of its own at the broker',
      ],
    ],
    [
      'shop',
      {
        apps: { shop: null, site: { uses: ['api'], proxy: { '/shop': null } } },
        edge: { caddy: { hostnames: { shop: null, 'shop-reverb': null } } },
      },
      [
        'apps.site.uses: site is connected to it',
        'apps.site.proxy./shop: site passes /shop on to it',
        'edge.caddy.hostnames.shop: shop.example.com leads to it',
        'edge.caddy.hostnames.shop-reverb: ws.example.com leads to it',
      ],
    ],
    ['api-worker', { apps: { api: { workers: null } } }, []],
    ['shop-worker', { apps: { shop: { queues: { worker: null } } } }, []],
    ['queue', { apps: { shop: { queues: { queue: null } } } }, []],
    ['shop-scheduler', { apps: { shop: { scheduler: null } } }, []],
    [
      'reverb',
      { apps: { shop: { reverb: null } }, edge: { caddy: { hostnames: { 'shop-reverb': null } } } },
      ['edge.caddy.hostnames.shop-reverb: ws.example.com leads to it'],
    ],
    ['caddy', { edge: null }, []],
    ['edge', { edge: null }, []],
    ['edge.caddy', { edge: null }, []],
    ['pooler', { postgres: { pooler: null } }, []],
    ['pgbouncer', { postgres: { pooler: null } }, []],
    ['oidc', { apps: { api: { integrations: ['sentry'] } } }, []],
    ['shop-sentry', { apps: { shop: { integrations: null } } }, []],
    ['mqtt', { mqtt: null }, []],
    ['small', { targets: { small: null } }, []],
    ['targets.small', { targets: { small: null } }, []],
  ])('%s', async (name, patch, ties) => {
    const removal = await remove(name);
    expect(removal.patch).toEqual(patch);
    expect(removal.ties).toEqual(ties);
    validate(removal.said);
  });

  it('an edge that would lead nowhere goes with its only app', async () => {
    const edge = { caddy: { hostnames: { site: 'example.com' } } };
    const { patch, ties } = await remove('site', { ...stack, edge });
    expect(patch).toEqual({ apps: { site: null }, edge: null });
    expect(ties).toEqual(['edge.caddy: caddy leads to it only, and would lead nowhere']);
  });

  it('an app that used only that uses nothing then', async () => {
    const { said } = await remove('api');
    expect(said).toMatchObject({ apps: { shop: { uses: ['redis'] } } });
    const again = await remove('redis', said);
    expect(again.said).toMatchObject({ apps: { shop: { uses: [] } } });
  });

  it('everything can be taken out by its name, one after the other, but the last app', async () => {
    let answers: Values = stack;
    const names: string[] = [];
    for (;;) {
      const [name] = removableNames(validate(answers)).filter((one) => one !== 'api');
      if (name === undefined) break;
      names.push(name);
      answers = (await remove(name, answers)).said;
      validate(answers);
    }
    expect(names).toContain('postgres');
    expect(Object.keys(answers)).toEqual(['prodstack', 'name', 'apps']);
    expect(answers['apps']).toMatchObject({ api: { uses: [] } });
    expect((await errorOf(remove('api', answers))).message).toContain('a stack has at least one app');
  });
});

describe('what cannot be taken out', () => {
  it.each([
    ['something that is not there', 'kafka', 'This stack has nothing called "kafka"', 'It has: api'],
    ['a word that every object has', 'constructor', 'This stack has nothing called "constructor"', undefined],
    ['something that was probably meant', 'redsi', 'nothing called', 'Did you mean: create-prodstack remove redis.'],
    ['a name of two roles', 'worker', 'worker can mean 2 things', 'apps.api.workers.worker, apps.shop.queues.worker'],
    ['an integration of two apps', 'sentry', 'sentry can mean 2 things', 'apps.api.integrations.sentry'],
    ['an answer that is no part', 'apps.api.port', 'nothing called "apps.api.port"', undefined],
  ])('%s', async (_, name, message, hint) => {
    const error = await errorOf(remove(name));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });

  it('anything of answers that are wrong already', async () => {
    expect((await errorOf(remove('redis', { ...stack, name: 'NO' }))).code).toBe('answers');
  });
});
