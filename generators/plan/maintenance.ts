/** `scripts/maintenance`: a page for the world instead of the apps. */
import { maintenanceFolder, maintenanceService } from '../stack/blocks/edge/maintenance.ts';
import { running } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { render } from './render.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';

/** The command that texts name. */
export const maintenanceScript = 'scripts/maintenance';

/** The script and the page: all edges have them. */
export function maintenance(stack: Stack): readonly PlannedText[] {
  if (!stack.edge) return [];
  const shown = running(stack).find(({ name, role }) => name === maintenanceService && role === 'edge');
  const isService = shown !== undefined;
  return [
    {
      path: maintenanceScript,
      content: render('scripts/maintenance', {
        name: stack.name,
        edge: stack.edge.service,
        folder: maintenanceFolder.path,
        // By a flag, or by a service: which apps it stands for, none where they may run on.
        service: isService && maintenanceService,
        apps: isService && shellWords((shown?.view['aliases'] as readonly string[] | undefined) ?? []),
      }),
      mode: 0o755,
      why: 'shows the world a page while something takes longer',
    },
    {
      path: `${maintenanceFolder.path}/index.html`,
      content: render('docker/edge/index.html', {}),
      why: 'the page of scripts/maintenance: yours to change',
    },
  ];
}
