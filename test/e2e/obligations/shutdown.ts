import { expect, it } from 'vitest';
import { compose, eventually, http, inspect, lockTable, sql } from '../../support/scenario.ts';
import { expectHealth, type System, visit } from '../system.ts';

/** Stopping does not cost a visitor anything. */
export function stopsGracefully(system: System): void {
  const { subject, stack } = system;

  it('SIGTERM finishes the request in flight', async () => {
    await visit(system); // the table is there
    const { stdout } = await compose(stack, 'config', '--format', 'json');
    const { services } = JSON.parse(stdout) as { services: Record<string, { stop_grace_period?: string }> };
    const grace = Number.parseInt(services[subject.app]?.stop_grace_period ?? '', 10);
    expect(grace).toBeGreaterThan(0);

    const lock = await lockTable(stack, 'visits');
    const inFlight = http(stack.ports.app, subject.visit.path, { method: subject.visit.method });
    inFlight.catch(() => {}); // looked at below
    // A backup that begins just now has to wait, too.
    const waiting =
      "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND application_name <> 'pg_dump'";
    await eventually(async () => expect(await sql(stack, waiting)).toBe('1'));

    const begin = Date.now();
    const stopping = compose(stack, 'stop', subject.app);
    // The signal has arrived when nobody else is let in; gunicorn lets them wait at the door.
    await eventually(() => expect(http(stack.ports.app, subject.health, { patience: 2000 })).rejects.toThrow());
    await lock.release();

    expect((await inFlight).status).toBe(200);
    await stopping;
    expect(Date.now() - begin).toBeLessThan(grace * 1000);
    expect((await inspect(stack, subject.app)).State.ExitCode).toBe(0);

    await compose(stack, 'up', '--detach', '--wait');
    await expectHealth(system, 200);
  });
}
