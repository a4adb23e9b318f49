/** The engine restic: where it keeps backups, what it says of every fault, and that none costs a good backup. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import {
  compose,
  ctl,
  eventually,
  generate,
  keepArtifacts,
  newStack,
  remove,
  setPorts,
  sql,
  withStack,
} from '../support/scenario.ts';
import { startProvider } from './provider.ts';
import { type Storage, startStorage } from './s3.ts';
import { type SftpServer, startSftp } from './sftp.ts';

type Env = Readonly<Record<string, string>>;

/** What `backup list --json` tells of one. */
interface Backup {
  readonly id: string;
  readonly time: string;
  readonly bytes: number;
  readonly stored: number;
  readonly where: string;
}

/** The part of record.json that is looked at. */
interface Contents {
  readonly databases: {
    readonly app: { readonly tables: Readonly<{ [table: string]: number }>; readonly name: string };
  };
  readonly uploads: unknown;
}

/** Every printable character; more than a name may be long, so in two halves. */
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const names = [printable.slice(0, 48), printable.slice(48)];

/** Shell functions for the container: processes by the names of their programs, for it may have no pgrep. */
const processes = `
named() { for one in /proc/[0-9]*; do [ "$(cat "$one/comm" 2>/dev/null)" != "$1" ] || echo "\${one#/proc/}"; done; }
send() { kill -"$1" $(named "$2") 2>/dev/null || :; }
`;

/** A pg_dump that stands still in the middle for as long as the file `held` is there, however fast the machine. */
const held = '/var/lib/backup/held';
const holdingDump = [
  '#!/bin/bash',
  'set -o pipefail',
  'PATH=${PATH#/var/lib/backup/bin:}',
  '[[ $* == *--snapshot=* ]] || exec pg_dump "$@"',
  'pg_dump "$@" | {',
  '  dd bs=64k count=1 iflag=fullblock status=none',
  `  touch ${held}`,
  `  while [ -e ${held} ]; do sleep 0.1; done`,
  '  cat',
  '}',
];

/** The functions of the scripts themselves. */
const library = 'for one in /usr/local/lib/backup/*.sh; do . "$one"; done; set -Eeuo pipefail; prepare;';

