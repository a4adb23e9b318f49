import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import type { RelPath } from '../plan/types.ts';
import { codeOf, reasonOf } from './errno.ts';
import { isInside, look, nearestExisting } from './paths.ts';

/** A folder inside the root: where it really is, symlinks followed, and whether it is there yet. */
interface Folder {
  readonly path: RelPath;
  readonly exists: boolean;
}

/** The folder at a planned path; a string instead says why nothing can go there. */
export type Locate = (path: RelPath) => Folder | string;

/** Finds folders inside a root, each once. */
export function locator(root: string): Locate {
  const folders = new Map<RelPath, Folder | string>([['.', { path: '.', exists: look(root) !== undefined }]]);

  return function locate(path: RelPath): Folder | string {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const above = locate(posix.dirname(path));
    const found = typeof above === 'string' ? above : findIn(root, above, posix.basename(path));
    folders.set(path, found);
    return found;
  };
}

function findIn(root: string, above: Folder, name: string): Folder | string {
  const path = posix.join(above.path, name);
  if (!above.exists) return { path, exists: false };
  const full = join(root, path);
  try {
    const stat = look(full);
    if (stat === undefined) return { path, exists: false };
    if (stat.isSymbolicLink()) return follow(root, path);
    return stat.isDirectory() ? { path, exists: true } : `${path} is a file, not a folder`;
  } catch (error) {
    return `${path} cannot be looked at (${codeOf(error) ?? String(error)})`;
  }
}

function follow(root: string, path: RelPath): Folder | string {
  let real: string;
  let stat: Stats;
  try {
    real = realpathSync(join(root, path));
    stat = statSync(real);
  } catch {
    return `${path} is a symlink that leads nowhere`;
  }
  if (!isInside(root, real)) return `${path} is a symlink that leads out of the folder`;
  if (!stat.isDirectory()) return `${path} is a file, not a folder`;
  return { path: relative(root, real).split(sep).join('/') || '.', exists: true };
}

/** Why nothing can be made in a folder or, where it does not exist yet, in its nearest parent. */
export function unwritable(folder: string): string | undefined {
  let existing = folder;
  try {
    existing = nearestExisting(folder).existing;
    if (!statSync(existing).isDirectory()) return `${existing} is a file, not a folder`;
    accessSync(existing, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error, existing);
  }
}
