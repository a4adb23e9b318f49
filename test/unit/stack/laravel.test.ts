import { describe, expect, it } from 'vitest';
import { envEntries } from '../../../generators/plan/env.ts';
import type { Service } from '../../../generators/stack/types.ts';
import { run } from '../../support/plan.ts';

/** The stack of one Laravel app. */
async function stackOf(app: object, externals: object = { postgres: {}, redis: {} }) {
  const answers = {
    apps: { shop: { stack: 'laravel', path: '.', server: 'frankenphp', frozen: true, ...app } },
    ...externals,
  };
  const { stack, after } = await run({ x: '' }, answers);
  const service = (name: string): Service => {
    const found = stack.services.find((one) => one.name === name);
    if (!found) throw new Error(`no ${name}; there are: ${stack.services.map((one) => one.name).join(', ')}`);
    return found;
  };
  return { stack, after, service };
}

describe('the roles of a Laravel app', () => {
  it('are services from one image, which all but the websocket server wait for the migrations', async () => {
    const { stack, service } = await stackOf({
      queues: { mail: {}, 'long-runner': {} },
      horizon: true,
      scheduler: true,
      reverb: { port: 8081 },
    });
    const own = stack.services.filter((one) => one.name.startsWith('shop')).map((one) => one.name);
    expect(own).toEqual([
      'shop-migrate',
      'shop',
      'shop-mail',
      'shop-long-runner',
      'shop-horizon',
      'shop-scheduler',
      'shop-reverb',
    ]);
    expect(new Set(own.map((name) => JSON.stringify(service(name).image))).size).toBe(1);
    for (const name of own.slice(1, -1))
      expect(service(name).dependsOn, name).toMatchObject({ 'shop-migrate': 'service_completed_successfully' });
    expect(service('shop-reverb').dependsOn).not.toHaveProperty('shop-migrate');
    expect(own.filter((name) => service(name).build)).toEqual(['shop']);
  });

  it('are given the random values that the app wants', async () => {
    const { stack, service } = await stackOf({ secrets: ['SESSION_SALT'], queues: { mail: {} } });
    expect(stack.env).toContainEqual(expect.objectContaining({ name: 'SHOP_SESSION_SALT', kind: 'secret' }));
    for (const name of ['shop', 'shop-mail', 'shop-migrate'])
      expect(service(name).environment, name).toHaveProperty('SESSION_SALT');
  });

  it('without migrations nothing waits for them', async () => {
    const { stack, service } = await stackOf({ migrate: 'none' });
    expect(stack.services.map((one) => one.name)).toEqual(['shop', 'postgres', 'postgres-setup', 'redis', 'backup']);
    expect(Object.keys(service('shop').dependsOn)).toEqual(['postgres-setup', 'postgres', 'redis']);
  });

  it('a queue worker gets more time to end than a job may take, and retry_after is longer than any', async () => {
    const { service } = await stackOf({
      queues: { quick: { queues: ['high', 'default'], tries: 5 }, slow: { timeout: 600 }, patient: { grace: 3600 } },
    });
    expect(service('shop-quick').view).toMatchObject({
      command: expect.arrayContaining(['queue:work', '--queue=high,default', '--tries=5', '--timeout=60']),
      grace: 75,
      init: true,
    });
    expect(service('shop-slow').view).toMatchObject({ grace: 615 });
    expect(service('shop-patient').view).toMatchObject({ grace: 3600 });
    // Every role that queues or takes jobs has to agree on it.
    for (const name of ['shop', 'shop-quick', 'shop-slow'])
      expect(service(name).environment, name).toMatchObject({ REDIS_QUEUE_RETRY_AFTER: '630' });
  });

  it('a worker takes jobs from the connection that is asked for', async () => {
    const { service } = await stackOf({ queues: { mail: { connection: 'sqs' } } });
    expect(service('shop-mail').view).toMatchObject({ command: expect.arrayContaining(['queue:work', 'sqs']) });
  });

  it('with php-fpm, nginx gets the files and no secret', async () => {
    const { service } = await stackOf({ server: 'fpm', queues: { mail: {} } });
    const nginx = service('shop');
    expect(nginx.environment).toEqual({});
    expect(nginx.envFile).toBeUndefined();
    expect(nginx).toMatchObject({
      networks: ['edge', 'app'],
      build: { target: 'nginx' },
      dependsOn: { 'shop-php': 'service_healthy' },
    });
    expect(nginx.volumes).toEqual(service('shop-php').volumes);
    expect(service('shop-mail').view).toMatchObject({ builtBy: 'shop-php' });
    expect(service('shop-php').ports.production).toEqual([]);
  });
});

