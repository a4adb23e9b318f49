import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { composeDev, eventually, http, inspect } from '../../support/scenario.ts';
import type { System } from '../system.ts';

/** The overlay for development, beside the stack that runs. */
export function reloads(system: System): void {
  const { subject, stack } = system;

  it('an edit in development shows without a rebuild', async () => {
    const { file, from, to, path } = subject.edit;
    const page = async () => (await http(stack.ports.development, path, { accept: 'text/html' })).body;
    const watching = composeDev(stack, 'up', '--build', '--watch');
    let output = '';
    watching.stdout.on('data', (chunk) => (output += chunk));
    watching.stderr.on('data', (chunk) => (output += chunk));
    try {
      await eventually(async () => {
        expect(output).toMatch(/watch enabled/i);
        expect(await page()).toContain(from);
      }, 180);
      const before = await inspect(stack, subject.app, composeDev);

      const source = join(stack.directory, file);
      writeFileSync(source, readFileSync(source, 'utf8').replace(from, to));
      await eventually(async () => expect(await page()).toContain(to));

      const { Id, State } = await inspect(stack, subject.app, composeDev);
      expect({ Id, StartedAt: State.StartedAt }).toEqual({ Id: before.Id, StartedAt: before.State.StartedAt });
    } catch (error) {
      throw new Error(`docker compose up --watch printed:\n${output}`, { cause: error });
    } finally {
      watching.kill('SIGINT');
      await watching.catch(() => {});
      await composeDev(stack, 'down', '--volumes', '--timeout', '1');
    }
  });
}
