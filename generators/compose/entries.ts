import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** A key or a list item of a compose file as it is written. */
export interface ComposeEntry {
  /** Keys from the root; items of a list by their index: `['services', 'api', 'ports', '0']`. */
  readonly path: readonly string[];
  /** From 1. */
  readonly line: number;
  /** The scalar, unquoted but not interpolated; absent for collections, empty values and aliases. */
  readonly value?: string;
}

/**
 * All keys, items and scalars of a compose file, in order, with their lines: what people wrote, and not what Compose
 * makes of it. Of a text that is no YAML there is what could be read; it never fails.
 */
export function entriesIn(text: string): readonly ComposeEntry[] {
  const lines = new LineCounter();
  const options = { lineCounter: lines, schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' } as const;
  const entries: ComposeEntry[] = [];
  const lineOf = (node: unknown, otherwise: number): number => {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    return range ? lines.linePos(range[0]).line : otherwise;
  };
  const walk = (node: unknown, path: readonly string[], line: number): void => {
    const isEmpty = !isScalar(node) || (node.type === 'PLAIN' && node.source === '');
    if (path.length > 0) entries.push({ path, line, ...(!isEmpty && { value: String(node.value) }) });
    if (isMap(node)) {
      for (const { key, value } of node.items) walk(value, [...path, nameOf(key)], lineOf(key, line));
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) walk(item, [...path, String(index)], lineOf(item, line));
    }
  };
  try {
    for (const document of [...parseAllDocuments(text, options)]) walk(document.contents, [], 1);
  } catch {
    // Deeper than the stack goes; what was read until there is enough for a text that nobody wrote.
  }
  return entries;
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}
