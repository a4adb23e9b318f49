import { readdirSync, realpathSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { type Problem, UserError } from '../errors.ts';
import type { PlannedFile, RelPath } from '../plan/types.ts';
import { type Change, changeOf } from './change.ts';
import { codeOf } from './errno.ts';
import { type Locate, locator, unwritable } from './locate.ts';
import { foldersOf, HOME, look, pathKey, pathProblem } from './paths.ts';

export interface Changes {
  /** The real path of the target. */
  readonly root: string;
  readonly exists: boolean;
  readonly files: readonly Change[];
  /** The folders to make, parents first. */
  readonly folders: readonly RelPath[];
  /** The folders that have nothing in them any more afterwards, innermost first. */
  readonly emptied: readonly RelPath[];
}

/**
 * Checks a whole plan against the disk, without touching it.
 * @throws UserError `disk` with every problem at once
 * @throws RangeError when the edits of a file contradict each other: a bug of ours
 */
export function preflight(target: string, planned: readonly PlannedFile[]): Changes {
  const exists = look(target) !== undefined;
  const root = exists ? realpathSync(target) : resolve(target);
  const locate = locator(root);
  const problems: Problem[] = [];
  const files: Change[] = [];
  const places: RelPath[] = [];

  const rootProblem = unwritable(root) ?? homeProblem(root);
  if (rootProblem !== undefined) problems.push({ path: target, message: rootProblem });
  const writable = new Set<RelPath>(['.']);

  for (const file of planned) {
    try {
      const place = placeOf(locate, file.path);
      places.push(place);
      const folder = posix.dirname(place);
      if (!writable.has(folder)) assertWritable(join(root, folder));
      writable.add(folder);
      files.push(changeOf(root, place, file));
    } catch (error) {
      problems.push({ path: file.path, message: messageOf(error) });
    }
  }
  problems.push(...clashesIn(places));

  if (problems.length > 0) throw refusal(target, problems);
  const folders = new Set(places.flatMap(foldersOf).filter((path) => isMissing(locate, path)));
  return { root, exists, files, folders: [...folders], emptied: emptiedBy(root, files) };
}

/** Where a planned path really is, symlinked folders followed. */
function placeOf(locate: Locate, path: RelPath): RelPath {
  const folder = pathProblem(path) ?? locate(posix.dirname(path));
  if (typeof folder === 'string') throw new UserError('disk', folder);
  const place = posix.join(folder.path, posix.basename(path));
  // Once more: a symlinked folder may have led into .git, or to where unfinished changes are.
  const wrong = pathProblem(place);
  if (wrong !== undefined) throw new UserError('disk', wrong);
  return place;
}

function isMissing(locate: Locate, path: RelPath): boolean {
  const folder = locate(path);
  return typeof folder !== 'string' && !folder.exists;
}

/** A folder that holds nothing but what goes goes, too: git would not keep it either. */
function emptiedBy(root: string, files: readonly Change[]): RelPath[] {
  const gone = new Set(files.flatMap(({ path, bytes }) => (bytes === undefined ? [path] : [])));
  const needed = new Set(files.flatMap(({ path, bytes }) => (bytes === undefined ? [] : foldersOf(path))));
  const deepest = (a: RelPath, b: RelPath): number => b.split('/').length - a.split('/').length;
  const folders = [...new Set([...gone].flatMap(foldersOf))].filter((path) => path !== HOME && !needed.has(path));
  return folders.sort(deepest).filter((folder) => {
    const isEmptied = namesIn(join(root, folder))?.every((name) => gone.has(`${folder}/${name}`)) ?? false;
    if (isEmptied) gone.add(folder);
    return isEmptied;
  });
}

/** Undefined for a folder that cannot be looked into: then it stays. */
function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

function assertWritable(folder: string): void {
  const why = unwritable(folder);
  if (why !== undefined) throw new UserError('disk', why);
}

/** Unfinished changes are kept in our folder: it must be one, and not lead elsewhere. */
function homeProblem(root: string): string | undefined {
  const home = look(join(root, HOME));
  if (home === undefined) return undefined;
  return home.isDirectory() ? unwritable(join(root, HOME)) : `${HOME} is in the way: it is not a folder`;
}

/** Paths that are planned twice, or as a file and as a folder. */
function clashesIn(places: readonly RelPath[]): Problem[] {
  const problems: Problem[] = [];
  const byKey = new Map<string, RelPath>();
  for (const path of places) {
    const other = byKey.get(pathKey(path));
    if (other === undefined) byKey.set(pathKey(path), path);
    else if (other === path) problems.push({ path, message: 'planned twice' });
    else problems.push({ path, message: `one file with ${other} where upper and lower case are the same` });
  }
  for (const path of places) {
    const above = foldersOf(path).map((folder) => byKey.get(pathKey(folder)));
    const file = above.find((other) => other !== undefined);
    if (file !== undefined) problems.push({ path, message: `${file} is planned as a file, and here as a folder` });
  }
  return problems;
}

function messageOf(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (codeOf(error) === undefined) throw error;
  return `cannot be looked at (${codeOf(error)})`;
}

function refusal(target: string, problems: readonly Problem[]): UserError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new UserError('disk', `nothing was written to ${target}: ${first?.path}: ${first?.message}${more}`, {
    hint: 'put this right, then run again: the plan is made anew from what is there then',
    problems,
  });
}
