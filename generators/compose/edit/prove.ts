import { isData, same } from './data.ts';
import type { Plan } from './plan.ts';
import { Refusal } from './refuse.ts';
import type { Source } from './source.ts';
import type { Want } from './want.ts';

/**
 * Proves that a text after edits says what the one before said and what was asked for, nothing else, and that its comments
 * are all there.
 * @throws Refusal
 */
export function prove(before: Source, after: Source, want: Want, { splices, gone }: Plan): void {
  const { file } = before;
  const expected = wanted(before.data(before.root), want);
  if (!same(after.data(after.root) ?? null, expected ?? null))
    throw new Refusal(
      'proof',
      [],
      `${file}: what was to be changed cannot be told apart from what stands around it.`,
      'Change it by hand.',
    );
  let shift = 0;
  let next = 0;
  for (const { offset, text } of before.comments) {
    for (let splice = splices[next]; splice && splice.offset + splice.length <= offset; splice = splices[++next])
      shift += splice.content.length - splice.length;
    const splice = splices[next];
    const isCut = splice !== undefined && splice.offset < offset + text.length;
    if (
      isCut
        ? gone.some(({ from, to }) => from <= offset && offset < to)
        : after.commentAt.get(offset + shift)?.text === text
    )
      continue;
    throw new Refusal(
      'comment',
      [],
      `${file}: the comment ${JSON.stringify(text)} would be lost.`,
      'Change it by hand.',
    );
  }
}

/** The data that a wish makes of data; decided without a look at the text. */
function wanted(data: unknown, want: Want): unknown {
  if (want.set) return same(data, want.set.value) ? data : want.set.value;
  if (want.children.size === 0 && want.append.length === 0) return data;
  if (
    Array.isArray(data) ||
    (data === null && want.append.length > 0) ||
    (data === undefined && want.append.length > 0)
  ) {
    const list: readonly unknown[] = Array.isArray(data) ? data : [];
    const kept = list.flatMap((item, index) => {
      const child = want.children.get(String(index));
      if (!child) return [item];
      if (child.remove) return [];
      return [wanted(item, child)].filter((one) => one !== gone);
    });
    for (const { value } of want.append) if (!kept.some((one) => same(one, value))) kept.push(value);
    return kept.length === 0 && list.length > 0 && isPruned(want) ? gone : kept;
  }
  const before = isData(data) ? data : {};
  const after = new Map(Object.entries(before));
  for (const [key, child] of want.children) {
    if (child.remove) after.delete(key);
    else {
      const inner = wanted(before[key], child);
      if (inner === gone) after.delete(key);
      else after.set(key, inner);
    }
  }
  return after.size === 0 && Object.keys(before).length > 0 && isPruned(want) ? gone : Object.fromEntries(after);
}

/** What goes because it would be empty. */
const gone = Symbol('gone');

function isPruned(want: Want): boolean {
  return [...want.children.values()].every(({ remove, children }) => (remove ? remove.prune : children.size > 0));
}
