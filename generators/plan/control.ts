/** `scripts/ctl`, the wrapper that people run a stack with: it makes data volumes, and guards them. */
import { backups } from '../stack/blocks/backups-volume.ts';
import { allVolumes, running } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { render } from './render.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';

/** The command that texts name. */
export const controlScript = 'scripts/ctl';

/** The service that makes backups, where the stack has some. */
export const backupService = 'backup';

/** The script, with the volumes by name and by what would be lost with them. */
export function control(stack: Stack): PlannedText {
  return {
    path: controlScript,
    content: render('scripts/ctl', {
      name: stack.name,
      baseFile: stack.composeFile,
      volumes: allVolumes(stack).map(({ name, holds }) => ({ name, holds: shellWords([holds]) })),
      ports: portVariables(stack),
      checks: shellWords(
        running(stack).flatMap(({ name, role, oneShot }) => (role === 'edge' && oneShot ? [name] : [])),
      ),
      backup: stack.backup && { service: backupService, volume: backups.volume, madeBy: stack.backup.madeBy ?? '' },
    }),
    mode: 0o755,
    why: 'docker compose for this stack: makes the data volumes, and asks before data is destroyed',
  };
}

/** Which variable of `.env` says where a port of a service is published. */
function portVariables(stack: Stack): readonly { readonly at: string; readonly variable: string }[] {
  const all = stack.services.flatMap(({ name, ports }) =>
    [...ports.production, ...ports.development].map(
      ({ container, variable }) => [`${name}:${container}`, variable] as const,
    ),
  );
  return [...new Map(all)].map(([at, variable]) => ({ at, variable }));
}
