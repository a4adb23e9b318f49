/** An image reference, taken apart. */
export interface ImageReference {
  /** Without registry and `library/`: `node`, `grafana/loki`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** Undefined where a variable stayed open, so that nobody knows what it is. */
export function parseImage(reference: string): ImageReference | undefined {
  if (reference === '' || /[\s${}]/.test(reference)) return undefined;
  const [named = '', digest] = reference.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const path = hasTag ? named.slice(0, colon) : named;
  const [first = '', ...rest] = path.split('/');
  const isRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const repository = (isRegistry ? rest.join('/') : path).replace(/^(?:.*\/)?library\//, '');
  return {
    repository,
    ...(hasTag && { tag: named.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}

/** The leading dotted number of a tag: `18.6` of `18.6-trixie`, `v3.7.11`. */
export function versionOf(tag: string | undefined): readonly number[] {
  const found = /^v?(\d+(?:\.\d+)*)/.exec(tag ?? '');
  return found?.[1]?.split('.').map(Number) ?? [];
}
