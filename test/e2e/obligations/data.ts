import { expect, it } from 'vitest';
import { compose, containers, docker, eventually, inspect, type Stack, serviceOf } from '../../support/scenario.ts';
import { type System, visit } from '../system.ts';

/**
 * What was counted stays counted.
 * @param quietly runs something while no work comes by itself, which could not be done without the database
 */
export function keepsData(system: System, quietly = (run: () => Promise<void>) => run()): void {
  const { subject, stack } = system;

  it('a visit survives down and up', async () => {
    const before = await visit(system);
    await compose(stack, 'down');
    expect(await containers(stack)).toEqual([]);
    await compose(stack, 'up', '--detach', '--wait');
    expect(await visit(system)).toBe(before + 1);
  });

  it('data survives docker compose down -v', async () => {
    const before = await visit(system);
    await compose(stack, 'down', '--volumes', '--remove-orphans');
    await compose(stack, 'up', '--detach', '--wait');
    expect(await visit(system)).toBe(before + 1);
  });

  it.each([subject.app, 'postgres'])('a killed container comes back: %s', (service) =>
    quietly(async () => {
      const before = await visit(system);
      const others = await startTimes(stack, service);
      const victim = await inspect(stack, service);
      await killHard(stack, victim.State.Pid);
      await eventually(async () => {
        const { Id, RestartCount, State } = await inspect(stack, service);
        expect({ Id, RestartCount }).toEqual({ Id: victim.Id, RestartCount: victim.RestartCount + 1 });
        expect(State.Health?.Status).toBe('healthy');
      });
      expect(await eventually(() => visit(system))).toBe(before + 1);
      expect(await startTimes(stack, service)).toEqual(others); // nothing else had to restart
    }),
  );
}

/** When the containers of all services but one were started. */
async function startTimes(stack: Stack, but: string): Promise<readonly string[]> {
  const others = (await containers(stack)).filter((one) => serviceOf(one) !== but);
  return others.map(({ Name, State }) => `${Name} ${State.StartedAt}`);
}

/** `kill -9` from outside: for `docker kill`, Docker would think that somebody wanted the container to stop. */
async function killHard(stack: Stack, pid: number): Promise<void> {
  const { stdout } = await compose(stack, 'config', '--images', 'postgres');
  const image = stdout.trim();
  const kill = ['--entrypoint', 'sh', image, '-c', `kill -9 ${pid}`];
  await docker(stack, 'run', '--rm', '--privileged', '--pid', 'host', '--user', '0', ...kill);
}
