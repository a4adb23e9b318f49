import { mapOf, same } from '../../data.ts';
import type { Draft } from './draft.ts';
import { CannotEdit } from './refuse.ts';
import type { Source } from './source.ts';
import type { Path, Splice } from './types.ts';
import { asksFor, type Want } from './want.ts';

/**
 * Proves that a text after edits says what the one before said and what was asked for, nothing else, and that its comments
 * are all there.
 * @throws CannotEdit
 */
export function prove(
  before: Source,
  after: Source,
  want: Want,
  splices: readonly Splice[],
  { gone, bare }: Draft,
): void {
  const expected = wanted(before.data(before.root), want, [], new Set(bare));
  if (!same(after.data(after.root) ?? null, expected ?? null)) throw unproven(splices[0]?.offset);
  let shift = 0;
  let next = 0;
  for (const { offset, text } of before.comments) {
    for (let splice = splices[next]; splice && splice.offset + splice.length <= offset; splice = splices[++next])
      shift += splice.content.length - splice.length;
    const splice = splices[next];
    const isCut = splice !== undefined && splice.offset < offset + text.length;
    const isKept = isCut
      ? gone.some(({ from, to }) => from <= offset && offset < to)
      : after.commentAt.get(offset + shift)?.text === text;
    if (!isKept) throw new CannotEdit('comment', [], `the comment "${text.slice(0, 60)}" would be lost`, offset);
  }
}

/** The result is not what was asked for. */
export function unproven(offset = 0): CannotEdit {
  return new CannotEdit('proof', [], 'with the change the file would not say what it shall', offset);
}

/** The data that a wish makes of data; decided without a look at the text. */
function wanted(data: unknown, want: Want, path: Path, bare: ReadonlySet<string>): unknown {
  if (want.set) return want.set.value;
  if (want.children.size === 0 && want.append.length === 0) return data;
  const left = (isEmpty: boolean, result: unknown) => {
    if (!isEmpty || path.length === 0 || !isPruned(want)) return result;
    return bare.has(JSON.stringify(path)) ? null : gone;
  };
  if (Array.isArray(data) || want.append.length > 0) {
    const list: readonly unknown[] = Array.isArray(data) ? data : [];
    const kept = list.flatMap((item, index) => {
      const child = want.children.get(String(index));
      if (!child) return [item];
      return child.remove ? [] : [wanted(item, child, [...path, index], bare)].filter((one) => one !== gone);
    });
    for (const { value } of want.append) if (!kept.some((one) => same(one, value))) kept.push(value);
    return left(kept.length === 0 && list.length > 0, kept);
  }
  const before = mapOf(data);
  const after = new Map(Object.entries(before));
  for (const [key, child] of want.children) {
    if (!child.remove && !asksFor(child) && (before[key] ?? null) === null) continue;
    const value = child.remove ? gone : wanted(before[key], child, [...path, key], bare);
    if (value === gone) after.delete(key);
    else if (value !== undefined) after.set(key, value);
  }
  return left(after.size === 0 && Object.keys(before).length > 0, Object.fromEntries(after));
}

/** What goes because it would be empty. */
const gone = Symbol('gone');

function isPruned({ children }: Want): boolean {
  return [...children.values()].every(({ remove }) => !remove || remove.prune);
}
