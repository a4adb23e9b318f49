import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  compose,
  docker,
  follow,
  generate,
  http,
  newStack,
  type Stack,
  setPorts,
  sql,
  withStack,
} from '../support/scenario.ts';

const app = { stack: 'fastapi', packageManager: 'uv', frozen: true, app: 'app.main:app', appDir: '.' };
const data = { migrate: 'alembic', databaseScheme: 'postgresql+asyncpg', uses: ['postgres', 'redis'] };

describe('apps that share a server of PostgreSQL', () => {
  it.each(['databases', 'schemas'] as const)('%s keep them apart', async (separate) => {
    const stack = await newStack(`apart-${separate}`, { app: 'shop-api', more: ['APP_PORT'] });
    await withStack(stack, `separate ${separate}`, async () => {
      // One app first: a starter.
      const config = writeConfig(stack, { 'shop-api': { stack: 'fastapi', path: 'api', port: 8000 } }, separate);
      const report = await generate(stack, '--config', config);
      setPorts(stack);
      await follow(stack, report);
      expect(await visits(stack.ports.app)).toBe(1);

      // Then another, on the volume that is there: named as the owner of all is.
      cpSync(join(stack.directory, 'api'), join(stack.directory, 'other'), {
        recursive: true,
        filter: (path) => !/ignore$|Dockerfile$/.test(basename(path)),
      });
      const both = { app: { ...app, ...data, path: 'other', port: 8001, health: '/health' } };
      await generate(stack, '--config', writeConfig(stack, both, separate));
      await compose(stack, 'up', '--build', '--detach', '--wait');
      const second = stack.more['APP_PORT'] ?? 0;
      expect([await visits(second), await visits(second), await visits(stack.ports.app)]).toEqual([1, 2, 2]);

      // Each is locked out of what is the other's, and the owner's.
      const own = { databases: ['app_shop_api', 'visits'], schemas: ['app', 'app_shop_api.visits'] } as const;
      const others = { databases: ['app_app', 'visits'], schemas: ['app', 'app_app.visits'] } as const;
      expect(await totalAs(stack, 'SHOP_API', own[separate])).toBe('2');
      await expect(totalAs(stack, 'SHOP_API', others[separate])).rejects.toThrow(
        /permission denied for (?:database|schema)/,
      );
      if (separate === 'databases')
        await expect(totalAs(stack, 'SHOP_API', ['postgres', 'pg_class'])).rejects.toThrow('permission denied');
      expect(await sql(stack, "SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolsuper")).toBe('postgres');

      // A new password is taken over by the next `up`.
      const old = setting(stack, 'APP_POSTGRES_PASSWORD');
      const file = join(stack.directory, '.env');
      writeFileSync(file, readFileSync(file, 'utf8').replace(old, 'fresh1234'));
      await compose(stack, 'up', '--detach', '--wait');
      expect(await visits(second)).toBe(3);
      expect(await totalAs(stack, 'APP', others[separate])).toBe('3');
      writeFileSync(file, readFileSync(file, 'utf8').replace('fresh1234', old));
      await expect(totalAs(stack, 'APP', others[separate])).rejects.toThrow('password authentication failed');
    });
  });
});

function writeConfig(stack: Stack, apps: object, separate: string): string {
  const path = join(stack.directory, '..', `${stack.name}.json`);
  writeFileSync(path, JSON.stringify({ apps, postgres: { mode: 'bundled', separate }, redis: { mode: 'bundled' } }));
  return path;
}

async function visits(port: number): Promise<number> {
  const { body, status } = await http(port, '/', { accept: 'application/json' });
  expect(status, body).toBe(200);
  return (JSON.parse(body) as { visits: number }).visits;
}

/** What a table holds, seen over the network with the role and password that an app has. */
async function totalAs(stack: Stack, prefix: string, [database, table]: readonly [string, string]): Promise<string> {
  const role = `app_${prefix.toLowerCase()}`;
  const password = setting(stack, `${prefix}_POSTGRES_PASSWORD`);
  const { stdout: container } = await compose(stack, 'ps', '--quiet', 'postgres');
  const psql = ['psql', '-h', 'postgres', '-U', role, '-d', database, '-At', '-c', `SELECT max(total) FROM ${table}`];
  return (await docker(stack, 'exec', '--env', `PGPASSWORD=${password}`, container, ...psql)).stdout;
}

function setting(stack: Stack, name: string): string {
  const text = readFileSync(join(stack.directory, '.env'), 'utf8');
  return new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
}
