import { describe, expect, it } from 'vitest';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';
import { guide } from '../../../generators/plan/docs.ts';
import { resolve } from '../../../generators/stack/resolve.ts';
import type { Value } from '../../../generators/stack/types.ts';
import { run } from '../../support/plan.ts';

const api = {
  stack: 'fastapi',
  path: 'api',
  packageManager: 'uv',
  frozen: true,
  version: '3.13',
  app: 'app.main:app',
  appDir: '.',
  migrate: 'alembic',
  databaseScheme: 'postgresql+asyncpg',
  port: 8000,
  health: '/health',
  uses: ['postgres'],
};
const maker = { ...api, path: 'maker', port: 8001, migrate: 'none' };

function stackOf(postgres: object, apps: object = { api }, more: object = {}) {
  const bundled = { mode: 'bundled', version: 18, ...postgres };
  const stack = resolve(validate({ prodstack: 1, name: 'shop', apps, postgres: bundled, ...more }));
  return { stack, service: (name: string) => stack.services.find((one) => one.name === name) };
}

const text = (value: Value | undefined) =>
  [value ?? ''].flat().reduce<string>((all, part) => all + (typeof part === 'string' ? part : `$${part.variable}`), '');

function wrong(postgres: object, apps: object = { api }): string {
  try {
    stackOf(postgres, apps);
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ path, message }) => `${path} ${message}`).join('\n');
    throw error;
  }
  return '';
}

describe('the roles of the bundled Postgres', () => {
  it('an app comes as a role that migrations do not come as', () => {
    const { service } = stackOf({});
    const app = service('api');
    const migrate = service('api-migrate');
    expect(text(app?.environment['DATABASE_URL'])).toBe(
      'postgresql+asyncpg://app:$POSTGRES_APP_PASSWORD@postgres:5432/app',
    );
    const url = 'postgresql+asyncpg://app_migration:$POSTGRES_MIGRATION_PASSWORD@postgres:5432/app';
    expect(text(migrate?.environment['DATABASE_URL'])).toBe(url);
    expect(text(migrate?.environment['MIGRATION_DATABASE_URL'])).toBe(url);
    expect(app?.environment).not.toHaveProperty('MIGRATION_DATABASE_URL');
    expect(JSON.stringify(app)).not.toContain('MIGRATION_PASSWORD');
    for (const one of [app, migrate]) expect(JSON.stringify(one)).not.toContain('"POSTGRES_PASSWORD"');
  });

  it.each([
    [{ api }, 'migrations'],
    [{ maker }, 'app'],
    [{ api, maker }, 'both'],
    [{ api: { ...api, makesTables: true } }, 'both'],
  ])('who makes tables follows from who migrates: %#', (apps, owner) => {
    expect(stackOf({}, apps).service('postgres-setup')?.view['command']).toEqual([
      'sh',
      '/setup.sh',
      'shared',
      `app:POSTGRES_APP_PASSWORD:POSTGRES_MIGRATION_PASSWORD:${owner}`,
    ]);
  });

  it('are made before anybody is let in, and by nobody where nobody asks for them', () => {
    const { service } = stackOf({});
    for (const name of ['api', 'api-migrate'])
      expect(service(name)?.dependsOn).toMatchObject({
        'postgres-setup': 'service_completed_successfully',
        postgres: 'service_healthy',
      });
    const idle = stackOf({ pooler: 'pgbouncer' }, { api: { ...api, uses: [], migrate: 'none' } });
    expect(idle.stack.services.map(({ name }) => name)).toEqual(['api', 'postgres']);
    expect(idle.stack.env.map(({ name }) => name)).not.toContain('POSTGRES_APP_PASSWORD');
  });

  it('read their passwords from files where secrets are files', () => {
    const { service, stack } = stackOf({ pooler: 'pgbouncer' }, { api }, { secrets: { from: 'files' } });
    expect(service('postgres-setup')?.environment).toMatchObject({
      POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password',
      POSTGRES_APP_PASSWORD_FILE: '/run/secrets/postgres_app_password',
    });
    expect(service('pgbouncer')?.secrets).toEqual(['postgres_app_password']);
    expect(stack.secrets.map(({ name }) => name)).toEqual([
      'postgres_password',
      'postgres_app_password',
      'postgres_migration_password',
    ]);
  });

  it('make databases in development only', async () => {
    const said = { prodstack: 1, name: 'shop', apps: { api }, postgres: { mode: 'bundled', version: 18 } };
    const { after } = await run({ 'api/x': '', 'prodstack.yaml': JSON.stringify(said) });
    expect(after['compose.dev.yaml']).toContain('CREATEDB: CREATEDB');
    expect(after['compose.yaml']).not.toContain('CREATEDB');
    expect(after['compose.prod.yaml']).not.toContain('CREATEDB');
  });
});

