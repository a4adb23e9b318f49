import { isAlias, isScalar, type ParsedNode } from 'yaml';
import { changesBetween } from './changes.ts';
import { isData, same } from './data.ts';
import { flowAdditions, flowRemovals } from './flow.ts';
import { column, firstOnLine, isFirstOnLine, lineEndNear, lineStart, nextLine } from './lines.ts';
import { Refusal, type RefusalCode } from './refuse.ts';
import { blockRemovals } from './removal.ts';
import { type Container, containerOf, type Entry, endOfLines, type Source } from './source.ts';
import { isSetOff, styleAt } from './style.ts';
import type { Path, Splice } from './types.ts';
import { nothing, type Want, wantOf } from './want.ts';
import { type Fresh, freshData, inline, itemLines, itemsOf, pairLines, pairsOf, withValue } from './write.ts';

/** What is to happen to a text. */
export interface Plan {
  readonly splices: readonly Splice[];
  /** What goes with its comments. */
  readonly gone: readonly Range[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Lines that come to stand at the start of a line, or at the end of the text. */
interface Insertion {
  readonly at: number;
  readonly lines: readonly string[];
}

/** A place on the way: the containers around it, and the keys that lead to it. */
interface Place {
  readonly path: Path;
  readonly around: readonly Container[];
}

/** Where every edit falls, all of them on the same text. */
export function planEdits(source: Source, want: Want): Plan {
  return new Planner(source).run(want);
}

class Planner {
  readonly #source: Source;
  readonly #splices: Splice[] = [];
  readonly #insertions: Insertion[] = [];
  readonly #gone: Range[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  run(want: Want): Plan {
    this.#root(want);
    this.#checkAnchors();
    return { splices: joined(this.#source.text, this.#splices, this.#insertions), gone: this.#gone };
  }

  #root(want: Want): void {
    const { root, text, end } = this.#source;
    const place: Place = { path: [], around: [] };
    const fresh = freshOf(want);
    const container = containerOf(this.#source, root);
    if (want.remove) throw this.#refusal('form', place, 'the whole file');
    const wanted = want.set && container ? narrowed(this.#source.data(root), want) : want;
    if (!root || (isScalar(root) && root.value === null && root.range[0] === root.range[1])) {
      const pairs = pairsOf(fresh);
      if (!pairs) throw this.#refusal('form', place, 'the whole file');
      const at = end === text.length ? end : lineStart(text, end);
      const style = styleAt(this.#source, undefined);
      this.#insertions.push({ at, lines: pairs.flatMap(([key, value]) => pairLines(key, value, 0, style)) });
      return;
    }
    if (!container || !wanted) throw this.#refusal('kind', place, 'what the file holds');
    if (container.flow && container.entries.length === 0 && isAlone(this.#source, container)) {
      const pairs = pairsOf(fresh);
      if (!pairs) return;
      const style = styleAt(this.#source, undefined);
      const lines = pairs.flatMap(([key, value]) => pairLines(key, value, 0, style));
      const [from, to] = container.node.range;
      this.#splices.push({ offset: from, length: to - from, content: lines.join(lineEndNear(text, from)) });
      return;
    }
    if (this.#container(container, wanted, place) === 'stays') return;
    // Nothing is left.
    const first = container.entries[0];
    if (first) this.#splices.push({ offset: first.start, length: 0, content: '{}' });
  }

  /** Whether a map or list is left without entries, and whether it is to go with them. */
  #container(container: Container, want: Want, place: Place): 'stays' | 'emptied' | 'pruned' {
    const here: Place = { path: place.path, around: [...place.around, container] };
    const fresh: (readonly [string, Fresh])[] = [];
    const removed = new Set<number>();
    let prune = true;
    if (container.strange && (want.children.size > 0 || want.append.length > 0))
      throw this.#refusal('form', here, 'it has a key that is written as "? key", or is no plain word');
    if (container.isMap && want.append.length > 0) throw this.#refusal('kind', here, 'it is a map and no list');
    for (const [key, child] of want.children) {
      const at: Place = { ...here, path: [...here.path, key] };
      const index = container.isMap
        ? container.entries.findIndex((one) => one.key === key && !one.isMerge)
        : Number(key);
      const entry = container.entries[index];
      if (entry) {
        const result = this.#entry(container, entry, child, at);
        if (result === 'stays') continue;
        removed.add(index);
        prune &&= result === 'pruned';
      } else if (!container.isMap) {
        if (!child.remove) throw this.#refusal('kind', at, `the list has only ${container.entries.length} items`);
      } else if (!this.#isInherited(container, key, child, at) && !child.remove) fresh.push([key, freshOf(child)]);
    }
    const items = this.#source.data(container.node);
    const known: unknown[] = Array.isArray(items) ? items.filter((_one, index) => !removed.has(index)) : [];
    for (const item of want.append) {
      if (known.some((one) => same(one, item.value))) continue;
      known.push(item.value);
      fresh.push(['', { kind: item.text === undefined ? 'value' : 'text', value: item.value, text: item.text ?? '' }]);
    }
    if (removed.size === 0 && fresh.length === 0) return 'stays';
    const emptied = removed.size === container.entries.length && fresh.length === 0;
    if (emptied && prune && here.around.length > 1) return 'pruned';
    this.#checkShared(here);
    this.#remove(container, removed, fresh.length > 0, here);
    if (fresh.length > 0) this.#add(container, fresh, removed.size === container.entries.length, here);
    return emptied && !container.flow ? 'emptied' : 'stays';
  }

  #entry(container: Container, entry: Entry, want: Want, at: Place): 'stays' | 'removed' | 'pruned' {
    if (want.remove) return want.remove.prune ? 'pruned' : 'removed';
    const { value: node } = entry;
    const before = this.#source.data(node);
    if (want.set) {
      const { value, text } = want.set;
      if (same(before, value)) return 'stays';
      const inner = isAlias(node) ? undefined : containerOf(this.#source, node);
      const wanted = text === undefined && inner ? narrowed(before, want) : undefined;
      if (inner && wanted && !isEmptyFlow(inner)) return this.#inner(entry, inner, wanted, at);
      this.#replace(container, entry, freshOf(want), at);
      return 'stays';
    }
    if (want.children.size === 0 && want.append.length === 0) return 'stays';
    this.#checkTag(node, at);
    if (isAlias(node)) {
      this.#besideAlias(container, entry, want, at);
      return 'stays';
    }
    const inner = containerOf(this.#source, node);
    if (inner && !(isEmptyFlow(inner) && !container.flow && container.isMap))
      return this.#inner(entry, inner, want, at);
    if (inner || before === null) {
      const fresh = freshOf(want);
      if (inner && inner.isMap !== (fresh.kind === 'map'))
        throw this.#refusal('kind', at, inner.isMap ? 'it is a map' : 'it is a list');
      if (!isNothing(fresh)) this.#replace(container, entry, fresh, at);
      return 'stays';
    }
    throw this.#refusal('kind', at, 'it is one value, neither a map nor a list');
  }

  #inner(entry: Entry, inner: Container, want: Want, at: Place): 'stays' | 'removed' | 'pruned' {
    this.#checkTag(inner.node, at);
    const result = this.#container(inner, want, at);
    if (result === 'pruned') return 'pruned';
    if (result === 'emptied') {
      this.#splices.push({ offset: entry.head, length: 0, content: inner.isMap ? ' {}' : ' []' });
    }
    return 'stays';
  }

  /** A key that a map has through `<<`: what is asked for below it can hide the rest of what comes from there. */
  #isInherited(container: Container, key: string, want: Want, at: Place): boolean {
    const data = this.#source.data(container.node);
    if (!isData(data) || !(key in data)) return false;
    if (want.set) return same(data[key], want.set.value);
    throw this.#refusal('shared', at, 'it comes from a merge key (<<)');
  }

  /** `environment: *shared` with a key more becomes a map that merges it. */
  #besideAlias(container: Container, entry: Entry, want: Want, at: Place): void {
    const { value: node } = entry;
    const before = this.#source.data(node);
    const fresh = freshOf(want);
    if (!isAlias(node) || !isData(before) || fresh.kind !== 'map' || container.flow || !container.isMap)
      throw this.#refusal('shared', at, 'it is an alias');
    for (const [key, child] of want.children) {
      if (!child.set && key in before) throw this.#refusal('shared', at, 'it is an alias');
    }
    const pairs = fresh.pairs.filter(([key, one]) => !(key in before && same(before[key], freshData(one))));
    if (pairs.length === 0) return;
    this.#checkShared(at);
    const style = styleAt(this.#source, container);
    const { text } = this.#source;
    const [from, to] = [entry.head, node.range[1]];
    this.#splices.push({ offset: from, length: to - from, content: '' });
    const inner = { ...style, quote: undefined, keyQuote: undefined };
    const indent = container.column + style.step;
    const lines = [
      `${' '.repeat(indent)}<<: ${text.slice(node.range[0], node.range[1]).trim()}`,
      ...pairs.flatMap(([key, value]) => pairLines(key, value, indent, inner)),
    ];
    this.#insertions.push({ at: nextLine(text, to), lines });
  }

  #remove(container: Container, removed: ReadonlySet<number>, isFollowed: boolean, here: Place): void {
    if (removed.size === 0) return;
    if (container.flow) {
      const { splices, gone } = flowRemovals(this.#source, container, removed, isFollowed);
      this.#splices.push(...splices);
      this.#gone.push(...gone);
      return;
    }
    const ranges = blockRemovals(this.#source, container, removed, isFollowed);
    if (!ranges) throw this.#refusal('form', here, 'it stands behind a dash together with what would stay');
    for (const { from, to } of ranges) this.#splices.push({ offset: from, length: to - from, content: '' });
    this.#gone.push(...ranges);
  }

  #add(container: Container, fresh: readonly (readonly [string, Fresh])[], isEmptied: boolean, here: Place): void {
    if (container.flow) {
      this.#splices.push(...flowAdditions(this.#source, container, fresh, isEmptied));
      return;
    }
    const style = styleAt(this.#source, container);
    const blocks = fresh.map(([key, value]) =>
      container.isMap ? pairLines(key, value, container.column, style) : itemLines(value, container.column, style),
    );
    const last = container.entries.at(-1);
    if (!last) throw this.#refusal('form', here, 'it is empty');
    const setOff = isSetOff(
      this.#source,
      container,
      here.around.slice(0, -1),
      blocks.some(({ length }) => length > 1),
    );
    const lines = blocks.flatMap((block, index) => (setOff && !(isEmptied && index === 0) ? ['', ...block] : block));
    this.#insertions.push({ at: endOfLines(this.#source, last.end, container.column), lines });
  }

  /** Another value in the place of what is there, behind its anchor and tag. */
  #replace(container: Container, entry: Entry, fresh: Fresh, at: Place): void {
    this.#checkShared(at);
    this.#checkTag(entry.value, at);
    const { text } = this.#source;
    if (entry.value && this.#source.shared.has(entry.value)) throw this.#refusal('shared', at, 'aliases stand for it');
    const style = styleAt(this.#source, container);
    const stop = entry.head + text.slice(entry.head, entry.end).trimEnd().length;
    if (container.flow || isInline(this.#source, entry, fresh)) {
      const from = entry.empty ? entry.head : valueStart(text, entry);
      const quote = quoteOfScalar(entry.value) ?? (entry.empty ? style.quote : undefined);
      const words = inline(freshData(fresh), {
        quote,
        flow: container.flow,
        json: style.keyQuote === '"' && container.flow,
      });
      this.#splices.push({ offset: from, length: stop - from, content: entry.empty ? ` ${words}` : words });
      return;
    }
    const dash = container.isMap ? style : { ...style, step: 2, dash: 2 };
    if (fresh.kind === 'text') {
      if (!isFirstOnLine(text, entry.start)) throw this.#refusal('form', at, 'it shares its line');
      const lines = container.isMap
        ? pairLines('', fresh, container.column, style)
        : itemLines(fresh, container.column, style);
      const from = lineStart(text, entry.start);
      this.#splices.push({ offset: from, length: stop - from, content: lines.join(lineEndNear(text, from)) });
      return;
    }
    const [first = '', ...rest] = withValue('', fresh, container.column, dash);
    this.#splices.push({ offset: entry.head, length: stop - entry.head, content: first });
    if (rest.length === 0) return;
    const after =
      entry.value === null || entry.empty ? endOfLines(this.#source, stop, container.column) : nextLine(text, stop);
    this.#insertions.push({
      at: after,
      lines: isBelowComment(this.#source, after, rest[0] ?? '') ? ['', ...rest] : rest,
    });
  }

  #checkShared({ around, path }: Place): void {
    for (const { node } of around) {
      if (this.#source.shared.has(node))
        throw this.#refusal('shared', { around, path }, 'aliases stand for what it is part of');
    }
  }

  #checkTag(node: ParsedNode | null, at: Place): void {
    if (node && 'tag' in node && node.tag === '!reset') throw this.#refusal('form', at, 'it is reset (!reset) there');
  }

  /** An anchor does not go while an alias of it stays. */
  #checkAnchors(): void {
    const inside = (offset: number) => this.#gone.some(({ from, to }) => from <= offset && offset < to);
    for (const [alias, target] of this.#source.targets) {
      if (inside(target.range[0]) && !inside(alias.range?.[0] ?? 0))
        throw this.#refusal(
          'shared',
          { path: [], around: [] },
          `*${alias.source} stands elsewhere for a part of what would go`,
        );
    }
  }

  #refusal(reason: RefusalCode, { path }: Place, why: string): Refusal {
    return new Refusal(
      reason,
      path,
      `${this.#source.file}: ${path.join('.')} cannot be changed there: ${why}.`,
      'Change it by hand.',
    );
  }
}

const isEmptyFlow = ({ flow, entries }: Container): boolean => flow && entries.length === 0;
const isNothing = (fresh: Fresh): boolean =>
  (fresh.kind === 'map' && fresh.pairs.length === 0) || (fresh.kind === 'list' && fresh.items.length === 0);

function valueStart(text: string, entry: Entry): number {
  const blank = text.slice(entry.head, entry.end).search(/\S/);
  return entry.head + Math.max(blank, 0);
}

/** Whether a value goes where the old one stands, on its line. */
function isInline(source: Source, entry: Entry, fresh: Fresh): boolean {
  const { text } = source;
  if (pairsOf(fresh) || itemsOf(fresh)) {
    const inner = containerOf(source, entry.value);
    return Boolean(inner?.flow && inner.entries.length > 0);
  }
  const data = freshData(fresh);
  if (typeof data === 'string' && data.includes('\n')) return false;
  return !text.slice(entry.head, entry.end).trim().includes('\n');
}

function quoteOfScalar(node: ParsedNode | null): "'" | '"' | undefined {
  if (!isScalar(node)) return undefined;
  return node.type === 'QUOTE_DOUBLE' ? '"' : node.type === 'QUOTE_SINGLE' ? "'" : undefined;
}

/** Whether a line would stand right below a comment of the same indent, which would look like its own. */
function isBelowComment({ text, commentAt }: Source, at: number, line: string): boolean {
  if (at === 0) return false;
  const first = firstOnLine(text, lineStart(text, at - 1));
  return first !== undefined && first < at && commentAt.has(first) && column(text, first) === line.search(/\S/);
}

/** Whether a root in braces has its lines to itself. */
function isAlone({ text }: Source, { node }: Container): boolean {
  const [from, to] = node.range;
  return isFirstOnLine(text, from) && text.slice(to, nextLine(text, to)).trim() === '';
}

/** What is fresh at a place that does not exist. */
function freshOf(want: Want): Fresh {
  if (want.set) {
    const { value, text } = want.set;
    return text === undefined ? { kind: 'value', value } : { kind: 'text', value, text };
  }
  if (want.append.length > 0) {
    const items = want.append.filter(
      (item, index) => want.append.findIndex(({ value }) => same(value, item.value)) === index,
    );
    return {
      kind: 'list',
      items: items.map(({ value, text }) =>
        text === undefined ? { kind: 'value', value } : { kind: 'text', value, text },
      ),
    };
  }
  return {
    kind: 'map',
    pairs: [...want.children].flatMap(([key, child]) => (child.remove ? [] : [[key, freshOf(child)] as const])),
  };
}

/** The smallest wish that makes of what is there what is wanted; undefined where only another value does. */
function narrowed(before: unknown, { set }: Want): Want | undefined {
  if (!set) return undefined;
  if (isData(before) && isData(set.value)) return wantOf(changesBetween(before, set.value), (text) => text);
  if (!Array.isArray(before) || !Array.isArray(set.value)) return undefined;
  const want = nothing();
  const wanted: readonly unknown[] = set.value;
  let kept = 0;
  for (const [index, item] of before.entries()) {
    if (kept < wanted.length && same(item, wanted[kept])) kept++;
    else want.children.set(String(index), { ...nothing(), remove: { prune: false } });
  }
  const added = wanted.slice(kept);
  // What stands twice is not appended: the list is written anew.
  if (added.some((item, index) => wanted.findIndex((one) => same(one, item)) !== kept + index)) return undefined;
  // With nothing of it left, another list in its place.
  if (kept === 0 && added.length > 0) return undefined;
  want.append.push(...added.map((value) => ({ value })));
  return want;
}

/** Splices that neither overlap nor touch, from those of characters and those of lines. */
function joined(text: string, splices: readonly Splice[], insertions: readonly Insertion[]): readonly Splice[] {
  const places = new Map<number, string[]>();
  for (const { at, lines } of insertions) places.set(at, [...(places.get(at) ?? []), ...lines]);
  const added = [...places].map(([at, lines]): Splice => {
    const newline = lineEndNear(text, at);
    return { offset: at, length: 0, content: lines.map((line) => line + newline).join('') };
  });
  const done: Splice[] = [];
  for (const splice of [...added, ...splices].sort((a, b) => a.offset - b.offset || a.length - b.length)) {
    const last = done.at(-1);
    const end = last ? last.offset + last.length : -1;
    if (splice.offset < end) throw new Error(`Edits overlap at ${splice.offset}.`);
    if (last && splice.offset === end) {
      const { offset, length, content } = last;
      done[done.length - 1] = { offset, length: length + splice.length, content: content + splice.content };
    } else done.push(splice);
  }
  return done
    .map((splice) => atOpenEnd(text, splice))
    .filter(({ offset, length, content }) => text.slice(offset, offset + length) !== content);
}

/** A file whose last line has no end stays one. */
function atOpenEnd(text: string, { offset, length, content }: Splice): Splice {
  if (offset + length < text.length || text === '' || text.endsWith('\n') || text === '\uFEFF')
    return { offset, length, content };
  const lines = content.replace(/\r?\n$/, '');
  const isLineStart = offset === 0 || text[offset - 1] === '\n' || text[offset - 1] === '\uFEFF';
  if (lines === content) {
    // A removal of lines takes the line end before them.
    if (!isLineStart || content !== '' || offset === 0) return { offset, length, content };
    const newline = text[offset - 2] === '\r' ? 2 : 1;
    return { offset: offset - newline, length: length + newline, content };
  }
  return { offset, length, content: isLineStart ? lines : lineEndNear(text, offset) + lines };
}
