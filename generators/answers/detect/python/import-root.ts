import { folderOf } from '../../../paths.ts';
import { from, isInside, join } from '../paths.ts';
import type { Source } from '../source.ts';
import { importsOf } from './modules.ts';

/**
 * The folder that the imports of a module start from: the one in which the app's own packages are found.
 * `src/shop/main.py` with `from shop.db import ...` has the root `src`; with `from src.shop.db import ...` it is
 * the app's folder.
 */
export function importRoot(folder: string, sources: readonly Source[], file: string): string {
  const source = sources.filter(({ path }) => path === file);
  const possible = roots(folder, file).filter((root) => {
    const parts = moduleName(root, file).split('.');
    const packages = file.endsWith('/__init__.py') ? parts.length : parts.length - 1;
    return packages >= mostDots(source) && parts.every((part) => /^[A-Za-z_]\w*$/.test(part));
  });
  const usual = possible.find((root) => root === join(folder, 'src')) ?? possible[0] ?? folder;
  for (const readers of [source, sources]) {
    const scores = possible.map((root) => ({ root, score: resolved(readers, sources, root) }));
    const best = scores.reduce((a, b) => (b.score > a.score ? b : a), { root: usual, score: 0 });
    if (best.score > 0) return best.root;
  }
  return usual;
}

/** The dotted name of a module, seen from a folder. */
export function moduleName(root: string, file: string): string {
  return from(root, file)
    .replace(/(?:\/__init__)?\.py$/, '')
    .replace(/\//g, '.');
}

/** The folders between an app's and a file's, the outermost first. */
function roots(folder: string, file: string): string[] {
  const inner = folderOf(file);
  return inner === folder || !isInside(inner, folder) ? [folder] : [...roots(folder, inner), inner];
}

/** How far up relative imports lead: a module needs as many packages above it. */
function mostDots(sources: readonly Source[]): number {
  const dots = sources.flatMap((source) => importsOf(source).map(({ module }) => /^\.*/.exec(module)?.[0].length ?? 0));
  return Math.max(0, ...dots);
}

/** How many absolute imports are found in a folder. */
function resolved(readers: readonly Source[], sources: readonly Source[], root: string): number {
  const own = new Set(
    sources
      .filter(({ path }) => isInside(path, root))
      .map(({ path }) => from(root, path).replace(/(?:\/.*|\.py)$/, '')),
  );
  return readers.flatMap(importsOf).filter(({ module }) => own.has(module.replace(/\..*$/, ''))).length;
}
