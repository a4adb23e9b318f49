/** What two versions of a YAML file with one ancestor should say together, whatever their text looks like. */
import { diff3Merge } from 'node-diff3';
import { isData, same } from '../../data.ts';

export type Path = readonly string[];

export interface MergedData {
  readonly data: unknown;
  /** What both changed in different ways: there `data` has what `theirs` says. */
  readonly conflicts: readonly Path[];
  /** What the user took away and we would have changed; it stays away. */
  readonly gone: readonly Path[];
}

/**
 * Lists that Compose reads as sets: what both sides add to them, both may have. The order of a command's words means
 * something.
 */
const sets = new Set([
  ...['cap_add', 'cap_drop', 'configs', 'depends_on', 'devices', 'dns', 'env_file', 'environment', 'expose'],
  ...['extra_hosts', 'group_add', 'include', 'labels', 'links', 'networks', 'ports', 'profiles', 'secrets'],
  ...['security_opt', 'sysctls', 'tmpfs', 'volumes', 'aliases', 'ignore', 'watch'],
]);

/** A whole thing of the stack: who deletes it, needs no newer version of it. */
const things = new Set(['services', 'volumes', 'networks', 'secrets', 'configs']);

export function mergeData(base: unknown, theirs: unknown, ours: unknown): MergedData {
  const conflicts: Path[] = [];
  const gone: Path[] = [];

  const merged = (b: unknown, t: unknown, o: unknown, path: Path): unknown => {
    if (same(t, o) || same(b, o)) return t;
    if (same(b, t)) return o;
    if (isData(t) && isData(o) && (isData(b) || b === undefined)) {
      // Keys in the order of the user's, then what is new.
      const keys = new Set([...Object.keys(t), ...Object.keys(o), ...Object.keys(b ?? {})]);
      return Object.fromEntries(
        [...keys].flatMap((key) => {
          const value = merged(own(b, key), own(t, key), own(o, key), [...path, key]);
          return value === undefined ? [] : [[key, value] as const];
        }),
      );
    }
    if (Array.isArray(t) && Array.isArray(o) && (Array.isArray(b) || b === undefined)) {
      const list = mergedList(b ?? [], t, o, isSet(path));
      if (list) return list;
    }
    if (t === undefined && path.length === 2 && things.has(path[0] ?? '')) gone.push(path);
    else conflicts.push(path);
    return t;
  };

  return { data: merged(base, theirs, ours, []), conflicts, gone };
}

/** A tag such as `!override` is no key of its own. */
function isSet(path: Path): boolean {
  return sets.has(path.findLast((key) => !key.startsWith('!')) ?? '');
}

/** Undefined where both changed the same part of a list whose order means something. */
function mergedList(
  base: readonly unknown[],
  theirs: readonly unknown[],
  ours: readonly unknown[],
  asSet: boolean,
): readonly unknown[] | undefined {
  const items = new Map([...base, ...ours, ...theirs].map((item) => [canonical(item), item]));
  const [b, t, o] = [base, theirs, ours].map((list) => list.map(canonical)) as [string[], string[], string[]];
  const regions = diff3Merge(t, b, o);
  const keys = regions.every(({ conflict }) => conflict === undefined)
    ? regions.flatMap(({ ok }) => ok ?? [])
    : asSet
      ? [
          ...t.filter((key) => !b.includes(key) || o.includes(key)),
          ...o.filter((key) => !b.includes(key) && !t.includes(key)),
        ]
      : undefined;
  return keys?.map((key) => items.get(key));
}

/** Data as text that is equal where the data says the same. */
export function canonical(data: unknown): string {
  return (
    JSON.stringify(data, (_key, value: unknown) =>
      isData(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
    ) ?? 'undefined'
  );
}

function own(data: unknown, key: string): unknown {
  return isData(data) && Object.hasOwn(data, key) ? data[key] : undefined;
}
