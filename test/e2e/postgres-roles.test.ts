import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import { compose, ctl, docker, generate, newStack, type Stack, setPorts, sql, withStack } from '../support/scenario.ts';

describe('the bundled PostgreSQL', () => {
  it('17: migrations may what the app may not, its settings follow its limit, and its data goes to 18', async () => {
    const stack = await newStack('roles');
    await withStack(stack, 'roles', async () => {
      await generate(stack, '--preset', 'fastapi', '--set', 'postgres.version=17');
      await makeData(stack);
      await rolesKeepTheirRights(stack);
      await rowSecurityHoldsForTheApp(stack);
      await whatOthersMakeIsHandedOver(stack);
      await settingsFollowTheLimit(stack);
      await anotherMajorIsRefused(stack);
      await theGuideMovesTheData(stack);
    });
  });

  it('TimescaleDB: hypertables of migrations, rows of the app', async () => {
    const stack = await newStack('series');
    await withStack(stack, 'timescaledb', async () => {
      await generate(stack, '--preset', 'fastapi', '--set', 'postgres.timescaledb=true');
      await makeData(stack);
      await asMigration(stack, 'CREATE TABLE readings (at timestamptz NOT NULL, value int)');
      await asMigration(stack, "SELECT create_hypertable('readings', 'at')");
      await asApp(
        stack,
        "INSERT INTO readings SELECT now() - i * interval '1 day', i FROM generate_series(1, 30) AS i",
      );
      const weeks = await asApp(
        stack,
        "SELECT count(*) FROM (SELECT time_bucket('7 days', at) FROM readings GROUP BY 1)",
      );
      expect(Number(weeks)).toBeGreaterThan(3);
      expect(Number(await asApp(stack, "SELECT count(*) FROM show_chunks('readings')"))).toBeGreaterThan(3);
      await expect(asApp(stack, "SELECT drop_chunks('readings', now())")).rejects.toThrow(
        'must be owner of hypertable',
      );
      // A later `up` finds the extension and the chunks, and leaves them.
      await setup(stack);
      expect(await asApp(stack, 'SELECT count(*) FROM readings')).toBe('30');
      expect(await sql(stack, 'SHOW timescaledb.telemetry_level')).toBe('off');
    });
  });
});

/** Starts the database and makes its roles, as `up` does it before the apps; they are not built here. */
async function makeData(stack: Stack): Promise<void> {
  setPorts(stack);
  await provideImages(stack.directory);
  await ctl(stack, 'up', '--detach', '--wait', 'postgres');
  await setup(stack);
}

async function setup(stack: Stack): Promise<void> {
  await compose(stack, 'run', '--rm', 'postgres-setup');
}

const asApp = (stack: Stack, query: string) => as(stack, 'app', 'POSTGRES_APP_PASSWORD', query);
const asMigration = (stack: Stack, query: string) => as(stack, 'app_migration', 'POSTGRES_MIGRATION_PASSWORD', query);