describe('backups with restic', async () => {
  const stack = await newStack('restic');
  let s3: Storage;
  let sftp: SftpServer;
  const local = { BACKUP_TO: 'local' };
  let inS3: Env = {};
  let inSftp: Env = {};

  beforeAll(async () => {
    try {
      await generate(
        stack,
        ...['--preset', 'laravel', '--set', 'backup.engine=restic', '--set', 'backup.to=sftp'],
        // Only what is asked for here is done.
        ...['--set', 'backup.schedule=systemd', '--set', 'backup.timezone=Europe/Berlin'],
      );
      setPorts(stack);
      sftp = await startSftp(join(stack.directory, 'docker/backup/sftp'));
      inSftp = { BACKUP_TO: 'sftp', ...sftp.env };
      appendFileSync(join(stack.directory, '.env'), '\nBACKUP_SFTP_HOST=nowhere.test\n');
      s3 = await startStorage();
      inS3 = { BACKUP_TO: 's3', BACKUP_S3_PREFIX: '', ...s3.env };
      await provideImages(stack.directory);
      await ctl(stack, 'build', 'backup');
      await ctl(stack, 'up', '--no-build', '--detach', '--wait', 'postgres');
      await ctl(stack, 'up', '--no-build', '--no-deps', '--detach', 'backup');
      await Promise.all([s3.admit(stack.name), sftp.admit(stack.name)]);
      await sql(stack, 'CREATE TABLE visits (id int PRIMARY KEY, note text NOT NULL)');
      await sql(stack, 'INSERT INTO visits SELECT i, md5(i::text) FROM generate_series(1, 400000) AS i');
      await sql(stack, "SELECT lo_from_bytea(4711, 'a large object')");
      await sql(stack, 'CREATE DATABASE small');
    } catch (error) {
      await keepArtifacts(stack, 'restic');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `restic ${task.name}`));
  });
  afterAll(async () => {
    for (const one of [s3, sftp]) await one?.end();
    await remove(stack);
  });

  /** Shell in the container of the backups, as its user. */
  async function inside(script: string, env: Env = {}) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const { exitCode, all } = await execa(
      'docker',
      ['compose', 'exec', '-T', ...variables, 'backup', 'bash', '-c', processes + script],
      { cwd: stack.directory, reject: false, all: true },
    );
    return { exitCode, text: all };
  }
  const run = (env: Env) => inside('backup run', env);

  async function list(env: Env): Promise<readonly Backup[]> {
    const { exitCode, text } = await inside('backup list --json', env);
    expect(exitCode, text).toBe(0);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Backup);
  }

  /** A run whose dump is held; it is when this returns. */
  async function runHeld(env: Env) {
    const lines = holdingDump.map((line) => `'${line}'`).join(' ');
    await inside(
      `rm -f ${held}; mkdir -p /var/lib/backup/bin && printf '%s\\n' ${lines} >/var/lib/backup/bin/pg_dump && chmod +x /var/lib/backup/bin/pg_dump`,
    );
    const begun = inside('PATH=/var/lib/backup/bin:$PATH backup run', env);
    await eventually(async () => expect((await inside(`ls ${held}`)).exitCode).toBe(0));
    return { begun };
  }
  const letGo = () => inside(`rm -f ${held} /var/lib/backup/bin/pg_dump`);

  /** A backup that succeeds, as it is listed. */
  async function backup(env: Env): Promise<Backup> {
    const { exitCode, text } = await run(env);
    expect(exitCode, text).toBe(0);
    const [newest] = await list(env);
    if (!newest) throw new Error(text);
    return newest;
  }

  /** A line of shell that brings a backup to a folder. */
  const fetch = (id: string) =>
    `${library} rm -rf /var/lib/backup/here; mkdir /var/lib/backup/here; engine_fetch ${id} /var/lib/backup/here`;

  /** What comes back of a backup: its record, its files, and how many rows of the table its dump has. */
  async function fetched(id: string, env: Env) {
    const { exitCode, text } = await inside(
      `{ ${fetch(id)}; } >&2 && cd /var/lib/backup/here && cat record.json && echo --- && find . -type f && echo --- && pg_restore --data-only --file=- app.dump | grep -cE '^[0-9]+.[0-9a-f]{32}$'`,
      env,
    );
    const [record = '', files = '', rows = ''] = text.replace(/^[^{]*/, '').split('---\n');
    expect(Number(rows), text).toBeGreaterThanOrEqual(0);
    return {
      exitCode,
      rows: Number(rows),
      record: JSON.parse(record) as Contents,
      files: files.trim().split('\n').sort(),
    };
  }

  /** Expects that a run fails with these words, and ends with 1. */
  async function fails(env: Env, words: RegExp): Promise<void> {
    const { exitCode, text } = await run(env);
    expect({ exitCode, text }).toMatchObject({ exitCode: 1, text: expect.stringMatching(words) });
    expect(text).toContain('the backup failed, after');
  }

  /** Expects that whatever is done costs no backup. */
  async function costsNothing(env: Env, act: () => Promise<void>): Promise<void> {
    const before = await list(env);
    await act();
    expect(await list(env)).toEqual(before);
  }

  it.each(['local', 's3', 'sftp'] as const)('to %s: before the first backup nothing is wrong', async (to) => {
    const env = { local, s3: inS3, sftp: inSftp }[to];
    const { exitCode, text } = await inside('backup status --json 2>/dev/null', env);
    expect(JSON.parse(text)).toMatchObject({ healthy: true, problems: [], lastBackup: null, backups: 0 });
    expect(exitCode).toBe(0);
    expect(await inside('backup list 2>/dev/null', env)).toEqual({ exitCode: 0, text: 'There is no complete backup.' });
  });

  it.each(['local', 's3', 'sftp'] as const)('to %s: what is stored comes back, and is not stored twice', async (to) => {
    const env = { local, s3: inS3, sftp: inSftp }[to];
    const first = await backup(env);
    expect(first).toMatchObject({ where: to, bytes: expect.any(Number) });
    const second = await backup(env);
    // Of 16 MiB, a chunk of at most 8 is new, the one with the time of the dump; of a large database, next to nothing.
    expect(second.stored).toBeLessThan(first.stored * 0.75);
    expect((await list(env)).map(({ id }) => id)).toEqual([second.id, first.id]);

    const { rows, record, files } = await fetched(first.id, env);
    expect(rows).toBe(400000);
    expect(record.databases.app.tables).toMatchObject({ 'public.visits': 400000 });
    expect(record.uploads).toEqual({ 'app-storage': { files: 0, bytes: 0 } });
    expect(files).toEqual(['./app.dump', './globals.sql', './record.json']);
    const roles = await inside('cat /var/lib/backup/here/globals.sql');
    expect(roles.text).toMatch(/ALTER ROLE postgres .*PASSWORD 'SCRAM-SHA-256/);
  });

  it('what is stored can be read by nobody without the key', async () => {
    const stored = Buffer.concat(s3.objects().map((object) => s3.read(object)));
    expect(stored.length).toBeGreaterThan(1_000_000);
    for (const text of ['visits', 'SCRAM-SHA-256', 'PGDMP']) expect(stored.includes(text), text).toBe(false);
    expect(s3.objects().every((object) => object.startsWith(`${stack.name}/`))).toBe(true);
  });

  it('uploaded files are a part of it, and those that are removed meanwhile are no fault', async () => {
    const change = (script: string) =>
      execa('docker', [
        ...['run', '--rm', '--user', 'root', '--volume', `${stack.name}_app-storage:/files`],
        ...['--entrypoint', 'bash', `${stack.name}-backup:local`, '-c', script],
      ]);
    await change(
      'cd /files && mkdir -p a/b .restore/x && echo one >a/b/"1 $" && echo two >"a/ü" && ln -s b a/link && echo no >.restore/x/y && chown -R 1001:1001 .',
    );
    const { id } = await backup(local);
    const { record, files: found } = await fetched(id, local);
    expect(record.uploads).toEqual({ 'app-storage': { files: 2, bytes: 8 } });
    expect(found).toEqual(expect.arrayContaining(['./uploads/app-storage/a/b/1 $', './uploads/app-storage/a/ü']));
    expect(found.join('\n')).not.toContain('.restore');

    await change('touch /files/a/secret && chmod 0 /files/a/secret');
    await fails(local, /uploaded files cannot be read, and would be missing in the backup: .*a\/secret/);
    await change('rm /files/a/secret');

    // Whatever comes and goes while restic looks.
    const begun = run(local);
    await change('cd /files/a && for i in $(seq 3000); do echo $i >new$i; rm -f new$((i - 3)); done; rm -f new*');
    const { exitCode, text } = await begun;
    expect(exitCode, text).toBe(0);
  });

  it('every fault of the database or the key has its message, and costs no backup', () =>
    costsNothing(local, async () => {
      await fails(
        { ...local, DB_APP_PASSWORD: 'wrong' },
        /does not let us in: .*password authentication failed.*rotate-secret/,
      );
      await fails({ ...local, DB_APP_HOST: 'nowhere.test' }, /does not answer: .*nowhere\.test/);
      await fails({ ...local, DB_APP_NAME: 'gone' }, /there is no such database/);
      await fails(
        { ...local, BACKUP_PASSWORD: 'other' },
        /is encrypted with another key: BACKUP_PASSWORD is not the one/,
      );
      await fails({ ...local, BACKUP_PASSWORD: '' }, /BACKUP_PASSWORD is empty/);
    }));

  it('every fault of an object storage has its message, and costs no backup', () =>
    costsNothing(inS3, async () => {
      await fails(
        { ...inS3, BACKUP_S3_SECRET_ACCESS_KEY: 'wrong' },
        /does not accept our credentials for the bucket backups/,
      );
      await fails({ ...inS3, BACKUP_S3_ACCESS_KEY_ID: 'wrong' }, /does not accept our credentials/);
      await fails({ ...inS3, BACKUP_S3_SECRET_ACCESS_KEY: '' }, /BACKUP_S3_SECRET_ACCESS_KEY is not: see \.env/);
      await fails({ ...inS3, BACKUP_S3_BUCKET: 'other' }, /there is no bucket other at http/);
      await fails({ ...inS3, BACKUP_S3_ENDPOINT: 'http://nowhere.test:9000' }, /nowhere\.test:9000 cannot be reached/);
    }));

  it('every fault of an SFTP server has its message, and costs no backup', () =>
    costsNothing(inSftp, async () => {
      await fails({ ...inSftp, BACKUP_SFTP_HOST: 'nowhere.test' }, /cannot be reached: .*nowhere\.test/);
      await fails(
        { ...inSftp, BACKUP_SFTP_USER: 'nobody' },
        /does not let us in with docker\/backup\/sftp\/id_ed25519 as nobody/,
      );
      const known = join(stack.directory, 'docker/backup/sftp/known_hosts');
      const right = readFileSync(known, 'utf8');
      writeFileSync(
        known,
        right.replace(/AAAA\S+/, (key) => `${key.slice(0, -8)}AAAAAAAA`),
      );
      await fails(inSftp, /is not the machine that docker\/backup\/sftp\/known_hosts knows/);
      writeFileSync(known, right);
    }));

  it('nothing is made in a place that has other files', async () => {
    await inside('mv /backups/restic/config /backups/config');
    const { exitCode, text } = await run(local);
    expect({ exitCode, text }).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('its file config is missing'),
    });
    await inside('mv /backups/config /backups/restic/config');
    const config = s3.objects().find((object) => object.endsWith('/config')) ?? '';
    const content = s3.read(config);
    s3.remove(config);
    expect((await run(inS3)).text).toContain('its file config is missing');
    s3.write(config, content);
    expect((await list(inS3)).length).toBe(2);
  });

  it('a role that may not see all rows makes no backup, and is told what it lacks', async () => {
    await sql(stack, "CREATE ROLE half LOGIN PASSWORD 'half'");
    const as = { ...local, DB_APP_USER: 'half', DB_APP_PASSWORD: 'half' };
    await fails(as, /the role half may not read the table public\.visits\. .*pg_read_all_data/);
    await sql(stack, 'GRANT pg_read_all_data TO half');
    await sql(stack, 'ALTER TABLE visits ENABLE ROW LEVEL SECURITY');
    await fails(as, /the role half may not read all rows of the table public\.visits \(row security\)\. .*BYPASSRLS/);
    await sql(stack, 'ALTER TABLE visits DISABLE ROW LEVEL SECURITY');
  });

  it('names and passwords may have every printable character', async () => {
    const quoted = (text: string, by: string) => by + text.replaceAll(by, by + by) + by;
    await sql(stack, `CREATE ROLE ${quoted(names[1] ?? '', '"')} SUPERUSER LOGIN PASSWORD ${quoted(printable, "'")}`);
    for (const name of names) {
      await sql(stack, `CREATE DATABASE ${quoted(name, '"')} TEMPLATE small`);
      const login = { DB_APP_NAME: name, DB_APP_USER: names[1] ?? '', DB_APP_PASSWORD: printable };
      const env = { ...inS3, ...login, BACKUP_S3_PREFIX: 'hostile', BACKUP_PASSWORD: printable };
      const { id } = await backup(env);
      expect((await fetched(id, env)).record.databases.app.name).toBe(name);
    }
  });

  it('whatever is killed in the middle of a dump, nothing of it counts', async () => {
    const kept = await list(local);
    const killed = async (kill: () => Promise<unknown>) => {
      const { begun } = await runHeld(local);
      await kill();
      await letGo();
      const { exitCode, text } = await begun;
      expect(exitCode, text).not.toBe(0);
      return text;
    };
    expect(await killed(() => inside('send KILL pg_dump'))).toMatch(/pg_dump of the database app was killed/);
    expect(await killed(() => inside('send KILL restic'))).toMatch(/the backup failed, after/);
    const lost = await killed(() => compose(stack, 'kill', 'postgres'));
    expect(lost).toMatch(/the server of the database app ended the connection in the middle/);
    await compose(stack, 'up', '--no-build', '--detach', '--wait', 'postgres');
    await killed(() => compose(stack, 'kill', 'backup'));
    await compose(stack, 'start', 'backup');
    await letGo();
    expect(await list(local)).toEqual(kept);
    const { id } = await backup(local);
    expect((await fetched(id, local)).rows).toBe(400000);
  });

  it('a lock that an earlier container has left is removed', async () => {
    const prepare = 'export RESTIC_PASSWORD=$BACKUP_PASSWORD RESTIC_REPOSITORY=/backups/restic RESTIC_CACHE_DIR=/tmp; ';
    // A lock that nobody takes away: that of a program which was killed.
    const lock = `${prepare} restic backup --quiet --stdin-from-command -- sleep 60 & until ls /backups/restic/locks | grep -qxE '[0-9a-f]{64}'; do :; done; send KILL restic; ls /backups/restic/locks | wc -l`;
    await compose(stack, 'up', '--no-build', '--no-deps', '--detach', '--force-recreate', 'backup');
    await inside(lock);
    await backup(local);
    await inside(lock);
    await compose(stack, 'up', '--no-build', '--no-deps', '--detach', '--force-recreate', 'backup');
    const { exitCode, text } = await run(local);
    expect({ exitCode, text }).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('lock of an earlier container'),
    });
    expect((await inside('ls /backups/restic/locks')).text).toBe('');
  });

  it('a full disk fails the backup, and those that are there stay whole', async () => {
    const small = async (name: string, size: string) => {
      const options = ['type=tmpfs', 'device=tmpfs', `o=size=${size},uid=1001,gid=1001,mode=700`];
      await execa('docker', ['volume', 'create', ...options.flatMap((one) => ['--opt', one]), `${stack.name}_${name}`]);
      return `${stack.name}_${name}`;
    };
    await sql(
      stack,
      'CREATE TABLE noise AS SELECT encode(sha256(i::text::bytea), $$hex$$) AS text FROM generate_series(1, 400000) AS i',
    );
    const repository = await small('full', '12m');
    const spool = await small('spool', '2m');
    const script = async (volumes: readonly string[], text: string) => {
      const { all } = await execa(
        'docker',
        [
          'compose',
          'run',
          '--rm',
          '--no-deps',
          '-T',
          ...volumes,
          '--env',
          'BACKUP_TO=local',
          'backup',
          'bash',
          '-c',
          text,
        ],
        { cwd: stack.directory, reject: false, all: true },
      );
      return all;
    };
    const full = await script(
      ['--volume', `${repository}:/backups`],
      [
        'DB_APP_NAME=small backup run && backup list --json >/tmp/before',
        'backup run; echo "status $?"',
        'backup list --json | diff /tmp/before - || exit',
        fetch('"$(jq -r .id /tmp/before)"'),
        'echo "the first one is whole"',
      ].join('\n'),
    );
    expect(full).toMatch(
      /there is no room left while storing the dump of the database app in \/backups\/restic on this host/,
    );
    expect(full).toContain('status 1');
    expect(full).toContain('the first one is whole');
    // Where packs wait to be sent.
    const spooled = await script(['--volume', `${spool}:/var/lib/backup`], 'backup run; echo "status $?"');
    expect(spooled).toMatch(/there is no room left for what waits to be stored/);
    expect(spooled).toContain('status 1');
    await sql(stack, 'DROP TABLE noise');
  });

  it('a storage that goes away in the middle is waited for', async () => {
    const { begun } = await runHeld(inS3);
    await s3.stop();
    await letGo();
    await eventually(async () =>
      expect((await inside('cat /var/lib/backup/log/restic-job.said')).text).toContain('retrying'),
    );
    await s3.start();
    const { exitCode, text } = await begun;
    expect(exitCode, text).toBe(0);
  });

  it('retention keeps whole runs, and a bad one takes no place of a good one', async () => {
    const env = {
      ...inS3,
      BACKUP_S3_PREFIX: 'years',
      DB_APP_NAME: 'small',
      BACKUP_KEEP_DAILY: '2',
      BACKUP_KEEP_MONTHLY: '2',
    };
    // `date` says another one, and nothing else is changed.
    await inside(
      `mkdir -p /var/lib/backup/bin && printf '%s\\n' '#!/bin/bash' 'for one; do [[ $one != --date* ]] || exec /usr/bin/date "$@"; done' 'exec /usr/bin/date --date "$CLOCK" "$@"' >/var/lib/backup/bin/date && chmod +x /var/lib/backup/bin/date`,
    );
    const on = async (day: string, more: Env = {}) =>
      inside(`PATH=/var/lib/backup/bin:$PATH backup run`, { ...env, ...more, CLOCK: `2026-${day}T01:30:00Z` });
    const days = async () => (await list(env)).map(({ id }) => `${id.slice(4, 6)}-${id.slice(6, 8)}`);
    for (const day of ['01-15', '02-15', '03-10', '03-11', '03-12']) {
      const { exitCode, text } = await on(day);
      expect(exitCode, text).toBe(0);
    }
    // The newest of the last two months, and those of the last two days.
    expect(await days()).toEqual(['03-12', '03-11', '02-15']);
    expect((await on('03-13', { DB_APP_PASSWORD: 'wrong' })).exitCode).toBe(1);
    expect(await days()).toEqual(['03-12', '03-11', '02-15']);
    // One that has lost its dump is none.
    await on('03-14');
    const open = `export RESTIC_PASSWORD=$BACKUP_PASSWORD RESTIC_REPOSITORY=s3:$BACKUP_S3_ENDPOINT/$BACKUP_S3_BUCKET/$BACKUP_S3_PREFIX AWS_ACCESS_KEY_ID=$BACKUP_S3_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$BACKUP_S3_SECRET_ACCESS_KEY;`;
    await inside(
      `${open} restic --cache-dir /tmp forget --quiet $(restic --cache-dir /tmp snapshots --json --latest 1 --tag run=20260314T013000Z,database=app | jq -r '.[].id')`,
      env,
    );
    expect(await days()).toEqual(['03-12', '02-15']);
    await on('03-15');
    expect(await days()).toEqual(['03-15', '03-12', '02-15']);
    const { text } = await inside(
      `${open} restic --cache-dir /tmp snapshots --json | jq -r '.[].tags[0]' | sort -u`,
      env,
    );
    expect(text.split('\n').map((tag) => tag.slice(8, 12))).toEqual(['0215', '0312', '0315']);
  });

  it('damage of what is stored is found by the check, and by who fetches it', async () => {
    const env = { ...inS3, BACKUP_S3_PREFIX: 'damaged' };
    const { id } = await backup(env);
    const check = `${library} for one in 1 2 3 4 5 6 7 8; do engine_check; done; echo whole`;
    expect((await inside(check, env)).text).toMatch(/whole$/);
    const packs = s3.objects().filter((object) => object.startsWith('damaged/data/'));
    const largest = packs.sort((a, b) => s3.read(b).length - s3.read(a).length)[0] ?? '';
    s3.spoil(largest);
    expect((await inside(check, env)).text).toMatch(
      /what is stored in the bucket .* is damaged or gone, while checking/,
    );
    const { exitCode, text } = await inside(`rm -rf /var/lib/backup/cache/*; ${fetch(id)}`, env);
    expect({ exitCode, text }).toMatchObject({
      exitCode: 1,
      text: expect.stringMatching(/is damaged or gone, while fetching the database app/),
    });
  });

  it('killed at 100 random moments, only complete backups are listed, and the next one succeeds', async () => {
    const env = { ...local, DB_APP_NAME: 'small' };
    const { exitCode, text } = await inside(
      `
      # All processes of a job, as a host that is lost loses them: those too that are started while it looks.
      of_session() {
        for stat in /proc/[0-9]*/stat; do
          read -r line 2>/dev/null <"$stat" || continue
          set -- "$1" $(printf '%s' "\${line##*) }")
          [ "$5" != "$1" ] || echo "\${stat//[!0-9]/}"
        done
      }
      begun=$(date +%s%N); backup run >/tmp/said 2>&1 || { cat /tmp/said; exit 1; }
      took=$((($(date +%s%N) - begun) / 1000000))
      for round in $(seq 100); do
        setsid backup run >/tmp/said 2>&1 & job=$!
        moment=$((RANDOM * took / 32768))
        sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
        case $((RANDOM % 4)) in
          0) send KILL restic ;;
          1) send KILL psql; send KILL pg_dump ;;
          *) while kill -KILL $(of_session $job) 2>/dev/null; do :; done ;;
        esac
        wait $job 2>/dev/null
        [ $((round % 20)) != 0 ] || backup list --json || exit 1
      done
      echo "took $took"
      backup run >/tmp/said 2>&1 || { cat /tmp/said; exit 1; }
      export RESTIC_PASSWORD=$BACKUP_PASSWORD RESTIC_REPOSITORY=/backups/restic RESTIC_CACHE_DIR=/var/lib/backup/cache
      restic check --read-data || exit 1
      ids=$(backup list --json | jq -r .id)
      for id in $ids; do (${fetch('"$id"')}) || exit 1; done
      `,
      env,
    );
    expect(exitCode, text).toBe(0);
    expect(text).toContain('no errors were found');
  });
});

