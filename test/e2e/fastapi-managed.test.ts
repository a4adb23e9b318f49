/** The preset with nothing of its own but images: the database and Redis of a provider, settings, two apps. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideDockerfile } from '../support/engine.ts';
import {
  compose,
  containers,
  docker,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  serviceOf,
  setPorts,
} from '../support/scenario.ts';
import { rolesOf } from './managed.ts';
import { type Provider, startProvider } from './provider.ts';

const stack = await newStack('desk', { app: 'frontend', more: ['BACKEND_PORT'] });
const issuer = 'https://id.example.com/realms/desk';
const database = 'shop';
const ca = 'certs/provider-ca.pem';
const images = ['backend', 'frontend'].map((app) => `registry.example.com/acme/${stack.name}-${app}:1.0.0`);
let provider: Provider;
let report: Report;

const settle = (values: Readonly<Record<string, string>>) =>
  appendFileSync(
    join(stack.directory, '.env'),
    Object.entries(values)
      .map(([name, value]) => `\n${name}='${value.replaceAll("'", '%27')}'`)
      .join(''),
  );
const up = () => compose(stack, 'up', '--detach', '--wait', '--wait-timeout', '240');
const backend = (path: string, headers = {}) => http(stack.more['BACKEND_PORT'] ?? 0, path, { headers });

beforeAll(async () => {
  provider = await startProvider();
  try {
    mkdirSync(join(stack.directory, 'certs'));
    writeFileSync(join(stack.directory, ca), provider.ca);
    report = await generate(
      stack,
      ...['--preset', 'fastapi-managed', '--set', `postgres.ca=${ca}`, '--set', `redis.ca=${ca}`],
    );
    setPorts(stack);
    await provider.sql('CREATE ROLE administrator CREATEROLE CREATEDB');
    await provider.sql(`CREATE DATABASE ${database} OWNER administrator`);
    for (const statement of rolesOf(stack.directory, provider, true))
      await provider.sql(`SET ROLE administrator;\n${statement}`, database);
    for (const app of ['backend', 'frontend']) await provideDockerfile(join(stack.directory, app, 'Dockerfile'));
  } catch (error) {
    await keepArtifacts(stack, 'fastapi-managed');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `fastapi-managed ${task.name}`));
});

afterAll(async () => {
  await provider?.remove();
  await remove(stack);
  await docker({ ...stack, directory: '/' }, 'image', 'rm', '--force', ...images).catch(() => {});
});

describe('the preset fastapi-managed', () => {
  it('says what has to be brought, and does not start without it', async () => {
    const warnings = report.warnings.join('\n');
    for (const name of ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'REDIS_URL', 'BACKEND_OAUTH_ISSUER_URL'])
      expect(warnings).toContain(name);
    await expect(up()).rejects.toThrow(/required variable \w+ is missing a value: set it in \.env/);
    settle({
      IMAGE_TAG: '1.0.0',
      DATABASE_URL: provider.address('app', database),
      MIGRATION_DATABASE_URL: provider.address('app_migration', database),
      REDIS_URL: provider.redisAddress(),
      BACKEND_OAUTH_ISSUER_URL: issuer,
      BACKEND_ALLOWED_HOSTS: 'desk.example.com',
      BACKEND_CORS_ORIGINS: 'https://desk.example.com',
      BACKEND_MEMORY_LIMIT: '300M',
    });
    const { stderr } = await compose(stack, 'config', '--quiet');
    expect(stderr).toBe('');
  });

  it('runs images of the registry against servers of the provider, and holds no data', async () => {
    await compose(stack, '-f', 'compose.build.yaml', 'build');
    await compose(stack, 'create', '--pull', 'never');
    await provider.admit(stack.name);
    await up();
    const all = await containers(stack);
    expect(all.map(serviceOf).sort()).toEqual(['backend', 'backend-migrate', 'frontend']);
    for (const { Config, HostConfig } of all) {
      expect(images).toContain(Config.Image);
      expect(HostConfig.ReadonlyRootfs).toBe(true);
    }
    const volumes = await docker(stack, 'volume', 'ls', '--quiet', '--filter', `name=^${stack.name}`);
    expect(volumes.stdout).toBe('');
    expect((await inspect(stack, 'backend')).HostConfig.Memory).toBe(300 * 1024 ** 2);
  });

  it('the page counts visits through the backend, in the database of the provider', async () => {
    const visit = async () => {
      const headers = { host: 'desk.example.com', accept: 'application/json' };
      const { status, body } = await http(stack.ports.app, '/api/v1/', { headers });
      expect(status, body).toBe(200);
      return (JSON.parse(body) as { visits: number }).visits;
    };
    const before = await visit();
    expect(await visit()).toBe(before + 1);
    expect(await provider.sql('SELECT total FROM visits', database, 'app')).toBe(String(before + 1));
    expect((await provider.visitors()).filter((one) => one.startsWith('app')).sort()).toEqual(
      ['app', 'app_migration'].map((role) => `${role} ${database} SSL enabled`),
    );
  });

  it('the settings reach the backend: hosts, origins, the issuer', async () => {
    expect((await backend('/api/v1/health')).status).toBe(200);
    expect((await backend('/api/v1/login', { host: 'elsewhere.example.com' })).status).toBe(400);
    const { body, headers } = await backend('/api/v1/login', {
      host: 'desk.example.com',
      origin: 'https://desk.example.com',
    });
    expect(JSON.parse(body)).toEqual({ issuer });
    expect(headers['access-control-allow-origin']).toBe('https://desk.example.com');
    const foreign = await backend('/api/v1/login', { origin: 'https://elsewhere.example.com' });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('nobody is on a network that it does not need', async () => {
    const networks = (await containers(stack)).map((one) => [
      serviceOf(one),
      Object.keys(one.NetworkSettings.Networks)
        .map((name) => name.replace(`${stack.name}_`, ''))
        .sort(),
    ]);
    expect(Object.fromEntries(networks)).toEqual({
      backend: ['app', 'edge'],
      'backend-migrate': ['app'],
      frontend: ['app', 'edge'],
    });
  });
});
