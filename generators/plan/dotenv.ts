/** Values of an env file, as Compose reads and as we write them. */

/** The value of a variable as it stands behind the equals sign: quotes, comment and blanks included. */
export interface Assignment {
  readonly raw: string;
  /** Where `raw` begins in the text. */
  readonly offset: number;
}

/** Where a variable is set, in order: Compose takes the last. */
export function assignmentsOf(text: string, name: string): readonly Assignment[] {
  const line = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=([^\\r\\n]*)`, 'gm');
  return [...text.matchAll(line)].map((found) => {
    const raw = found[1] ?? '';
    return { raw, offset: found.index + found[0].length - raw.length };
  });
}

/** Whether a value is none: nothing, empty quotes, or `null`, which is Laravel's way to say so. */
export function isBlank(raw: string): boolean {
  return /^[ \t]*(?:""|''|null)?[ \t]*$/.test(raw);
}

/**
 * What Compose makes of a value; undefined where that depends on other variables or on escapes, so that nobody
 * should guess.
 */
export function plainValue(raw: string): string | undefined {
  const text = raw.trim();
  const quoted = /^'([^']*)'(?:\s+#.*)?$/.exec(text) ?? /^"([^"\\$]*)"(?:\s+#.*)?$/.exec(text);
  if (quoted) return quoted[1] ?? '';
  const bare = text.startsWith('#') ? '' : text.replace(/\s#.*$/, '').trim();
  return /["'\\$`]/.test(bare) ? undefined : bare;
}

/** A value as it can be written into an env file; undefined where no quotes hold it for every reader. */
export function writtenValue(value: string): string | undefined {
  if (/[\r\n\0]/.test(value)) return undefined;
  if (/^[A-Za-z0-9_./:=@%+,-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  return /["\\$`]/.test(value) ? undefined : `"${value}"`;
}
