/** Remembers what was made of an object, so that every rule may ask again: a file is parsed once. */
export function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { readonly value: V }>();
  return (key) => {
    const known = made.get(key);
    if (known) return known.value;
    const value = make(key);
    made.set(key, { value });
    return value;
  };
}

/** The same for two objects: what the first one says of the second. */
export function onceFor<K extends object, L extends object, V>(make: (key: K, other: L) => V): (key: K, other: L) => V {
  const made = once((key: K) => once((other: L) => make(key, other)));
  return (key, other) => made(key)(other);
}
