import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compose,
  docker,
  eventually,
  follow,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  remove,
  type Stack,
  setPorts,
  sql,
} from '../support/scenario.ts';

/** A program of the app: many connections at once, each with a prepared statement that it uses in several transactions. */
const crowd = `
import asyncio, asyncpg, os
url = os.environ["DATABASE_URL"].replace("+asyncpg", "")

async def one(i, all_here):
    connection = await asyncpg.connect(url, timeout=60)
    await all_here.wait()
    statement = await connection.prepare("SELECT $1::int + 1, pg_backend_pid()")
    servers = set()
    for k in range(10):
        async with connection.transaction():
            answer, server = await statement.fetchrow(i * k)
            assert answer == i * k + 1
            assert await connection.fetchval("SELECT $1::text", str(i)) == str(i)
        servers.add(server)
    await connection.close()
    return servers

async def main():
    all_here = asyncio.Barrier(200)
    found = await asyncio.gather(*(one(i, all_here) for i in range(200)))
    print(len(found), len(set().union(*found)), max(len(one) for one in found))

asyncio.run(main())
`;

describe('PgBouncer between a FastAPI app and PostgreSQL', async () => {
  const stack = await newStack('pooled');
  beforeAll(async () => {
    try {
      const report = await generate(stack, '--preset', 'fastapi', '--set', 'postgres.pooler=pgbouncer');
      setPorts(stack);
      await follow(stack, report);
    } catch (error) {
      await keepArtifacts(stack, 'pooled');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `pooled ${task.name}`));
  });
  afterAll(() => remove(stack));

  const visits = async () => {
    const { status, body } = await http(stack.ports.app, '/', { accept: 'application/json' });
    expect(status, body).toBe(200);
    return (JSON.parse(body) as { visits: number }).visits;
  };

  it('all that the app asks goes through it', async () => {
    expect([await visits(), await visits()]).toEqual([1, 2]);
    const address = (await inspect(stack, 'pgbouncer')).NetworkSettings.Networks[`${stack.name}_data`]?.IPAddress;
    expect(address).toMatch(/^\d/);
    expect(await sql(stack, "SELECT DISTINCT client_addr FROM pg_stat_activity WHERE usename = 'app'")).toBe(address);
  });

  it('200 connections at once share few, with prepared statements, transaction by transaction', async () => {
    const program = compose(stack, 'exec', '-T', 'app', 'python', '-');
    program.stdin.end(crowd);
    const [clients, servers, most] = (await program).stdout.split(' ').map(Number);
    const connections = Number(await sql(stack, 'SHOW max_connections')) - 3;
    expect(clients).toBe(200);
    expect(servers).toBeGreaterThan(1);
    expect(servers).toBeLessThanOrEqual(Math.floor((connections * 4) / 5));
    // A client had several servers, one transaction after the other.
    expect(most).toBeGreaterThan(1);
  });

  it.each([
    ['a wrong password', 'app', 'app', 'wrong', 'SASL authentication failed'],
    ['the role of the migrations', 'app_migration', 'app', '$MIGRATION', 'SASL authentication failed'],
    ['the superuser', 'postgres', 'app', '$SUPERUSER', 'SASL authentication failed'],
    ['its console', 'app', 'pgbouncer', '$APP', 'not allowed'],
    ['another database', 'app', 'postgres', '$APP', 'no such database'],
  ])('lets nobody in with %s', async (_, user, database, secret, message) => {
    const { stdout: container } = await compose(stack, 'ps', '--quiet', 'pgbouncer');
    const password = secret.startsWith('$') ? setting(stack, passwords[secret] ?? '') : secret;
    const psql = ['psql', '-h', '127.0.0.1', '-p', '6432', '-U', user, '-d', database, '-c', 'SELECT 1'];
    await expect(docker(stack, 'exec', '--env', `PGPASSWORD=${password}`, container, ...psql)).rejects.toThrow(message);
  });

  it('lets frameworks ask for what it cannot keep', async () => {
    const { stdout: container } = await compose(stack, 'ps', '--quiet', 'pgbouncer');
    const psql = ['psql', '-h', '127.0.0.1', '-p', '6432', '-U', 'app', '-Atc', 'SELECT 1'];
    const asked = ['--env', 'PGPASSFILE=/tmp/pgbouncer/pgpass', '--env', 'PGOPTIONS=-c statement_timeout=15000'];
    expect((await docker(stack, 'exec', ...asked, container, ...psql)).stdout).toBe('1');
  });

  it('has its passwords in its memory only', async () => {
    const { Id } = await inspect(stack, 'pgbouncer');
    const { stdout } = await docker(stack, 'exec', Id, 'sh', '-c', 'stat -c "%a %n" /tmp/pgbouncer /tmp/pgbouncer/*');
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['700', '600', '600', '600', '600', '600']);
    const { stdout: words } = await docker(stack, 'exec', Id, 'cat', '/proc/1/cmdline');
    expect(words).not.toContain(setting(stack, 'POSTGRES_APP_PASSWORD'));
  });

  it('migrations go past it', async () => {
    await compose(stack, 'stop', 'pgbouncer');
    await compose(stack, 'run', '--rm', '--no-deps', 'app-migrate');
    await compose(stack, 'up', '--detach', '--wait', 'pgbouncer');
    await eventually(visits);
  });

  it('a restart of PostgreSQL is over for the app when it is over', async () => {
    const before = await visits();
    await compose(stack, 'restart', 'postgres');
    await eventually(async () => expect(await visits()).toBeGreaterThan(before));
  });

  it('is stopped at once, though the app keeps its connections', async () => {
    expect(await visits()).toBeGreaterThan(0);
    const began = Date.now();
    await compose(stack, 'stop', 'pgbouncer');
    expect(Date.now() - began).toBeLessThan(25_000);
    expect((await inspect(stack, 'pgbouncer')).State.ExitCode).toBe(0);
    await compose(stack, 'up', '--detach', '--wait', 'pgbouncer');
    await eventually(visits);
  });

  it('takes a new password from the next `up`, as all do', async () => {
    const old = setting(stack, 'POSTGRES_APP_PASSWORD');
    const file = join(stack.directory, '.env');
    writeFileSync(file, readFileSync(file, 'utf8').replace(old, 'fresh1234'));
    await compose(stack, 'up', '--detach', '--wait');
    await eventually(visits);
    const { stdout: container } = await compose(stack, 'ps', '--quiet', 'postgres');
    const psql = ['psql', '-h', 'postgres', '-U', 'app', '-d', 'app', '-c', 'SELECT 1'];
    await expect(docker(stack, 'exec', '--env', `PGPASSWORD=${old}`, container, ...psql)).rejects.toThrow(
      'password authentication failed',
    );
  });
});

const passwords: Readonly<Record<string, string>> = {
  $APP: 'POSTGRES_APP_PASSWORD',
  $MIGRATION: 'POSTGRES_MIGRATION_PASSWORD',
  $SUPERUSER: 'POSTGRES_PASSWORD',
};

function setting(stack: Stack, name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(readFileSync(join(stack.directory, '.env'), 'utf8'))?.[1] ?? '';
}
