import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compose, composeDev, containers, docker, generate, serviceOf } from '../../support/scenario.ts';
import { expectHealth, type System } from '../system.ts';

/** Generating and starting. */
export function starts(system: System): void {
  const { subject, stack } = system;

  it('the stack becomes healthy', async () => {
    const all = await containers(stack);
    expect(all.map(serviceOf).sort()).toEqual([...subject.services].sort());
    for (const { State, Name } of all) {
      if (State.Health) expect(State.Health.Status, Name).toBe('healthy');
      else expect(State, Name).toMatchObject({ Status: 'exited', ExitCode: 0 });
    }
    await expectHealth(system, 200);
  });

  it('a second run has nothing to do', async () => {
    const before = snapshot(stack.directory);
    const report = await generate(stack, ...subject.args);
    expect(report.changed).toBe(false);
    expect(snapshot(stack.directory)).toEqual(before);
  });

  it('starting what runs already is no change', async () => {
    const before = (await containers(stack)).map((one) => [serviceOf(one), one.Id, one.RestartCount]);
    await compose(stack, 'up', '--detach', '--wait');
    const after = (await containers(stack)).map((one) => [serviceOf(one), one.Id, one.RestartCount]);
    expect(after).toEqual(before);
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
    const { stdout } = await docker(stack, 'build', '--check', '--target', target, '-f', dockerfile, subject.folder);
    expect(stdout).toContain('no warnings found');
  });
}

/** Every file with its mode, its content and when it was written. */
function snapshot(directory: string): Readonly<Record<string, string>> {
  const paths = globSync('**/*', { cwd: directory, exclude: ['node_modules'] });
  const dotted = globSync('**/.*', { cwd: directory });
  return Object.fromEntries(
    [...paths, ...dotted]
      .map((path) => ({ path, stat: statSync(join(directory, path)) }))
      .filter(({ stat }) => stat.isFile())
      .map(({ path, stat }) => {
        const hash = createHash('sha256')
          .update(readFileSync(join(directory, path)))
          .digest('hex');
        return [path, `${stat.mode.toString(8)} ${stat.mtimeMs} ${hash}`];
      }),
  );
}
