/** `scripts/verify`: whether the stack, as it runs, is what it should be. */
import { database } from '../stack/blocks/databases.ts';
import { allDataVolumes, running } from '../stack/queries.ts';
import type { Stack } from '../stack/types.ts';
import { backupService } from './control.ts';
import { render } from './render.ts';
import { shellWords } from './shell.ts';
import type { PlannedText } from './types.ts';

/** The script, with what only this stack has to answer. */
export function verification(stack: Stack): PlannedText {
  const services = running(stack);
  return {
    path: 'scripts/verify',
    content: render('scripts/verify', {
      name: stack.name,
      postgres: services.some(({ name }) => name === 'postgres') && { superuser: database.superuser },
      apps: services.flatMap(({ name, role, ports, view }) => {
        const [port] = ports.production;
        if (role !== 'web' || !port) return [];
        const health = String(view['health'] ?? 'none');
        // Without a health route, any answer shows that somebody is there.
        const [path, most] = health === 'none' ? ['/', 499] : [health, 299];
        return [shellWords([name, String(port.container), path, String(most)])];
      }),
      // What has an address of its own in `.env` is meant for other machines.
      open: services
        .flatMap(({ name, ports }) =>
          ports.production
            .filter(({ address }) => address !== undefined)
            .map(({ container }) => `${name}:${container}`),
        )
        .join(' '),
      data: allDataVolumes(stack)
        .map(({ name }) => name)
        .join('|'),
      backup: stack.backup && { service: backupService },
    }),
    mode: 0o755,
    why: 'looks at the running stack, and says what is well and what is not',
  };
}
