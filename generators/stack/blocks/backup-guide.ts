/** What can go wrong with backups, as entries of the troubleshooting guide. */
import type { Backup, GuideEntry } from '../types.ts';
import { filesGuide } from './files-guide.ts';

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
    ...filesGuide(plan),
  ];
}

function resticGuide({ to, managed }: Backup): readonly GuideEntry[] {
  const view = { isLocal: to === 'local', isS3: to === 's3', isSftp: to === 'sftp' };
  return [
    // The superuser of a server of ours may read everything.
    ...(managed ? [{ id: 'backup-unreadable', view: {} }] : []),
    { id: 'restic-storage', view },
    { id: 'restic-key', view },
    { id: 'restic-locked', view },
  ];
}
