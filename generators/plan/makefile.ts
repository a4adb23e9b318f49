/** The Makefile: short names for commands of the stack, for those who ask for them. */
import { hasCertificates, isPulled } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { overlayFile } from './compose.ts';
import { render } from './render.ts';
import type { PlannedText } from './types.ts';

/** The Makefile, where the answers want one. */
export function makefile(stack: Stack): readonly PlannedText[] {
  if (!stack.makefile) return [];
  // Which target a machine is, COMPOSE_FILE in its .env says.
  const files = stack.targets.length > 0 ? [] : [stack.composeFile, overlayFile(stack.composeFile, 'prod')];
  return [
    {
      path: 'Makefile',
      content: render('Makefile', {
        name: stack.name,
        files,
        chosen: files.length === 0 ? '' : `COMPOSE_FILE=${files.join(':')} `,
        backup: stack.backup !== undefined,
        pulled: isPulled(stack),
        certs: hasCertificates(stack),
      }),
      why: 'short names for the commands of production',
    },
  ];
}
