import { folderOf, join, nameOf } from '../../paths.ts';
import type { Files } from './files.ts';
import { isRemoteFile } from './paths.ts';
import {
  defaultRank,
  isBaseName,
  isComposeName,
  isDefaultName,
  isDevelopmentWord,
  isOverride,
  isSample,
  type Purpose,
  purposeOf,
  readName,
} from './purposes.ts';
import { readAgain } from './read.ts';
import { entriesOf, isSame, itemsOf, type Node, nodeAt, textOf } from './tree.ts';
import { type FileSet, type Usage, usedTogether } from './usage.ts';

/** Files that are merged in this order, and what for. */
export interface FileCombination {
  /** `compose.yaml + compose.prod.yaml`. */
  readonly name: string;
  readonly files: readonly string[];
  readonly purpose: Purpose;
}

/** Compose files of one folder that belong together. All paths are relative to the root. */
export interface ComposeProject {
  /** `.` or `deploy`. */
  readonly directory: string;
  readonly base: string;
  /** Files that are laid over the base: never used alone. */
  readonly overlays: readonly string[];
  /** The `.env` that Compose reads there, if it exists. */
  readonly envFile?: string;
  readonly combinations: readonly FileCombination[];
}

/** What a compose file has, as far as that says how it is used. */
interface Sketch {
  readonly path: string;
  readonly services: ReadonlyMap<string, Node>;
  /** Names of services that it needs and does not have. */
  readonly missing: readonly string[];
  /** The files that it includes or extends. */
  readonly reached: readonly string[];
  /** Whether it is a compose file whatever others do with it: by its name, or since it can start something. */
  readonly isSure: boolean;
}

const usualFolders = /^(?:\.?docker|deploy|deployment|deployments|infra|infrastructure|ops|compose|docker-compose)$/;
const foreignFolders =
  /^(?:node_modules|vendor|third_party|\.git|\.venv|venv|dist|build|target|tests?|__tests__|e2e|fixtures|testdata|examples?|samples?|templates?|docs?|\.devcontainer)$/;

/**
 * The compose projects of a repo: in its root, its usual sub-folders (`docker/`, `deploy/` ...), and wherever else a file
 * is called as Compose looks for it. The first is the one that somebody most likely means.
 */
export function findProjects(source: Files): readonly ComposeProject[] {
  const possible = sketchesOf(source);
  const used = usedTogether(source, new Set(possible.keys()));
  const sketches = [...possible.values()].filter(
    ({ path, isSure }) => isSure || used.sets.some((set) => set.includes(path) && possible.get(set[0] ?? '')?.isSure),
  );
  const reached = new Set(sketches.flatMap((one) => one.reached));
  const folders = Map.groupBy(
    sketches.filter(({ path }) => !reached.has(path)),
    ({ path }) => homeOf(path, used.sets),
  );
  return [...folders]
    .sort(([one], [other]) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1))
    .flatMap(([folder, files]) => projectsIn(folder, files, used, source));
}

/** The folder of the project that a file belongs to: its own, unless it is laid over a file of another one. */
function homeOf(path: string, used: readonly FileSet[]): string {
  const base = used.find((set) => set.indexOf(path) > 0)?.[0];
  return folderOf(base ?? path);
}

/** The root, the usual folders, the others; what is nearer to the root comes first. */
function rankOf(folder: string): number {
  if (folder === '.') return 0;
  const parts = folder.split('/');
  return (usualFolders.test(parts[0] ?? '') ? 100 : 200) + parts.length;
}

function sketchesOf(source: Files): ReadonlyMap<string, Sketch> {
  const inMain = (path: string): boolean => rankOf(folderOf(path)) < 200;
  const isWorthReading = (path: string): boolean => {
    if (!/\.ya?ml$/i.test(path) || isSample(path)) return false;
    if (inMain(path)) return isComposeName(path) || folderOf(path).split('/').length < 3;
    return isComposeName(path) && !path.split('/').some((part) => foreignFolders.test(part));
  };
  const read = (paths: readonly string[]): readonly Sketch[] => paths.flatMap((path) => sketchOf(path, source) ?? []);
  const found = read(source.files.filter(isWorthReading));
  // A repo that is only examples is looked through all the same.
  const all = found.some(({ isSure }) => isSure) ? found : read(source.files.filter((path) => isDefaultName(path)));
  return new Map(all.map((sketch) => [sketch.path, sketch]));
}

