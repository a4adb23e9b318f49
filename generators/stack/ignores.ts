import type { Ignore } from './types.ts';

/** One list per path: two apps that share a build context share its ignore file. */
export function mergeIgnores(ignores: readonly Ignore[]): readonly Ignore[] {
  const byPath = new Map<string, Ignore>();
  for (const ignore of ignores) {
    const before = byPath.get(ignore.path);
    byPath.set(ignore.path, before ? { ...before, groups: mergeGroups(before.groups, ignore.groups) } : ignore);
  }
  return [...byPath.values()];
}

function mergeGroups(first: Ignore['groups'], second: Ignore['groups']): Ignore['groups'] {
  const known = new Set(first.flatMap((group) => group.patterns));
  const added = second.map((group) => ({ ...group, patterns: group.patterns.filter((one) => !known.has(one)) }));
  const merged = first.map((group) => {
    const more = added.find(({ comment }) => comment === group.comment)?.patterns ?? [];
    return { ...group, patterns: [...group.patterns, ...more] };
  });
  const comments = new Set(first.map(({ comment }) => comment));
  return [...merged, ...added.filter(({ comment, patterns }) => !comments.has(comment) && patterns.length > 0)];
}
