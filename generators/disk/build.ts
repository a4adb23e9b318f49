import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './apply.ts';
import { asideIn, type Step } from './lock.ts';
import { nearestExisting } from './paths.ts';
import type { Changes } from './preflight.ts';
import { writeNew } from './stage.ts';

/**
 * Writes into a folder that does not exist: the whole tree is built beside it, and moved there in one rename.
 * @throws the system's error; then nothing is left
 */
export function build({ root, files, folders }: Changes, step: Step): void {
  const { existing, missing } = nearestExisting(root);
  const [first, ...rest] = missing;
  if (first === undefined) throw new Error(`${root} was made by somebody else meanwhile`);
  const aside = asideIn(existing);
  // Of the missing a/b/c, aside becomes a; inside it, b and c lead to the root.
  const base = join(aside, ...rest);
  try {
    step('.');
    rmSync(aside, { recursive: true, force: true });
    makeFolder(aside, '', step);
    for (const i of rest.keys()) makeFolder(aside, rest.slice(0, i + 1).join('/'), step);
    for (const folder of folders) makeFolder(base, folder, step);
    for (const file of files) {
      if (file.bytes !== undefined) writeNew(join(base, file.path), file, step);
    }
    step('.');
    renameSync(aside, join(existing, first));
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw error;
  }
}
