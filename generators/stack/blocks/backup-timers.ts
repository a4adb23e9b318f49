/** Units of systemd for hosts whose timers start backups and drills, instead of the container itself. */
import type { Artifact, Backup } from '../types.ts';

/** Where the units are, until somebody installs them. */
const folder = 'docker/backup/systemd';

/** A service and a timer for backups, and where there are drills, one for them; nothing where the stack itself keeps the time. */
export function backupTimers(name: string, plan: Backup): readonly Artifact[] {
  if (plan.schedule !== 'systemd') return [];
  const jobs = plan.drill === 'never' ? (['backup'] as const) : (['backup', 'drill'] as const);
  return jobs.flatMap((job) =>
    (['service', 'timer'] as const).map((kind) => ({
      path: `${folder}/${name}-${job}.${kind}`,
      template: `${folder}/${job}.${kind}`,
      view: { name, at: plan.at, timezone: plan.timezone, drill: plan.drill, drillCalendar: drillCalendar(plan) },
      mode: 0o644 as const,
      why: `${kind === 'timer' ? 'when the host starts' : 'how the host starts'} ${job === 'drill' ? 'a drill' : 'a backup'}`,
    })),
  );
}

/** An hour behind the backup, in the words of systemd.time(7): for the weekly one, behind that of Sunday. */
export function drillCalendar({ at, timezone, drill }: Pick<Backup, 'at' | 'timezone' | 'drill'>): string {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = drill === 'daily' ? '' : hour === 23 ? 'Mon ' : 'Sun ';
  return `${day}*-*-* ${two((hour + 1) % 24)}:${two(minute)}:00 ${timezone}`;
}
