import { isAlias, isScalar } from 'yaml';
import { isData, same } from '../../data.ts';
import { addEntries } from './add.ts';
import { changesBetween } from './changes.ts';
import { cannot, checkShared, type Draft, draftOf, insertLines, type Place, replaceRange } from './draft.ts';
import { flowRemovals } from './flow.ts';
import { besideShared, inheritedNode, sharedAt } from './inherit.ts';
import { isFirstOnLine, lineEndNear, lineStart, nextLine } from './lines.ts';
import { blockRemovals } from './removal.ts';
import { besideAlias, checkTag, replaceValue } from './replace.ts';
import { type Container, containerOf, type Entry, endOfLines, type Source } from './source.ts';
import { styleAt } from './style.ts';
import { asksFor, freshOf, nothing, type Want, wantOf } from './want.ts';
import { type Fresh, isNothing, pairLines, pairsOf } from './write.ts';

/** What becomes of an entry: it stays, goes, or goes because it would be empty. */
type Fate = 'stays' | 'removed' | 'pruned';

/** Where every edit falls, all of them on the same text. */
export function planEdits(source: Source, want: Want): Draft {
  const draft = draftOf(source);
  planRoot(draft, want);
  checkAnchors(draft);
  return draft;
}

function planRoot(draft: Draft, want: Want): void {
  const { source } = draft;
  const { root, text, end } = source;
  const place: Place = { path: [], around: [] };
  const isEmpty = !root || (isScalar(root) && root.value === null && root.range[0] === root.range[1]);
  const container = containerOf(source, root);
  if (isEmpty || (container && isEmptyFlow(container) && hasOwnLines(source, container))) {
    const pairs = pairsOf(freshOf(want));
    if (want.set && !pairs) throw cannot('kind', place, 'a file holds a map');
    const style = styleAt(source, undefined);
    const blocks = (pairs ?? []).map(([key, value]) => pairLines(key, value, 0, style));
    const apart = blocks.some(({ length }) => length > 1);
    const lines = blocks.flatMap((block, index) => (apart && index > 0 ? ['', ...block] : block));
    if (lines.length === 0) return;
    if (isEmpty) insertLines(draft, end === text.length ? end : lineStart(text, end), lines);
    else replaceRange(draft, root.range[0], root.range[1], lines.join(lineEndNear(text, root.range[0])));
    return;
  }
  const wanted = want.set ? narrowed(source.data(root), want) : want;
  if (!container || !wanted || want.remove) throw cannot('kind', place, 'a file holds a map');
  if (planContainer(draft, container, wanted, place) === 'stays') return;
  const first = container.entries[0];
  if (first) draft.insertions.push({ at: lineStart(text, first.start), lines: ['{}'] });
}

/** Edits of a map or a list; whether it is left without entries, and whether it is to go with them. */
function planContainer(draft: Draft, container: Container, want: Want, place: Place): 'stays' | 'emptied' | 'pruned' {
  const { source } = draft;
  const here: Place = { path: place.path, around: [...place.around, container] };
  if (want.children.size === 0 && want.append.length === 0) return 'stays';
  if (container.strange)
    throw cannot('form', here, 'it has a key that is no word, is written as "? key", or stands twice');
  if (container.isMap && want.append.length > 0) throw cannot('kind', here, 'it is a map and no list');
  const fresh: Parameters<typeof addEntries>[2][number][] = [];
  const removed = new Set<number>();
  let prune = true;
  for (const [key, child] of want.children) {
    const at: Place = { ...here, path: [...here.path, key] };
    const index = container.isMap ? container.entries.findIndex((one) => one.key === key) : indexOf(key);
    const entry = container.entries[index];
    if (entry) {
      const hidden = entry.isMerge ? undefined : inheritedNode(source, container.node, key);
      // Set to what it would have without a value of its own.
      const isMergedAgain =
        hidden && child.set && !same(source.data(entry.value), child.set.value)
          ? same(source.data(hidden), child.set.value)
          : false;
      const fate = isMergedAgain ? 'removed' : planEntry(draft, container, entry, child, at);
      if (fate === 'stays') continue;
      if (hidden && !isMergedAgain) throw sharedAt(source, hidden, at);
      removed.add(index);
      prune &&= fate === 'pruned';
    } else if (!container.isMap) {
      const why = index === -1 ? 'it is in a list, whose items have no names' : 'the list has no such item';
      if (asksFor(child)) throw cannot('kind', at, why);
    } else {
      const value = freshFor(source, container, key, child, at);
      if (value) fresh.push([key, value]);
    }
  }
  const items = source.data(container.node);
  const known: unknown[] = Array.isArray(items) ? items.filter((_one, index) => !removed.has(index)) : [];
  for (const { value, text } of want.append) {
    if (known.some((one) => same(one, value))) continue;
    known.push(value);
    fresh.push(['', text === undefined ? { kind: 'value', value } : { kind: 'text', value, text }]);
  }
  if (removed.size === 0 && fresh.length === 0) return 'stays';
  const isEmptied = removed.size === container.entries.length;
  if (isEmptied && fresh.length === 0 && prune && here.around.length > 1) return 'pruned';
  checkShared(draft, here);
  removeEntries(draft, container, removed, fresh.length > 0, here);
  if (fresh.length > 0) addEntries(draft, container, fresh, isEmptied, here);
  return isEmptied && fresh.length === 0 && !container.flow ? 'emptied' : 'stays';
}

