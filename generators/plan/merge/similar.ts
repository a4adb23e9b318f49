import { diffIndices } from 'node-diff3';
import { linesOf } from './lines.ts';

/** How much two texts have in common: 0 nothing, 1 all. Blank lines say nothing. */
export function similarity(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => linesOf(text).filter((line) => line.trim() !== '')) as [string[], string[]];
  const all = a.length + b.length;
  // No order of lines can make up for it: not worth comparing.
  if (all === 0 || Math.min(a.length, b.length) * 2 < all * 0.5) return 0;
  const changed = diffIndices(a, b).reduce((sum, { buffer1, buffer2 }) => sum + buffer1[1] + buffer2[1], 0);
  return 1 - changed / all;
}
