/** When backups and drills are due, as the script in the container decides it: real bash, real time zones, one table of clocks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';
import { calendar } from '../../../generators/stack/blocks/backup-timers.ts';
import { run } from '../../support/plan.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-schedule-'));
for (const name of ['common', 'schedule', 'status'])
  writeFileSync(join(folder, `${name}.sh`), render(`docker/backup/lib/${name}.sh`, {}));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a function of the scripts prints. */
async function call(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const sources = ['common', 'schedule', 'status'].map((name) => `. ${join(folder, `${name}.sh`)}`);
  const text = ['set -Eeuo pipefail', ...sources, 'prepare', script].join('\n');
  const { stdout } = await execa('bash', ['-c', text], { env: { BACKUP_HOME: join(folder, 'home'), ...env } });
  return stdout;
}

/** Seconds since 1970. */
const epoch = (time: string) => Date.parse(time) / 1000;

describe('the slot of a moment', () => {
  it.each([
    ['a second before the time of day', '2026-11-21T00:59:59Z', '02:00', 'Europe/Berlin', '2026-11-20'],
    ['at the time of day', '2026-11-21T01:00:00Z', '02:00', 'Europe/Berlin', '2026-11-21'],
    ['late in the evening', '2026-11-21T22:59:00Z', '02:00', 'Europe/Berlin', '2026-11-21'],
    ['before the gap of a night in spring', '2026-03-29T00:59:59Z', '02:30', 'Europe/Berlin', '2026-03-28'],
    [
      'behind the gap, on a clock that never shows 02:30',
      '2026-03-29T01:00:00Z',
      '02:30',
      'Europe/Berlin',
      '2026-03-29',
    ],
    ['the first 02:30 of a night in autumn', '2026-10-25T00:30:00Z', '02:30', 'Europe/Berlin', '2026-10-25'],
    ['the second 02:30', '2026-10-25T01:30:00Z', '02:30', 'Europe/Berlin', '2026-10-25'],
    ['a gap at midnight', '2026-09-06T04:00:00Z', '00:30', 'America/Santiago', '2026-09-06'],
    ['on the other side of the date line', '2026-11-20T13:05:00Z', '02:00', 'Pacific/Auckland', '2026-11-21'],
    ['on the first of a leap March', '2028-03-01T01:00:00Z', '02:00', 'UTC', '2028-02-29'],
    ['on New Year', '2027-01-01T00:00:00Z', '23:30', 'UTC', '2026-12-31'],
  ])('%s', async (_, time, at, zone, day) => {
    expect(await call(`due_day ${epoch(time)} ${at} ${zone}`)).toBe(day);
  });

  it('of a weekly drill is a Sunday', async () => {
    const days = ['2026-11-21', '2026-11-22', '2026-11-23', '2026-03-01', '2027-01-02'];
    const sundays = await call(days.map((day) => `due_week ${day}`).join('\n'));
    expect(sundays.split('\n')).toEqual(['2026-11-15', '2026-11-22', '2026-11-22', '2026-03-01', '2026-12-27']);
  });
});

describe('what was done last', () => {
  const answers = {
    BACKUP_ENGINE: 'restic',
    BACKUP_AT: '02:00',
    BACKUP_TIMEZONE: 'Europe/Berlin',
    BACKUP_DRILL: 'weekly',
  };
  /** The clock stands at the time; a success started at the other one. */
  const last = (time: string, started: string, changed: Readonly<Record<string, string>> = {}) =>
    call(
      `now() { echo ${epoch(time)}; }
       rm -f "$home"/state/*; slot_done backup ${epoch(started)}
       ${Object.entries(changed)
         .map(([name, value]) => `export ${name}=${value}`)
         .join('\n')}
       slot_last backup; slot_at backup "$(now)"`,
      answers,
    );

  it('counts for its day, and a clock that was put back a little repeats nothing', async () => {
    expect(await last('2026-11-21T00:50:00Z', '2026-11-21T01:00:10Z')).toBe('2026-11-21\n2026-11-20');
  });

  it('is forgotten when it is from the future: nobody waits for that', async () => {
    expect(await last('2026-11-21T02:00:00Z', '2027-05-01T01:00:00Z')).toBe('2026-11-21');
  });

  it('is counted anew when the time of day has another answer', async () => {
    const afternoon = await last('2026-11-21T13:30:00Z', '2026-11-21T01:00:10Z', { BACKUP_AT: '14:00' });
    expect(afternoon).toBe('2026-11-20\n2026-11-21');
  });

  it('of the first of two equal hours is not forgotten in the second', async () => {
    const script = `now() { echo ${epoch('2026-10-25T01:10:00Z')}; }
      export BACKUP_AT=02:30
      rm -f "$home"/state/*; slot_done backup ${epoch('2026-10-25T00:30:00Z')}; slot_done backup "$(now)"
      slot_last backup`;
    expect(await call(script, answers)).toBe('2026-10-25');
  });
});

