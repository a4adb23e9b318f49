import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { validate } from '../../generators/answers/validate.ts';
import { resolve } from '../../generators/stack/resolve.ts';
import {
  compose,
  composeDev,
  containers,
  docker,
  eventually,
  follow,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  serviceOf,
  setPorts,
  sql,
} from '../support/scenario.ts';

/** Settings in parts, `psycopg` built from source, jobs in Redis: found, not asked. */
describe('an existing Django app with Celery', async () => {
  const stack = await newStack('lading', { fixture: 'django-celery' });
  let report: Report;

  beforeAll(async () => {
    try {
      report = await generate(stack);
      setPorts(stack);
      await follow(stack, report);
    } catch (error) {
      await keepArtifacts(stack, 'lading');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `lading ${task.name}`));
  });
  afterAll(() => remove(stack));

  /** Asks the app for a job, as a proxy that ends TLS would. */
  async function ask(seconds: number): Promise<number> {
    const url = `http://127.0.0.1:${stack.ports.app}/api/jobs?seconds=${seconds}`;
    const response = await fetch(url, { headers: { 'x-forwarded-proto': 'https' }, redirect: 'manual' });
    expect(response.status).toBe(200);
    const { id, secure } = (await response.json()) as { id: number; secure: boolean };
    expect(secure).toBe(true);
    return id;
  }
  const stateOf = (id: number) => sql(stack, `SELECT state FROM jobs WHERE id = ${id}`);
  const ticks = async () => Number(await sql(stack, 'SELECT count(*) FROM ticks'));

  it('what the settings and the dependencies say is found, with nothing to warn of', () => {
    expect(report.answers.apps['app']).toMatchObject({
      framework: 'django',
      server: 'gunicorn',
      settings: 'shop.settings',
      hosts: { allowed: 'DJANGO_ALLOWED_HOSTS', separator: 'space' },
      debug: { variable: 'DEBUG', value: '1' },
      secrets: ['SECRET_KEY'],
      systemPackages: { build: ['gcc', 'libc6-dev', 'libpq-dev'], run: ['libpq5'] },
      variables: { POSTGRES_DB: 'postgres.name', DB_HOST: 'postgres.host', CELERY_BROKER_URL: 'redis.url' },
      health: '/api/health/',
    });
    expect(report.warnings).toEqual([]);
    expect(report.assumptions.map(({ path }) => path)).toEqual(['apps.app.version', 'apps.app.port']);
  });

  it('all roles are up, and their health is asked where there is somebody to ask', async () => {
    const all = await containers(stack);
    const services = ['app', 'app-beat', 'app-migrate', 'app-worker', 'postgres', 'postgres-setup', 'redis'];
    expect(all.map(serviceOf).sort()).toEqual(services);
    expect((await inspect(stack, 'app')).State.Health?.Status).toBe('healthy');
    expect((await inspect(stack, 'app-worker')).State.Health?.Status).toBe('healthy');
    expect((await inspect(stack, 'app-beat')).State.Running).toBe(true);
  });

  it('psycopg is the one that was built, and no compiler is in the image that runs', async () => {
    const run = async (...words: readonly string[]) =>
      (await compose(stack, 'exec', '-T', 'app', ...words)).stdout.trim();
    expect(await run('python', '-c', 'import psycopg; print(psycopg.pq.__impl__)')).toBe('c');
    expect(await run('sh', '-c', 'command -v gcc || echo none')).toBe('none');
  });

  it('what each role starts is in its image, and what is missing is named', async () => {
    const services = resolve(validate(report.answers)).services.filter(({ check }) => check !== undefined);
    expect(services.map(({ name }) => name)).toEqual(['app-migrate', 'app', 'app-worker', 'app-beat']);
    for (const { name, check = [] } of services) {
      await compose(stack, 'run', '--rm', '--no-deps', name, ...check);
      const wrong = compose(stack, 'run', '--rm', '--no-deps', name, ...check, 'module:shop.nothing', 'program:nobody');
      await expect(wrong).rejects.toThrow('not in the image: module:shop.nothing, program:nobody');
    }
  });

  it('a job that the app queues is done by the worker, and seen in Postgres', async () => {
    const id = await ask(0);
    await eventually(async () => expect(await stateOf(id)).toBe('done'));
    const { Id } = await inspect(stack, 'app-worker');
    expect(Id.startsWith(await sql(stack, `SELECT host FROM jobs WHERE id = ${id}`))).toBe(true);
  });

  it('beat ticks', async () => {
    const before = await ticks();
    await eventually(async () => expect(await ticks()).toBeGreaterThan(before + 1));
  });

  it('a deploy while a job runs lets it end, in the container in which it began', async () => {
    const worker = await inspect(stack, 'app-worker');
    const id = await ask(12);
    await eventually(async () => expect(await stateOf(id)).toBe('running'));
    await compose(stack, 'up', '--detach', '--force-recreate', '--no-deps', 'app-worker');
    expect((await inspect(stack, 'app-worker')).Id).not.toBe(worker.Id);
    expect(await stateOf(id)).toBe('done');
    expect(worker.Id.startsWith(await sql(stack, `SELECT host FROM jobs WHERE id = ${id}`))).toBe(true);
    const next = await ask(0);
    await eventually(async () => expect(await stateOf(next)).toBe('done'));
  });

  it('each process of each role runs as 1001', async () => {
    for (const service of ['app', 'app-worker', 'app-beat']) {
      const { Id } = await inspect(stack, service);
      const { stdout } = await docker(stack, 'exec', Id, 'sh', '-c', "grep -hs '^[UG]id:' /proc/[0-9]*/status; true");
      expect(new Set(stdout.match(/\d+/g)), service).toEqual(new Set(['1001']));
    }
  });

  it('a rebuild after an edit of a source installs nothing', async () => {
    appendFileSync(join(stack.directory, 'jobs/views.py'), '\n# edited\n');
    const build = await docker(stack, 'build', '--progress', 'plain', '--target', 'production', '.');
    const log = build.stdout + build.stderr;
    expect(log).toMatch(/pip install --requirement requirements\.txt\n#\d+ CACHED/);
    expect(log).not.toMatch(/COPY \. \.\n#\d+ CACHED/);
  });

  it('the same roles run in development, with DEBUG', async () => {
    await composeDev(stack, 'up', '--build', '--detach', '--wait');
    const { status } = await http(stack.ports.development, '/api/health/');
    expect(status).toBe(200);
    const debug = ['python', '-c', 'from django.conf import settings; print(bool(settings.DEBUG))'];
    expect((await composeDev(stack, 'exec', '-T', 'app-worker', ...debug)).stdout.trim()).toBe('True');
    await composeDev(stack, 'down', '--volumes', '--timeout', '5');
  });
});
