import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './errno.ts';
import { TXN } from './paths.ts';

const MAX_FILES = 20_000;
const MAX_DEPTH = 12;

/** Folders with no sources of the user's in them: installed, built or cached. */
const skipped = new Set([
  ...['.git', '.hg', '.svn', '.idea', '.terraform', '.vercel'],
  ...['node_modules', 'bower_components', 'vendor', '.yarn', '.pnpm-store'],
  ...['.venv', 'venv', '__pycache__', '.tox', '.nox', '.eggs', '.mypy_cache', '.pytest_cache', '.ruff_cache'],
  ...['dist', 'build', 'target', 'coverage', '.next', '.nuxt', '.output', '.svelte-kit', '.angular', '.astro'],
  ...['.cache', '.turbo', '.nx', '.parcel-cache', '.gradle'],
]);

/** What a folder may hold and still count as empty. */
const ignorable = new Set(['.git', '.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * Every file below `root`, relative and sorted, without the folders that hold no sources. Symlinked folders are
 * not followed; symlinked files count. Nearest first, so that the bound cuts off what is deepest.
 */
export function listFiles(root: string): string[] {
  const files: string[] = [];
  let folders = [''];
  for (let depth = 0; depth < MAX_DEPTH && folders.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of folders) {
      const entries = entriesOf(join(root, folder)) ?? [];
      // A virtual environment, whatever its name.
      if (folder !== '' && entries.some((entry) => entry.name === 'pyvenv.cfg')) continue;
      for (const entry of entries) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (!isSkipped(path, entry.name)) next.push(path);
        } else if (entry.isFile() || (entry.isSymbolicLink() && isFile(join(root, path)))) {
          files.push(path);
          if (files.length === MAX_FILES) return files.sort();
        }
      }
    }
    folders = next;
  }
  return files.sort();
}

/** Whether there is no file in a folder, however deep, apart from git's own and what a desktop leaves. */
export function isEmptyFolder(folder: string, depth = 0): boolean {
  const isHarmless = (entry: Dirent): boolean =>
    (depth === 0 && ignorable.has(entry.name)) ||
    (entry.isDirectory() && depth < MAX_DEPTH && isEmptyFolder(join(folder, entry.name), depth + 1));
  return entriesOf(folder)?.every(isHarmless) ?? false;
}

function isSkipped(path: string, name: string): boolean {
  return path === TXN || skipped.has(name) || /^\.prodstack-\d+\.tmp$/.test(name);
}

/** Undefined for a folder that we may not read: the data folder of a database, which holds nothing for us. */
function entriesOf(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return undefined;
    throw error;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // a symlink to nowhere, or in a circle
  }
}
