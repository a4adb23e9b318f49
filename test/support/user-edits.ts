/** What people do to generated files: each edit has a mark, by which it is found again. */
import { pick } from './growing.ts';
import type { Tree } from './plan.ts';
import type { Repo } from './repo.ts';
import { readTree } from './tree.ts';

type Edit = (tree: Tree, mark: string, where: number) => readonly [path: string, text: string] | undefined;

const isCompose = (path: string): boolean => /^(?:docker-)?compose[\w.]*\.ya?ml$/.test(path);
const base = (tree: Tree): string => Object.keys(tree).find((path) => /^(?:docker-)?compose\.ya?ml$/.test(path)) ?? '';

/** One of the places that a pattern finds, replaced. */
function replaced(text: string, pattern: RegExp, where: number, by: (found: string) => string): string | undefined {
  const all = [...text.matchAll(pattern)];
  if (all.length === 0) return undefined;
  const found = pick(all, where);
  return text.slice(0, found.index) + by(found[0]) + text.slice(found.index + found[0].length);
}

function inFile(tree: Tree, path: string, pattern: RegExp, where: number, by: (found: string) => string) {
  const text = replaced(tree[path] ?? '', pattern, where, by);
  return text === undefined ? undefined : ([path, text] as const);
}

const edits: readonly Edit[] = [
  // A comment at the top of a service, and one anywhere in a script or a Dockerfile.
  (tree, mark, where) =>
    inFile(
      tree,
      pick(Object.keys(tree).filter(isCompose), where),
      /^ {2}[a-z][\w-]*:\n(?= {4}\w)/gm,
      where,
      (service) => `${service}    # ${mark}\n`,
    ),
  (tree, mark, where) => {
    const files = Object.keys(tree).filter((path) => /^scripts\/|Dockerfile$/.test(path));
    return files.length === 0 ? undefined : inFile(tree, pick(files, where), /^$/gm, where, () => `# ${mark}\n`);
  },
  // A variable, a limit, a service of one's own.
  (tree, mark, where) =>
    inFile(tree, base(tree), /^ {4}environment:\n/gm, where, (line) => `${line}      ${mark.toUpperCase()}: "1"\n`),
  (tree, mark, where) =>
    inFile(tree, base(tree).replace(/(?=\.ya?ml$)/, '.prod'), /memory: \S+$/gm, where, () => `memory: 77M # ${mark}`),
  (tree, mark) =>
    inFile(
      tree,
      base(tree),
      /^services:\n/gm,
      0,
      (line) => `${line}  ${mark}:\n    image: busybox:1.37\n    # ${mark}\n\n`,
    ),
  (tree, mark) => ['.env', `${tree['.env'] ?? ''}${mark.toUpperCase()}=1\n`],
];

/** Makes an edit that numbers choose. */
export function editByUser(repo: Repo, kind: number, where: number, mark: string): void {
  const made = pick(edits, kind)(readTree(repo.root), mark, where);
  if (made) repo.write(...made);
}

/** Marks by the files that they are in, without what is beside them. */
export function marksIn(tree: Tree): ReadonlyMap<string, ReadonlySet<string>> {
  const marks = new Map<string, Set<string>>();
  for (const [path, text] of Object.entries(tree))
    if (!path.startsWith('.prodstack/') && !path.endsWith('.prodstack-new'))
      for (const [mark] of text.matchAll(/edit\d+x/gi))
        marks.set(mark.toLowerCase(), (marks.get(mark.toLowerCase()) ?? new Set()).add(path));
  return marks;
}
