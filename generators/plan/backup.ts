/** The scripts that make, restore and prove backups: they talk to the container `backup`. */
import { databaseClients, isEncrypted } from '../stack/queries.ts';
import type { Backup, Stack } from '../stack/types.ts';
import { controlScript } from './control.ts';
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
    clients: shellWords(clientsOf(stack)),
    ...foreignView(backup),
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

/** The services that are stopped while a restore changes names. */
export function clientsOf(stack: Stack): readonly string[] {
  return stack.backup?.foreign?.clients ?? databaseClients(stack).map(({ name }) => name);
}

/** What is another one in a project that we did not make: it has no `scripts/ctl` and no answers. */
export function foreignView({ foreign }: Backup) {
  return {
    isForeign: foreign !== undefined,
    control: foreign ? 'docker compose' : controlScript,
    server: shellWords([foreign?.server ?? 'postgres']),
    composeFiles: foreign?.composeFiles === undefined ? '' : shellWords([foreign.composeFiles]),
    asRoot: foreign?.asRoot ?? false,
  };
}
