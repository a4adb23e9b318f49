import type { Answers } from '../../answers/schema.ts';
import { image } from '../images.ts';

export type BundledPostgres = Extract<NonNullable<Answers['postgres']>, { mode: 'bundled' }>;

/** Which image a bundled Postgres is, and what follows from that. */
export interface PostgresImage {
  readonly reference: string;
  /** For texts: "PostgreSQL 18". */
  readonly title: string;
  /** The user inside: Debian's and Alpine's number differ. */
  readonly uid: number;
  /** Where the volume belongs: from 18 on the image keeps the data one folder up; the old place would stay empty. */
  readonly data: string;
}

/** The major versions that backups can be made of: those that a stack may have, and 15, which others still run. */
export type PostgresVersion = BundledPostgres['version'] | 15;

/** Where the image declares a volume for its data. */
export function dataFolder(version: PostgresVersion): string {
  return version >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data';
}

export function postgresImage({ version, timescaledb }: BundledPostgres): PostgresImage {
  const data = dataFolder(version);
  return timescaledb
    ? {
        // There is none for 16 (answers/validate/postgres.ts).
        reference: image(version === 17 ? 'timescaledb:17' : 'timescaledb:18'),
        title: `TimescaleDB on PostgreSQL ${version}`,
        uid: 70,
        data,
      }
    : { reference: image(`postgres:${version}`), title: `PostgreSQL ${version}`, uid: 999, data };
}
