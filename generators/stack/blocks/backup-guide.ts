/** What can go wrong with backups, as entries of the troubleshooting guide. */
import type { Backup, GuideEntry } from '../types.ts';
import { database } from './databases.ts';

/** Those of every engine, and of this one. */
export function backupGuide(plan: Backup): readonly GuideEntry[] {
  const { at, timezone, drill, schedule, managed } = plan;
  const view = { at, timezone, drills: drill !== 'never', timers: schedule === 'systemd' };
  return [
    { id: 'backup-unhealthy', view },
    { id: 'backup-failed', view },
    { id: 'backup-at-work', view },
    { id: 'drill-failed', view },
    { id: 'restore-refused', view: { managed } },
    { id: 'restore-interrupted', view },
    ...(plan.engine === 'restic' ? resticGuide(plan) : []),
  ];
}

function resticGuide({ to, managed }: Backup): readonly GuideEntry[] {
  const view = { isLocal: to === 'local', isS3: to === 's3', isSftp: to === 'sftp' };
  return [
    { id: 'backup-unreadable', view: { isManaged: managed, superuser: database.superuser } },
    { id: 'restic-storage', view },
    { id: 'restic-key', view },
    { id: 'restic-locked', view },
  ];
}
