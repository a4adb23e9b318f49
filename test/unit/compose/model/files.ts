import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Files } from '../../../../generators/compose/model/files.ts';

/** A folder of the disk as the reader of compose files sees it. */
export function filesIn(root: string): Files {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  const read = (path: string): string | undefined => {
    const file = join(root, path);
    return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
  };
  return { files, read };
}

/** Files that are nowhere but here. */
export function filesOf(texts: Readonly<Record<string, string>>): Files {
  return { files: Object.keys(texts).sort(), read: (path) => (Object.hasOwn(texts, path) ? texts[path] : undefined) };
}
