/** Paths with forward slashes, as in repos and on the machines that compose files are for. `.` is the folder itself. */

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/** A path without `.`, empty parts and the `..` that can be resolved: as Go's path.Clean. */
export function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isAbsolute(path)) parts.push(part);
  }
  const joined = parts.join('/');
  return isAbsolute(path) ? `/${joined}` : joined || '.';
}

/** The folder that a file or folder lies in. */
export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  if (at < 0) return '.';
  return at === 0 ? '/' : path.slice(0, at);
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A clean path in a folder, seen from where the folder is seen from. */
export function inFolder(folder: string, path: string): string {
  return folder === '.' ? path : `${folder}/${path}`;
}

/** A path that is written as seen from a folder; an absolute one stays. */
export function join(folder: string, path: string): string {
  return clean(isAbsolute(path) || folder === '' ? path : `${folder}/${path}`);
}
