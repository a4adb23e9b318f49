/** Whether the database of a stack can read what its volume holds. */
import type { Answers } from './answers/schema.ts';
import { UserError } from './errors.ts';
import type { Baseline } from './plan/baseline.ts';
import type { Stack } from './stack/types.ts';

interface Writer {
  readonly version: number;
  readonly timescaledb: boolean;
}

/**
 * Refuses another major version of PostgreSQL, or TimescaleDB instead of it, where the stack has run with the one
 * before: it could not read that data, and would not start. `upgradedFrom` says that the data was moved.
 * @throws UserError `answers`, with what to do
 */
export function refuseUnreadableData({ postgres }: Answers, stack: Stack, baseline: Baseline): void {
  const before = writerOf(baseline[stack.composeFile] ?? '');
  if (before === undefined || postgres?.mode !== 'bundled' || postgres.upgradedFrom === before.version) return;
  const now: Writer = { version: postgres.version, timescaledb: postgres.timescaledb ?? false };
  if (now.version === before.version && now.timescaledb === before.timescaledb) return;
  const path = now.version === before.version ? 'postgres.timescaledb' : 'postgres.version';
  throw new UserError('answers', `${nameOf(now)} cannot read the data of ${nameOf(before)}; nothing was written.`, {
    problems: [
      {
        path,
        value: String(now.version === before.version ? now.timescaledb : now.version),
        message: `must stay ${now.version === before.version ? before.timescaledb : before.version} until the data is moved`,
      },
    ],
    hint: `How to move it: docs/DOCKER_TROUBLESHOOTING.md, "the volume holds the data of PostgreSQL". When that is done, or there is no data yet, go on with --set postgres.upgradedFrom=${before.version}`,
  });
}

/** What the compose file of a stack of ours runs. */
function writerOf(compose: string): Writer | undefined {
  const image = /^ +image: (?:postgres:(\d+)|timescale\/timescaledb:\S+-pg(\d+))/m.exec(compose);
  const version = image?.[1] ?? image?.[2];
  return version === undefined ? undefined : { version: Number(version), timescaledb: image?.[2] !== undefined };
}

function nameOf({ version, timescaledb }: Writer): string {
  return `${timescaledb ? 'TimescaleDB on ' : ''}PostgreSQL ${version}`;
}