function sketchOf(path: string, source: Files): Sketch | undefined {
  let text: string | undefined;
  try {
    text = source.read(path);
  } catch {
    return undefined;
  }
  // Most YAML of a repo is for other programs.
  const isCalledSo = isComposeName(path);
  if (text === undefined || (!isCalledSo && !/^(?:services|"services"|include)\s*:/m.test(text))) return undefined;
  const roots = readAgain(source, text, path).documents.map(({ root }) => root);
  const services = roots.flatMap((root) => entriesOf(nodeAt(root, ['services'])));
  const names = new Set(services.map(([name]) => name));
  const folder = folderOf(path);
  return {
    path,
    isSure: services.some(([, service]) => isComplete(service)) || isCalledSo,
    services: new Map(services),
    missing: services.flatMap(([, service]) => needsOf(service)).filter((name) => !names.has(name)),
    reached: [
      ...roots.flatMap((root) => itemsOf(nodeAt(root, ['include'])).flatMap(pathsOf)),
      ...services.flatMap(([, service]) => textOf(nodeAt(service, ['extends', 'file'])) ?? []),
    ]
      .filter((one) => !isRemoteFile(one))
      .map((one) => join(folder, one)),
  };
}

function isComplete(service: Node): boolean {
  return ['image', 'build', 'extends', 'provider'].some((key) => nodeAt(service, [key]) !== undefined);
}

function needsOf(service: Node): readonly string[] {
  const needed = nodeAt(service, ['depends_on']);
  return [...entriesOf(needed).map(([name]) => name), ...itemsOf(needed).flatMap((item) => textOf(item) ?? [])];
}

function pathsOf(include: Node): readonly string[] {
  const path = textOf(include) ?? textOf(nodeAt(include, ['path']));
  return path === undefined ? itemsOf(nodeAt(include, ['path'])).flatMap((one) => textOf(one) ?? []) : [path];
}

/** The projects of one folder: that of its base, and the files beside it that stand on their own. */
function projectsIn(folder: string, files: readonly Sketch[], usage: Usage, source: Files): readonly ComposeProject[] {
  const used = usage.sets;
  const base = baseOf(files.filter(({ path }) => folderOf(path) === folder));
  if (!base) return [];
  const others = files.filter((one) => one !== base);
  const overlays = others.filter((one) => isOverlay(one, base, used));
  const alone = others.filter((one) => !overlays.includes(one) && one.services.size > 0);
  const project = (main: Sketch, over: readonly Sketch[]): ComposeProject => {
    const directory = usage.directories.get(main.path) ?? folder;
    const envFile = join(directory, '.env');
    const overlays = over.map(({ path }) => path);
    return {
      directory,
      base: main.path,
      overlays,
      ...((source.files.includes(envFile) || isThere(source, envFile)) && { envFile }),
      combinations: combinationsOf(
        main.path,
        overlays,
        used,
        over.some((one) => isForDevelopers(one, main)),
      ),
    };
  };
  return [project(base, overlays), ...alone.map((one) => project(one, []))];
}

function isThere(source: Files, path: string): boolean {
  try {
    return source.read(path) !== undefined;
  } catch {
    return false;
  }
}

/** What Compose would take by itself; else what can stand alone, production's first. */
function baseOf(files: readonly Sketch[]): Sketch | undefined {
  const standing = (one: Sketch): number => {
    if (isDefaultName(one.path)) return defaultRank(one.path);
    const isWhole = one.services.size > 0 && [...one.services.values()].every(isComplete) && one.missing.length === 0;
    if (isWhole && isBaseName(one.path)) return 5;
    const isWanted = purposeOf(one.path) === 'production' ? 0 : purposeOf(one.path) === undefined ? 1 : 2;
    return (isWhole ? 10 : 20) + isWanted;
  };
  const possible = files.filter(({ path }) => !isOverride(path));
  return possible.sort((one, other) => standing(one) - standing(other) || (one.path < other.path ? -1 : 1))[0];
}

/**
 * Whether a file is laid over the base. What others do with it counts most; then it is one if it cannot stand alone, or
 * adds to a base after which it is named. One that says all services again is a stack of its own.
 */
