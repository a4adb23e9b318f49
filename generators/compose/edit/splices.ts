import type { Splice } from './types.ts';

/** A text with its splices made; their offsets count in the text before. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { offset, length, content } of [...splices].sort((a, b) => a.offset - b.offset)) {
    parts.push(text.slice(done, offset), content);
    done = offset + length;
  }
  return parts.join('') + text.slice(done);
}
