/** Settings of programs that have to fit into the limits of their container. Pure. */
import type { Limits, Tuning } from '../types.ts';
import { hundredths, mebibytes } from './amounts.ts';

/** The value that a setting has under these limits. */
export function tuned(tuning: Tuning, limits: Limits): string {
  const memory = mebibytes(limits.memory);
  // On a small host the program itself has to do with less, too.
  const free = memory - Math.min(mebibytes(tuning.base), Math.floor(memory / 4));
  const count = countFor(tuning, free, limits);
  if (tuning.what === 'count') return String(count);
  const share = Math.min(mebibytes(tuning.most), free / count);
  return `${Math.max(8, Math.floor(share / 8) * 8)}M`;
}

/** As many as the memory has room for, and the cores have work for. */
function countFor({ each, perCore, least }: Tuning, free: number, { cpus }: Limits): number {
  const room = Math.floor(free / mebibytes(each));
  return Math.max(least, Math.min(room, Math.round((hundredths(cpus) * perCore) / 100)));
}
