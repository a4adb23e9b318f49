/**
 * Backups and restores beside `pg_dump | gzip` and `gunzip | psql`, in the same containers of one generated stack: time, size,
 * processor time, and the memory of the container of the backups. Prints Markdown tables. Of the order of 20 minutes and
 * 10 GB of disk. `npm run bench:backup [-- --orders 1800000 --runs 2 --engines restic,files --sizes 450000,900000]`
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { provideImages } from '../test/support/engine.ts';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1800000' },
    runs: { type: 'string', default: '2' },
    engines: { type: 'string', default: 'restic,files' },
    sizes: { type: 'string', default: '450000,900000' },
  },
});
const engines = values.engines.split(',');

// Its name is also that of the stack.
const folder = join(mkdtempSync(join(tmpdir(), 'prodstack-')), `bench-${process.pid}`);
const data = readFileSync(join(root, 'bench/backup/data.sql'), 'utf8');

/** What one command took. */
interface Cost {
  readonly seconds: number;
  /** Of the processors, in both containers. */
  readonly work: number;
  /** What the processes of the container of the backups held at most, in MiB; files in memory are not counted. */
  readonly memory: number;
}

const inFolder = (program: string, args: readonly string[], input?: string) =>
  execa(program, args, { cwd: folder, ...(input === undefined ? { stdin: 'ignore' } : { input }) });
const compose = (...args: readonly string[]) => inFolder('docker', ['compose', ...args]);
const inside = async (service: string, line: string) =>
  (await compose('exec', '-T', service, 'bash', '-Eeuo', 'pipefail', '-c', line)).stdout.trim();
const psql = (database: string, input: string, ...args: readonly string[]) =>
  inFolder(
    'docker',
    ['compose', 'exec', '-T', 'postgres', 'psql', '-qXAtU', 'postgres', '-d', database, ...args],
    input,
  );

/** A line of shell in the container of the backups, where PGHOST and the like lead to the database. */
const client = (line: string) => inside('backup', `${library} use_database app; ${line}`);
// As the command `backup` reads them; the files of the engine before are still there.
const library =
  'export BACKUP_FILLED=1; for file in /usr/local/lib/backup/*.sh; do case ${file##*/} in "$BACKUP_ENGINE.sh") ;; restic.sh|files.sh|pitr.sh) continue ;; esac; . "$file"; done;';

// Version 2 of control groups, else version 1.
const used =
  'cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || sed -n "s/^usage_usec \\(.*\\)/\\1000/p" /sys/fs/cgroup/cpu.stat';
const held =
  "cat /sys/fs/cgroup/memory/memory.stat /sys/fs/cgroup/memory.stat 2>/dev/null | sed -n 's/^\\(anon\\|total_rss\\) //p'";

async function work(): Promise<number> {
  return (Number(await inside('backup', used)) + Number(await inside('postgres', used))) / 1e9;
}

async function cost(run: () => Promise<unknown>): Promise<Cost> {
  await psql('postgres', 'CHECKPOINT');
  const watch = `touch /tmp/watching; peak=0; while [ -e /tmp/watching ]; do
    now=$(${held} || :); [ "$now" -le "$peak" ] || peak=$now; sleep 0.2; done; echo "$peak"`;
  const watcher = inside('backup', watch);
  const before = await work();
  const start = performance.now();
  try {
    await run();
  } finally {
    await inside('backup', 'rm -f /tmp/watching');
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds, work: (await work()) - before, memory: Number(await watcher) / 2 ** 20 };
}

const bytes = async (path: string) => Number(await inside('backup', `du --bytes --summarize ${path} | cut -f 1`));

async function generate(engine: string): Promise<void> {
  // No timer of its own: only what is measured runs.
  const answers = [`backup.engine=${engine}`, 'backup.schedule=systemd'].flatMap((answer) => ['--set', answer]);
  await execa(process.execPath, [join(root, 'dist/cli.js'), folder, '--yes', '--preset', 'fastapi', ...answers]);
}

/** The same stack with another engine; the database stays. */
async function use(engine: string): Promise<void> {
  await generate(engine);
  await provideImages(folder);
  await compose('build', '--quiet', 'backup');
  await inFolder('scripts/ctl', ['up', '--detach', '--wait', 'postgres']);
  await compose('up', '--detach', '--no-build', '--no-deps', 'backup');
}

async function fill(orders: string): Promise<void> {
  await psql('postgres', 'DROP DATABASE IF EXISTS app WITH (FORCE);\nCREATE DATABASE app OWNER app_migration;');
  await psql('app', data, '-v', `orders=${orders}`);
}