describe('backups with restic of a PostgreSQL that somebody else runs', () => {
  it('comes by the direct address with TLS, insists on all rows, and brings the roles without their passwords', async () => {
    const stack = await newStack('leased');
    await withStack(stack, 'restic of a managed server', async () => {
      const provider = await startProvider();
      try {
        const ca = 'certs/provider-ca.pem';
        mkdirSync(join(stack.directory, 'certs'));
        writeFileSync(join(stack.directory, ca), provider.ca);
        const answers = ['postgres.mode=managed', `postgres.ca=${ca}`, 'redis.mode=managed', `redis.ca=${ca}`];
        const backups = ['backup.engine=restic', 'backup.schedule=systemd'];
        await generate(stack, '--preset', 'node', ...[...answers, ...backups].flatMap((one) => ['--set', one]));
        setPorts(stack);
        const address = provider.address('app', 'shop').replaceAll("'", '%27');
        const env = {
          DATABASE_URL: address,
          BACKUP_DATABASE_URL: address,
          REDIS_URL: provider.redisAddress().replaceAll("'", '%27'),
        };
        const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
        appendFileSync(join(stack.directory, '.env'), `\n${lines.join('\n')}\n`);
        await provideImages(stack.directory);
        await provider.sql(`CREATE ROLE app LOGIN PASSWORD '${provider.passwordOf('app').replaceAll("'", "''")}'`);
        await provider.sql('CREATE DATABASE shop OWNER app');
        await provider.sql('CREATE TABLE visits AS SELECT generate_series(1, 1000) AS id', 'shop');
        await ctl(stack, 'build', 'backup');
        await ctl(stack, 'up', '--no-build', '--no-deps', '--detach', 'backup');
        await provider.admit(stack.name);

        const inside = (...words: readonly string[]) =>
          execa('docker', ['compose', 'exec', '-T', 'backup', ...words], {
            cwd: stack.directory,
            reject: false,
            all: true,
          });
        const refused = await inside('backup', 'run');
        expect(refused.exitCode).toBe(1);
        expect(refused.all).toMatch(/the role app may not read the table public\.visits\. .*pg_read_all_data/);
        await provider.sql('GRANT pg_read_all_data TO app');
        const made = await inside('backup', 'run');
        expect(made.exitCode, made.all).toBe(0);
        const id = /backup (\d{8}T\d{6}Z) is complete/.exec(made.all)?.[1] ?? '';
        const brought = await inside(
          'bash',
          '-c',
          `${library} mkdir /var/lib/backup/here; engine_fetch ${id} /var/lib/backup/here`,
        );
        expect(brought.exitCode, brought.all).toBe(0);
        const folder = '/var/lib/backup/here';
        const record = JSON.parse((await inside('cat', `${folder}/record.json`)).stdout) as {
          server: string;
          databases: { app: { tables: unknown } };
        };
        expect(record.server).toMatch(/^17\./);
        expect(record.databases.app.tables).toEqual({ 'public.visits': 1000 });
        const roles = (await inside('cat', `${folder}/globals.sql`)).stdout;
        expect(roles).toContain('CREATE ROLE app;');
        expect(roles).not.toContain('PASSWORD');
      } finally {
        // Before the stack: its containers are in that one's networks.
        await provider.remove();
      }
    });
  });
});
