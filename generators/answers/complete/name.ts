import { reservedNames } from '../names.ts';
import type { Notes } from './types.ts';

export function nameFor(folder: string, chosen: unknown, notes: Notes): unknown {
  if (chosen !== undefined) return chosen;
  const name = slug(folder);
  if (name !== folder) {
    notes.assumptions.push({
      path: 'name',
      value: name,
      reason: `made from the folder name ${JSON.stringify(folder)}`,
    });
  }
  return name;
}

/** A folder name as a project name; `app` where nothing of it is left. */
function slug(folder: string): string {
  const word = folder
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return word === '' || reservedNames.has(word) ? 'app' : word;
}
