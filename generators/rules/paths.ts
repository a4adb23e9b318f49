import { clean } from '../compose/model/paths.ts';

export function join(folder: string, path: string): string {
  return clean(path.startsWith('/') ? path : `${folder}/${path}`);
}

/** A path of a model, seen from the project's folder; unchanged where it lies outside. */
export function fromProject(directory: string, path: string): string {
  const folder = clean(directory || '.');
  const full = clean(path);
  if (full === folder) return '.';
  return full.startsWith(`${folder}/`) ? full.slice(folder.length + 1) : full;
}

export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '.' : path.slice(0, at);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether `path` is `folder` or lies in it; both normalised. */
export function within(folder: string, path: string): boolean {
  if (folder === '.') return !path.startsWith('/') && !path.startsWith('..');
  if (folder === '/') return path.startsWith('/');
  return path === folder || path.startsWith(`${folder}/`);
}
