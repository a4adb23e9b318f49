import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', framework: 'express', start: 'node server.js', dev: 'none', path: 'web', port: 3000 };
const fastapi = { stack: 'fastapi', path: 'api', app: 'app.main:app', port: 8000, migrate: 'alembic' };
const laravel = { stack: 'laravel', path: 'shop', port: 8080, queues: { queue: {} } };
const uses = ['postgres', 'redis'];

async function managed(apps: object, externals: object = {}) {
  const answers = {
    apps,
    postgres: { mode: 'managed', provider: 'digitalocean' },
    redis: { mode: 'managed' },
    ...externals,
  };
  return run({ 'prodstack.yaml': JSON.stringify(answers), 'web/x': '', 'api/x': '', 'shop/x': '' });
}

async function serviceOf(apps: object, name: string, externals: object = {}) {
  const { stack } = await managed(apps, externals);
  const found = stack.services.find((one) => one.name === name);
  if (!found) throw new Error(`no service ${name}`);
  return found;
}

const ca = '/run/ca/certs/digitalocean-ca.pem';

describe('a managed PostgreSQL', () => {
  const url = (scheme: string, settings: string, address = 'database_url') =>
    `${scheme}://{{${address}.login}}@{{${address}.address}}/{{${address}.name}}?${settings}{{${address}.query}}`;
  const text = (value: unknown) => (Array.isArray(value) ? value.join('') : value);

  it.each([
    ['node-postgres', { ...node, uses }, `sslmode=verify-full&sslrootcert=${ca}`],
    ['postgres.js', { ...node, uses, databaseDriver: 'postgres' }, 'sslmode=verify-full'],
    [
      'the engine of Prisma',
      { ...node, uses, databaseDriver: 'prisma' },
      `sslmode=require&sslaccept=strict&sslcert=${ca}`,
    ],
  ])('is told to %s in its own words', async (_driver, app, settings) => {
    const { environment } = await serviceOf({ web: app }, 'web');
    expect(text(environment['DATABASE_URL'])).toBe(url('postgresql', settings));
  });

  it.each([
    ['postgresql', `sslmode=verify-full&sslrootcert=${ca}`],
    ['postgresql+psycopg', `sslmode=verify-full&sslrootcert=${ca}`],
    ['postgresql+asyncpg', 'ssl=verify-full'],
  ])(
    'is told to a Python app with the scheme %s, and to what reads the environment',
    async (databaseScheme, settings) => {
      const { environment } = await serviceOf({ api: { ...fastapi, databaseScheme, uses } }, 'api');
      expect(text(environment['DATABASE_URL'])).toBe(url(databaseScheme, settings));
      expect(environment['PGSSLROOTCERT']).toBe(ca);
    },
  );

  it('is told to Laravel in an address, which wins over what its configuration says of TLS', async () => {
    const { environment } = await serviceOf({ shop: { ...laravel, uses } }, 'shop-queue');
    expect(text(environment['DB_URL'])).toBe(url('postgresql', `sslmode=verify-full&sslrootcert=${ca}`));
    expect(environment).toMatchObject({ DB_HOST: ['{{database_url.host}}'], DB_SSLMODE: 'verify-full' });
    // No database in it: queues and cache have one each.
    expect(text(environment['REDIS_URL'])).toBe('rediss://{{redis_url.login}}@{{redis_url.address}}');
  });

  it('takes the address of the migration role where something migrates, and waits for that one', async () => {
    const app = { ...fastapi, databaseScheme: 'postgresql+asyncpg', uses: ['postgres'] };
    const service = await serviceOf({ api: app }, 'api-migrate');
    expect(text(service.environment['DATABASE_URL'])).toBe(
      url('postgresql+asyncpg', 'ssl=verify-full', 'migration_database_url'),
    );
    expect(text(service.environment['WAIT_FOR'])).toBe('{{migration_database_url.address}}');
    expect(service.dependsOn).toEqual({});
    expect(service.networks).toEqual(['app']);
  });

  it('is reached by migrations also where they are on the network of other data, which has no way out', async () => {
    const app = { ...fastapi, databaseScheme: 'postgresql+asyncpg', uses };
    const redis = { redis: { mode: 'bundled' } };
    expect((await serviceOf({ api: app }, 'api-migrate', redis)).networks).toEqual(['app', 'data']);
    expect((await serviceOf({ api: app }, 'api', redis)).networks).toEqual(['edge', 'data']);
  });

  it("is told to Prisma's migrations in the words of its engine, whatever the app speaks", async () => {
    const app = { ...node, uses: ['postgres'], migrate: 'prisma' };
    const { environment } = await serviceOf({ web: app }, 'web-migrate');
    expect(text(environment['DATABASE_URL'])).toBe(
      url('postgresql', `sslmode=require&sslaccept=strict&sslcert=${ca}`, 'migration_database_url'),
    );
  });

  it('verifies no host name where the certificates have none, and says so to each driver', async () => {
    const cloudsql = { postgres: { mode: 'managed', provider: 'cloudsql', ca: 'ca.pem' } };
    const web = await serviceOf({ web: { ...node, uses } }, 'web', cloudsql);
    expect(text(web.environment['DATABASE_URL'])).toContain(
      '?uselibpqcompat=true&sslmode=verify-ca&sslrootcert=/run/ca/ca.pem',
    );
    const api = await serviceOf({ api: { ...fastapi, databaseScheme: 'postgresql+asyncpg', uses } }, 'api', cloudsql);
    expect(text(api.environment['DATABASE_URL'])).toContain('?ssl=verify-ca');
  });

  it('tells drivers to prepare nothing behind a pooler, and migrations go past it', async () => {
    const neon = { postgres: { mode: 'managed', provider: 'neon' } };
    const settingsOf = async (apps: object, name: string) => {
      const { environment } = await serviceOf(apps, name, neon);
      return String(text(environment['DATABASE_URL'] ?? environment['DB_URL'])).replace(/^.*\?|\{\{.*$/g, '');
    };
    expect(await settingsOf({ web: { ...node, uses, databaseDriver: 'postgres' } }, 'web')).toContain('&prepare=false');
    expect(await settingsOf({ web: { ...node, uses, databaseDriver: 'prisma' } }, 'web')).toContain('&pgbouncer=true');
    const api = { api: { ...fastapi, databaseScheme: 'postgresql+asyncpg', uses } };
    expect(await settingsOf(api, 'api')).toBe('ssl=verify-full&prepared_statement_cache_size=0');
    expect(await settingsOf(api, 'api-migrate')).toBe('ssl=verify-full');
    expect(await settingsOf({ shop: { ...laravel, uses } }, 'shop')).toContain('&options[1000]=1');
    expect(await settingsOf({ shop: { ...laravel, uses } }, 'shop-migrate')).not.toContain('options');
  });

  it('gives apps that are kept apart addresses of their own', async () => {
    const { stack } = await managed(
      { web: { ...node, uses }, api: { ...fastapi, uses } },
      { postgres: { mode: 'managed', provider: 'neon', separate: 'databases' } },
    );
    expect(stack.env.filter(({ kind }) => kind === 'required').map(({ name }) => name)).toEqual([
      'WEB_DATABASE_URL',
      'API_DATABASE_URL',
      'API_MIGRATION_DATABASE_URL',
      'REDIS_URL',
    ]);
  });
});

describe('a stack whose servers somebody else runs', () => {
  it('has no container, volume or network for them, and mounts the CA where it is needed', async () => {
    const { stack } = await managed({ web: { ...node, uses } });
    expect(stack.services.map(({ name }) => name)).toEqual(['web']);
    expect(stack.volumes).toEqual([]);
    expect(stack.networks.map(({ name }) => name)).toEqual(['edge']);
    expect(stack.services[0]?.files).toMatchObject([{ path: 'certs/digitalocean-ca.pem', target: ca }]);
  });

  it('says in the compose file what an address looks like, where one is missing', async () => {
    const { after } = await managed({ web: { ...node, uses } });
    expect(after['compose.yaml']).toContain(
      'SECRET_DATABASE_URL: "${DATABASE_URL:?set it in .env (postgresql://<user>:<password>@<host>:<port>/<name>)}"',
    );
    expect(after['.env.production.example']).toMatch(/25060[\s\S]*^DATABASE_URL=$/m);
  });

  it('has with-env in the image as its entrypoint, and only then', async () => {
    const { after } = await managed({ web: { ...node, uses } });
    expect(after['web/Dockerfile']).toContain('ENTRYPOINT ["with-env", "--wait"]');
    expect(after['web/docker/with-env']).toMatch(/^#!\/usr\/bin\/env bash/);
    const bundled = await run({ 'prodstack.yaml': JSON.stringify({ apps: { web: { ...node, uses } } }), 'web/x': '' });
    expect(bundled.after['web/Dockerfile']).not.toContain('with-env');
    expect(bundled.after).not.toHaveProperty('web/docker/with-env');
  });

  it('keeps the entrypoint of Laravel behind it, and asks for its health through it', async () => {
    const { after } = await managed({ shop: { ...laravel, uses } });
    expect(after['shop/Dockerfile']).toContain('ENTRYPOINT ["with-env", "--wait", "laravel-entrypoint"]');
    expect(after['compose.yaml']).toContain('test: ["CMD", "with-env", "laravel-health", "redis"]');
  });

  it('says to Python what Celery and old clients need to hear', async () => {
    const { environment } = await serviceOf({ api: { ...fastapi, uses } }, 'api', {
      redis: { mode: 'managed', ca: 'redis.pem' },
    });
    expect((environment['REDIS_URL'] as readonly string[]).join('')).toBe(
      'rediss://{{redis_url.login}}@{{redis_url.address}}/{{redis_url.name}}?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/run/ca/redis.pem',
    );
  });

  it('gives two apps of one build context one script', async () => {
    const workspace = { path: '.', packages: ['web', 'shop'] };
    const { stack } = await managed({
      web: { ...node, uses, workspace },
      shop: { ...node, path: 'shop', port: 3001, uses, workspace },
    });
    expect(stack.artifacts.map(({ path }) => path).filter((path) => path.endsWith('with-env'))).toEqual([
      'docker/with-env',
    ]);
  });
});

describe('CA files that one runtime takes only one of', () => {
  const externals = {
    redis: { mode: 'managed', ca: 'redis.pem' },
    cache: { mode: 'managed', ca: 'cache.pem' },
  };

  it('have to be one file, which the message says how to make', async () => {
    await expect(managed({ web: { ...node, uses: ['redis', 'cache'] } }, externals)).rejects.toMatchObject({
      problems: [
        {
          path: 'cache.ca',
          value: 'cache.pem',
          message: expect.stringContaining('must be the same file as redis.ca (redis.pem): Node.js, which web runs on'),
        },
      ],
    });
  });

  it('may differ where each address names its own', async () => {
    const { stack } = await managed({ api: { ...fastapi, uses: ['redis', 'cache'] } }, externals);
    expect(stack.services.find(({ name }) => name === 'api')?.files?.map(({ path }) => path)).toEqual([
      'redis.pem',
      'cache.pem',
    ]);
  });
});
