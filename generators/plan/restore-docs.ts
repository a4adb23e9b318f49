/** What docs/DEPLOYMENT.md says of restores. */
import { hasCertificates, isEncrypted, isPulled, lastingSecrets } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { volumeName } from '../stack/values.ts';
import { clientsOf, foreignView } from './backup.ts';
import { render } from './render.ts';

/** The section `Restore`; empty where nothing is backed up. */
export function restoreSection(stack: Stack): string {
  const { backup } = stack;
  if (!backup) return '';
  const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  return render('docs/restore.md', {
    name: stack.name,
    pointInTime: backup.engine === 'pitr',
    local: backup.to === 'local',
    sftp: backup.to === 'sftp',
    managed: backup.managed,
    uploads: backup.uploads.length > 0,
    several: backup.databases.length > 1,
    databaseList: code(backup.databases),
    clientList: code(clientsOf(stack)),
    ...foreignView(backup),
    encrypted: isEncrypted(backup),
    timezone: backup.timezone,
    workVolume: volumeName(stack.name, 'backup-work'),
    timers: backup.schedule === 'systemd',
    certificates: hasCertificates(stack),
    lasting: code(lastingSecrets(stack)),
    secretFiles: stack.secrets.length > 0,
    pulled: isPulled(stack),
  }).trim();
}
