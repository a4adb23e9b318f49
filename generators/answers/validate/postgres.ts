import type { Problem } from '../../errors.ts';
import type { Answers } from '../schema.ts';

/** What is bundled exists: TimescaleDB is made for fewer versions than PostgreSQL. */
export function postgresParts({ postgres }: Answers): readonly Problem[] {
  if (postgres?.mode !== 'bundled' || !postgres.timescaledb || postgres.version >= 17) return [];
  return [
    {
      path: 'postgres.version',
      value: String(postgres.version),
      message: 'must be 17 or 18: TimescaleDB has no other',
    },
  ];
}
