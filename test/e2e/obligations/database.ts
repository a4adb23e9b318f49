import { expect, it } from 'vitest';
import { compose, eventually, inspect } from '../../support/scenario.ts';
import { expectHealth, type System, visit } from '../system.ts';

/** The database may come late, and go away. */
export function toleratesItsDatabase(system: System): void {
  const { subject, stack } = system;
  const unhealthy = subject.unhealthy ?? 503;

  it('the app reconnects after the database restarts', async () => {
    const before = await visit(system);
    const app = await inspect(stack, subject.app);
    await compose(stack, 'stop', 'postgres');
    await eventually(() => expectHealth(system, unhealthy));
    await compose(stack, 'start', 'postgres');
    await eventually(() => expectHealth(system, 200));
    expect(await visit(system)).toBe(before + 1);
    expect(await inspect(stack, subject.app)).toMatchObject({
      RestartCount: app.RestartCount,
      State: { StartedAt: app.State.StartedAt },
    });
  });

  it('an app that starts without its database stays up until there is one', async () => {
    await compose(stack, 'stop', subject.app, 'postgres');
    await compose(stack, 'up', '--detach', '--no-deps', subject.app);
    await eventually(() => expectHealth(system, unhealthy));
    const app = await inspect(stack, subject.app);
    await compose(stack, 'start', 'postgres');
    await eventually(async () => {
      await expectHealth(system, 200);
      expect((await inspect(stack, subject.app)).State.Health?.Status).toBe('healthy');
    });
    expect(await inspect(stack, subject.app)).toMatchObject({
      RestartCount: 0,
      State: { StartedAt: app.State.StartedAt },
    });
  });
}
