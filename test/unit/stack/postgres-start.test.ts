/** The script that starts PostgreSQL, run by a shell over limits and data that are made up. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prodstack-start-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Starts it below `root`: with the limits of a cgroup, and a database at `pgdata`. */
async function start(
  {
    major = 18,
    timescaledb = false,
    connections,
  }: { readonly major?: number; readonly timescaledb?: boolean; readonly connections?: string } = {},
  host = 128 * 1024,
) {
  put('proc/meminfo', `MemTotal: ${host * 1024} kB\n`);
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const places = /\/(?:sys\/fs\/cgroup|var\/lib\/postgresql|tmp|proc)\b/g;
  const text = render('docker/postgres/start.sh', { timescaledb, whole: true }).replace(
    places,
    (place) => `${root}${place}`,
  );
  // Says what it was asked to start, and with which settings.
  const entrypoint = put('bin/docker-entrypoint.sh', `#!/bin/sh\necho "$*"\ncat ${root}/tmp/postgresql.conf\n`);
  chmodSync(entrypoint, 0o755);
  const data = join(root, 'var/lib/postgresql', major < 18 ? 'data' : `${major}/docker`);
  const { stdout, stderr, exitCode } = await execa('sh', [put('start.sh', text)], {
    env: {
      PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
      PG_MAJOR: String(major),
      PGDATA: data,
      POSTGRES_MAX_CONNECTIONS: connections,
    },
    reject: false,
  });
  const settings = Object.fromEntries(
    [...stdout.matchAll(/^([a-z_.]+) = (.*)$/gm)].map(([, name, set]) => [name, set]),
  );
  return { stdout, stderr, exitCode, settings };
}

const mebibytes = (text = ''): number =>
  Number.parseInt(text, 10) * (text.endsWith('kB') ? 1 / 1024 : text.endsWith('GB') ? 1024 : 1);

describe('the settings of PostgreSQL', () => {
  it.each([128, 256, 512, 1024, 2048, 8192, 16_384, 65_536])('fit a limit of %i MiB', async (limit) => {
    put('sys/fs/cgroup/memory.max', `${limit * 1048576}\n`);
    put('sys/fs/cgroup/cpu.max', '150000 100000\n');
    const { settings, stdout } = await start();
    expect(stdout).toContain(`postgres -c config_file=${root}/tmp/postgresql.conf`);
    expect(mebibytes(settings['shared_buffers'])).toBe(limit / 4);
    const connections = Number(settings['max_connections']);
    expect(connections).toBe(Math.min(200, Math.max(20, Math.floor(limit / 10))));
    // What is shared, what a sort of each connection may take, and three vacuums at once.
    const most =
      mebibytes(settings['shared_buffers']) +
      connections * mebibytes(settings['work_mem']) +
      3 * mebibytes(settings['maintenance_work_mem']);
    expect(most).toBeLessThanOrEqual(limit);
    expect(mebibytes(settings['work_mem'])).toBeGreaterThanOrEqual(2);
    expect(settings).toMatchObject({ max_parallel_workers: '2', max_parallel_workers_per_gather: '1' });
  });

  it('are read from cgroup version 1 too', async () => {
    put('sys/fs/cgroup/memory/memory.limit_in_bytes', `${512 * 1048576}\n`);
    put('sys/fs/cgroup/cpu/cpu.cfs_quota_us', '400000\n');
    put('sys/fs/cgroup/cpu/cpu.cfs_period_us', '100000\n');
    const { settings } = await start();
    expect(settings).toMatchObject({ shared_buffers: '128MB', max_parallel_workers: '4' });
  });

  it.each([
    ['no cgroup', {}],
    ['no limit', { 'sys/fs/cgroup/memory.max': 'max\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }],
    [
      'no limit of version 1',
      {
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
    ],
  ])('are those of 1 GiB without a limit: %s', async (_, files) => {
    for (const [path, text] of Object.entries(files)) put(path, text);
    const { settings } = await start();
    expect(settings).toMatchObject({ shared_buffers: '256MB', max_connections: '102' });
    expect(Number(settings['max_parallel_workers'])).toBeGreaterThan(0);
  });

  it('are never those of more memory than the host has', async () => {
    put('sys/fs/cgroup/memory.max', `${64 * 1024 * 1048576}\n`);
    expect((await start({}, 2048)).settings['shared_buffers']).toBe('512MB');
  });

  it('leave the number of connections to the person, and memory for each follows', async () => {
    put('sys/fs/cgroup/memory.max', `${1024 * 1048576}\n`);
    const many = await start({ connections: '50' });
    expect(many.settings).toMatchObject({ max_connections: '50', work_mem: '8388kB' });
    for (const connections of ['0', 'many', '-5', '100000', '']) {
      const { exitCode, stderr } = await start({ connections });
      if (connections === '') expect(exitCode, 'empty is auto').toBe(0);
      else
        expect({ exitCode, stderr }).toEqual({
          exitCode: 78,
          stderr: expect.stringContaining('POSTGRES_MAX_CONNECTIONS'),
        });
    }
  });

  it('count the workers of TimescaleDB', async () => {
    put('sys/fs/cgroup/cpu.max', '200000 100000\n');
    const { settings } = await start({ timescaledb: true });
    expect(settings).toMatchObject({ 'timescaledb.max_background_workers': '16', max_worker_processes: '21' });
    expect((await start()).settings['max_worker_processes']).toBe('8');
  });
});

describe('data of another major version', () => {
  it.each([
    [18, 'var/lib/postgresql/PG_VERSION', '17'],
    [18, 'var/lib/postgresql/data/PG_VERSION', '16'],
    [18, 'var/lib/postgresql/17/docker/PG_VERSION', '17'],
    [17, 'var/lib/postgresql/data/PG_VERSION', '16'],
    [17, 'var/lib/postgresql/data/18/docker/PG_VERSION', '18'],
  ])('is not started over: %i over %s', async (major, file, version) => {
    put(file, `${version}\n`);
    const { exitCode, stderr, stdout } = await start({ major });
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: '' });
    expect(stderr).toContain(`This is PostgreSQL ${major}, and the volume holds the data of PostgreSQL ${version}`);
    expect(stderr).toContain('docs/DOCKER_TROUBLESHOOTING.md');
  });

  it('may stay beside what was made from it', async () => {
    put('var/lib/postgresql/17/docker/PG_VERSION', '17\n');
    put('var/lib/postgresql/18/docker/PG_VERSION', '18\n');
    expect((await start()).exitCode).toBe(0);
  });

  it('none at all is a new database', async () => {
    mkdirSync(join(root, 'var/lib/postgresql'), { recursive: true });
    expect((await start()).exitCode).toBe(0);
  });
});
