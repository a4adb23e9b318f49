/** Memory and cores as Compose writes them, as whole numbers, and back. Pure. */

export { mebibytes } from '../../answers/hosts.ts';

/** The same as Compose reads it, in gibibytes where that is a whole number. */
export function memoryText(mib: number): string {
  return mib > 0 && mib % 1024 === 0 ? `${mib / 1024}G` : `${mib}M`;
}

/** Hundredths of a core: `1.5` is 150. Whole, so that sums are exact. */
export function hundredths(text: string): number {
  return Math.round(Number(text) * 100);
}

/** The same with one decimal at least: `1.0`, `0.25`. */
export function coresText(amount: number): string {
  return (amount / 100).toFixed(2).replace(/0$/, '');
}

/** Steps from a size on; each is a multiple of the one before, so that more never becomes less by rounding. */
export type Steps = readonly (readonly [from: number, step: number])[];

export const memorySteps: Steps = [
  [0, 16],
  [256, 32],
  [1024, 128],
  [2048, 256],
  [4096, 1024],
];

export const coreSteps: Steps = [
  [0, 1],
  [20, 5],
  [100, 25],
  [400, 50],
];

/** The round figure at or below an amount. */
export function roundDown(amount: number, steps: Steps): number {
  const [, step] = steps.findLast(([from]) => amount >= from) ?? [0, 1];
  return Math.floor(amount / step) * step;
}
