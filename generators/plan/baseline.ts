/** What was generated last, as the repo remembers it: the base of all three-way decisions. */
import { createHash } from 'node:crypto';
import { isData, mapOf } from '../data.ts';
import { hasMarkers } from './merge/text.ts';
import type { Hash, Mode, RelPath } from './types.ts';

/** The text of every managed file as it was last generated, by path. */
export type Baseline = Readonly<Record<RelPath, string>>;

export const baselineFile = '.prodstack/baseline.json';

/** What `.prodstack/baseline.json` says. */
export interface Recorded {
  /**
   * `none`: there is no such file. `damaged`: it is not as we wrote it, so that nothing in it is believed and every
   * difference is the user's: nothing of theirs can be overwritten by mistake.
   */
  readonly state: 'good' | 'none' | 'damaged';
  /** Why it is not believed: a sentence. */
  readonly damage?: string;
  readonly files: Baseline;
  /** Of those files that are not 0644; undefined where version 1 did not say. */
  readonly modes?: Readonly<Record<RelPath, Mode>>;
  /** The program that last changed something. */
  readonly program?: string;
  /** The answers as of then. */
  readonly answers?: unknown;
  /** Files that the user deleted, which has been said. */
  readonly deleted: readonly RelPath[];
  /** Where the user moved files to. */
  readonly moved: Readonly<Record<RelPath, RelPath>>;
  /** What was put beside files of the user's, by their paths. */
  readonly beside: Readonly<Record<RelPath, Hash>>;
  /** Our part of files that are the user's as much as ours. */
  readonly parts: Baseline;
  /** What runs wrote, as it was then: a file that still is so has nothing of the user's in it that git does not have. */
  readonly written: Readonly<Record<RelPath, Hash>>;
}

/** What is written down: version 2 of the file. */
export type Record2 = Required<Omit<Recorded, 'state' | 'damage'>>;

/** Who generates, and from which answers. */
export interface Made {
  readonly program: string;
  readonly answers: unknown;
}

/** The baseline of a repo that has none. */
export const nothingRecorded: Recorded = {
  state: 'none',
  files: {},
  deleted: [],
  moved: {},
  beside: {},
  parts: {},
  written: {},
};

/** Reads a baseline, of this version or the one before; one that cannot be believed says why. */
export function readBaseline(text: string | undefined): Recorded {
  if (text === undefined) return nothingRecorded;
  if (hasMarkers(text)) return damaged('it has conflict markers of git in it');
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return damaged('it is no JSON');
  }
  if (!isData(data) || !isData(data['files'])) return damaged('it says something else than we write');
  if (data['version'] === 1) return { ...nothingRecorded, state: 'good', files: texts(data['files']) };
  const { version, checksum, ...rest } = data;
  if (typeof version === 'number' && version > 2)
    return { ...damaged('it was written by a newer version'), program: newer };
  if (version !== 2 || checksum !== checksumOf(rest))
    return damaged('it was changed by something else than this program');
  const { program, answers, modes, deleted } = rest;
  return {
    state: 'good',
    program: String(program),
    answers,
    files: texts(data['files']),
    modes: Object.fromEntries(Object.keys(mapOf(modes)).map((path) => [path, 0o755])),
    deleted: Array.isArray(deleted) ? deleted.map(String) : [],
    moved: texts(rest['moved']),
    beside: texts(rest['beside']),
    parts: texts(rest['parts']),
    written: texts(rest['written']),
  };
}

/** Stands for the version of a program whose baseline we cannot read. */
export const newer = 'newer';

/** The text of the file. */
export function baselineText(record: Record2): string {
  return `${JSON.stringify({ version: 2, checksum: checksumOf(record), ...record }, null, 1)}\n`;
}

/** Whether two programs remember the same; which program it was says nothing. */
export function isSameRecord(one: Recorded, other: Record2): boolean {
  const { state, damage: _damage, ...rest } = one;
  return state === 'good' && checksumOf({ ...rest, program: '' }) === checksumOf({ ...other, program: '' });
}

function checksumOf(data: object): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(data)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isData(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function damaged(damage: string): Recorded {
  return { ...nothingRecorded, state: 'damaged', damage };
}

function texts(files: unknown): Baseline {
  return Object.fromEntries(
    Object.entries(mapOf(files)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
