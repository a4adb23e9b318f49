/** Files that a person brings onto the host, and that belong neither into git nor into an image. */
import type { Answers } from '../../answers/schema.ts';
import type { Ignore } from '../types.ts';

/** Keeps a folder of such files out of both; the second only where an image is built from what is around it. */
export function keptOut(answers: Answers, folder: string): readonly Ignore[] {
  return [
    {
      path: '.gitignore',
      why: 'keeps secrets out of the repo',
      groups: [{ comment: 'Secrets of this stack', patterns: [`/${folder}/`] }],
    },
    ...(buildsFromRoot(answers)
      ? [
          {
            path: '.dockerignore',
            why: 'keeps secrets, data and what the image makes itself out of the build',
            groups: [{ comment: 'Secrets never enter an image', patterns: [`${folder}/`] }],
          },
        ]
      : []),
  ];
}

/** Whether the root of the repo, where these folders are, is what an image is built from. */
function buildsFromRoot({ apps }: Answers): boolean {
  return Object.values(apps).some((app) => app.path === '.' || ('workspace' in app && app.workspace?.path === '.'));
}
