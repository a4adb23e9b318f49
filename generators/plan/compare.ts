import { applySplices, changesBetween, editYaml, type Splice } from '../compose/edit/index.ts';
import { readYaml } from '../compose/yaml.ts';
import type { Baseline, Recorded } from './baseline.ts';
import type { Intended } from './intend.ts';
import { type Base, mergedOutcome } from './merge/file.ts';
import { unixLines } from './merge/lines.ts';
import { carriedEntries, checkSecrets, fileValue } from './secret-files.ts';
import {
  envEdits,
  exampleEdits,
  fileText,
  hasExampleSection,
  ignoreEdits,
  phpEdits,
  sectionEdits,
} from './shared-files.ts';
import type { Hash, Mode, PlannedFile, RelPath } from './types.ts';

/** A file as it is. */
export interface Existing {
  readonly text: string;
  readonly hash: Hash;
  readonly mode: number;
}

/** What is on disk, as far as a plan asks. */
export interface Disk {
  /** The exact text, hash and mode of a file; undefined where there is none. */
  raw(path: RelPath): Existing | undefined;
}

/** A disk whose files can be listed. */
export interface Repo extends Disk {
  readonly files: readonly RelPath[];
}

/**
 * What happens to one file. `merge`: it changed on both sides, and holds both changes then; `delete`: it is no longer
 * part of the stack; `kept`: the user's version stays, because it is theirs or was changed by them and we have nothing
 * new; `deleted`: the user took it away, and so it stays; `conflict`: theirs and ours both differ from what was last
 * generated, and do not go together; `missing`: only a person can bring it.
 */
export type Action =
  | 'create'
  | 'update'
  | 'edit'
  | 'merge'
  | 'delete'
  | 'unchanged'
  | 'kept'
  | 'deleted'
  | 'conflict'
  | 'missing';

export interface Outcome {
  readonly path: RelPath;
  readonly action: Action;
  readonly why: string;
  readonly mode: Mode;
  /** What to write; with `conflict`, and `kept` for edits of the user's, what overwriting would write. */
  readonly planned?: PlannedFile;
  /** The text before and after, for diffs; a file with secrets and the baseline have none. */
  readonly texts?: { readonly before: string; readonly after: string };
  readonly conflict?: Conflict;
  /** A conflict that was settled for now: ours lies beside theirs, both are in one file between markers, or it is as it was. */
  readonly left?: 'beside' | 'markers' | 'as it was';
  /** What a person should know of it, a sentence each. */
  readonly notes?: readonly string[];
  /** What is remembered of it once it is carried out, where that is another text than it had. */
  readonly records?: Recording;
}

/** Two versions that do not go together. */
export interface Conflict {
  readonly ours: string;
  /** The user's text with ours in it, between markers; undefined where it has markers already. */
  readonly marked?: string;
  /** Follows the path in a sentence. */
  readonly why: string;
}

/** A managed file with its text and mode as generated, or our part of a file of the user's. */
export type Recording =
  /** `of`: the path that it was generated for, where the user moved it. */
  | { readonly kind: 'file'; readonly of?: RelPath; readonly text: string; readonly mode: Mode }
  | { readonly kind: 'part'; readonly text: string }
  /** Of an ignore file, which only grows. */
  | { readonly kind: 'patterns'; readonly patterns: readonly string[] };

/**
 * Compares what should be with what is. Pure: reads `disk`, changes nothing.
 * @throws UserError `repo` when a secret that is there can be taken for two things
 */
export function compare(intended: readonly Intended[], disk: Disk, recorded: Recorded): readonly Outcome[] {
  checkSecrets(intended, disk);
  return intended.map((file) => outcomeOf(file, disk, recorded));
}

/** What becomes of one file. */
export function outcomeOf(file: Intended, disk: Disk, recorded: Recorded): Outcome {
  const existing = disk.raw(file.path);
  if (file.kind === 'example' && existing && isTheirs(file, existing, recorded.files))
    return edited(file, existing, exampleEdits(existing.text, file.content));
  if (file.kind === 'managed' || file.kind === 'example') {
    const outcome = existing ? mergedOutcome(file, existing, baseOf(file.path, recorded)) : replaceOrCreate(file, disk);
    return { ...outcome, records: { kind: 'file', text: file.content, mode: file.mode } };
  }
  if (file.kind === 'secret') return secretOutcome(file, existing, disk);
  if (file.kind === 'env') return envOutcome({ ...file, entries: carriedEntries(file.entries, disk) }, existing, disk);
  if (!existing) return { ...replaceOrCreate({ ...file, content: fileText(file) }, disk), ...partOf(file) };
  switch (file.kind) {
    case 'once':
      return { ...common(file), action: existing.text === file.content ? 'unchanged' : 'kept' };
    case 'ignore':
      return { ...edited(file, existing, ignoreEdits(existing.text, file.groups)), ...partOf(file) };
    case 'section':
      return { ...edited(file, existing, sectionEdits(existing.text, file.content)), ...partOf(file) };
    case 'php':
      return { ...edited(file, existing, phpEdits(existing.text, file.content)), ...partOf(file) };
    case 'answers':
      return edited(file, existing, answerEdits(existing.text, file.said, file.path));
  }
}

