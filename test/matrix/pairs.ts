type Dimensions = Readonly<Record<string, readonly unknown[]>>;
type Choice<D extends Dimensions> = { readonly [K in keyof D]: D[K][number] };

/**
 * Combinations in which every two values of two dimensions meet at least once: greedy, so not the fewest, and the
 * same on every run.
 */
export function allPairs<D extends Dimensions>(dimensions: D): readonly Choice<D>[] {
  const keys = Object.keys(dimensions);
  const wanted = new Set<string>();
  for (const [i, a] of keys.entries()) {
    for (const b of keys.slice(i + 1)) {
      for (const x of indices(dimensions, a)) for (const y of indices(dimensions, b)) wanted.add(pair(a, x, b, y));
    }
  }
  const rows: Record<string, number>[] = [];
  while (wanted.size > 0) {
    const row: Record<string, number> = {};
    for (const key of keys) {
      const gain = (index: number): number =>
        Object.entries(row).filter(([other, at]) => wanted.has(pair(other, at, key, index))).length;
      const open = (index: number): number => [...wanted].filter((one) => one.includes(`|${key}=${index}|`)).length;
      const best = [...indices(dimensions, key)].sort((x, y) => gain(y) - gain(x) || open(y) - open(x));
      row[key] = best[0] ?? 0;
    }
    for (const [i, a] of keys.entries())
      for (const b of keys.slice(i + 1)) wanted.delete(pair(a, row[a] ?? 0, b, row[b] ?? 0));
    rows.push(row);
  }
  return rows.map((row) => Object.fromEntries(keys.map((key) => [key, dimensions[key]?.[row[key] ?? 0]])) as Choice<D>);
}

function indices(dimensions: Dimensions, key: string): readonly number[] {
  return [...(dimensions[key] ?? []).keys()];
}

function pair(a: string, x: number, b: string, y: number): string {
  return `|${a}=${x}|${b}=${y}|`;
}
