import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder above that has one of these files, as far up as the repo goes; without one, nowhere. */
export function folderAbove(root: string, names: readonly string[]): string | undefined {
  const has = (folder: string, name: string) => existsSync(join(folder, name));
  const above: string[] = [];
  for (let folder = root; !has(folder, '.git'); ) {
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    above.push(parent);
    folder = parent;
  }
  return above.find((folder) => names.some((name) => has(folder, name)));
}
