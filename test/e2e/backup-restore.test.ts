import { appendFileSync, copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import {
  compose,
  docker,
  eventually,
  follow,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  remove,
  type Stack,
  setPorts,
  sql,
} from '../support/scenario.ts';
import { terminal } from '../support/terminal.ts';
import { hosts, type Provider, startProvider } from './provider.ts';
import { expectHealthy, load, visits } from './rotation.ts';
import { type Storage, startStorage } from './s3.ts';

const note = "'it''s there'";

/** No backup and no drill by itself: one of them would hold the lock that a restore needs, or be the newest backup. */
const onlyWhenAsked = ['--set', 'backup.schedule=systemd', '--set', 'backup.drill=never'];

describe('the restore of the bundled PostgreSQL and of uploaded files', async () => {
  const stack = await newStack('harbour');
  let storage: Storage;
  const files = join(dirname(stack.directory), 'files');

  beforeAll(async () => {
    storage = await startStorage();
    mkdirSync(files);
    try {
      const media = ['--set', 'apps.app.media=media'];
      const backups = ['--set', 'backup.engine=restic', '--set', 'backup.to=s3', ...onlyWhenAsked];
      const report = await generate(stack, '--preset', 'django', ...media, ...backups);
      setPorts(stack);
      settle(stack, storage.env);
      await follow(stack, report);
      await storage.admit(stack.name);
      await sql(stack, 'CREATE TABLE notes (id int PRIMARY KEY, text text)');
      await sql(stack, `INSERT INTO notes SELECT i, ${note} FROM generate_series(1, 500) AS i`);
      await sql(stack, 'ALTER TABLE notes OWNER TO app_migration');
      // What belongs to the database itself: no dump of it has that.
      await sql(stack, `ALTER DATABASE app SET search_path = "$user", public, "odd, one"`);
      await sql(stack, 'ALTER DATABASE app SET "shop.Greeting" = \'it\'\'s "us"\'');
      await sql(stack, "ALTER ROLE app IN DATABASE app SET statement_timeout = '70s'");
      await sql(stack, 'CREATE ROLE "who, = reads"; GRANT CONNECT ON DATABASE app TO "who, = reads" WITH GRANT OPTION');
      await sql(stack, "ALTER DATABASE app CONNECTION LIMIT 77; COMMENT ON DATABASE app IS 'it''s ours'");
      await upload(stack, 'mkdir -p "of users" && printf first >"of users/a b" && printf kept >c && chmod 644 c');
      await backUp(stack);
    } catch (error) {
      await keepArtifacts(stack, 'restore');
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `restore ${task.name}`));
  });

  afterAll(async () => {
    await storage?.dismiss(stack.name).catch(() => {});
    await remove(stack);
    await storage?.end();
  });

  it('brings back rows and files deleted after the backup, while apps write; and undo takes it back', async () => {
    const before = await properties(stack);
    await sql(stack, 'DELETE FROM notes; CREATE TABLE younger (id int)');
    await upload(stack, 'rm -r "of users" && printf changed >c && printf new >d');
    const client = load(stack, 2, 120);

    // A second one, meanwhile, keeps away.
    const first = restore(stack, '--yes');
    await eventually(() => expect(String(first.pid && said.get(first))).toContain('== loaded beside'));
    const second = await restore(stack, '--yes');
    expect(second.exitCode, second.all).toBe(75);
    expect(second.all).toContain('another job is at work: restore, since');
    const run = await first;
    expect(run.exitCode, run.all).toBe(0);
    expect(run.all).toMatch(/made \d{4}-\d\d-\d\d \d\d:\d\d UTC, .* ago/);
    expect((await client.stop()).answered).toBeGreaterThan(0);

    expect(await sql(stack, 'SELECT count(*), min(text) FROM notes')).toBe("500|it's there");
    expect(await sql(stack, "SELECT to_regclass('younger') IS NULL")).toBe('t');
    expect(await uploads(stack)).toBe('c:kept of users/a b:first');
    expect(await upload(stack, 'stat -c "%a %u" c')).toBe('644 1001');
    expect(await properties(stack)).toBe(before);
    await expectHealthy(stack);
    expect(await visits(stack)).toBeGreaterThan(0);

    const undo = await restore(stack, '--undo', '--yes');
    expect(undo.exitCode, undo.all).toBe(0);
    expect(await sql(stack, "SELECT count(*), to_regclass('younger') IS NULL FROM notes")).toBe('0|f');
    expect(await uploads(stack)).toBe('c:changed d:new');
    expect(await properties(stack)).toBe(before);
    await expectHealthy(stack);
    const old = await restore(stack, '--drop-old', '--yes');
    expect(old.all).toMatch(/the database app_undone_\d{8}t\d{6}z \(/);
    expect(await databases(stack)).toBe('app');
    expect(await upload(stack, 'ls -A .restore 2>/dev/null || true')).toBe('');
  });

  it('refuses what is not a whole backup of what it has to be, and nothing has changed', async () => {
    const since = (await inspect(stack, 'app')).State.StartedAt;
    const live = await sql(stack, 'SELECT oid FROM pg_database WHERE datname = current_database()');
    const dump = join(files, 'shop.dump');
    const record = join(files, 'shop.json');
    await dumpTo(stack, dump);
    const counted = JSON.parse(await sql(stack, countQuery)) as Record<string, number>;
    expect(counted['public.notes']).toBe(0);
    const recordOf = (tables: Readonly<Record<string, number>>) => ({
      ...{ format: 1, id: 'shop', project: stack.name, engine: 'files', started: '2026-11-20T02:00:00Z' },
      ...{ server: '18.6', timescaledb: null, uploads: {} },
      databases: {
        app: {
          ...{ name: 'app', file: 'shop.dump', bytes: readFileSync(dump).length, sha256: null, owner: 'app_migration' },
          ...{ encoding: 'UTF8', collate: 'en_US.utf8', ctype: 'en_US.utf8', provider: 'c', icu: null, tables },
        },
      },
    });
    const refused = async (why: RegExp, ...args: readonly string[]) => {
      const run = await restore(stack, '--yes', ...args);
      expect(run.exitCode, run.all).toBe(1);
      expect(run.all).toMatch(why);
    };

    await refused(/no record that says what must be in it/, dump);
    writeFileSync(record, JSON.stringify(recordOf({ ...counted, 'public.notes': 501 })));
    await refused(/what was restored is not what was backed up: public\.notes has 0 rows, and the backup 501\n/, dump);
    expect(await databases(stack)).toBe('app');
    const whole = readFileSync(dump);
    const spoiled = Buffer.from(whole);
    // In the rows, behind the list of what there is.
    spoiled.fill(0, whole.length - 600, whole.length - 300);
    for (const [bytes, why] of [
      [whole.subarray(0, whole.length / 2), /has \d+ bytes, and the record says \d+: it is not whole/],
      [spoiled, /shop\.dump is damaged|could not be loaded|is no whole dump|is not what was backed up/],
      [Buffer.alloc(0), /is empty or missing/],
      [Buffer.from('PK\x03\x04 something else'), /has \d+ bytes, and the record says/],
    ] as const) {
      writeFileSync(dump, bytes);
      await refused(why, dump);
    }
    await refused(/is no whole dump of pg_dump's custom format/, '--unverified', foreign(files));
    await refused(/there is no complete backup 20200101T000000Z/, '20200101T000000Z');
    await refused(/--at needs the engine pitr/, '--at', '2026-11-20 10:00');

    // With the right key it says so; without it, it says that.
    const env = join(stack.directory, '.env');
    const right = readFileSync(env, 'utf8');
    writeFileSync(env, right.replace(/^(BACKUP_PASSWORD=).*$/m, '$1another'));
    await refused(/key|password/i, 'latest');
    writeFileSync(env, right);

    const dry = await restore(stack, '--dry-run');
    expect(dry.exitCode, dry.all).toBe(0);
    expect(await databases(stack)).toBe('app');
    expect(await sql(stack, 'SELECT oid FROM pg_database WHERE datname = current_database()')).toBe(live);
    expect((await inspect(stack, 'app')).State.StartedAt).toBe(since);
    expect(await uploads(stack)).toBe('c:changed d:new');
  });

  it('a failing health check undoes everything', async () => {
    const live = await sql(stack, 'SELECT oid FROM pg_database WHERE datname = current_database()');
    // What Django has noted of its migrations is lost: they begin anew, and find their tables there.
    await sql(
      stack,
      'ALTER TABLE django_migrations RENAME TO set_aside; CREATE TABLE django_migrations (LIKE set_aside)',
    );
    const dump = join(files, 'broken.dump');
    await dumpTo(stack, dump);
    await sql(stack, 'DROP TABLE django_migrations; ALTER TABLE set_aside RENAME TO django_migrations');
    const run = await restore(stack, '--yes', '--unverified', '--timeout', '60', dump);
    expect(run.exitCode, run.all).toBe(1);
    expect(run.all).toContain('everything is as it was before');
    expect(await sql(stack, 'SELECT oid FROM pg_database WHERE datname = current_database()')).toBe(live);
    expect(await databases(stack)).toMatch(/^app app_undone_\S+$/);
    await expectHealthy(stack);
  });

  it('killed with -9 at every step, the live database is whole and the next run goes on', async () => {
    const live = async () => [await sql(stack, 'SELECT count(*) FROM notes'), await uploads(stack)].join(' | ');
    const [old, restored] = [await live(), '500 | c:kept of users/a b:first'];
    expect(old).toBe('0 | c:changed d:new');
    const steps = [
      ['is brought here', old],
      ['restore: loading', old],
      ['is made and loaded', old],
      ['restore: stopping', old],
      ['restore: swapping', undefined],
      ['restore: swapped', restored],
    ] as const;
    for (const [step, expected] of steps) {
      expect(await killAt(stack, step), step).toBe(true);
      // Names may be changing still, in the server.
      const found = await eventually(() => live());
      expect(expected === undefined ? [old, restored] : [expected], step).toContain(found);
    }
    // From there on it is finished, and not undone: somebody may have written since.
    const run = await restore(stack, '--yes');
    expect(run.exitCode, run.all).toBe(0);
    expect(run.all).toContain('was interrupted after its end');
    expect(await live()).toBe(restored);
    await expectHealthy(stack);
  });

  it('an empty host comes back from offsite copies alone', async () => {
    const counted = await visits(stack);
    await storage.dismiss(stack.name);
    const env = readFileSync(join(stack.directory, '.env'), 'utf8');
    await compose(stack, 'down', '--timeout', '1');
    const volumes = (await execa('docker', ['volume', 'ls', '--quiet', '--filter', `name=^${stack.name}_`])).stdout;
    await execa('docker', ['volume', 'rm', ...volumes.split('\n')]);
    // What the servers ask for is another one now; the key and the storage are as they were.
    writeFileSync(
      join(stack.directory, '.env'),
      env.replaceAll(/^(POSTGRES\w*_PASSWORD|REDIS_PASSWORD)=.*$/gm, '$1=anew1234'),
    );
    const commands = documented(stack, 'An empty host');
    expect(commands).toHaveLength(3);
    for (const command of commands) {
      if (command.startsWith('scripts/restore')) {
        await storage.admit(stack.name);
        await typed(stack, command);
      } else {
        await execa('bash', ['-ec', command], { cwd: stack.directory });
      }
    }
    expect(await sql(stack, 'SELECT count(*), min(text) FROM notes')).toBe("500|it's there");
    expect(await uploads(stack)).toBe('c:kept of users/a b:first');
    expect(await databases(stack)).toBe('app');
    expect(await visits(stack)).toBeLessThanOrEqual(counted + 1);
    await expectHealthy(stack);
  });
});

describe('the restore of a managed PostgreSQL', async () => {
  const stack = await newStack('quay');
  const caFile = 'certs/provider-ca.pem';
  let provider: Provider;

  beforeAll(async () => {
    provider = await startProvider();
    mkdirSync(join(stack.directory, 'certs'));
    writeFileSync(join(stack.directory, caFile), provider.ca);
    try {
      const managed = [
        '--set',
        'postgres.mode=managed',
        '--set',
        `postgres.ca=${caFile}`,
        '--set',
        'postgres.version=17',
      ];
      const backups = ['--set', 'backup.engine=files', ...onlyWhenAsked];
      const report = await generate(stack, '--preset', 'fastapi', ...managed, ...backups);
      setPorts(stack);
      const address = (role: 'app' | 'app_migration') =>
        provider.address(role, 'shop', hosts.postgres).replaceAll("'", '%27');
      settle(stack, {
        DATABASE_URL: address('app'),
        MIGRATION_DATABASE_URL: address('app_migration'),
        BACKUP_DATABASE_URL: address('app_migration'),
      });
      const quoted = (role: 'app' | 'app_migration') => `'${provider.passwordOf(role).replaceAll("'", "''")}'`;
      await provider.sql(`CREATE ROLE app LOGIN PASSWORD ${quoted('app')}`);
      await provider.sql(`CREATE ROLE app_migration LOGIN BYPASSRLS PASSWORD ${quoted('app_migration')}`);
      await provider.sql('CREATE DATABASE shop OWNER app_migration');
      const rights =
        'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO app';
      await provider.sql(`SET ROLE app_migration; ALTER DEFAULT PRIVILEGES ${rights}`, 'shop');
      await provideImages(stack.directory);
      // Its networks are there once its images are built.
      await Promise.all([follow(stack, report), eventually(() => provider.admit(stack.name, 3), 540)]);
      await backUp(stack);
    } catch (error) {
      await keepArtifacts(stack, 'restore managed');
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `restore managed ${task.name}`));
  });

  afterAll(async () => {
    await provider?.remove();
    await remove(stack);
  });

  it('says what its role lacks before anything is touched; with that, rows deleted after the backup come back', async () => {
    const counted = await visits(stack);
    await backUp(stack);
    await provider.sql('DELETE FROM visits', 'shop');
    const client = load(stack, 1, 120);
    let run = await restore(stack, '--yes');
    expect(run.exitCode, run.all).toBe(1);
    for (let tries = 0; run.exitCode !== 0 && tries < 3; tries++) {
      const remedies = [...String(run.all).matchAll(/: ((?:ALTER ROLE|GRANT) [^;]*;)/g)].map(([, one]) => one ?? '');
      expect(remedies, run.all).not.toEqual([]);
      expect(await provider.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'shop%'")).toBe('1');
      for (const remedy of remedies) await provider.sql(remedy);
      run = await restore(stack, '--yes');
    }
    expect(run.exitCode, run.all).toBe(0);
    await client.stop();
    expect(await visits(stack)).toBeGreaterThan(counted);
    expect(await provider.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'")).toBe(
      'app_migration',
    );
  });
});

/** What a running restore has said so far. */
const said = new WeakMap<object, string>();

/** Runs `scripts/restore`, as somebody elsewhere would. */
function restore(stack: Stack, ...args: readonly string[]) {
  const run = execa(join(stack.directory, 'scripts/restore'), args, { cwd: '/', reject: false, all: true });
  said.set(run, '');
  run.all.on('data', (chunk: Buffer) => said.set(run, `${said.get(run)}${chunk}`));
  return run;
}

/** Starts a restore and kills it, and all that it has started here, as soon as it says this. */
async function killAt(stack: Stack, step: string): Promise<boolean> {
  const script = join(stack.directory, 'scripts/restore');
  const run = execa(script, ['--yes'], { cwd: stack.directory, reject: false, all: true, detached: true });
  let text = '';
  let killed = false;
  run.all.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (killed || !text.includes(step) || run.pid === undefined) return;
    killed = true;
    process.kill(-run.pid, 'SIGKILL');
  });
  await run;
  // The container that holds its lock ends with it, a moment later; until then the next one would be refused.
  const labels = [`project=${stack.name}`, 'service=backup', 'oneoff=True'];
  const filters = labels.flatMap((label) => ['--filter', `label=com.docker.compose.${label}`]);
  await eventually(async () => expect((await docker(stack, 'ps', '--all', '--quiet', ...filters)).stdout).toBe(''));
  return killed;
}