function isOverlay(file: Sketch, base: Sketch, used: readonly FileSet[]): boolean {
  if (isOverride(file.path) || onlyBuilds(file, base)) return true;
  const sets = used.filter((set) => set.includes(file.path));
  if (sets.some((set) => set.length > 1 && set[0] !== file.path)) return true;
  if (sets.some((set) => set.length === 1)) return false;
  if (isDefaultName(file.path)) return false;
  const isPart = [...file.services].some(([name, service]) => !isComplete(service) && base.services.has(name));
  if (isPart || file.missing.some((name) => base.services.has(name))) return true;
  const [own, other] = [readName(file.path), readName(base.path)];
  const isNamedAfter = other.words === '' && own.stem.replace('docker-', '') === other.stem.replace('docker-', '');
  return isNamedAfter && !repeats(file, base);
}

/** Whether what Compose lays over the base by itself builds another stage for developers, or mounts what was built. */
function isForDevelopers(file: Sketch, base: Sketch): boolean {
  if (!isOverride(file.path)) return false;
  return [...file.services].some(([name, service]) => {
    if (isDevelopmentWord(textOf(nodeAt(service, ['build', 'target'])) ?? '')) return true;
    const build = nodeAt(base.services.get(name), ['build']) ?? nodeAt(service, ['build']);
    if (build === undefined) return false;
    const context = join('.', textOf(build) ?? textOf(nodeAt(build, ['context'])) ?? '.');
    return itemsOf(nodeAt(service, ['volumes'])).some((one) => {
      const from = (textOf(one) ?? '').split(':')[0] || textOf(nodeAt(one, ['source'])) || '';
      return from.startsWith('.') && join('.', from) === context;
    });
  });
}

/** Whether a file has nothing but the images of services that the base runs: nobody starts it. */
function onlyBuilds(file: Sketch, base: Sketch): boolean {
  const services = [...file.services];
  return (
    purposeOf(file.path) === 'build' &&
    services.every(([name, service]) => {
      return (
        base.services.has(name) && entriesOf(service).every(([key]) => /^(?:image|build|platform|x-.*)$/.test(key))
      );
    })
  );
}

/** Whether a file says again what the base says: nobody does that in an overlay. */
function repeats(file: Sketch, base: Sketch): boolean {
  return [...file.services].some(([name, service]) => {
    const below = base.services.get(name);
    return entriesOf(service).some(([key, value]) => {
      const there = nodeAt(below, [key]);
      return there !== undefined && isSame(there, value);
    });
  });
}

/**
 * How the files of a project are put together: the base, then each overlay on what it is for. The overlay of a host
 * goes on top of production's.
 * @param hasDevelopment whether the override is plainly not for a server
 */
export function combinationsOf(
  base: string,
  overlays: readonly string[],
  used: readonly FileSet[] = [],
  hasDevelopment = false,
): readonly FileCombination[] {
  const override = overlays.find(isOverride);
  const production = overlays.find((path) => purposeOf(path) === 'production');
  const others = overlays.filter((path) => path !== override && path !== production);
  const deployed = others.filter((path) => purposeOf(path) === undefined);
  const sets = (path: string, otherwise: FileSet): readonly FileSet[] => {
    const said = used.filter((set) => set.at(-1) === path && set[0] === base && set.length > 1);
    return said.length > 0 ? said : [otherwise];
  };
  const [foundation = [base]] = production ? sets(production, [base, production]) : [];
  // What comes below another overlay wherever it is used is not used without that.
  const isBelow = (path: string): boolean => {
    const its = used.filter((set) => set[0] === base && set.includes(path));
    return its.length > 0 && its.every((set) => set.at(-1) !== path);
  };
  const isAlone = production === undefined && deployed.length === 0;
  const lone: Purpose = purposeOf(base) === 'development' ? 'development' : 'production';
  const of = (purpose: Purpose, ...files: readonly string[]): FileCombination => ({
    name: files.map(nameOf).join(' + '),
    files,
    purpose,
  });
  return [
    of(isAlone && (!override || hasDevelopment) ? lone : 'base', base),
    ...(production ? [of('production', ...foundation)] : []),
    ...others
      .filter((path) => purposeOf(path) === 'development')
      .flatMap((path) => sets(path, [base, path]).map((set) => of('development', ...set))),
    ...(override ? [of(isAlone && others.length === 0 && !hasDevelopment ? lone : 'development', base, override)] : []),
    ...deployed
      .filter((path) => !isBelow(path))
      .flatMap((path) => sets(path, [...foundation, path]).map((set) => of('production', ...set))),
    ...others.filter((path) => purposeOf(path) === 'build').map((path) => of('base', base, path)),
  ];
}
