/** How many plain files stay, as the script in the container decides it: real bash and real time zones. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-files-'));
const library = readdirSync(join(import.meta.dirname, '../../../templates/docker/backup/lib')).map((file) =>
  file.replace(/\.sh\.hbs$/, ''),
);
writeFileSync(join(folder, 'files.sh'), render('docker/backup/lib/files.sh', {}));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Keep {
  readonly daily: number;
  readonly weekly?: number;
  readonly monthly?: number;
  readonly timezone?: string;
}

/** The times, of those given, whose backups stay. */
async function kept(times: readonly string[], { daily, weekly = 0, monthly = 0, timezone = 'UTC' }: Keep) {
  const env = {
    BACKUP_KEEP_DAILY: String(daily),
    BACKUP_KEEP_WEEKLY: String(weekly),
    BACKUP_KEEP_MONTHLY: String(monthly),
    BACKUP_TIMEZONE: timezone,
  };
  // What jq makes of the lines of all backups is tested where there is jq: in the container.
  const script = `jq() { cat; }; now() { date --date 2027-02-01 +%s; }; . ${join(folder, 'files.sh')}; files_kept`;
  const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', script], { env, input: times.join('\n') });
  return stdout.split('\n').map((id) => id.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3:$4:$5Z'));
}

describe('what stays', () => {
  const day = (count: number) => `2026-11-${String(count).padStart(2, '0')}T02:00:00Z`;

  it('is all of the last days that have one, however long ago these are', async () => {
    const twice = '2026-11-20T14:00:00Z';
    expect(await kept([day(21), twice, day(20), day(3), day(2)], { daily: 3 })).toEqual([
      day(21),
      twice,
      day(20),
      day(3),
    ]);
  });

  it('is the newest of each of the last weeks and months that have one', async () => {
    // The 16th and the 9th are Mondays.
    expect(await kept([day(21), day(20), day(16), day(15), day(9), day(8)], { daily: 1, weekly: 3 })).toEqual([
      day(21),
      day(15),
      day(8),
    ]);
    const older = ['2026-10-31T02:00:00Z', '2026-10-01T02:00:00Z', '2026-06-30T02:00:00Z', '2026-05-31T02:00:00Z'];
    expect(await kept([day(21), day(20), ...older], { daily: 1, monthly: 3 })).toEqual([
      day(21),
      '2026-10-31T02:00:00Z',
      '2026-06-30T02:00:00Z',
    ]);
  });

  it('goes by the weeks of ISO 8601, also around New Year', async () => {
    const times = ['2027-01-04T02:00:00Z', '2027-01-03T02:00:00Z', '2026-12-28T02:00:00Z', '2026-12-27T02:00:00Z'];
    expect(await kept(times, { daily: 1, weekly: 3 })).toEqual([times[0], times[1], times[3]]);
  });

  it('goes by the days of the time zone', async () => {
    const times = ['2026-11-21T10:00:00Z', '2026-11-20T23:30:00Z', '2026-11-20T22:30:00Z'];
    expect(await kept(times, { daily: 1 })).toEqual(times.slice(0, 1));
    expect(await kept(times, { daily: 1, timezone: 'Europe/Berlin' })).toEqual(times.slice(0, 2));
  });

  it('is what was made while the clock was wrong too, and takes the place of no other one', async () => {
    const wrong = ['2031-05-02T02:00:00Z', '2031-05-01T02:00:00Z'];
    expect(await kept([...wrong, day(21), day(20)], { daily: 1, monthly: 1 })).toEqual([...wrong, day(21)]);
  });

  it('is the newest in any case, in whatever order they come', async () => {
    expect(await kept([day(3), day(21), day(20)], { daily: 0 })).toEqual([day(21)]);
  });
});

it('no two files of the library that one image has define the same function', () => {
  const engines = ['restic', 'files', 'pitr'];
  for (const engine of engines) {
    const others = new Set(engines.filter((one) => one !== engine));
    const names = library
      .filter((name) => !others.has(name))
      .flatMap((name) =>
        [...render(`docker/backup/lib/${name}.sh`, {}).matchAll(/^(\w+)\(\)/gm)].map(([, one]) => one),
      );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  }
});
