/** What is known about paths such as `services.*.ports.*`; `*` is any key and any item. */
export interface Patterns<T> {
  readonly value?: T;
  readonly below: ReadonlyMap<string, Patterns<T>>;
}

interface Building<T> {
  value?: T;
  readonly below: Map<string, Building<T>>;
}

export function patterns<T>(table: Readonly<Record<string, T>>): Patterns<T> {
  const root: Building<T> = { below: new Map() };
  for (const [path, value] of Object.entries(table)) {
    let at = root;
    for (const key of path.split('.')) {
      const next = at.below.get(key) ?? { below: new Map() };
      at.below.set(key, next);
      at = next;
    }
    at.value = value;
  }
  return root;
}

/** What is known below a key. */
export function below<T>(known: Patterns<T> | undefined, key: string): Patterns<T> | undefined {
  return known?.below.get(key) ?? known?.below.get('*');
}

/** What is known below the items of a list. */
export function belowItems<T>(known: Patterns<T> | undefined): Patterns<T> | undefined {
  return known?.below.get('*');
}
