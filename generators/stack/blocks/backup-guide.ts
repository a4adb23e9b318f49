/** What can go wrong with backups, as entries of the troubleshooting guide. */
import type { Backup, GuideEntry } from '../types.ts';

/** Those of every engine. */
export function backupGuide({ at, timezone, drill, schedule, managed }: Backup): readonly GuideEntry[] {
  const view = { at, timezone, drills: drill !== 'never', timers: schedule === 'systemd' };
  return [
    { id: 'backup-unhealthy', view },
    { id: 'backup-failed', view },
    { id: 'backup-at-work', view },
    { id: 'restore-refused', view: { managed } },
    { id: 'restore-interrupted', view },
  ];
}
