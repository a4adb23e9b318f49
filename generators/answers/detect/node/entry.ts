import { folderOf, nameOf } from '../../../paths.ts';
import { from, join } from '../paths.ts';
import type { View } from '../view.ts';
import type { Package } from './package.ts';
import { compilerOutput, type Output } from './tsconfig.ts';

/** The file that starts an app: as it was written, and as it runs in production; paths from the app's folder. */
export interface Entry {
  readonly source: string;
  /** Absent where nothing compiles it. */
  readonly run?: string;
}

const plain = ['server', 'index', 'app', 'main', 'src/server', 'src/index', 'src/main', 'src/app'].flatMap((name) =>
  ['.js', '.mjs', '.cjs'].map((extension) => name + extension),
);
const typed = ['src/server', 'src/index', 'src/main', 'src/app', 'server', 'index', 'main', 'app'].flatMap((name) =>
  ['.ts', '.mts', '.cts'].map((extension) => name + extension),
);
/** Folders that a build fills, whatever it is done with. */
const built = /^(?:dist|build|out|lib|\.next|\.output|\.nuxt|\.svelte-kit)(?:\/|$)/;

/** Builds that keep to tsconfig.json; bundlers have settings of their own. */
const compiles = /(?:^|[\s/])(?:tsc|tspc|nest\s+build)(?:\s|$)/;

/** The files that conventions say an app starts with, those that exist, the likeliest first. */
export function entryFiles(view: View, pack: Package): string[] {
  const { main } = pack.json.data;
  const named = typeof main === 'string' ? [resolveFile(view, pack, main)].flatMap((file) => file ?? []) : [];
  return [...named, ...[...plain, ...typed].filter((file) => view.has(join(pack.folder, file)))];
}

/**
 * The entry that `hint` (a file of a development command) or conventions name.
 * @param build what the build script runs
 * @returns undefined where no file of the usual names exists
 */
export function findEntry(view: View, pack: Package, build: string | undefined, hint?: string): Entry | undefined {
  const { main } = pack.json.data;
  const named = hint !== undefined && view.has(join(pack.folder, hint)) ? [join('.', hint)] : [];
  const [source] = [...named, ...entryFiles(view, pack)];
  const target = typeof main === 'string' ? join('.', main) : '';
  if (build !== undefined && built.test(target)) return { source: source ?? target, run: target };
  if (source === undefined) return undefined;
  if (/\.[cm]?js$/.test(source)) return { source, run: source };
  const run = build === undefined ? undefined : compiledPath(view, pack, source, build);
  return { source, ...(run !== undefined && { run }) };
}

/** Where a build puts what it makes of a TypeScript file; undefined where that cannot be known. */
export function compiledPath(view: View, pack: Package, source: string, build: string): string | undefined {
  const file = /--(?:outfile|out-file)[ =]([\w./-]+)/.exec(build)?.[1];
  if (file) return join('.', file);
  const output = compiles.test(build) ? compilerOutput(view, pack, build) : undefined;
  if (!output) return undefined;
  const seen = from('.', source);
  const inside = output.rootDir === '.' ? seen : seen.replace(`${output.rootDir}/`, '');
  return join(output.outDir, inside.replace(/\.([cm]?)tsx?$/, '.$1js'));
}

export type Presence = 'there' | 'built' | 'missing';

/** Whether a file that a command names is there, comes with the build, or neither. */
export function presence(view: View, pack: Package, file: string, build: string | undefined): Presence {
  if (resolveFile(view, pack, file) !== undefined) return 'there';
  if (build === undefined) return 'missing';
  const path = join('.', file);
  const output = compilerOutput(view, pack, build);
  const outDir = output && output.outDir !== '.' && path.startsWith(`${output.outDir}/`);
  if (outDir && compiles.test(build)) return cameFrom(view, pack, path, output) ? 'built' : 'missing';
  if (outDir || built.test(path) || build.includes(folderOf(path) === '.' ? nameOf(path) : folderOf(path)))
    return 'built';
  // Without an outDir the compiler puts its work beside the sources.
  return output?.outDir === '.' && cameFrom(view, pack, path, output) ? 'built' : 'missing';
}

/** The source of a file that a command runs: itself, or what the compiler makes it of. */
export function sourceOf(view: View, pack: Package, file: string, build: string | undefined): string | undefined {
  const own = resolveFile(view, pack, file);
  const output = build === undefined || !compiles.test(build) ? undefined : compilerOutput(view, pack, build);
  return own ?? (output && cameFrom(view, pack, join('.', file), output));
}

/** The source that the compiler makes a file of; undefined where there is none. */
function cameFrom(view: View, pack: Package, path: string, { outDir, rootDir }: Output): string | undefined {
  if (outDir !== '.' && !path.startsWith(`${outDir}/`)) return undefined;
  const source = join(rootDir, from(outDir, path)).replace(/\.[cm]?js$/, '');
  const candidates = ['', '/index'].flatMap((tail) =>
    ['.ts', '.mts', '.cts', '.tsx'].map((extension) => source + tail + extension),
  );
  return candidates.find((file) => view.has(join(pack.folder, file)));
}

/** A file as Node resolves it on a command line: with or without its extension, or a folder's index. */
function resolveFile(view: View, pack: Package, file: string): string | undefined {
  const path = join('.', file);
  const candidates = [path, `${path}.js`, `${path}.cjs`, `${path}.mjs`, join(path, 'index.js')];
  return candidates.find((one) => view.has(join(pack.folder, one)));
}
