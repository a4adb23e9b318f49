import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { compose, composeDev, containers, docker, generate, serviceOf } from '../../support/scenario.ts';
import { expectHealth, type System } from '../system.ts';

/** Generating and starting. */
export function starts(system: System): void {
  const { subject, stack } = system;

  it('the stack becomes healthy', async () => {
    const all = await containers(stack);
    expect(all.map(serviceOf).sort()).toEqual([...subject.services].sort());
    for (const { State, Name, RestartCount } of all) {
      if (State.Health) expect(State.Health.Status, Name).toBe('healthy');
      // A worker without a port has none; it must not have ended in between.
      else if (State.Running) expect(RestartCount, Name).toBe(0);
      else expect(State, Name).toMatchObject({ Status: 'exited', ExitCode: 0 });
    }
    await expectHealth(system, 200);
  });

  it('a second run has nothing to do', async () => {
    const before = snapshot(stack.directory);
    expect(before.some((file) => file.startsWith('.env '))).toBe(true);
    const report = await generate(stack, ...subject.args);
    expect(report.changed).toBe(false);
    expect(snapshot(stack.directory)).toEqual(before);
  });

  it('starting what runs already is no change', async () => {
    const running = async () => (await containers(stack)).map(({ Name, Id, RestartCount }) => [Name, Id, RestartCount]);
    const before = await running();
    await compose(stack, 'up', '--detach', '--wait');
    expect(await running()).toEqual(before);
  });

  it('every combination of compose files is valid', async () => {
    const quiet = ['config', '--quiet'];
    for (const run of [
      await compose(stack, '-f', 'compose.yaml', ...quiet),
      await compose(stack, ...quiet),
      await composeDev(stack, ...quiet),
    ]) {
      expect(run.stdout + run.stderr).toBe('');
    }
  });

  it.each(['development', 'production'])('the Dockerfile gives no warning for %s', async (target) => {
    const dockerfile = join(subject.folder, 'Dockerfile');
    const { stdout } = await docker(
      stack,
      'build',
      '--check',
      '--target',
      target,
      '-f',
      dockerfile,
      subject.context ?? subject.folder,
    );
    expect(stdout).toContain('no warnings found');
  });
}

/** Every file with its mode, its content and when it was written. */
function snapshot(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, mtimeMs } = statSync(path);
      const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
      return `${relative(directory, path)} ${mode.toString(8)} ${mtimeMs} ${hash}`;
    })
    .sort();
}
