import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compose, composeDev, eventually, http, inspect } from '../../support/scenario.ts';
import type { System } from '../system.ts';
import { isOpen, ownAddresses } from './network.ts';

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
    // Where it ends too early, the page tells; the rejection itself must not go unheard until then.
    const ended = watching.catch(() => {});
    try {
      await eventually(async () => {
        expect(output).toMatch(/watch enabled/i);
        expect(await page()).toContain(from);
      }, 420);
      if (subject.debugger) await debuggers[subject.debugger](system);
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
      await ended;
      await composeDev(stack, 'down', '--volumes', '--timeout', '1');
    }
  });
}

/** That a debugger is there, in development only. */
const debuggers = {
  inspector: async ({ subject, stack }: System) => {
    const port = stack.more[`${subject.app.toUpperCase().replaceAll('-', '_')}_DEBUG_PORT`] ?? 0;
    const processes = async () => JSON.parse((await http(port, '/json/list')).body) as readonly { url: string }[];
    // The process that runs the app, and not what watches it.
    await eventually(async () =>
      expect(await processes()).toMatchObject([{ url: expect.stringMatching(/^file:..\/app\//) }]),
    );
    for (const address of ownAddresses()) expect(await isOpen(address, port), address).toBe(false);
    const { HostConfig, NetworkSettings } = await inspect(stack, subject.app);
    expect(JSON.stringify({ HostConfig, NetworkSettings })).not.toContain('9229');
  },
  xdebug: async ({ subject, stack }: System) => {
    const ask = [
      'exec',
      '-T',
      subject.app,
      'php',
      '-r',
      'echo phpversion("xdebug") ?: "none", " ", getenv("XDEBUG_MODE");',
    ];
    expect((await composeDev(stack, ...ask)).stdout).toMatch(/^3\.\S+ off$/);
    expect((await compose(stack, ...ask)).stdout).toBe('none ');
    expect(
      (await composeDev(stack, 'exec', '-T', subject.app, 'getent', 'hosts', 'host.docker.internal')).stdout,
    ).not.toBe('');
  },
} as const;