describe('a new stack', () => {
  const answers = { BACKUP_AT: '02:00', BACKUP_TIMEZONE: 'UTC', BACKUP_DRILL: 'weekly' };
  /** Whether a backup is wanted then, and what health says, of a stack that was started at ten. */
  const at = (engine: string, time: string) =>
    call(
      `now() { echo ${epoch(time)}; }
       rm -f "$home"/state/*; state_put born <<<${epoch('2026-11-21T10:00:00Z')}
       wanted backup "$(now)" && echo wanted || echo not wanted; problems_of_backup $((26 * 3600))`,
      { ...answers, BACKUP_ENGINE: engine },
    );

  it.each([
    ['restic', '2026-11-21T10:02:00Z', 'wanted'],
    ['restic', '2026-11-21T11:02:00Z', 'wanted\nthere is no backup yet'],
    // The app makes its own at two, and it is looked after at three.
    ['laravel', '2026-11-21T10:02:00Z', 'not wanted'],
    ['laravel', '2026-11-22T02:59:00Z', 'not wanted'],
    ['laravel', '2026-11-22T03:01:00Z', 'wanted'],
    ['laravel', '2026-11-22T12:01:00Z', 'wanted\nthere is no backup yet'],
  ])('with %s at %s: %s', async (engine, time, expected) => {
    expect(await at(engine, time)).toBe(expected);
  });
});

it('pauses grow between tries, and end', async () => {
  const pauses = await call('for n in 1 2 3 4 40; do retry_pause backup $n; done; retry_pause drill 9');
  expect(pauses.split('\n').map(Number)).toEqual([600, 1200, 2400, 3600, 3600, 21_600]);
});

describe('a timer', () => {
  const timezone = 'Europe/Berlin';
  it.each([
    ['daily', '02:00', 0, '*-*-* 02:00:00 Europe/Berlin'],
    ['daily', '23:05', 1, '*-*-* 00:05:00 Europe/Berlin'],
    ['weekly', '02:00', 3, 'Sun *-*-* 05:00:00 Europe/Berlin'],
    ['weekly', '21:30', 3, 'Mon *-*-* 00:30:00 Europe/Berlin'],
  ] as const)('%s at %s and %d hours', (period, at, hours, expected) => {
    expect(calendar({ at, timezone }, period, hours)).toBe(expected);
  });

  it.each([
    ['weekly', ['shop-backup.service', 'shop-backup.timer', 'shop-drill.service', 'shop-drill.timer']],
    ['never', ['shop-backup.service', 'shop-backup.timer']],
  ] as const)('is there where the host keeps the time, with drills: %s', async (drill, units) => {
    const app = {
      stack: 'node',
      path: '.',
      packageManager: 'npm',
      build: 'none',
      start: 'node a.js',
      dev: 'node a.js',
    };
    const { after } = await run(
      { 'package.json': '{}', 'a.js': '' },
      {
        apps: { app: { ...app, uses: ['postgres'] } },
        postgres: { mode: 'bundled' },
        backup: { engine: 'restic', at: '02:30', timezone: 'Europe/Berlin', schedule: 'systemd', drill },
      },
    );
    const folder = 'docker/backup/systemd/';
    expect(
      Object.keys(after)
        .filter((path) => path.startsWith(folder))
        .map((path) => path.slice(folder.length))
        .sort(),
    ).toEqual(units);
    // Twice: systemd leaves out a time that does not exist in a night of spring.
    expect(after[`${folder}shop-backup.timer`]?.match(/^OnCalendar=.*$/gm)).toEqual([
      'OnCalendar=*-*-* 02:30:00 Europe/Berlin',
      'OnCalendar=*-*-* 03:30:00 Europe/Berlin',
    ]);
    expect(after['compose.yaml']).toContain('BACKUP_SCHEDULE: systemd');
    expect(after['docs/DEPLOYMENT.md']).toContain('systemctl enable --now shop-backup.timer');
  });
});
