/** The engine `laravel`: backups that the app's own scheduler makes, by `php artisan backup:database`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { provideDockerfile } from '../support/engine.ts';
import {
  compose,
  docker,
  eventually,
  follow,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  prodstack,
  remove,
  setPorts,
  sql,
} from '../support/scenario.ts';

const played = join(import.meta.dirname, 'fixtures/pest/PlayedPest.php');

interface Outcome {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('a Laravel app that backs up its database', async () => {
  const stack = await newStack('laraback');
  // Whatever the time is now, nothing makes backups or drills by itself while the tests do: the day's backup is half a day away,
  // and the minute at which a missed one is made up for half an hour.
  const now = new Date();
  const inBerlin = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'Europe/Berlin' });
  const hour = (Number(inBerlin.format(now)) + 12) % 24;
  const at = `${String(hour).padStart(2, '0')}:00`;
  const backups = ['timezone=Europe/Berlin', `at=${at}`, 'drill=never'].map((one) => `backup.${one}`);
  const answers = ['apps.app.reverb=null', 'apps.app.queues=null', ...backups];

  beforeAll(async () => {
    const report = await generate(stack, '--preset', 'laravel', ...answers.flatMap((one) => ['--set', one]));
    const schedule = join(stack.directory, 'routes/console.php');
    const events = readFileSync(schedule, 'utf8');
    expect(events).toContain('->hourlyAt(20)');
    writeFileSync(schedule, events.replace('->hourlyAt(20)', `->hourlyAt(${(now.getUTCMinutes() + 30) % 60})`));
    setPorts(stack);
    await follow(stack, report);
    for (const statement of [
      'CREATE TABLE notes AS SELECT i AS id, md5(i::text) || md5((i + 1)::text) AS text FROM generate_series(1, 500000) AS i',
      'ALTER TABLE notes OWNER TO app_migration',
      'CREATE SCHEMA "we ird" AUTHORIZATION app_migration',
      'CREATE TABLE "we ird"."Own ""rows""" (id int)',
      'INSERT INTO "we ird"."Own ""rows""" VALUES (1), (2), (3)',
      'ALTER TABLE "we ird"."Own ""rows""" OWNER TO app_migration',
      'ALTER TABLE "we ird"."Own ""rows""" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    ])
      await sql(stack, statement);
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `laraback ${task.name}`));
  });
  afterAll(() => remove(stack));

  const inScheduler = (...words: readonly string[]): Promise<Outcome> =>
    compose(stack, 'exec', '-T', 'app-scheduler', ...words).catch((error: Outcome) => error);
  const backUp = (...words: readonly string[]) => inScheduler('php', 'artisan', 'backup:database', ...words);
  const files = async () =>
    (await inScheduler('ls', 'storage/backups')).stdout.split('\n').filter((name) => name !== '');

  it('a restore brings back what was deleted after the backup, from a file that the backup container finds whole', async () => {
    await sql(stack, 'INSERT INTO visits (id, total) VALUES (7, 77)');
    const made = await execa('scripts/backup', [], { cwd: stack.directory });
    expect(made.stdout).toMatch(/Backup \d{8}T\d{6}Z: [\d.]+ MiB, \d+ tables with \d+ rows, .*\nNothing to remove/);
    const [id = ''] = /\d{8}T\d{6}Z/.exec(made.stdout) ?? [];
    expect(await files()).toEqual([`${id}-app.dump`, `${id}-app.dump.sha256`, `${id}.json`]);
    const record = JSON.parse((await inScheduler('cat', `storage/backups/${id}.json`)).stdout);
    expect(record.databases.app.tables).toMatchObject({ 'public.notes': 500000, '"we ird"."Own ""rows"""': 3 });
    const drill = await compose(stack, 'exec', '-T', 'backup', 'backup', 'drill');
    expect(drill.stderr).toMatch(/all \d+ rows in \d+ tables are there/);

    await sql(stack, 'DELETE FROM visits WHERE id = 7');
    await execa('scripts/restore', ['latest', '--yes'], { cwd: stack.directory });
    expect(await sql(stack, 'SELECT total FROM visits WHERE id = 7')).toBe('77');
    expect(await sql(stack, 'SELECT count(*) FROM "we ird"."Own ""rows"""')).toBe('3');
  });

  it('is in the schedule, and what the schedule starts is in the log of the container', async () => {
    const { stdout } = await inScheduler('php', 'artisan', 'schedule:list', '--timezone=Europe/Berlin');
    expect(stdout).toMatch(new RegExp(`0 +${hour} +\\* +\\* +\\* +php artisan backup:database`));
    await inScheduler('sh', '-c', 'rm storage/backups/*');
    const start = `require 'vendor/autoload.php';
      $app = require 'bootstrap/app.php';
      $app->make(Illuminate\\Contracts\\Console\\Kernel::class)->bootstrap();
      foreach ($app->make(Illuminate\\Console\\Scheduling\\Schedule::class)->events() as $event)
        if (str_contains($event->command ?? '', 'backup:database') && $event->filtersPass($app)) {
          $event->run($app);
          break; // not also what makes up for it: that is never due at the same minute
        }`;
    await inScheduler('php', '-r', start);
    await eventually(async () => expect((await files()).filter((name) => /^\w+Z\.json$/.test(name)).length).toBe(1));
    await eventually(async () =>
      expect((await compose(stack, 'logs', '--no-log-prefix', 'app-scheduler')).stdout).toMatch(
        /^Backup \d{8}T\d{6}Z: /m,
      ),
    );
  });

  it('fails where it may not read all, and leaves what was there before', async () => {
    const before = await files();
    await sql(stack, 'CREATE TABLE hidden (id int)');
    await sql(stack, 'REVOKE ALL ON hidden FROM app, app_migration');
    const failed = await backUp();
    expect(failed.exitCode).toBe(1);
    expect(failed.stdout).toMatch(/^No backup was made\. .*permission denied for table hidden/s);
    await sql(stack, 'DROP TABLE hidden');
    await sql(stack, 'ALTER ROLE app_migration NOBYPASSRLS');
    const partial = await backUp();
    expect([partial.exitCode, partial.stdout]).toEqual([1, expect.stringContaining('row-level security')]);
    await sql(stack, 'ALTER ROLE app_migration BYPASSRLS');
    await compose(stack, 'stop', 'postgres');
    expect((await backUp()).exitCode).toBe(1);
    await compose(stack, 'up', '--detach', '--wait', 'postgres');
    expect(await files()).toEqual(before);
  });

  it('ends at SIGTERM without a trace; after SIGKILL the next run clears up; and no two run at once', async () => {
    const before = await files();
    // So that a dump takes long enough to be met; then it is held, for as long as the test wants.
    const { Id: server } = await inspect(stack, 'postgres');
    await docker(stack, 'update', '--cpus', '0.1', server);
    const start = async () => {
      const script = [
        'php artisan backup:database & run=$!; echo $run >/tmp/run',
        'until ls storage/backups/*.dump.partial >/dev/null 2>&1; do kill -0 $run || exit 1; sleep 0.05; done',
        'grep -lx "PPid:.$run" /proc/[0-9]*/status 2>/dev/null | cut -d / -f 3 >/tmp/dump',
        'kill -STOP $(cat /tmp/dump) || exit 1; touch /tmp/held; wait $run',
      ];
      await inScheduler('rm', '-f', '/tmp/held');
      const run = inScheduler('sh', '-c', script.join('\n'));
      await eventually(async () => expect((await inScheduler('ls', '/tmp/held')).exitCode ?? 0).toBe(0));
      return { run };
    };
    const first = await start();
    expect((await backUp()).exitCode).toBe(75);
    await inScheduler('sh', '-c', 'kill -TERM $(cat /tmp/run); kill -CONT $(cat /tmp/dump)');
    expect((await first.run).exitCode).toBe(143);
    expect(await files()).toEqual(before);
    const second = await start();
    await inScheduler('sh', '-c', 'kill -KILL $(cat /tmp/run)');
    expect((await second.run).exitCode).toBe(137);
    await inScheduler('sh', '-c', 'kill -CONT $(cat /tmp/dump)');
    await docker(stack, 'update', '--cpus', '1', server);
    // pg_dump goes on, and with it the lock, until it has written all.
    await eventually(async () => expect((await backUp()).exitCode ?? 0).toBe(0));
    const after = await files();
    expect(after.filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBe(before.length + 3);
  });

  it('takes a path and a number of days for what they are, whatever is in them', async () => {
    const path = '/tmp/$(touch /tmp/made); `touch /tmp/made` "\' * --x=y';
    expect((await backUp(`--path=${path}`)).exitCode ?? 0).toBe(0);
    expect((await inScheduler('ls', path)).stdout).toMatch(/^\d{8}T\d{6}Z-app\.dump$/m);
    for (const wrong of ['--retention=30; touch /tmp/made', '--retention=0', '--path=phar:///tmp/x'])
      expect((await backUp(wrong)).exitCode, wrong).toBe(2);
    expect((await backUp('--path=/etc/backups')).exitCode).toBe(1);
    expect((await inScheduler('ls', '/tmp')).stdout).not.toMatch(/^made$/m);
  });

  it('its test passes in the development image, in the words of Pest and of PHPUnit', async () => {
    await provideDockerfile(join(stack.directory, 'Dockerfile'));
    const image = `${stack.name}-app:dev`;
    await docker(stack, 'build', '--target', 'development', '--tag', image, '.');
    const test = 'tests/Feature/BackupDatabaseTest.php';
    const pest = readFileSync(join(stack.directory, test), 'utf8');
    expect(pest).toMatch(/^it\('/m);
    await prodstack(stack.directory, '.', '--yes', '--set', 'apps.app.tests=phpunit');
    const container = `${stack.name}-tests`;
    await docker(
      stack,
      'run',
      '--detach',
      '--name',
      container,
      '--user',
      'root',
      '--entrypoint',
      'sleep',
      image,
      '600',
    );
    try {
      const run = (user: string, command: string) =>
        docker(stack, 'exec', '--user', user, container, 'sh', '-ec', command);
      await docker(stack, 'cp', played, `${container}:/tmp/PlayedPestTest.php`);
      await docker(stack, 'cp', test, `${container}:/tmp/BackupDatabaseTest.php`);
      await run('root', 'apt-get update -qq && apt-get install -qq --no-install-recommends phpunit >/dev/null');
      const phpunit = 'php /usr/bin/phpunit --configuration phpunit.xml --fail-on-risky --fail-on-warning';
      const asPest = await run('app', `PEST_FILE=${test} ${phpunit} /tmp/PlayedPestTest.php`);
      const asPhpunit = await run(
        'app',
        `cp /tmp/BackupDatabaseTest.php ${test} && ${phpunit} --filter BackupDatabase`,
      );
      const count = (text: string) => /OK \((\d+) tests, \d+ assertions\)/.exec(text)?.[1];
      expect(count(asPest.stdout)).toBe(String(pest.match(/^it\('/gm)?.length));
      expect(count(asPhpunit.stdout)).toBe(count(asPest.stdout));
    } finally {
      await docker(stack, 'rm', '--force', container);
    }
  });
});
