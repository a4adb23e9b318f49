import { isData } from '../../../data.ts';
import { folderOf, nameOf } from '../../../paths.ts';
import { record, textList } from '../json.ts';
import { ancestorsOf, from, isInside, join } from '../paths.ts';
import type { Evidence } from '../types.ts';
import type { View } from '../view.ts';
import { inPackage, type Package, readPackage } from './package.ts';

/** A folder whose packages are installed together, from one lockfile. */
export interface Workspace {
  readonly path: string;
  /** Folders of its packages, from its root. */
  readonly packages: readonly string[];
  readonly evidence: Evidence;
  readonly root: Package;
  /** Globs that name no package. */
  readonly idle: readonly string[];
}

/** What the image of an app needs of its workspace, as folders from the root. */
export interface Part {
  /** The packages that the app is built on, what is built first coming first. */
  readonly needs: readonly string[];
  /** The same and the app, at the end. */
  readonly packages: readonly Package[];
  /** Folders that are no packages, and that these read. */
  readonly folders: readonly string[];
}

/** The app and all that it, and what installs it, depend on inside the workspace: whatever a build may use. */
export function partOf(view: View, app: Package, workspace: Workspace): Part {
  // An install reads the root too, and the members that it names.
  const packages = closureOf(view, [workspace.root, app], workspace, dependenciesOf).filter(
    (pack) => pack !== workspace.root && pack !== app,
  );
  return {
    needs: packages.map((pack) => from(workspace.path, pack.folder)),
    packages: [...packages, app],
    folders: foldersBeside(view, [...packages, app], workspace),
  };
}

/** Packages and the members that they depend on, directly or not; what others are built on comes before these. */
export function closureOf(
  view: View,
  start: readonly Package[],
  workspace: Workspace,
  namesOf: (pack: Package) => readonly string[],
): readonly Package[] {
  const members = new Map(
    workspace.packages.flatMap((path) => {
      const folder = join(workspace.path, path);
      const pack = start.find((one) => one.folder === folder) ?? readPackage(view, folder);
      return pack?.name === undefined ? [] : [[pack.name, pack] as const];
    }),
  );
  const reached = new Set<Package>();
  const ordered: Package[] = [];
  const reach = (pack: Package): void => {
    if (reached.has(pack)) return;
    reached.add(pack);
    for (const name of namesOf(pack)) {
      const member = members.get(name);
      if (member) reach(member);
    }
    ordered.push(pack);
  };
  for (const pack of start) reach(pack);
  return ordered;
}

function dependenciesOf({ json }: Package): readonly string[] {
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) =>
    Object.keys(record(json.data[key])),
  );
}

/** Folders at the root that are no packages and that settings or scripts of packages point at: `../../config/x.json`. */
function foldersBeside(view: View, packages: readonly Package[], workspace: Workspace): readonly string[] {
  const known = [...workspace.packages.map((folder) => join(workspace.path, folder)), workspace.path];
  const found = packages.flatMap(({ folder }) =>
    view.files
      .filter((file) => folderOf(file) === folder && settings.test(nameOf(file)))
      .flatMap((file) => [...(view.read(file) ?? '').matchAll(/(?:\.\.\/)+[\w@][\w./@-]*/g)])
      .map(([path]) => folderOf(join(folder, path))),
  );
  return [...new Set(found)]
    .filter((folder) => isInside(folder, workspace.path) && !known.some((one) => folder === one))
    .filter((folder) => !known.some((one) => one !== workspace.path && isInside(folder, one)))
    .filter((folder) => !known.some((one) => isInside(one, folder)))
    .filter((folder) => view.files.some((file) => isInside(file, folder)))
    .map((folder) => from(workspace.path, folder))
    .sort();
}

/** Files of a package that may point out of it. */
const settings = /^(?:package|tsconfig.*|project)\.json$|\.config\.[cm]?[jt]s$/;

/** The workspace that a package is the root or a member of: the nearest one that counts it among its packages. */
export function workspaceOf(view: View, pack: Package): Workspace | undefined {
  const own = readWorkspace(view, pack);
  if (own) return own;
  for (const folder of ancestorsOf(pack.folder)) {
    const root = readPackage(view, folder);
    const workspace = root && readWorkspace(view, root);
    if (workspace?.packages.includes(from(folder, pack.folder))) return workspace;
  }
  return undefined;
}

/** The workspace that a package is the root of; one without packages is none. */
function readWorkspace(view: View, root: Package): Workspace | undefined {
  const globs = workspaceGlobs(view, root);
  const packages = globs ? expand(view, root.folder, globs.list) : [];
  if (!globs || packages.length === 0) return undefined;
  const idle = globs.list.filter(
    (glob) => !glob.startsWith('!') && !packages.some((folder) => globPattern(glob).test(folder)),
  );
  return { path: root.folder, packages, evidence: globs.evidence, root, idle };
}

function workspaceGlobs(view: View, root: Package): { list: readonly string[]; evidence: Evidence } | undefined {
  const file = join(root.folder, 'pnpm-workspace.yaml');
  const pnpm = pnpmPackages(view.read(file) ?? '');
  if (pnpm.list.length > 0) return { list: pnpm.list, evidence: { file, line: pnpm.line } };
  const { workspaces } = root.json.data;
  const list = textList(isData(workspaces) ? workspaces['packages'] : workspaces);
  return list.length > 0 ? { list, evidence: inPackage(root, 'workspaces') } : undefined;
}

/** The `packages:` list of a pnpm-workspace.yaml, in block or flow style. */
function pnpmPackages(yaml: string): { readonly list: readonly string[]; readonly line: number } {
  const lines = yaml.split('\n').map((line) => line.replace(/(?:^|\s)#.*$/, ''));
  const start = lines.findIndex((line) => /^packages\s*:/.test(line));
  if (start < 0) return { list: [], line: 0 };
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^[^\s\-\]]/.test(line));
  const text = [(lines[start] ?? '').replace(/^packages\s*:/, ''), ...rest.slice(0, end < 0 ? undefined : end)];
  const items = text.join('\n').matchAll(/(?:^\s*-|[[,])\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s,"'[\]]+))/gm);
  return { list: [...items].map((item) => item[1] ?? item[2] ?? item[3] ?? ''), line: start + 1 };
}

/** The folders with a package.json that globs such as `packages/*`, `apps/**` and `!apps/old` name. */
function expand(view: View, root: string, globs: readonly string[]): string[] {
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map(globPattern);
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => globPattern(glob.slice(1)));
  return view.files
    .filter((file) => file.endsWith('/package.json'))
    .map(folderOf)
    .filter((folder) => isInside(folder, root))
    .map((folder) => from(root, folder))
    .filter((folder) => wanted.some((glob) => glob.test(folder)) && !unwanted.some((glob) => glob.test(folder)))
    .sort();
}

function globPattern(glob: string): RegExp {
  const parts = glob.replace(/^\.?\/+|\/+$/g, '').replace(/(?:\*\*\/)+/g, '**/');
  const source = parts.replace(/\/\*\*$|\*\*\/?|\*|\?|\{[^{}]*\}|[.+^$()|[\]\\{}]/g, (special) => {
    if (special === '/**') return '(?:/.*)?';
    if (special === '**/') return '(?:.*/)?';
    if (special === '**') return '.*';
    if (special === '*') return '[^/]*';
    if (special === '?') return '[^/]';
    if (special.length > 1) return `(?:${special.slice(1, -1).split(',').map(escapeRegExp).join('|')})`;
    return `\\${special}`;
  });
  return new RegExp(`^${source}$`);
}

/** Text as a pattern that matches exactly it. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
