/** The files beside the compose files: scripts, the image of backups, and what a person has to know. */
import { inFolder } from '../../paths.ts';
import { backupScripts, foreignView } from '../../plan/backup.ts';
import { backupSection } from '../../plan/backup-docs.ts';
import { render } from '../../plan/render.ts';
import { restoreSection } from '../../plan/restore-docs.ts';
import type { PlannedText } from '../../plan/types.ts';
import { appUser } from '../../stack/blocks/app.ts';
import type { Stack } from '../../stack/types.ts';

/** Where the texts are, from the folder of the project. */
export const guidePath = 'docs/BACKUPS.md';

/**
 * All of them, from the root of the repo.
 * @param directory the project's: commands are run there
 * @param folder the one that paths in the compose file count from
 */
export function backupFiles(
  stack: Stack,
  about: { readonly title: string; readonly passwordFrom: string },
  { directory, folder }: { readonly directory: string; readonly folder: string },
): readonly PlannedText[] {
  return [
    ...stack.artifacts.map(({ path, template, view, mode, why }) => ({
      path: inFolder(folder, path),
      content: render(template, view),
      mode,
      why,
    })),
    ...backupScripts(stack).map((file) => ({ ...file, path: inFolder(directory, file.path) })),
    {
      path: inFolder(directory, guidePath),
      content: guide(stack, about, directory),
      why: 'what is backed up, what is not, how a restore goes',
    },
  ];
}

function guide(
  stack: Stack,
  { title, passwordFrom }: { readonly title: string; readonly passwordFrom: string },
  directory: string,
): string {
  const { backup, name } = stack;
  if (!backup) throw new Error('There is no backup to speak of.');
  const common = { name, pulled: false, ...foreignView(backup) };
  return render('docs/backups-of.md', {
    ...common,
    baseFile: stack.composeFile,
    title,
    passwordFrom,
    folder: directory === '.' ? '' : directory,
    uploads: backup.uploads.length > 0,
    uid: appUser.uid,
    backups: backupSection(stack),
    restore: restoreSection(stack),
    entries: stack.guide
      .map(({ id, view }) => render(`docs/guide/${id}.md`, { ...common, ...view }).trim())
      .join('\n\n'),
  });
}