/** Makes a backup. */
async function backUp(stack: Stack): Promise<void> {
  await execa('scripts/backup', [], { cwd: stack.directory });
}

/** Types a command of the docs into a terminal, and what it asks for. */
async function typed(stack: Stack, command: string): Promise<void> {
  const person = terminal(['-ec', command], stack.directory, { program: 'bash' });
  await eventually(() => expect(person.screen()).toContain(`Type ${stack.name} to go on`), 120);
  person.type(`${stack.name}\r`);
  expect(await eventually(() => person.ended()), person.screen()).toBe(0);
}

/** The commands of the first block below a heading of docs/DEPLOYMENT.md. */
function documented(stack: Stack, heading: string): readonly string[] {
  const text = readFileSync(join(stack.directory, 'docs/DEPLOYMENT.md'), 'utf8');
  const block = new RegExp(`^#+ ${heading}$[^]*?^\`\`\`sh\n([^]*?)^\`\`\`$`, 'm').exec(text)?.[1] ?? '';
  return block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

/** A line of shell in the folder of uploads, as the app. */
async function upload(stack: Stack, line: string): Promise<string> {
  return (await compose(stack, 'exec', '-T', 'app', 'sh', '-ec', `cd media && ${line}`)).stdout;
}

/** The files that people uploaded, with what is in them. */
async function uploads(stack: Stack): Promise<string> {
  const line =
    'find . -type f ! -path "./.restore/*" | sort | while read -r one; do printf "%s:%s " "${one#./}" "$(cat "$one")"; done';
  return (
    await compose(stack, 'run', '--rm', '--no-deps', '-T', '--entrypoint', 'sh', 'app', '-ec', `cd media && ${line}`)
  ).stdout.trim();
}

/** What belongs to the database itself. */
function properties(stack: Stack): Promise<string> {
  return sql(
    stack,
    `SELECT (SELECT array_agg(one::text ORDER BY one::text) FROM unnest(datacl) AS one), datconnlimit, pg_get_userbyid(datdba),
            datcollate, shobj_description(oid, 'pg_database'),
            (SELECT array_agg((setrole::regrole, setconfig)::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = oid)
       FROM pg_database d WHERE datname = current_database()`,
  );
}

/** The rows of each table. */
const countQuery = `SELECT json_object_agg(format('%I.%I', schemaname, tablename), (xpath('/row/n/text()',
    query_to_xml(format('SELECT count(*) AS n FROM %I.%I', schemaname, tablename), false, true, '')))[1]::text::int)
  FROM pg_tables WHERE schemaname = 'public'`;

/** The databases that are of this stack. */
async function databases(stack: Stack): Promise<string> {
  return sql(stack, "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE 'app%'");
}

/** A dump of the database, made by hand. */
async function dumpTo(stack: Stack, file: string): Promise<void> {
  const dump = ['exec', '-T', 'postgres', 'pg_dump', '-U', 'postgres', '--format=custom', '--compress=none', 'app'];
  await execa('docker', ['compose', ...dump], { cwd: stack.directory, stdout: { file } });
}

/** A file that is no dump at all. */
function foreign(folder: string): string {
  const file = join(folder, 'foreign.dump');
  copyFileSync(process.execPath, file);
  truncateSync(file, 4096);
  return file;
}

/** Puts values into `.env`. */
function settle(stack: Stack, values: Readonly<Record<string, string>>): void {
  const lines = Object.entries(values).map(([name, value]) => `${name}="${value.replaceAll(/[\\"$]/g, '\\$&')}"`);
  appendFileSync(join(stack.directory, '.env'), `\n${lines.join('\n')}\n`);
}
