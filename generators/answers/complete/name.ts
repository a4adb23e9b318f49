import { asProjectName } from '../slug.ts';
import type { Notes } from './types.ts';

export function nameFor(folder: string, chosen: unknown, notes: Notes): unknown {
  if (chosen !== undefined) return chosen;
  const name = asProjectName(folder);
  if (name !== folder) {
    notes.assumptions.push({
      path: 'name',
      value: name,
      reason: `made from the folder name ${JSON.stringify(folder)}`,
    });
  }
  return name;
}
