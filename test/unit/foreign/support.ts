import { createHash } from 'node:crypto';
import { detect } from '../../../generators/answers/detect/index.ts';
import { applySplices } from '../../../generators/compose/edit/index.ts';
import type { ForeignPlan } from '../../../generators/foreign/add.ts';
import { planForeign } from '../../../generators/foreign/plan.ts';
import { chooseProject, openProject } from '../../../generators/foreign/project.ts';
import { planRemove } from '../../../generators/foreign/remove.ts';
import type { Foreign, Repo } from '../../../generators/foreign/types.ts';
import { ambient, type Tree } from '../../support/plan.ts';

/** A repo in memory. */
export function repoOf(tree: Tree, name = 'shop'): Repo {
  return {
    root: `/home/me/${name}`,
    files: Object.keys(tree).sort(),
    read: (path) => tree[path]?.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'),
    raw: (path) => {
      const text = tree[path];
      return text === undefined
        ? undefined
        : { text, hash: createHash('sha256').update(text).digest('hex'), mode: path.endsWith('.env') ? 0o600 : 0o644 };
    },
  };
}

/** What a case asks for. */
export interface Asked {
  readonly block?: string;
  readonly name?: string;
  readonly file?: string;
  readonly for?: readonly string[];
  readonly set?: Readonly<Record<string, unknown>>;
  readonly include?: boolean;
  readonly tracked?: readonly string[];
  /** Whether a value of theirs has to be written in another way: an alias with something beside it. */
  readonly replaces?: boolean;
}

export function opened(tree: Tree, file?: string): Foreign {
  const repo = repoOf(tree);
  return openProject(repo, chooseProject(repo, file));
}

export async function add(tree: Tree, asked: Asked): Promise<ForeignPlan> {
  const { block, name, file, for: apps = [], set, include = false, tracked = [] } = asked;
  return planForeign(
    opened(tree, file),
    { block, ...(name !== undefined && { name }), for: apps, settings: set ? [set] : [], include },
    { detected: await detect(repoOf(tree)), random: ambient.random, tracked: (path) => tracked.includes(path) },
  );
}

export async function remove(
  tree: Tree,
  name: string,
  {
    disconnect = true,
    data = 'delete',
    file,
  }: { readonly disconnect?: boolean; readonly data?: 'keep' | 'delete'; readonly file?: string } = {},
): Promise<ForeignPlan> {
  return planRemove(opened(tree, file), { name, disconnect, data }, { detected: await detect(repoOf(tree)) });
}

/** A folder once a plan was carried out. */
export function treeAfter(tree: Tree, { outcomes }: ForeignPlan): Tree {
  const result: Record<string, string> = { ...tree };
  for (const { path, planned } of outcomes) {
    if (planned?.kind === 'create') result[path] = planned.content;
    if (planned?.kind === 'edit') result[path] = applySplices(tree[path] ?? '', planned.edits);
    if (planned?.kind === 'delete') delete result[path];
  }
  return result;
}
