/** Paths of the repo: relative to its root, with forward slashes; `.` is the root itself. */
import { folderOf } from '../../paths.ts';

/** A path seen from a folder, with `.` and `..` resolved; what leads out of the repo ends at its root. */
export function join(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/') || '.';
}

/** Whether a file or folder lies below a folder. */
export function isInside(path: string, folder: string): boolean {
  return path !== folder && (folder === '.' || path.startsWith(`${folder}/`));
}

/** A path below `folder`, as seen from it. */
export function from(folder: string, path: string): string {
  if (path === folder) return '.';
  return folder === '.' ? path : path.slice(folder.length + 1);
}

export function depthOf(path: string): number {
  return path === '.' ? 0 : path.split('/').length;
}

/** The folders above a folder, the nearest first, ending with the root. */
export function ancestorsOf(folder: string): string[] {
  return folder === '.' ? [] : [folderOf(folder), ...ancestorsOf(folderOf(folder))];
}