function planEntry(draft: Draft, container: Container, entry: Entry, want: Want, at: Place): Fate {
  const { source } = draft;
  if (want.remove) return want.remove.prune ? 'pruned' : 'removed';
  const { value: node } = entry;
  const before = source.data(node);
  const inner = isAlias(node) ? undefined : containerOf(source, node);
  // An empty map or list in braces becomes lines where it stands on lines.
  const room = inner && isEmptyFlow(inner) && !container.flow && container.isMap ? undefined : inner;
  if (want.set) {
    const { value, text } = want.set;
    if (same(before, value)) return 'stays';
    const wanted = text === undefined && room ? narrowed(before, want) : undefined;
    if (room && wanted) return planInner(draft, container, entry, room, wanted, at);
    replaceValue(draft, container, entry, freshOf(want), at);
    return 'stays';
  }
  if (want.children.size === 0 && want.append.length === 0) return 'stays';
  checkTag(node, at);
  if (isAlias(node)) {
    besideAlias(draft, container, entry, want, at);
    return 'stays';
  }
  if (room) return planInner(draft, container, entry, room, want, at);
  const fresh = freshOf(want);
  if (inner ? inner.isMap !== (fresh.kind === 'map') : before !== null)
    throw cannot(
      'kind',
      at,
      inner ? `it is a ${inner.isMap ? 'map' : 'list'}` : 'it is one value, neither a map nor a list',
      { offset: entry.start },
    );
  if (!isNothing(fresh)) replaceValue(draft, container, entry, fresh, at);
  return 'stays';
}

function planInner(draft: Draft, container: Container, entry: Entry, inner: Container, want: Want, at: Place): Fate {
  checkTag(inner.node, at);
  const result = planContainer(draft, inner, want, at);
  if (result === 'stays') return 'stays';
  if (result === 'emptied') {
    replaceRange(draft, entry.head, entry.head, inner.isMap ? ' {}' : ' []');
    return 'stays';
  }
  const removed = new Set(inner.entries.keys());
  if (inner.flow || container.flow || !hasOtherComments(draft.source, container, entry, inner, removed))
    return 'pruned';
  // What its comments say is not for us to take away.
  checkShared(draft, at);
  removeEntries(draft, inner, removed, false, at);
  draft.bare.push(JSON.stringify(at.path));
  return 'stays';
}

/** Whether an entry has comments that do not go with the entries of its value. */
function hasOtherComments(
  source: Source,
  container: Container,
  entry: Entry,
  inner: Container,
  removed: ReadonlySet<number>,
): boolean {
  const ranges = blockRemovals(source, inner, removed, false) ?? [];
  const end = endOfLines(source, entry.end, container.column);
  return source.comments.some(
    ({ offset }) =>
      offset > entry.head && offset < end && !ranges.some(({ from, to }) => from <= offset && offset < to),
  );
}

/** What is to be written for a key that a map does not have itself; undefined for nothing. */
function freshFor(source: Source, container: Container, key: string, want: Want, at: Place): Fresh | undefined {
  const node = inheritedNode(source, container.node, key);
  if (!node) return asksFor(want) ? freshOf(want) : undefined;
  // It has it through `<<`: what is written here hides all of it.
  if (want.set) return same(source.data(node), want.set.value) ? undefined : freshOf(want);
  if (want.remove || container.flow) throw sharedAt(source, node, at);
  return besideShared(source, node, freshOf(want), want, at);
}

function removeEntries(
  draft: Draft,
  container: Container,
  removed: ReadonlySet<number>,
  isFollowed: boolean,
  here: Place,
): void {
  if (removed.size === 0) return;
  const ranges = container.flow
    ? flowRemovals(draft.source, container, removed, isFollowed)
    : blockRemovals(draft.source, container, removed, isFollowed);
  if (!ranges) throw cannot('form', here, 'it shares its line with what would stay');
  for (const { from, to } of ranges) replaceRange(draft, from, to, '');
  draft.gone.push(...ranges);
}

/** An anchor does not go while an alias of it stays. */
function checkAnchors({ source: { targets }, gone }: Draft): void {
  const isGone = (offset: number) => gone.some(({ from, to }) => from <= offset && offset < to);
  for (const [alias, target] of targets) {
    const [from] = target.range;
    if (isGone(from) && !isGone(alias.range?.[0] ?? 0))
      throw cannot('shared', { path: [], around: [] }, `*${alias.source} stands elsewhere for a part of it`, {
        offset: from,
      });
  }
}

/** The smallest wish that makes of what is there what is wanted; undefined where only another value does. */
function narrowed(before: unknown, { set }: Want): Want | undefined {
  if (!set) return undefined;
  if (isData(before) && isData(set.value)) return wantOf(changesBetween(before, set.value));
  if (!Array.isArray(before) || !Array.isArray(set.value)) return undefined;
  const wanted: readonly unknown[] = set.value;
  const want = nothing();
  let kept = 0;
  for (const [index, item] of before.entries()) {
    if (kept < wanted.length && same(item, wanted[kept])) kept++;
    else want.children.set(String(index), { ...nothing(), remove: { prune: false } });
  }
  const added = wanted.slice(kept);
  // With nothing of it left it is another list; and what stands twice cannot be appended.
  if (kept === 0 && added.length > 0) return undefined;
  if (added.some((item, index) => wanted.findIndex((one) => same(one, item)) !== kept + index)) return undefined;
  want.append.push(...added.map((value) => ({ value })));
  return want;
}

const isEmptyFlow = ({ flow, entries }: Container): boolean => flow && entries.length === 0;
const indexOf = (key: string): number => (/^\d+$/.test(key) ? Number(key) : -1);

/** Whether a root in braces has its lines to itself. */
function hasOwnLines({ text }: Source, { node }: Container): boolean {
  const [from, to] = node.range;
  const inside = text.slice(from + 1, to - 1);
  return isFirstOnLine(text, from) && inside.trim() === '' && text.slice(to, nextLine(text, to)).trim() === '';
}