/** The answer to a query over the network, with the role and password of an app. */
async function as(stack: Stack, role: string, variable: string, query: string): Promise<string> {
  const env = readFileSync(join(stack.directory, '.env'), 'utf8');
  const password = new RegExp(`^${variable}=(.*)$`, 'm').exec(env)?.[1] ?? '';
  const { stdout: container } = await compose(stack, 'ps', '--quiet', 'postgres');
  const psql = ['psql', '-h', 'postgres', '-U', role, '-d', 'app', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', query];
  return (await docker(stack, 'exec', '--env', `PGPASSWORD=${password}`, container, ...psql)).stdout;
}

async function rolesKeepTheirRights(stack: Stack): Promise<void> {
  await asMigration(stack, 'CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY, code serial, name text)');
  await asMigration(stack, 'CREATE SCHEMA later; CREATE TABLE later.notes (id serial, text text)');
  await asMigration(stack, 'CREATE EXTENSION pg_trgm');

  // Rows: in what was made later, and in a schema that was made later.
  expect(await asApp(stack, "INSERT INTO items (name) VALUES ('a') RETURNING id, code")).toBe('1|1');
  expect(await asApp(stack, "INSERT INTO later.notes (text) VALUES ('b') RETURNING id")).toBe('1');
  expect(await asApp(stack, "UPDATE items SET name = 'c' RETURNING name")).toBe('c');
  expect(await asApp(stack, "SELECT similarity('a', 'a')")).toBe('1');

  // No shapes, no roles, nothing of the server.
  for (const refused of [
    'CREATE TABLE other ()',
    'CREATE TEMPORARY TABLE other ()',
    'CREATE SCHEMA other',
    'ALTER TABLE items ADD extra int',
    'DROP TABLE items',
    'TRUNCATE items',
    'CREATE INDEX ON items (name)',
    "SELECT setval('items_id_seq', 1)",
    'CREATE EXTENSION hstore',
    'SET ROLE app_migration',
    'ALTER ROLE app CREATEDB',
    "COPY items TO PROGRAM 'id'",
    'SELECT rolpassword FROM pg_authid',
  ])
    await expect(asApp(stack, refused), refused).rejects.toThrow(/permission denied|must be owner|must be a superuser/);
  const { stdout: roles } = await compose(stack, 'exec', 'postgres', 'psql', '-U', 'postgres', '-Atc', rolesQuery);
  expect(roles).toBe('app|f|f|f|f\napp_migration|f|f|f|t\npostgres|t|t|t|t');
  // Nor has it a way into the other databases.
  const other = ['exec', '-T', 'postgres', 'psql', '-U', 'app', '-d', 'postgres', '-c', 'SELECT 1'];
  await expect(compose(stack, ...other)).rejects.toThrow('permission denied for database');

  // What a migration has taken away stays away.
  await asMigration(stack, 'REVOKE UPDATE ON later.notes FROM app');
  await setup(stack);
  await expect(asApp(stack, "UPDATE later.notes SET text = 'x'")).rejects.toThrow('permission denied for table notes');
  expect(await asApp(stack, 'SELECT text FROM later.notes')).toBe('b');
}

const rolesQuery =
  "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1";

async function rowSecurityHoldsForTheApp(stack: Stack): Promise<void> {
  await asMigration(stack, 'CREATE TABLE tenants (id int, tenant int)');
  await asMigration(stack, 'ALTER TABLE tenants ENABLE ROW LEVEL SECURITY');
  await asMigration(stack, 'ALTER TABLE tenants FORCE ROW LEVEL SECURITY');
  await asMigration(stack, "CREATE POLICY own ON tenants USING (tenant = current_setting('app.tenant')::int)");
  await asMigration(stack, 'INSERT INTO tenants VALUES (1, 1), (2, 2)');
  expect(await asMigration(stack, 'SELECT count(*) FROM tenants')).toBe('2');
  expect(await asApp(stack, 'SET app.tenant = 1; SELECT id FROM tenants')).toBe('1');
  await expect(asApp(stack, 'SET app.tenant = 1; INSERT INTO tenants VALUES (3, 2)')).rejects.toThrow(
    'violates row-level security policy',
  );
}

/** A restore by hand makes everything as the superuser. */
async function whatOthersMakeIsHandedOver(stack: Stack): Promise<void> {
  await sql(stack, "CREATE TYPE mood AS ENUM ('good')");
  await sql(stack, 'CREATE TABLE restored (id serial, mood mood)');
  await sql(stack, 'CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$SELECT 1$$');
  await expect(asApp(stack, 'SELECT * FROM restored')).rejects.toThrow('permission denied');
  await setup(stack);
  expect(await asApp(stack, "INSERT INTO restored (mood) VALUES ('good') RETURNING id")).toBe('1');
  await asMigration(stack, "ALTER TYPE mood ADD VALUE 'better'; ALTER TABLE restored ADD note text");
  await asMigration(stack, 'CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS $$SELECT 2$$');
  await expect(asApp(stack, 'DROP TABLE restored')).rejects.toThrow('must be owner of table restored');
}

async function settingsFollowTheLimit(stack: Stack): Promise<void> {
  const settings = async () =>
    sql(stack, "SELECT current_setting('shared_buffers') || ' ' || current_setting('max_connections')");
  expect(await settings()).toBe('256MB 102');
  expect(await sql(stack, 'SHOW data_checksums')).toBe('on');
  appendFileSync(join(stack.directory, '.env'), 'POSTGRES_MEMORY_LIMIT=300M\n');
  await compose(stack, 'up', '--detach', '--wait', 'postgres');
  expect(await settings()).toBe('75MB 30');
  // What a person sets in the database itself counts more.
  await sql(stack, "ALTER SYSTEM SET work_mem = '7MB'");
  await sql(stack, 'SELECT pg_reload_conf()');
  await compose(stack, 'restart', 'postgres');
  await compose(stack, 'up', '--detach', '--wait', 'postgres');
  expect(await sql(stack, 'SHOW work_mem')).toBe('7MB');
  expect(await asApp(stack, 'SELECT name FROM items')).toBe('c');
}

async function anotherMajorIsRefused(stack: Stack): Promise<void> {
  // The program refuses; whoever says that the data was moved, though it was not, is refused by the container.
  await expect(generate(stack, '--set', 'postgres.version=18')).rejects.toThrow(
    'cannot read the data of PostgreSQL 17',
  );
  await generate(stack, '--set', 'postgres.version=18', '--set', 'postgres.upgradedFrom=17');
  await provideImages(stack.directory);
  await expect(compose(stack, 'up', '--detach', '--wait', 'postgres')).rejects.toThrow();
  const { stdout, stderr } = await compose(stack, 'logs', '--no-log-prefix', 'postgres');
  expect(stdout + stderr).toContain(
    'This is PostgreSQL 18, and the volume holds the data of PostgreSQL 17 (/var/lib/postgresql). Nothing was changed.',
  );
  await generate(stack, '--set', 'postgres.version=17', '--set', 'postgres.upgradedFrom=18');
  await compose(stack, 'up', '--detach', '--wait', 'postgres');
  expect(await asApp(stack, 'SELECT name FROM items')).toBe('c');
}

/** Types what the guide says, but for the program, which is not in a registry here. */
async function theGuideMovesTheData(stack: Stack): Promise<void> {
  const guide = readFileSync(join(stack.directory, 'docs/DOCKER_TROUBLESHOOTING.md'), 'utf8');
  const [, before = '', after = ''] =
    /```sh\n(?:# 0\.[^\n]*\n[^\n]*\n)?(# 1\. with the OLD version[\s\S]*?)# 3\.[^\n]*\n[^\n]*\n([\s\S]*?)# 5\./.exec(
      guide,
    ) ?? [];
  const type = (script: string) =>
    execa('sh', ['-ec', script], { cwd: stack.directory, env: { COMPOSE_FILE: undefined } });
  await type(before);
  await generate(stack, '--set', 'postgres.version=18', '--set', 'postgres.upgradedFrom=17');
  await type(after);
  expect(await sql(stack, 'SHOW server_version')).toMatch(/^18\./);
  expect(await asApp(stack, "INSERT INTO items (name) VALUES ('d') RETURNING id, code")).toBe('2|2');
  expect(await asApp(stack, 'SET app.tenant = 2; SELECT id FROM tenants')).toBe('2');
  await expect(asApp(stack, "UPDATE later.notes SET text = 'x'")).rejects.toThrow('permission denied for table notes');
  await asMigration(stack, 'ALTER TABLE items ADD extra int');
}
