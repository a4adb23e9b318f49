import type { Problem } from '../../errors.ts';
import { splitCommand } from '../command.ts';
import type { Answers } from '../schema.ts';
import type { Values } from '../stacks/definition.ts';
import { show } from './issues.ts';

/** Commands whose quotes are not closed. */
export function commands(answers: Answers): readonly Problem[] {
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const workers = 'workers' in app ? Object.entries(app.workers ?? {}) : [];
    const all = [
      ...(['start', 'dev'] as const).map((key) => [`apps.${name}.${key}`, (app as Values)[key]] as const),
      ...workers.flatMap(([role, worker]) =>
        (['start', 'dev', 'health'] as const).map(
          (key) => [`apps.${name}.workers.${role}.${key}`, worker[key]] as const,
        ),
      ),
    ];
    return all.flatMap(([path, command]) =>
      typeof command === 'string' && (splitCommand(command)?.length ?? 0) === 0
        ? [{ path, value: show(command), message: 'must be a command with its quotes closed' }]
        : [],
    );
  });
}
