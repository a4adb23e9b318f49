import { isRecord, textList } from '../json.ts';
import { ancestorsOf, from, isInside, join, parentOf } from '../paths.ts';
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
}

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
  return globs && packages.length > 0 ? { path: root.folder, packages, evidence: globs.evidence, root } : undefined;
}

function workspaceGlobs(view: View, root: Package): { list: readonly string[]; evidence: Evidence } | undefined {
  const file = join(root.folder, 'pnpm-workspace.yaml');
  const pnpm = pnpmPackages(view.read(file) ?? '');
  if (pnpm.list.length > 0) return { list: pnpm.list, evidence: { file, line: pnpm.line } };
  const { workspaces } = root.json.data;
  const list = textList(isRecord(workspaces) ? workspaces['packages'] : workspaces);
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
    .map(parentOf)
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
