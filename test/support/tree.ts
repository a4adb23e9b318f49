import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Tree } from './plan.ts';

/** All files below a folder; an empty tree where there is none. */
export function readTree(root: string): Tree {
  const entries = statSync(root, { throwIfNoEntry: false })
    ? readdirSync(root, { recursive: true, encoding: 'utf8' })
    : [];
  const files = entries.filter((entry) => statSync(join(root, entry)).isFile()).sort();
  return Object.fromEntries(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]));
}

/** Makes a folder hold exactly these files. */
export function replaceTree(root: string, tree: Tree): void {
  rmSync(root, { recursive: true, force: true });
  writeTree(root, tree);
}

/** Adds files to a folder. */
export function writeTree(root: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