describe('the pooler', () => {
  it('is what apps come by, and what migrations and direct addresses go past', () => {
    const direct = { ...api, variables: { QUEUE_URL: 'postgres.directUrl', DB_HOST: 'postgres.host' } };
    const { service } = stackOf({ pooler: 'pgbouncer' }, { api: direct });
    const { environment = {}, dependsOn } = service('api') ?? {};
    expect(text(environment['DATABASE_URL'])).toContain('@pgbouncer:6432/app');
    expect(text(environment['QUEUE_URL'])).toContain('@postgres:5432/app');
    expect(environment['DB_HOST']).toBe('pgbouncer');
    expect(dependsOn).toMatchObject({ pgbouncer: 'service_healthy' });
    const migrate = service('api-migrate');
    expect(text(migrate?.environment['DATABASE_URL'])).toContain('@postgres:5432/app');
    expect(migrate?.environment['DB_HOST']).toBe('postgres');
    expect(migrate?.dependsOn).not.toHaveProperty('pgbouncer');
  });

  it('knows the roles of the apps, and no other', () => {
    const apart = stackOf({ pooler: 'pgbouncer', separate: 'databases' }, { api, maker }).service('pgbouncer');
    expect(apart?.view['entrypoint']).toEqual([
      'sh',
      '/start.sh',
      'app_api:app_api:API_POSTGRES_PASSWORD',
      'app_maker:app_maker:MAKER_POSTGRES_PASSWORD',
    ]);
    const schemas = stackOf({ pooler: 'pgbouncer', separate: 'schemas' }, { api, maker }).service('pgbouncer');
    expect(schemas?.view['entrypoint']).toContain('app:app_maker:MAKER_POSTGRES_PASSWORD');
    expect(JSON.stringify([apart, schemas])).not.toContain('MIGRATION');
  });

  it('is in the guide with what libraries need, and what they cannot do', () => {
    expect(guide(stackOf({ pooler: 'pgbouncer' }).stack)).toContain('DISABLE_SERVER_SIDE_CURSORS');
    expect(guide(stackOf({}).stack)).not.toContain('pgbouncer:6432');
  });
});

describe('TimescaleDB and versions', () => {
  it.each([16, 17, 18] as const)('the volume is where PostgreSQL %i keeps its data', (version) => {
    expect(stackOf({ version }).service('postgres')?.volumes).toEqual([
      { volume: 'postgres-data', target: version < 18 ? '/var/lib/postgresql/data' : '/var/lib/postgresql' },
    ]);
  });

  it('TimescaleDB is an image of its own, with a user of its own, tuned as PostgreSQL is', () => {
    const { service, stack } = stackOf({ version: 17, timescaledb: true });
    expect(service('postgres')).toMatchObject({
      title: 'TimescaleDB on PostgreSQL 17',
      image: expect.stringMatching(/^timescale\/timescaledb:[0-9.]+-pg17$/),
      environment: { NO_TS_TUNE: 'true' },
      hardening: { tmpfs: ['/tmp', '/var/run/postgresql:uid=70,gid=70'] },
    });
    expect(service('postgres-setup')?.image).toBe(service('postgres')?.image);
    expect(guide(stack)).toContain('timescaledb_pre_restore');
  });

  it('what there is no image for, or no name left, is refused', () => {
    expect(wrong({ version: 16, timescaledb: true })).toBe(
      'postgres.version must be 17 or 18: TimescaleDB has no other',
    );
    expect(wrong({}, { migration: api })).toContain('must not end in migration');
    expect(wrong({}, { 'api-migration': api })).toContain('must not end in migration');
    const secret = (name: string) => ({ shop: { ...api, secrets: [name] }, 'shop-api': maker });
    expect(wrong({ separate: 'schemas' }, secret('API_MIGRATION_PASSWORD'))).toBe(
      'apps.shop.secrets.0 has the same name as the database of shop-api',
    );
    expect(wrong({}, secret('API_MIGRATION_PASSWORD'))).toBe('');
    expect(wrong({}, secret('MIGRATION_PASSWORD'))).toContain('is set by the stack itself');
  });

  it('limits are those of the answers, and a smaller limit does not leave a larger reservation', () => {
    const { service } = stackOf({ limits: { memory: '128M', cpus: '0.25' } });
    expect(service('postgres')?.limits).toMatchObject({ memory: '128M', cpus: '0.25', reservation: '128M' });
  });
});