/** What is remembered of our part of a file of the user's: that it was there, so that who takes it out need not do so again. */
function partOf(file: Intended): Pick<Outcome, 'records'> {
  if (file.kind === 'section' || file.kind === 'php') return { records: { kind: 'part', text: file.content } };
  if (file.kind === 'once' && file.part !== undefined) return { records: { kind: 'part', text: file.part } };
  if (file.kind !== 'ignore') return {};
  return { records: { kind: 'patterns', patterns: file.groups.flatMap(({ patterns }) => patterns) } };
}

/** A file as it was last generated. */
export function baseOf(path: RelPath, { files, modes }: Recorded): Base | undefined {
  const text = files[path];
  return text === undefined ? undefined : { text, ...(modes && { mode: modes[path] ?? 0o644 }) };
}

/** Whether an example env file was there before us. */
function isTheirs(file: Intended & { kind: 'example' }, { text }: Existing, baseline: Baseline): boolean {
  return hasExampleSection(text) || (baseline[file.path] === undefined && unixLines(text) !== file.content);
}

function envOutcome(file: Intended & { kind: 'env' }, existing: Existing | undefined, disk: Disk): Outcome {
  if (!existing) return replaceOrCreate({ ...file, content: fileText(file) }, disk, true);
  const edits = envEdits(existing.text, file.entries);
  if (edits.length === 0) return { ...common(file), action: 'unchanged' };
  // Written whole, so that a file that now has secrets is closed to others.
  const content = applySplices(existing.text, edits);
  return { ...replaceOrCreate({ ...file, content }, disk, true), action: 'edit' };
}

/** A secret is never part of a report or a diff, and one that has a value keeps it. */
function secretOutcome(file: Intended & { kind: 'secret' }, existing: Existing | undefined, disk: Disk): Outcome {
  const content = fileValue(file, disk);
  if (content === undefined) return { ...common(file), action: 'missing' };
  const { path, mode, why } = file;
  // Containers read it as other users: written anew where they could not.
  if (existing?.text === content && (existing.mode & mode) === mode) return { ...common(file), action: 'unchanged' };
  return {
    ...common(file),
    action: existing ? 'update' : 'create',
    planned: { kind: 'create', path, content, mode, why, ...(existing && { replaces: existing.hash }) },
  };
}

/** A file of ours alone, or one that is not there yet. */
export function replaceOrCreate(
  file: { readonly path: RelPath; readonly mode: Mode; readonly why: string; readonly content: string },
  disk: Disk,
  hidden = false,
): Outcome {
  const existing = disk.raw(file.path);
  if (existing && existing.text === file.content && executable(existing.mode) === executable(file.mode))
    return { ...common(file), action: 'unchanged' };
  const { path, content, mode, why } = file;
  return {
    ...common(file),
    action: existing ? 'update' : 'create',
    planned: { kind: 'create', path, content, mode, why, ...(existing && { replaces: existing.hash }) },
    ...(!hidden && { texts: { before: existing?.text ?? '', after: content } }),
  };
}

function edited(file: Intended, existing: Existing, edits: readonly Splice[]): Outcome {
  if (edits.length === 0) return { ...common(file), action: 'unchanged' };
  const { path, why } = file;
  return {
    ...common(file),
    action: 'edit',
    planned: { kind: 'edit', path, edits, expect: existing.hash, why },
    texts: { before: existing.text, after: applySplices(existing.text, edits) },
  };
}

/** Only what was said anew is changed in a file of the user's; what it leaves open stays open. */
function answerEdits(text: string, said: unknown, path: string): readonly Splice[] {
  return editYaml(text, changesBetween(readYaml(text, path) ?? {}, said), path);
}

/** What every outcome of a file says. */
export function common({ path, why, mode }: { readonly path: RelPath; readonly why: string; readonly mode: Mode }) {
  return { path, why, mode };
}

const executable = (mode: number): boolean => (mode & 0o100) !== 0;
