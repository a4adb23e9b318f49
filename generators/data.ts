/** Data as JSON knows it, such as what a YAML file says. */

export type Data = Readonly<Record<string, unknown>>;

/** Whether a value is a plain map, as YAML and JSON make them. */
export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A map, or an empty one where there is something else. */
export const mapOf = (value: unknown): Data => (isData(value) ? value : {});

/** A list, or an empty one where there is something else. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Plain data with each text in it changed, keys included. */
export function withTexts<T>(data: T, change: (text: string) => string): T {
  const changed = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map(changed);
    if (!isData(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [change(key), changed(one)]));
  };
  return changed(data) as T;
}

/** Whether two trees hold the same; the order of keys is no matter. Objects that were compared once are not compared again. */
export function same(one: unknown, other: unknown, seen = new WeakMap<object, WeakSet<object>>()): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const compared = seen.get(one) ?? new WeakSet();
  if (compared.has(other)) return true;
  seen.set(one, compared.add(other));
  const [a, b] = [one as Data, other as Data];
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], seen))
  );
}
