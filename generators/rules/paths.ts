import { clean } from '../paths.ts';

/** A path of a model, seen from the project's folder; unchanged where it lies outside. */
export function fromProject(directory: string, path: string): string {
  const folder = clean(directory || '.');
  const full = clean(path);
  if (full === folder) return '.';
  return full.startsWith(`${folder}/`) ? full.slice(folder.length + 1) : full;
}

/** Whether `path` is `folder` or lies in it; both normalised. */
export function within(folder: string, path: string): boolean {
  if (folder === '.') return !path.startsWith('/') && !path.startsWith('..');
  if (folder === '/') return path.startsWith('/');
  return path === folder || path.startsWith(`${folder}/`);
}
