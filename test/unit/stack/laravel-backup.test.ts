/** The engine `laravel`: what the app gets for it, and where that goes in a repo that is the user's. */
import { describe, expect, it } from 'vitest';
import { run, type Tree } from '../../support/plan.ts';
import { problemsOf } from '../../support/problems.ts';

const app = { stack: 'laravel', path: '.', server: 'frankenphp', frozen: true, scheduler: true };
const console = "<?php\n\nArtisan::command('inspire', fn () => 1);\n";
const tree = { x: '', 'routes/console.php': console };

async function made(more: object = {}, own: object = {}, files: Tree = tree) {
  const result = await run(files, {
    apps: { shop: { ...app, ...own } },
    postgres: { mode: 'bundled' },
    redis: { mode: 'bundled' },
    backup: { engine: 'laravel' },
    ...more,
  });
  const service = (name: string) => {
    const found = result.stack.services.find((one) => one.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  return { ...result, service };
}

const refused = (more: object, own: object = {}) => problemsOf(() => made(more, own));

describe('the scheduler of an app that backs up its database', () => {
  it('has the volume, and comes as the role that row security hides nothing from; no other service does', async () => {
    const { stack, service } = await made({}, { queues: { mail: {} } });
    expect(service('shop-scheduler').volumes).toContainEqual({ volume: 'backups', target: '/app/storage/backups' });
    expect(service('shop-scheduler').environment).toMatchObject({
      DB_USERNAME: 'app',
      BACKUP_DB_HOST: 'postgres',
      BACKUP_DB_USERNAME: 'app_migration',
      BACKUP_DB_PASSWORD: [{ variable: 'POSTGRES_MIGRATION_PASSWORD' }],
      BACKUP_KEY: 'app',
    });
    const others = stack.services.filter(({ name }) => name !== 'shop-scheduler' && name.startsWith('shop'));
    expect(others.length).toBe(3);
    for (const { name, environment, volumes } of others) {
      expect(
        Object.keys(environment).filter((key) => key.startsWith('BACKUP_')),
        name,
      ).toEqual([]);
      expect(volumes.map(({ volume }) => volume)).not.toContain('backups');
    }
  });

  it('comes past the pooler: a snapshot belongs to one connection', async () => {
    const { service } = await made({ postgres: { mode: 'bundled', pooler: 'pgbouncer' } });
    expect(service('shop-scheduler').environment).toMatchObject({ DB_HOST: 'pgbouncer', BACKUP_DB_HOST: 'postgres' });
  });

  it('is told the address of migrations where somebody else runs the server', async () => {
    const { service } = await made({ postgres: { mode: 'managed', provider: 'neon' } });
    const { environment } = service('shop-scheduler');
    expect(JSON.stringify(environment['BACKUP_DB_URL'])).toContain('{{migration_database_url.login}}');
    expect(environment).not.toHaveProperty('BACKUP_DB_HOST');
    const alone = await made({ postgres: { mode: 'managed', provider: 'neon' } }, { migrate: 'none' });
    const url = JSON.stringify(alone.service('shop-scheduler').environment['BACKUP_DB_URL']);
    expect(url).toContain('{{database_url.login}}');
  });

  it('has the client of the major version of the server in its image, which no other app has', async () => {
    const { after } = await made({ postgres: { mode: 'bundled', version: 17 } });
    expect(after['Dockerfile']).toMatch(
      /FROM postgres:17\S+ AS postgres-client\n[\s\S]*?\/usr\/lib\/postgresql\/17\/bin/,
    );
    const other = await made({ backup: { engine: 'restic' } });
    expect(other.after['Dockerfile']).not.toContain('postgres-client');
    expect(other.after['app/Console/Commands/BackupDatabase.php']).toBeUndefined();
    expect(other.after['routes/console.php']).toBe(console);
  });
});

describe('the command', () => {
  it('is scheduled at the time of the answers, behind what routes/console.php has', async () => {
    const backup = { engine: 'laravel', at: '23:50', timezone: 'America/Sao_Paulo', keep: { daily: 90 } };
    const { after } = await made({ backup });
    const text = after['routes/console.php'] ?? '';
    expect(text.startsWith(`${console}\n// prodstack: start`)).toBe(true);
    for (const words of ["dailyAt('23:50')", "timezone('America/Sao_Paulo')", 'hourlyAt(10)'])
      expect(text).toContain(words);
    for (const words of ['->withoutOverlapping(', '->onOneServer()', '->runInBackground()'])
      expect(text.split(words).length, words).toBe(3);
    expect(after['app/Console/Commands/BackupDatabase.php']).toContain('{--retention=90 :');
    const again = await run(after);
    expect(again.outcomes.filter((one) => one.planned).map((one) => one.path)).toEqual([]);
    const later = await run({ ...after, 'prodstack.yaml': (after['prodstack.yaml'] ?? '').replace('23:50', '04:05') });
    expect(later.after['routes/console.php']).toBe(
      text.replace("dailyAt('23:50')", "dailyAt('04:05')").replace('hourlyAt(10)', 'hourlyAt(25)'),
    );
  });

  it('is scheduled by a file of its own where there is none', async () => {
    const { after } = await made({}, {}, { x: '' });
    expect(after['routes/console.php']).toMatch(/^<\?php\n\n\/\/ prodstack: start/);
    expect((await run(after)).outcomes.filter((one) => one.planned)).toEqual([]);
  });

  it('is scheduled once by a new app, which stays so', async () => {
    const { after: own } = await run(
      {},
      { apps: { app: { stack: 'laravel' } }, postgres: { mode: 'bundled' }, backup: { engine: 'laravel' } },
    );
    const text = own['routes/console.php'] ?? '';
    expect(text.split('prodstack: start').length).toBe(2);
    expect(text).toContain('RecordActivity');
    expect((await run(own)).outcomes.filter((one) => one.planned).map((one) => one.path)).toEqual([]);
  });

  it('is what scripts/backup and scripts/ctl make a backup by', async () => {
    const words = 'exec -T shop-scheduler php artisan backup:database';
    const { after } = await made();
    for (const script of ['scripts/backup', 'scripts/ctl']) expect(after[script], script).toContain(words);
    const other = await made({ backup: { engine: 'files' } });
    for (const script of ['scripts/backup', 'scripts/ctl'])
      expect(other.after[script], script).not.toContain('artisan');
  });

  it('has a test in the words of those that the app has; none where it has none', async () => {
    const file = 'tests/Feature/BackupDatabaseTest.php';
    expect((await made()).after[file]).toBeUndefined();
    const pest = (await made({}, { tests: 'pest' })).after[file] ?? '';
    const phpunit = (await made({}, { tests: 'phpunit' })).after[file] ?? '';
    const names = [...pest.matchAll(/^it\('([^']+)'/gm)].map(([, name = '']) => name.replace(/[^a-z0-9]+/g, '_'));
    expect(names.length).toBeGreaterThan(12);
    expect([...phpunit.matchAll(/function test_it_(\w+)\(/g)].map(([, name]) => name)).toEqual(names);
    expect(pest).not.toContain('class BackupDatabaseTest');
  });
});

describe('an app cannot back up', () => {
  it.each<[string, object, object, string]>([
    [
      'without its scheduler',
      {},
      { scheduler: false },
      'backup.engine is run by the scheduler of the app: say apps.shop.scheduler: true',
    ],
    [
      'by weeks or months',
      { backup: { engine: 'laravel', keep: { daily: 30, monthly: 12 } } },
      {},
      'backup.keep with laravel has daily only: how many days back one can go',
    ],
    [
      'at times that the host keeps',
      { backup: { engine: 'laravel', schedule: 'systemd' } },
      {},
      'backup.schedule does not go with the engine laravel: the scheduler of the app keeps the time',
    ],
  ])('%s', async (_what, more, own, problem) => {
    expect(await refused(more, own)).toEqual([problem]);
  });
});
