import { reservedNames } from './names.ts';

/** Any name as words of small letters and digits with hyphens between them, a letter first; empty where nothing of it is left. */
export function slug(name: string, length: number): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, length)
    .replace(/-+$/, '');
}

/** Any name as the name of a project; `app` where nothing of it is left. */
export function asProjectName(name: string): string {
  const word = slug(name, 40);
  return word === '' || reservedNames.has(word) ? 'app' : word;
}
