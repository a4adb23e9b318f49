/** The Makefile: short names for commands of the stack, for those who ask for them. */
import { hasCertificates } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { volumeName } from './compose.ts';
import { render } from './render.ts';
import { serverFiles } from './targets.ts';
import type { PlannedText } from './types.ts';

/** The Makefile, where the answers want one. */
export function makefile(stack: Stack): readonly PlannedText[] {
  if (!stack.makefile) return [];
  const built = stack.services.some(({ build }) => build !== undefined);
  return [
    {
      path: 'Makefile',
      content: render('Makefile', {
        name: stack.name,
        files: serverFiles(stack, stack.targets[0]),
        volumes: stack.volumes.map(({ name }) => volumeName(stack.name, name)),
        pulled: !built,
        certs: hasCertificates(stack),
      }),
      why: 'short names for the commands of production',
    },
  ];
}
