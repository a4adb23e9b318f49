import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';

/**
 * The pair at a path of a block-style document as it is written, with the comment lines above it, moved to column 0:
 * for another file that shall have it, too. Undefined where it does not stand on lines of its own.
 */
export function pairText(text: string, path: readonly string[]): string | undefined {
  let node: unknown = parseDocument(text, { lineCounter: new LineCounter() }).contents;
  for (const [depth, key] of path.entries()) {
    if (!isMap(node) || node.flow) return undefined;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (!pair || !isScalar(pair.key) || !pair.key.range) return undefined;
    if (depth === path.length - 1) {
      const end = isNode(pair.value) && pair.value.range ? pair.value.range[2] : pair.key.range[2];
      return linesAt(text, pair.key.range[0], end);
    }
    node = pair.value;
  }
  return undefined;
}

function linesAt(text: string, start: number, end: number): string | undefined {
  const first = text.lastIndexOf('\n', start - 1) + 1;
  const indent = text.slice(first, start);
  if (indent.trim() !== '') return undefined;
  const above = text.slice(0, first).split('\n').slice(0, -1);
  let from = above.length;
  while (from > 0 && above[from - 1]?.startsWith(`${indent}#`)) from--;
  // What follows a value, up to the next one, is blank or a comment on that one.
  const lines = text.slice(first, end).split('\n');
  const isOwn = (line: string): boolean => line.startsWith(`${indent} `) || !/^\s*(?:#|$)/.test(line);
  const last = lines.findLastIndex(isOwn);
  const all = [...above.slice(from), ...lines.slice(0, last + 1)];
  if (all.some((line) => line !== '' && !line.startsWith(indent))) return undefined;
  return `${all.map((line) => line.slice(indent.length)).join('\n')}\n`;
}