const gigabytes = (amount: number) => (amount / 1e9).toFixed(2);
const row = (...cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
const costs = ({ seconds, work: used, memory }: Cost) => [seconds.toFixed(1), used.toFixed(1), memory.toFixed(0)];

/** How everybody does it: into a file, and back from it. */
async function plain(): Promise<void> {
  const file = '/backups/plain.sql.gz';
  const made = await cost(() => client(`pg_dump | gzip >${file}`));
  row('pg_dump \\| gzip', ...costs(made), gigabytes(await bytes(file)));
  await psql('postgres', 'CREATE DATABASE plain');
  const back = await cost(() =>
    client(
      `export PGDATABASE=plain; gunzip --stdout ${file} | psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null`,
    ),
  );
  row('gunzip \\| psql', ...costs(back), '');
  await psql('postgres', 'DROP DATABASE plain');
  await inside('backup', `rm ${file}`);
}

async function ours(engine: string): Promise<void> {
  const empty = await bytes('/backups');
  row(
    `${engine}: backup run`,
    ...costs(await cost(() => client('command_run'))),
    gigabytes((await bytes('/backups')) - empty),
  );
  const first = await bytes('/backups');
  if (engine === 'restic') {
    const again = await cost(() => client('command_run'));
    const added = (await bytes('/backups')) - first;
    row(
      `${engine}: once more, nothing changed`,
      ...costs(again),
      `${gigabytes(added)} (${((added / first) * 100).toFixed(1)} %)`,
    );
  }
  const id = (await client('engine_list | jq --raw-output .id')).split('\n')[0] ?? '';
  const fetched = '/var/lib/backup/work/bench';
  const fetch = await cost(() =>
    client(
      `rm -rf ${fetched}; mkdir -p ${fetched}; engine_ready; engine_fetch ${id} ${fetched}; verify_dump ${fetched}/app.dump`,
    ),
  );
  row(`${engine}: brought from there, and verified`, ...costs(fetch), gigabytes(await bytes(`${fetched}/app.dump`)));
  const load = await cost(() =>
    client(
      `make_database ours app ${fetched}/record.json; load_dump ${fetched}/app.dump ours "$(load_jobs)"; analyze_database ours`,
    ),
  );
  row(`${engine}: loaded, with statistics`, ...costs(load), '');
  await client(`compare_counts ours app ${fetched}/record.json; rm -rf ${fetched}`);
  await psql('postgres', 'DROP DATABASE ours');
  row(
    `${engine}: scripts/restore, all of it`,
    ...costs(await cost(() => inFolder('scripts/restore', ['latest', '--yes']))),
    '',
  );
  await inFolder('scripts/restore', ['--drop-old', '--yes']);
  row(`${engine}: scripts/restore-drill`, ...costs(await cost(() => inFolder('scripts/restore-drill', []))), '');
  await inside('backup', 'rm -rf /backups/* /var/lib/backup/cache');
}

async function table(title: string, run: () => Promise<void>): Promise<void> {
  console.log(`\n### ${title}\n`);
  row('', 's', 'processor, s', 'memory, MiB', 'GB');
  row('---', '---', '---', '---', '---');
  await run();
}

try {
  await generate(engines[0] ?? 'restic');
  // All of this machine for both, as far as they need it.
  const limits = ['BACKUP_CPU_LIMIT', 'POSTGRES_CPU_LIMIT'].map((name) => `${name}=${cpus().length}.0`);
  appendFileSync(join(folder, '.env'), `\n${limits.join('\n')}\nPOSTGRES_MEMORY_LIMIT=2G\n`);
  for (const orders of values.sizes.split(',').filter((size) => size !== '')) {
    for (const engine of engines) {
      await use(engine);
      await compose('run', '--rm', 'postgres-setup');
      await fill(orders);
      await table(`${orders} orders, ${engine}`, async () => {
        row('backup run', ...costs(await cost(() => client('command_run'))), gigabytes(await bytes('/backups')));
        await inside('backup', 'rm -rf /backups/* /var/lib/backup/cache');
      });
    }
  }
  await use(engines[0] ?? 'restic');
  await compose('run', '--rm', 'postgres-setup');
  await fill(values.orders);
  const { stdout: size } = await psql('app', 'SELECT pg_database_size(current_database())');
  for (let run = 1; run <= Number(values.runs); run++) {
    await table(`Run ${run}: a database of ${gigabytes(Number(size))} GB`, async () => {
      await plain();
      for (const engine of engines) {
        await use(engine);
        await ours(engine);
      }
    });
  }
} finally {
  await compose('down', '--volumes', '--remove-orphans', '--timeout', '1').catch(() => {});
  const name = basename(folder);
  const names = async (kind: string, filter: string, format: string) =>
    (await execa('docker', [kind, 'ls', '--filter', filter, '--format', format])).stdout.split('\n').filter(Boolean);
  const volumes = await names('volume', `name=^${name}_`, '{{.Name}}');
  if (volumes.length > 0) await execa('docker', ['volume', 'rm', ...volumes]);
  const images = await names('image', `reference=${name}-*`, '{{.Repository}}:{{.Tag}}');
  if (images.length > 0) await execa('docker', ['image', 'rm', ...images]);
  rmSync(dirname(folder), { recursive: true, force: true });
}
