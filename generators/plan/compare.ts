import { applySplices, changesBetween, editYaml, type Splice } from '../compose/edit/index.ts';
import { readYaml } from '../compose/yaml.ts';
import type { Intended } from './intend.ts';
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

/** What is on disk, as far as a plan asks. */
export interface Disk {
  /** The exact text, hash and mode of a file; undefined where there is none. */
  raw(path: RelPath): { readonly text: string; readonly hash: Hash; readonly mode: number } | undefined;
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
}

/** The text of every managed file as it was last generated, by path: the base of three-way decisions. */
export type Baseline = Readonly<Record<RelPath, string>>;

export const baselineFile = '.prodstack/baseline.json';

/**
 * Compares what should be with what is. Pure: reads `disk`, changes nothing.
 * @throws UserError `repo` when a secret that is there can be taken for two things
 */
export function compare(intended: readonly Intended[], disk: Disk, baseline: Baseline): readonly Outcome[] {
  checkSecrets(intended, disk);
  const outcomes = intended.map((file) => outcomeOf(file, disk, baseline));
  const managed = intended.flatMap((file) =>
    file.kind === 'managed' || (file.kind === 'example' && !isTheirs(file, disk, baseline))
      ? [[file.path, file.content] as const]
      : [],
  );
  const content = `${JSON.stringify({ version: 1, files: Object.fromEntries(managed) }, null, 1)}\n`;
  // Ours alone: never a conflict.
  const own = {
    path: baselineFile,
    mode: 0o644,
    why: 'what was generated last, to tell your edits from ours',
    content,
  } as const;
  return [...outcomes, replaceOrCreate(own, disk, true)];
}

/**
 * The baseline that a repo has; empty where it has none or where it was damaged: then every difference is a
 * conflict, which is safe.
 */
export function readBaseline(text: string | undefined): Baseline {
  if (text === undefined) return {};
  try {
    const data: unknown = JSON.parse(text);
    const files = typeof data === 'object' && data !== null && 'files' in data ? data.files : {};
    return Object.fromEntries(
      Object.entries(files ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}

function outcomeOf(file: Intended, disk: Disk, baseline: Baseline): Outcome {
  const existing = disk.raw(file.path);
  if (file.kind === 'example' && existing && isTheirs(file, disk, baseline))
    return edited(file, existing, exampleEdits(existing.text, file.content));
  if (file.kind === 'managed' || file.kind === 'example')
    return managedOutcome(file, existing, disk, baseline[file.path]);
  if (file.kind === 'secret') return secretOutcome(file, existing, disk);
  if (file.kind === 'env') return envOutcome({ ...file, entries: carriedEntries(file.entries, disk) }, existing, disk);
  if (!existing) return replaceOrCreate({ ...file, content: fileText(file) }, disk);
  switch (file.kind) {
    case 'once':
      return { ...common(file), action: existing.text === file.content ? 'unchanged' : 'kept' };
    case 'ignore':
      return edited(file, existing, ignoreEdits(existing.text, file.groups));
    case 'section':
      return edited(file, existing, sectionEdits(existing.text, file.content));
    case 'php':
      return edited(file, existing, phpEdits(existing.text, file.content));
    case 'answers':
      return edited(file, existing, answerEdits(existing.text, file.said, file.path));
  }
}

/** Whether an example env file was there before us. */
function isTheirs(file: Intended & { kind: 'example' }, disk: Disk, baseline: Baseline): boolean {
  const text = disk.raw(file.path)?.text;
  if (text === undefined) return false;
  return hasExampleSection(text) || (baseline[file.path] === undefined && unixLines(text) !== file.content);
}

type Existing = NonNullable<ReturnType<Disk['raw']>>;

function managedOutcome(
  file: Intended & { kind: 'managed' | 'example' },
  existing: Existing | undefined,
  disk: Disk,
  base: string | undefined,
): Outcome {
  if (!existing) return replaceOrCreate(file, disk);
  const theirs = unixLines(existing.text);
  // Git may have given the file other line ends; that is no edit.
  if (theirs === file.content)
    return executable(existing.mode) === executable(file.mode)
      ? { ...common(file), action: 'unchanged' }
      : replaceOrCreate(file, disk);
  if (theirs === base) return replaceOrCreate(file, disk);
  if (file.content === base) return { ...replaceOrCreate(file, disk), action: 'kept' };
  return { ...replaceOrCreate(file, disk), action: 'conflict' };
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

function replaceOrCreate(
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

function common({ path, why, mode }: { readonly path: RelPath; readonly why: string; readonly mode: Mode }) {
  return { path, why, mode };
}

const unixLines = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
const executable = (mode: number): boolean => (mode & 0o100) !== 0;
