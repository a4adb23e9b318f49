import { isScalar, type ParsedNode } from 'yaml';
import { firstOnLine, lineStart, nextLine } from './lines.ts';
import { type Container, containerOf, type Source } from './source.ts';

/** How new text looks at one place. */
export interface Style {
  /** How much deeper a map stands than the map that it is in. */
  readonly step: number;
  /** How much deeper the dashes of a list stand than the key of the list. */
  readonly dash: number;
  /** How scalars are quoted although they need not be. */
  readonly quote: Quote | undefined;
  /** How keys are quoted. */
  readonly keyQuote: Quote | undefined;
}

export type Quote = "'" | '"';

/** The habits of a file: what most of its maps and lists do. */
interface Habits {
  readonly step: number;
  readonly dash: number;
}

const habitsOf = new WeakMap<Source, Habits>();

function habits(source: Source): Habits {
  const known = habitsOf.get(source);
  if (known) return known;
  const steps = new Map<number, number>();
  const dashes = new Map<number, number>();
  const count = (container: Container | undefined): void => {
    for (const entry of container?.entries ?? []) {
      const inner = containerOf(source, entry.value);
      if (!inner) continue;
      if (container?.isMap && !container.flow && !inner.flow) {
        const counts = inner.isMap ? steps : dashes;
        const by = inner.column - container.column;
        counts.set(by, (counts.get(by) ?? 0) + 1);
      }
      count(inner);
    }
  };
  count(containerOf(source, source.root));
  const step = most(steps) ?? 2;
  const found = { step, dash: most(dashes) ?? step };
  habitsOf.set(source, found);
  return found;
}

function most(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The style for what is added to a map or a list, or below one of its entries. */
export function styleAt(source: Source, container: Container | undefined): Style {
  const usual = habits(source);
  const inner = (container?.entries ?? []).flatMap(({ value }) => containerOf(source, value) ?? []);
  const near = (wanted: boolean) =>
    container?.isMap && !container.flow
      ? inner.findLast(({ isMap, flow }) => isMap === wanted && !flow)?.column
      : undefined;
  const [map, list] = [near(true), near(false)];
  const base = container?.column ?? 0;
  return {
    step: map === undefined ? usual.step : map - base,
    dash: list === undefined ? usual.dash : list - base,
    quote: quoteOf((container?.entries ?? []).map(({ value }) => value)),
    keyQuote: container?.isMap ? quoteOf(keysOf(container)) : undefined,
  };
}

const keysOf = ({ node }: Container): readonly unknown[] =>
  'items' in node ? (node.items as readonly { readonly key?: unknown }[]).map(({ key }) => key) : [];

/** The quotes that all strings of a map or a list have. */
function quoteOf(nodes: readonly unknown[]): Quote | undefined {
  const strings = nodes.filter(
    (node): node is ParsedNode & { type?: string } => isScalar(node) && typeof node.value === 'string',
  );
  const types = new Set(strings.map(({ type }) => type));
  if (types.size !== 1) return undefined;
  return types.has('QUOTE_DOUBLE') ? '"' : types.has('QUOTE_SINGLE') ? "'" : undefined;
}

/** Whether the entries of a block map or list are separated by blank lines; undefined where fewer than two can tell. */
function areSeparated(source: Source, container: Container): boolean | undefined {
  const { text } = source;
  const gaps = container.entries.slice(1).map(({ start }, index) => {
    const from = container.entries[index]?.end ?? start;
    for (let line = nextLine(text, from - 1); line < lineStart(text, start); line = nextLine(text, line)) {
      if (firstOnLine(text, line) === undefined) return true;
    }
    return false;
  });
  return gaps.length === 0 ? undefined : gaps.filter(Boolean).length * 2 > gaps.length;
}

/** Whether a new entry is set off by a blank line: as others there are, else as those around or within that place are. */
export function isSetOff(source: Source, container: Container, parents: readonly Container[], big: boolean): boolean {
  const own = areSeparated(source, container);
  if (own !== undefined || !big) return own ?? false;
  const inner = container.entries.flatMap(({ value }) => containerOf(source, value) ?? []);
  const near = [...parents.toReversed(), ...inner].filter(({ flow, isMap }) => !flow && isMap);
  for (const one of near) {
    const separated = areSeparated(source, one);
    if (separated !== undefined) return separated;
  }
  return parents.length === 0;
}
