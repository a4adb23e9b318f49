import { describe, expect, it } from 'vitest';
import { mebibytes } from '../../../generators/stack/targets/amounts.ts';
import { tuned } from '../../../generators/stack/targets/tuning.ts';
import type { Tuning } from '../../../generators/stack/types.ts';

const threads: Tuning = {
  service: 'app',
  what: 'count',
  base: '128M',
  each: '96M',
  most: '256M',
  perCore: 2,
  least: 2,
};
const limits = (memory: string, cpus: string) => ({ memory, cpus, pids: 64, reservation: '8M' });

describe('settings that follow from limits', () => {
  it.each([
    ['512M', '2.0', '4', '96M'],
    ['192M', '0.2', '2', '72M'],
    ['2G', '4.0', '8', '240M'],
    ['8G', '1.0', '2', '256M'],
  ])('%s and %s cores are %s threads of %s', (memory, cpus, count, share) => {
    expect(tuned(threads, limits(memory, cpus))).toBe(count);
    expect(tuned({ ...threads, what: 'share' }, limits(memory, cpus))).toBe(share);
  });

  it('all of them together fit into the memory limit', () => {
    for (const memory of ['96M', '128M', '160M', '256M', '512M', '1G', '3G']) {
      const count = Number(tuned(threads, limits(memory, '8.0')));
      const share = tuned({ ...threads, what: 'share' }, limits(memory, '8.0'));
      expect(count * mebibytes(share)).toBeLessThanOrEqual(mebibytes(memory) - Math.min(128, mebibytes(memory) / 4));
    }
  });
});
