/** Units of systemd for hosts whose timers start backups and drills, instead of the container itself. */
import type { Artifact, Backup } from '../types.ts';

/** Where the units are, until somebody installs them. */
const folder = 'docker/backup/systemd';

/** A service and a timer for backups, and where there are drills, one for them; nothing where the stack itself keeps the time. */
export function backupTimers(name: string, plan: Backup): readonly Artifact[] {
  if (plan.schedule !== 'systemd') return [];
  const { at, timezone, drill } = plan;
  // What an app makes itself at that time is looked at an hour later.
  const hours = plan.engine === 'laravel' ? 1 : 0;
  const backup = { calendar: calendar(plan, 'daily', hours), later: calendar(plan, 'daily', hours + 1) };
  return [
    ...units(name, 'backup', { at, timezone, ...backup }),
    // Three hours leave room for a second try, and the gap of a night in spring behind.
    ...(drill === 'never' ? [] : units(name, 'drill', { drill, calendar: calendar(plan, drill, 3) })),
  ];
}

function units(name: string, job: 'backup' | 'drill', view: Artifact['view']): readonly Artifact[] {
  return (['service', 'timer'] as const).map((kind) => ({
    path: `${folder}/${name}-${job}.${kind}`,
    template: `${folder}/${job}.${kind}`,
    view: { name, ...view },
    mode: 0o644,
    why: `${kind === 'timer' ? 'when' : 'how'} the host starts a ${job}`,
  }));
}

/** So many hours behind the time of day, in the words of systemd.time(7); weekly: behind that of Sunday. */
export function calendar(
  { at, timezone }: Pick<Backup, 'at' | 'timezone'>,
  period: 'daily' | 'weekly',
  hours: number,
): string {
  const hour = Number(at.slice(0, 2)) + hours;
  const time = `${String(hour % 24).padStart(2, '0')}${at.slice(2)}`;
  const day = period === 'daily' ? '' : hour < 24 ? 'Sun ' : 'Mon ';
  return `${day}*-*-* ${time}:00 ${timezone}`;
}
