/**
 * The only helpers that templates have: they put a value into the language around it. Whatever an answer holds,
 * it stays one scalar, one list.
 */

/** A YAML scalar: as it is where no YAML reader can mistake it, else in double quotes. */
export function yaml(value: unknown): string {
  const text = String(value);
  const plain =
    /^(?:[A-Za-z/]|\.(?!\d))(?:[A-Za-z0-9_./:@-]*[A-Za-z0-9_./@-])?$/.test(text) &&
    !/^(?:y|n|yes|no|on|off|true|false|null|\.nan|\.inf)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

/** A list of words as JSON, which YAML's flow style and Dockerfile's exec form read alike. */
export function words(values: unknown): string {
  return `[${(values as readonly unknown[]).map((word) => JSON.stringify(String(word))).join(', ')}]`;
}

export const templateHelpers = { yaml, words } as const;