describe('what a Laravel app is told', () => {
  it('where nobody says it, Redis keeps what it can, else the database', async () => {
    const kept = { QUEUE_CONNECTION: 'redis', CACHE_STORE: 'redis', SESSION_DRIVER: 'redis' };
    expect((await stackOf({})).service('shop').environment).toMatchObject(kept);
    const alone = (await stackOf({}, { postgres: {} })).service('shop').environment;
    expect(alone).toMatchObject({ QUEUE_CONNECTION: 'database', CACHE_STORE: 'database', SESSION_DRIVER: 'database' });
    expect(alone).not.toHaveProperty('REDIS_CLIENT');
  });

  it('what is said is kept', async () => {
    const { environment } = (await stackOf({ drivers: { queue: 'database', session: 'cookie' } })).service('shop');
    expect(environment).toMatchObject({
      QUEUE_CONNECTION: 'database',
      DB_QUEUE_RETRY_AFTER: '90',
      CACHE_STORE: 'redis',
      SESSION_DRIVER: 'cookie',
    });
  });

  it('without a database of the stack, nothing about one: the env file tells', async () => {
    const { environment } = (await stackOf({}, {})).service('shop');
    expect(Object.keys(environment).filter((name) => /^(?:DB|REDIS)_/.test(name))).toEqual([]);
  });

  it('a schema of its own comes in the URL, for Laravel sets the search path itself', async () => {
    const { service } = await stackOf({}, { postgres: { separate: 'schemas' } });
    const url = [service('shop').environment['DB_URL']].flat().map((part) => (typeof part === 'string' ? part : '*'));
    expect(url.join('')).toBe('pgsql://app_shop:*@postgres:5432/app?search_path=app_shop');
    const shared = await stackOf({});
    expect(shared.service('shop').environment).not.toHaveProperty('DB_URL');
  });

  it('its key is made as Laravel makes it', async () => {
    const { stack, after } = await stackOf({});
    const entries = envEntries(stack, (bytes) => new Uint8Array(bytes).fill(255));
    const key = entries.find((entry) => entry.name === 'SHOP_KEY')?.value ?? '';
    expect(key).toMatch(/^base64:/);
    expect(Buffer.from(key.slice(7), 'base64')).toHaveLength(32);
    expect(after['.env.production.example']).toContain('openssl rand -base64 32');
  });

  it('browsers get the address of Reverb at build time, the app inside the stack', async () => {
    const assets = { packageManager: 'npm', frozen: true, version: 24, build: 'build', php: false };
    const { service } = await stackOf({
      reverb: { port: 8081 },
      assets: { ...assets, buildVariables: ['VITE_APP_NAME', 'VITE_REVERB_APP_KEY', 'VITE_REVERB_HOST'] },
    });
    expect(service('shop').build?.args).toEqual({
      PUBLIC_VITE_APP_NAME: [{ variable: 'SHOP_VITE_APP_NAME' }],
      PUBLIC_VITE_REVERB_APP_KEY: [{ variable: 'SHOP_REVERB_KEY' }],
      PUBLIC_VITE_REVERB_HOST: [{ variable: 'SHOP_WEBSOCKET_HOST' }],
    });
    expect(service('shop').environment).toMatchObject({
      REVERB_HOST: 'shop-reverb',
      REVERB_PORT: '8081',
      REVERB_SCHEME: 'http',
    });
    expect(service('shop-reverb').environment).toMatchObject({
      REVERB_SERVER_HOST: '0.0.0.0',
      REVERB_SERVER_PORT: '8081',
    });
  });
});

describe('the image of a Laravel app', () => {
  it.each([
    [{}, {}, 'pcntl'],
    [{ postgres: {}, redis: {} }, {}, 'pcntl pdo_pgsql redis'],
    [{ postgres: {}, redis: {} }, { redisClient: 'predis', extensions: ['gd', 'pcntl'] }, 'pcntl pdo_pgsql gd'],
  ])('has the extensions that it needs: %j %j', async (externals, app, extensions) => {
    const { after } = await stackOf(app, externals);
    expect(after['Dockerfile']).toContain(`RUN install-php-extensions ${extensions}\n`);
  });

  it('has no Node stage for an app without assets, and PHP in it where the build runs artisan', async () => {
    const assets = { packageManager: 'npm', frozen: true, version: 24, build: 'build' };
    expect((await stackOf({})).after['Dockerfile']).not.toContain('node');
    expect((await stackOf({ assets: { ...assets, php: false } })).after['Dockerfile']).toContain(
      'FROM asset-packages AS assets',
    );
    expect((await stackOf({ assets: { ...assets, php: true } })).after['Dockerfile']).toContain('FROM code AS assets');
  });
});
