import { mapOf } from '../../../data.ts';
import { folderOf } from '../../../paths.ts';
import { record, textList } from '../json.ts';
import { from, isInside, join } from '../paths.ts';
import { maskJavaScript } from '../source.ts';
import type { View } from '../view.ts';
import type { Package } from './package.ts';

/** Where the TypeScript compiler puts what it makes of the sources: folders from the app's. */
export interface Output {
  readonly outDir: string;
  readonly rootDir: string;
}

interface Options {
  readonly outDir?: string;
  readonly rootDir?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly composite?: boolean;
}

/** What the tsconfig that the build uses says; undefined without one, or when the compiler writes nothing. */
export function compilerOutput(view: View, pack: Package, build: string): Output | undefined {
  const named = /(?:-p|--project|-b|--build)\s+([\w./-]+)/.exec(build)?.[1];
  const usual = /\bnest\b/.test(build) ? ['tsconfig.build.json', 'tsconfig.json'] : ['tsconfig.json'];
  const candidates = named ? [named, `${named}/tsconfig.json`] : usual;
  const file = candidates.map((name) => join(pack.folder, name)).find((path) => view.has(path));
  if (!file) return undefined;
  const options = readOptions(view, file, 5);
  const outDirFlag = /--outDir\s+([\w./-]+)/.exec(build)?.[1];
  const outDir = outDirFlag ? join(pack.folder, outDirFlag) : options.outDir;
  const rootDir = options.rootDir ?? impliedRoot(view, pack, options);
  const seen = (path: string) => (path === pack.folder || isInside(path, pack.folder) ? from(pack.folder, path) : '.');
  return { outDir: seen(outDir ?? rootDir), rootDir: seen(rootDir) };
}

/** The options of a tsconfig and of those that it extends, as paths of the repo. */
function readOptions(view: View, file: string, depth: number): Options {
  const data = parseLoose(view.read(file) ?? '');
  const folder = folderOf(file);
  const compiler = record(data['compilerOptions']);
  const path = (value: unknown) =>
    typeof value === 'string' ? join(folder, value.replace('${configDir}', '.')) : undefined;
  const bases = typeof data['extends'] === 'string' ? [data['extends']] : textList(data['extends']);
  const inherited = bases
    .filter((base) => base.startsWith('.') && depth > 0)
    .map((base) => [join(folder, base), `${join(folder, base)}.json`].find((one) => view.has(one)))
    .map((base): Options => (base ? readOptions(view, base, depth - 1) : {}));
  const [outDir, rootDir] = [path(compiler['outDir']), path(compiler['rootDir'])];
  return {
    ...Object.assign({}, ...inherited),
    ...(outDir !== undefined && { outDir }),
    ...(rootDir !== undefined && { rootDir }),
    ...(compiler['composite'] === true && { composite: true }),
    ...(Array.isArray(data['include']) && { include: globFolders(folder, data['include']) }),
    ...(Array.isArray(data['exclude']) && {
      exclude: globFolders(folder, data['exclude']).filter((one) => one !== folder),
    }),
  };
}

/** `src/**\/*` stands for the folder src, a file for itself. */
function globFolders(folder: string, globs: unknown): string[] {
  return textList(globs).map((glob) => join(folder, glob.replace(/\/?[^/]*[*?].*$/, '')));
}

/** JSON with comments and trailing commas. What is broken beyond that tells nothing: the build will say so. */
export function parseLoose(text: string): Readonly<Record<string, unknown>> {
  const { code, bare } = maskJavaScript('', text);
  const commas = [...bare.matchAll(/,(?=\s*[}\]])/g)].map(({ index }) => index);
  const plain = commas.reduce((json, index) => `${json.slice(0, index)} ${json.slice(index + 1)}`, code);
  try {
    const data: unknown = JSON.parse(plain);
    return mapOf(data);
  } catch {
    return {};
  }
}

/** Without `rootDir`: the folder of the tsconfig since TypeScript 6, before that the one that all sources share. */
function impliedRoot(view: View, pack: Package, options: Options): string {
  const wanted = pack.devDependencies['typescript'] ?? pack.dependencies['typescript'] ?? '';
  if (options.composite || Number(/\d+/.exec(wanted)?.[0] ?? 0) >= 6) return pack.folder;
  const isIn = (file: string, folders: readonly string[]) => folders.some((one) => file === one || isInside(file, one));
  const folders = view.files
    .filter((file) => /(?<!\.d)\.[cm]?tsx?$/.test(file) && isInside(file, pack.folder))
    .filter((file) => isIn(file, options.include ?? [pack.folder]) && !isIn(file, options.exclude ?? []))
    .map(folderOf);
  if (folders.length === 0) return pack.folder;
  return folders.reduce((shared, folder) => {
    let common = shared;
    while (common !== folder && !isInside(folder, common)) common = folderOf(common);
    return common;
  });
}
