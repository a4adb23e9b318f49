/** Backups as plain files: on this host, in a bucket, spoiled in every way, and how many of them stay. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import images from '../../templates/images.json' with { type: 'json' };
import { provideImages } from '../support/engine.ts';
import { watchProcesses } from '../support/processes.ts';
import {
  compose,
  eventually,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  remove,
  setPorts,
  sql,
} from '../support/scenario.ts';
import { type Storage, startStorage } from './s3.ts';

interface Listed {
  readonly id: string;
  readonly where: string;
  readonly bytes: number;
}

describe('backups as plain files', async () => {
  const stack = await newStack('plain');
  let storage: Storage;

  beforeAll(async () => {
    storage = await startStorage();
    try {
      // Jobs run when the test says so.
      const backups = ['engine=files', 'to=s3', 'timezone=Europe/Berlin', 'schedule=systemd', 'drill=never'];
      const answers = ['apps.app.media=media', 'postgres.version=17', ...backups.map((one) => `backup.${one}`)];
      await generate(stack, '--preset', 'django', ...answers.flatMap((answer) => ['--set', answer]));
      setPorts(stack);
      await provideImages(stack.directory);
      await execa('scripts/ctl', ['up', '--detach', '--wait', 'postgres'], { cwd: stack.directory });
      await compose(stack, 'run', '--rm', 'postgres-setup');
      await sql(stack, "CREATE TABLE notes AS SELECT i AS id, 'it''s there' AS text FROM generate_series(1, 500) AS i");
      // What nobody can compress: some megabytes of it.
      await sql(
        stack,
        'CREATE TABLE noise AS SELECT gen_random_uuid() AS a, gen_random_uuid() AS b FROM generate_series(1, 60000)',
      );
      await uploads(
        'mkdir -p "of users" && printf first >"of users/a b" && printf kept >c && mkdir .restore && printf x >.restore/y',
      );
      await compose(stack, 'build', 'backup');
      await compose(stack, 'up', '--detach', '--no-build', '--no-deps', 'backup');
      await storage.admit(stack.name);
    } catch (error) {
      await keepArtifacts(stack, 'plain');
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `plain ${task.name}`));
  });

  afterAll(async () => {
    await storage?.dismiss(stack.name).catch(() => {});
    await remove(stack);
    await storage?.end();
  });

  /** A command of the container, and what became of it. */
  const backup = (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const args = ['compose', 'exec', '-T', ...variables, 'backup', 'backup', ...words];
    return execa('docker', args, { cwd: stack.directory, reject: false, all: true });
  };
  const good = async (words: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const run = await backup(words, env);
    expect(run.exitCode, run.all).toBe(0);
    return run;
  };
  const listed = async (env: Readonly<Record<string, string>> = {}): Promise<readonly Listed[]> => {
    const { stdout } = await good(['list', '--json'], env);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Listed);
  };
  const latest = async () => {
    const [newest] = await listed();
    if (!newest) throw new Error('there is no backup');
    return newest;
  };
  const inside = async (script: string) =>
    (await compose(stack, 'exec', '-T', 'backup', 'bash', '-euc', script)).stdout.trim();
  const uploads = async (script: string) => {
    const volume = ['--volume', `${stack.name}_app-media:/media`, '--workdir', '/media', '--network', 'none'];
    await execa('docker', [
      'run',
      '--rm',
      ...volume,
      images['postgres:17'],
      'bash',
      '-euc',
      `${script}; chown -R 1001:1001 .`,
    ]);
  };
  const here = async () => (await inside('ls /backups')).split('\n').sort();
  const settle = async () => {
    const quoted = Object.entries(storage.env).map(
      ([name, value]) => `${name}="${value.replaceAll(/[\\"$]/g, '\\$&')}"`,
    );
    appendFileSync(join(stack.directory, '.env'), `\n${quoted.join('\n')}\n`);
    await compose(stack, 'up', '--detach', '--no-build', '--no-deps', 'backup');
  };

  it('stay on this host as long as no bucket is named, which is said, and are read by hand', async () => {
    const run = await good(['run']);
    expect(run.all).toContain('BACKUP_S3_BUCKET is empty: backups stay on this host');
    const [one, ...others] = await listed();
    expect(others).toEqual([]);
    expect(one?.where).toBe('local');
    const id = one?.id;
    const names = ['-app-media.tar.zst', '-app-media.tar.zst.sha256', '-app.dump', '-app.dump.sha256'];
    const rest = ['-globals.sql', '-globals.sql.sha256', '.json'];
    expect(await here()).toEqual([...names, ...rest].map((name) => `${id}${name}`));
    const checked = await inside('cd /backups && sha256sum --check *.sha256');
    expect(checked.match(/: OK$/gm)).toHaveLength(3);
    expect(await inside('pg_restore --list /backups/*-app.dump')).toContain('TABLE DATA public notes');
    expect(await inside('tar --zstd -tf /backups/*.tar.zst | sort | paste -sd ,')).toBe(
      './,./c,./of users/,./of users/a b',
    );
  });

  it('go to the bucket, the earlier ones too, and nothing secret is on a command line', async () => {
    await settle();
    const watch = watchProcesses();
    await good(['run']);
    const lines = watch.stop().join('\n');
    expect(lines).toContain('rclone');
    expect(lines).not.toContain(storage.env['BACKUP_S3_SECRET_ACCESS_KEY']);
    expect((await listed()).map(({ where }) => where)).toEqual(['s3', 's3']);
    expect(storage.objects()).toEqual((await here()).map((name) => `${stack.name}/${name}`));
    // Another engine's or another stack's files beside them change nothing.
    storage.write(`${stack.name}/config`, 'not ours');
    storage.write(
      `${stack.name}/20200101T000000Z.json`,
      '{"format":1,"id":"20200101T000000Z","project":"other","databases":{}}',
    );
    expect(await listed()).toHaveLength(2);
  });

  it('are brought back from there, dumps and uploads, without any on this host', async () => {
    const { id } = await latest();
    await inside('mkdir /backups/aside && mv /backups/2* /backups/aside');
    await good(['restore-prepare', id]);
    const folder = `/var/lib/backup/fetched/${id}`;
    expect(await inside(`cd ${folder} && find . -type f | sort | paste -sd ,`)).toBe(
      './app.dump,./globals.sql,./record.json,./uploads/app-media/c,./uploads/app-media/of users/a b',
    );
    expect(
      await inside(`jq -c '[.databases.app.tables["public.notes"], .uploads["app-media"]]' ${folder}/record.json`),
    ).toBe('[500,{"files":2,"bytes":9}]');
    await inside('mv /backups/aside/* /backups && rmdir /backups/aside');
  });

  it('say what is wrong with the bucket, and lose nothing', async () => {
    const before = storage.objects();
    const faults: readonly [Readonly<Record<string, string>>, string][] = [
      [{ BACKUP_S3_SECRET_ACCESS_KEY: 'wrong' }, 'the key is not known there, or its secret is another one'],
      [{ BACKUP_S3_BUCKET: 'missing' }, 'there is no bucket missing'],
      [{ BACKUP_S3_ENDPOINT: 'http://s3.provider.test:9' }, 'it cannot be reached'],
      [{ BACKUP_S3_ENDPOINT: 'https://s3.provider.test:9000' }, 'it cannot be reached'],
    ];
    for (const [env, reason] of faults) {
      const run = await backup(['run'], env);
      expect(run.exitCode, run.all).toBe(1);
      expect(run.all).toContain(reason);
    }
    expect(storage.objects()).toEqual(before);

    // Cut off in the middle, where it is held until nobody takes the rest: what is there by then is no backup.
    const cut = backup(['run'], { RCLONE_BWLIMIT: '100k' });
    const sending = "$(pgrep --exact --list-full rclone | grep ' copy --files-from-raw')";
    await eventually(() => inside(`sending=${sending}; kill -STOP "\${sending%% *}"`));
    await storage.stop();
    await inside('pkill -CONT --exact rclone');
    const run = await cut;
    expect(run.exitCode, run.all).toBe(1);
    expect(run.all).toContain('does not take the backup: it cannot be reached');
    await storage.start();
    const ids = (await listed()).map(({ where }) => where);
    expect(ids.filter((where) => where === 's3')).toHaveLength(2);
    // It was whole on this host: the next run sends it as well.
    await good(['run']);
    expect((await listed()).map(({ where }) => where)).toEqual(['s3', 's3', 's3', 's3']);
  });

  it('are refused when they are not what was backed up, and nothing has changed', async () => {
    const { id } = await latest();
    const key = `${stack.name}/${id}-app.dump`;
    const whole = storage.read(key);
    const state = () => sql(stack, "SELECT string_agg(oid || datname, ',' ORDER BY oid) FROM pg_database");
    const before = await state();
    storage.spoil(key);
    // The one on this host is whole, and nearer. A drill is not content with that.
    await good(['restore-prepare', id]);
    expect((await backup(['drill'])).all).toContain(`is damaged: ${id}-app.dump: FAILED`);
    await inside(
      `cp /backups/${id}-app.dump /backups/kept; printf X | dd of=/backups/${id}-app.dump bs=1 seek=999 conv=notrunc`,
    );
    const spoiled = await backup(['restore-prepare', id]);
    expect(spoiled.exitCode, spoiled.all).toBe(1);
    expect(spoiled.all).toContain(`${stack.name} at http://s3.provider.test:9000 is damaged: ${id}-app.dump: FAILED`);
    storage.cut(key);
    expect((await listed()).find((one) => one.id === id)?.where).toBe('local');
    for (const words of [['restore-prepare', id], ['drill']]) {
      const cut = await backup(words);
      expect(cut.exitCode, cut.all).toBe(1);
      expect(cut.all).toMatch(new RegExp(`(damaged or missing in .*${id}-app.dump)|is not whole any more`));
    }
    await inside(`mv /backups/kept /backups/${id}-app.dump`);
    storage.write(key, whole);

    const file = join(dirname(stack.directory), 'app.dump');
    // The header names the server that it comes from.
    const at = whole.indexOf('17.');
    const newer = Buffer.from(whole);
    newer.write('18', at);
    const faults: readonly [Buffer, string][] = [
      [Buffer.alloc(0), 'empty'],
      [Buffer.from('<html>404 Not Found</html>'), 'is no whole dump'],
      [whole.subarray(0, whole.length / 2), 'is damaged'],
      [newer, 'comes from PostgreSQL 18, and this is PostgreSQL 17'],
    ];
    for (const [content, reason] of faults) {
      writeFileSync(file, content);
      const refused = await execa('scripts/restore', [file, '--unverified', '--yes'], {
        cwd: stack.directory,
        reject: false,
        all: true,
      });
      expect(refused.exitCode, refused.all).toBe(1);
      expect(refused.all).toContain(reason);
    }
    expect(await state()).toBe(before);
  });

  it('leave nothing half done where the disk is full', async () => {
    const tiny = `${stack.name}_tiny`;
    const options = ['type=tmpfs', 'device=tmpfs', 'o=size=2m,uid=1001,gid=1001,mode=0700'].flatMap((one) => [
      '--opt',
      one,
    ]);
    await execa('docker', ['volume', 'create', ...options, tiny]);
    const script = 'backup run; echo "status $?"; ls -A /backups | sed "s/^/left: /"';
    const args = [
      'run',
      '--rm',
      '--no-deps',
      '-T',
      '--volume',
      `${tiny}:/backups`,
      '--env',
      'BACKUP_S3_BUCKET=',
      'backup',
    ];
    const run = await execa('docker', ['compose', ...args, 'bash', '-c', script], { cwd: stack.directory, all: true });
    expect(run.all).toContain('status 1');
    expect(run.all).toContain('there is no room left for the dump of the database app');
    expect(run.all).not.toContain('left: 2');
  });

  it('are whole or do not count, whenever a run is killed', async () => {
    const local = { BACKUP_S3_BUCKET: '' };
    const before = await listed(local);
    const container = (await inspect(stack, 'backup')).Id;
    for (let kill = 0; kill < 6; kill++) {
      const run = backup(['run'], local);
      await inside(`sleep ${(0.3 + Math.random() * 3).toFixed(2)}`);
      await execa('docker', ['kill', container]);
      await run;
      await execa('docker', ['start', container]);
    }
    await good(['run'], local);
    const after = await listed(local);
    expect(after.length).toBeGreaterThan(before.length);
    expect((await here()).filter((name) => name.endsWith('.partial'))).toEqual([]);
    const sums = `jq -r '.files | to_entries[] | "\\(.value.sha256)  \\(.key)"' *.json | sha256sum --check --quiet`;
    await inside(`cd /backups && ${sums}`);
    expect((await here()).filter((name) => name.endsWith('.json'))).toEqual(
      after.map(({ id }) => `${id}.json`).reverse(),
    );
  });

  it('stay as long as the policy says, and damaged or foreign ones make no good one go', async () => {
    await inside('rm -rf /backups/*');
    for (const object of storage.objects()) storage.remove(object);
    const days = [...range(1, 12), ...range(3, 12).map((n) => n * 5), ...range(3, 14).map((n) => n * 30)];
    const made = days.map((days) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10));
    // Late in the evening: in Berlin that is the next day, in summer.
    const ids = made.map((day) => `${day.replaceAll('-', '')}T223000Z`);
    await inside(`cd /backups
      for id in ${ids.join(' ')}; do
        echo "the dump of $id" >$id-app.dump
        sha=$(sha256sum <$id-app.dump)
        echo "{\\"format\\":1,\\"id\\":\\"$id\\",\\"project\\":\\"${stack.name}\\",\\"databases\\":{\\"app\\":{\\"file\\":\\"$id-app.dump\\",\\"bytes\\":29,\\"sha256\\":\\"\${sha%% *}\\"}}}" >$id.json
      done`);
    const texts = (await inside('cd /backups && cat *.json')).split('\n');
    for (const text of texts) {
      const { id } = JSON.parse(text) as { id: string };
      storage.write(`${stack.name}/${id}.json`, text);
      storage.write(`${stack.name}/${id}-app.dump`, `the dump of ${id}\n`);
    }
    expect(await listed()).toHaveLength(ids.length);

    // On this host: yesterday's cut off, a record that is none, the newest of an earlier month changed in one bit; others' files.
    const cut = ids[0] ?? '';
    const garbled = ids[1] ?? '';
    const months = Map.groupBy(ids, (id) => dayOf(id).slice(0, 7));
    const flipped = [...months.values()][4]?.[0] ?? '';
    await inside(`cd /backups
      truncate --size=20 ${cut}-app.dump
      truncate --size=20 ${garbled}.json
      sed -i 's/^the/thE/' ${flipped}-app.dump
      echo mine >notes.txt
      echo dump >20200101T000000Z-app.dump
      echo '{"format":1,"id":"20200102T000000Z","project":"other","databases":{"app":{"file":"20200102T000000Z-app.dump","bytes":5,"sha256":"${'0'.repeat(64)}"}}}' >20200102T000000Z.json
      echo dump >20200102T000000Z-app.dump`);
    const foreign = ['20200101T000000Z-app.dump', '20200102T000000Z-app.dump', '20200102T000000Z.json', 'notes.txt'];
    // In the bucket: one cut off, which is whole here.
    storage.cut(`${stack.name}/${ids[2]}-app.dump`);

    const policy = { BACKUP_KEEP_WEEKLY: '4' };
    await good(['run'], policy);
    const newest = (await latest()).id;
    const bad = [cut, garbled, flipped];
    const names = await here();
    expect(names.filter((name) => foreign.includes(name))).toEqual(foreign);
    const records = names.filter((name) => /^\d+T\d+Z\.json$/.test(name) && !foreign.includes(name));
    const stay = kept([newest, ...ids.filter((id) => !bad.includes(id))]);
    expect(records).toEqual([...stay, ...bad].sort().map((id) => `${id}.json`));
    expect(names.filter((name) => name.endsWith('.dump') && !foreign.includes(name))).toEqual(
      [...stay, ...bad].sort().map((id) => `${id}-app.dump`),
    );
    const there = storage.objects().filter((name) => /Z\.json$/.test(name));
    expect(there).toEqual(
      kept([newest, ...ids])
        .sort()
        .map((id) => `${stack.name}/${id}.json`),
    );

    // A newest one that is bad from its first day makes nothing go.
    const count = (await here()).length;
    const unsaid = await backup(['run'], { ...policy, BACKUP_KEEP_DAILY: '1', DB_APP_PASSWORD: 'wrong' });
    expect(unsaid.exitCode, unsaid.all).toBe(1);
    expect(await here()).toHaveLength(count);
    expect(storage.objects().filter((name) => /Z\.json$/.test(name))).toEqual(there);
  });
});

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The day in Berlin. */
function dayOf(id: string): string {
  const time = id.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3:$4:$5Z');
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(new Date(time));
}

/** What the policy of this stack leaves of backups, newest first: 7 days, 4 weeks, 12 months. */
function kept(ids: readonly string[]): string[] {
  const monday = (day: string) => {
    const date = new Date(`${day}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString();
  };
  const periods = (of: (day: string) => string, count: number) =>
    [...Map.groupBy(ids, (id) => of(dayOf(id))).values()].slice(0, count);
  const daily = periods((day) => day, 7).flat();
  const newest = [...periods(monday, 4), ...periods((day) => day.slice(0, 7), 12)].map(([first]) => first ?? '');
  return [...new Set([...daily, ...newest])];
}
