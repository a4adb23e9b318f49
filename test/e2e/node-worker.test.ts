import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { nodeCheck } from '../../generators/stack/blocks/node-roles.ts';
import {
  compose,
  composeDev,
  containers,
  docker,
  eventually,
  http,
  inspect,
  lockTable,
  serviceOf,
  sql,
} from '../support/scenario.ts';
import { isHardened } from './obligations/hardening.ts';
import { startSystem } from './system.ts';

describe('a Node app with a worker and migrations', async () => {
  const system = await startSystem({
    name: 'reports',
    fixture: 'node-worker',
    app: 'backend',
    folder: 'backend',
    args: [],
    services: ['backend-migrate', 'backend', 'backend-worker', 'postgres', 'postgres-setup'],
    health: '/healthz',
    visit: { method: 'POST', path: '/reports' },
    edit: { file: 'backend/src/server.ts', from: "status: 'ok'", to: "status: 'fine'", path: '/healthz' },
  });
  const { stack } = system;

  it('its roles are found, and nothing is assumed', () => {
    const { answers, assumptions, warnings } = system.report();
    expect(answers.apps).toMatchObject({
      backend: {
        migrate: 'drizzle',
        workers: { worker: { start: 'node dist/worker.js', dev: 'npm run worker:dev' } },
        variables: {
          DB_HOST: 'postgres.host',
          DB_PORT: 'postgres.port',
          DB_NAME: 'postgres.name',
          DB_USER: 'postgres.user',
          DB_PASSWORD: 'postgres.password',
        },
        secrets: ['LINK_SECRET'],
        uses: ['postgres'],
      },
    });
    expect({ assumptions, warnings }).toEqual({ assumptions: [], warnings: [] });
  });

  it('migrations are over before the other roles start, and once more they apply nothing', async () => {
    const migrate = await inspect(stack, 'backend-migrate');
    expect(migrate.State).toMatchObject({ Status: 'exited', ExitCode: 0 });
    for (const service of ['backend', 'backend-worker']) {
      const { State } = await inspect(stack, service);
      expect(Date.parse(State.StartedAt)).toBeGreaterThanOrEqual(Date.parse(migrate.State.FinishedAt));
    }
    const applied = 'SELECT id, hash FROM drizzle.__drizzle_migrations';
    const before = await sql(stack, applied);
    expect(before).toMatch(/^1\|[0-9a-f]{64}$/);
    await compose(stack, 'run', '--rm', 'backend-migrate');
    expect(await sql(stack, applied)).toBe(before);
  });

  it('a queued job is done by the worker', async () => {
    const id = await queueReport();
    await eventually(async () => expect(await sql(stack, done(id))).toBe('t'));
    const { Id } = await inspect(stack, 'backend-worker');
    expect(await madeBy(id)).toBe(Id.slice(0, 12));
  });

  it('a deploy during a job lets it finish, where it began', async () => {
    const before = await inspect(stack, 'backend-worker');
    const figures = await lockTable(stack, 'figures');
    const id = await queueReport();
    await eventually(async () => expect(await madeBy(id)).toBe(before.Id.slice(0, 12)));

    const deploying = compose(stack, 'up', '--detach', '--wait', '--force-recreate', '--no-deps', 'backend-worker');
    // The job is in the middle of its work when the signal arrives.
    await eventually(async () =>
      expect((await docker(stack, 'logs', before.Id)).stdout).toContain('SIGTERM: finishing'),
    );
    expect(await sql(stack, done(id))).toBe('f');
    await figures.release();
    await deploying;

    expect(await sql(stack, done(id))).toBe('t');
    expect(await madeBy(id)).toBe(before.Id.slice(0, 12));
    const after = await inspect(stack, 'backend-worker');
    expect(after.Id).not.toBe(before.Id);
    const next = await queueReport();
    await eventually(async () => expect(await madeBy(next)).toBe(after.Id.slice(0, 12)));
  });

  it('every role runs as the user of the app', async () => {
    for (const container of await containers(stack)) {
      if (!serviceOf(container).startsWith('backend') || !container.State.Running) continue;
      const { stdout } = await docker(
        stack,
        'exec',
        container.Id,
        'sh',
        '-c',
        "grep -hs '^Uid:' /proc/[0-9]*/status; true",
      );
      expect(new Set(stdout.match(/\d+/g)), container.Name).toEqual(new Set(['1001']));
    }
    const { stdout } = await compose(stack, 'run', '--rm', '--no-deps', 'backend-migrate', 'id', '-u');
    expect(stdout).toBe('1001');
  });

  it('secrets of the app are made, and are its own', async () => {
    const { stdout } = await compose(stack, 'exec', '-T', 'backend', 'printenv', 'LINK_SECRET');
    expect(stdout).toMatch(/^[0-9a-f]{48}$/);
    const { body } = await http(stack.ports.app, '/reports', { method: 'POST' });
    expect(JSON.parse(body)).toMatchObject({ link: expect.stringMatching(/signature=[0-9a-f]{64}$/) });
  });

  it('the words that prove an entry tell a file that is there from one that was never built', async () => {
    const exitCode = async (image: string, command: string) => {
      const words = nodeCheck(command);
      return (await execa('docker', ['run', '--rm', `${stack.name}-${image}:local`, ...words], { reject: false }))
        .exitCode;
    };
    for (const command of ['node dist/server.js', 'node dist/worker', 'node --enable-source-maps ./dist/worker.js'])
      expect(await exitCode('backend', command), command).toBe(0);
    expect(await exitCode('backend-migrate', 'drizzle-kit migrate')).toBe(0);
    for (const command of ['node dist/mailer.js', 'node src/dist/worker.js', 'drizzle-kit migrate'])
      expect(await exitCode('backend', command), command).toBe(1);
  });

  isHardened(system);

  it('in development the worker does jobs too, from its sources', async () => {
    await composeDev(stack, 'up', '--build', '--detach', '--wait');
    try {
      const { body } = await http(stack.ports.development, '/reports', { method: 'POST' });
      const { id } = JSON.parse(body) as { id: string };
      const psql = ['psql', '-U', 'postgres', '-d', 'app', '-tAc', done(id)];
      await eventually(async () => {
        const { stdout } = await composeDev(stack, 'exec', '-T', 'postgres', ...psql);
        expect(stdout.trim()).toBe('t');
      });
      const { stdout } = await composeDev(stack, 'top', 'backend-worker');
      expect(stdout).toContain('src/worker.ts');
    } finally {
      await composeDev(stack, 'down', '--volumes', '--timeout', '1');
    }
  });

  async function queueReport(): Promise<string> {
    const { status, body } = await http(stack.ports.app, '/reports', { method: 'POST' });
    expect(status, body).toBe(202);
    return (JSON.parse(body) as { id: string }).id;
  }

  function done(id: string): string {
    return `SELECT coalesce((SELECT done_at IS NOT NULL FROM reports WHERE id = '${id}'), false)`;
  }

  function madeBy(id: string): Promise<string> {
    return sql(stack, `SELECT made_by FROM reports WHERE id = '${id}'`);
  }
});
