import { expect, it } from 'vitest';
import { compose, inspect, sql } from '../../support/scenario.ts';
import type { System } from '../system.ts';

/** What migrates runs before the app, every time, and applies each migration once. */
export function migratesFirst(system: System): void {
  const { subject, stack } = system;
  const service = `${subject.app}-migrate`;

  it('migrations are over before the app starts', async () => {
    const migrate = await inspect(stack, service);
    const app = await inspect(stack, subject.app);
    expect(migrate.State).toMatchObject({ Status: 'exited', ExitCode: 0 });
    expect(Date.parse(app.State.StartedAt)).toBeGreaterThanOrEqual(Date.parse(migrate.State.FinishedAt));
    expect(await sql(stack, "SELECT to_regclass('visits') IS NOT NULL")).toBe('t');
  });

  it('migrating once more applies nothing', async () => {
    const query = subject.applied ?? 'SELECT version_num FROM alembic_version';
    const applied = await sql(stack, query);
    expect(applied).not.toBe('');
    await compose(stack, 'run', '--rm', service);
    expect(await sql(stack, query)).toBe(applied);
  });
}
