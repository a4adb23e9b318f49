/** Which backups can be made, and what is refused before anything is written. */
import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';
import { problemsOf } from '../../support/problems.ts';

const app = { stack: 'node', path: '.', packageManager: 'npm', build: 'none', start: 'node a.js', dev: 'node a.js' };
const base = { apps: { app: { ...app, uses: ['postgres'] } }, postgres: { mode: 'bundled' } };
const tree = { 'package.json': '{}', 'a.js': '' };

describe('backups', () => {
  it('of a bundled database are there without being asked for, and said', async () => {
    const { answers, draft } = await run(tree, base);
    expect(answers.backup).toEqual({
      engine: 'restic',
      to: 'local',
      at: '02:00',
      timezone: 'UTC',
      keep: { daily: 7, monthly: 12 },
      drill: 'weekly',
    });
    expect(draft.assumptions.map(({ path }) => path)).toContain('backup.to');
  });

  it('of a managed one have to be asked for; an answers file that says nothing of them means none', async () => {
    expect((await run(tree, { ...base, postgres: { mode: 'managed' } })).answers.backup).toBeUndefined();
    const first = await run(tree, { ...base, backup: null });
    expect(first.answers.backup).toBeUndefined();
    expect((await run(first.after)).answers.backup).toBeUndefined();
  });

  it('can be refused, and then there is no service for them', async () => {
    const { stack } = await run(tree, { ...base, backup: { engine: 'none' } });
    expect(stack.services.map(({ name }) => name)).not.toContain('backup');
    expect(stack.volumes.map(({ name }) => name)).toEqual(['postgres-data']);
  });

  it('are on a volume that `down -v` spares; what they are made with is not', async () => {
    const { stack } = await run(tree, base);
    expect(stack.volumes.map(({ name, disposable = false }) => [name, disposable])).toEqual([
      ['postgres-data', false],
      ['backups', false],
      ['backup-work', true],
    ]);
  });

  it('keep their key: no script gives it another value', async () => {
    const { after } = await run(tree, base);
    expect(after['scripts/rotate-secret']).toContain('BACKUP_PASSWORD)\n    kind=lasting');
  });

  it('know each database that apps have of their own, and the uploads', async () => {
    const { stack } = await run(tree, {
      apps: { app: { ...app, uses: ['postgres'] }, shop: { stack: 'laravel', path: 'shop', uses: ['postgres'] } },
      postgres: { mode: 'bundled', separate: 'databases' },
      backup: { engine: 'restic' },
    });
    expect(stack.backup).toMatchObject({ databases: ['app', 'shop'], uploads: ['shop-storage'] });
    const service = stack.services.find(({ name }) => name === 'backup');
    expect(service?.environment).toMatchObject({ DB_APP_NAME: 'app_app', DB_SHOP_NAME: 'app_shop' });
    expect(service?.volumes).toContainEqual({
      volume: 'shop-storage',
      target: '/uploads/shop-storage',
      readOnly: true,
    });
  });

  const managed = { ...base, postgres: { mode: 'managed' } };
  it.each([
    [{ ...base, postgres: null, apps: { app: { ...app, uses: [] } }, backup: { engine: 'restic' } }, 'backup.engine'],
    [{ ...managed, backup: { engine: 'pitr' } }, 'backup.engine'],
    [{ ...base, postgres: { mode: 'bundled', timescaledb: true }, backup: { engine: 'pitr' } }, 'backup.engine'],
    [{ ...base, backup: { engine: 'pitr', keep: { daily: 7, monthly: 3 } } }, 'backup.keep'],
    [{ ...base, backup: { engine: 'pitr', uploads: true } }, 'backup.uploads'],
    [{ ...base, backup: { engine: 'laravel' } }, 'backup.engine'],
    [{ ...base, backup: { engine: 'files', to: 'sftp' } }, 'backup.to'],
    [{ ...base, backup: { uploads: true } }, 'backup.uploads'],
    [{ ...base, postgres: { mode: 'bundled', timescaledb: true }, backup: { drillIn: 'scratch' } }, 'backup.drillIn'],
    [{ ...base, backup: { at: '24:00' } }, 'backup.at'],
    [{ ...base, backup: { at: 120 } }, 'backup.at'],
    [{ ...base, backup: { timezone: 'Europe/Berlino' } }, 'backup.timezone'],
    [{ ...base, backup: { timezone: 'US/Eastern' } }, 'backup.timezone'],
    [{ ...base, backup: { keep: { daily: 0 } } }, 'backup.keep.daily'],
    [{ ...base, backup: { packages: ['a b'] } }, 'backup.packages.0'],
    [{ ...base, backup: { engin: 'restic' } }, 'backup.engin'],
    [{ ...base, targets: { mine: { postgres: { mode: 'bundled', version: 17 } } } }, 'targets.mine.postgres.version'],
    [
      { ...base, backup: { engine: 'pitr' }, targets: { mine: { postgres: { mode: 'managed' } } } },
      'targets.mine.postgres.mode',
    ],
  ])('%j is refused at %s', async (chosen, path) => {
    const problems = await problemsOf(() => run(tree, chosen));
    expect(problems.map((one) => one.split(' ')[0])).toEqual([path]);
  });
});
