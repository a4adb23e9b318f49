/** The scripts that make, restore and prove backups: they talk to the container `backup`. */
import { databaseClients, isEncrypted } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { render } from './render.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';

/** Those below `scripts/`; none where nothing is backed up. */
export function backupScripts(stack: Stack): readonly PlannedText[] {
  const { backup } = stack;
  if (!backup) return [];
  const view = {
    name: stack.name,
    baseFile: stack.composeFile,
    ...backup,
    madeBy: backup.madeBy ?? '',
    encrypted: isEncrypted(backup),
    pointInTime: backup.engine === 'pitr',
    // They have the database open.
    clients: shellWords(databaseClients(stack).map(({ name }) => name)),
    setup: stack.services.some(({ name }) => name === 'postgres-setup'),
    uploadVolumes: backup.uploads.join(' '),
  };
  const script = (name: string, why: string): PlannedText => ({
    path: `scripts/${name}`,
    content: render(`scripts/${name}`, view),
    mode: 0o755,
    why,
  });
  return [
    script('backup', 'makes a backup now, and says what there is'),
    script('restore', 'brings a backup back, and undoes what fails'),
    script('restore-drill', 'restores a backup into a throw-away database, to prove that it can be'),
  ];
}
