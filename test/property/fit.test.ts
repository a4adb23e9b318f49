/** Whatever runs, and wherever: a division of a host is one that it can keep. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../generators/answers/hosts.ts';
import { hundredths, mebibytes } from '../../generators/stack/targets/amounts.ts';
import { type Division, divide, floorOf, isTooSmall, systemPart } from '../../generators/stack/targets/fit.ts';
import type { Limits } from '../../generators/stack/types.ts';

const memory = (from: number, to: number) => fc.integer({ min: from, max: to }).map((mib) => `${mib}M`);

const limits: fc.Arbitrary<Limits> = fc.record(
  {
    cpus: fc.integer({ min: 5, max: 800 }).map((amount) => String(amount / 100)),
    memory: fc.oneof(
      memory(32, 9000),
      fc.integer({ min: 1, max: 20 }).map((gib) => `${gib}G`),
    ),
    pids: fc.integer({ min: 16, max: 512 }),
    reservation: memory(16, 400),
    floor: memory(16, 400),
    growth: fc.constantFrom(1, 2, 16),
    chosen: fc.subarray(['cpus' as const, 'memory' as const]),
  },
  { requiredKeys: ['cpus', 'memory', 'pids', 'reservation'] },
);
const parts = fc
  .array(limits, { minLength: 1, maxLength: 14 })
  .map((all) => all.map((one, index) => ({ name: `s${index}`, limits: one })));
const host: fc.Arbitrary<Host> = fc.record({
  memory: memory(512, 40_000),
  cpus: fc.integer({ min: 50, max: 3200 }).map((amount) => String(amount / 100)),
});

const sum = (division: Division, of: (limits: Limits) => number) =>
  [...division.limits.values()].reduce((all, one) => all + of(one), 0);

describe('a division of any host among any services', () => {
  it('never exceeds the host, gives each what it needs, and says the sums that hold', () => {
    fc.assert(
      fc.property(parts, host, (services, on) => {
        const result = divide(services, on);
        if (isTooSmall(result)) return;
        const total = mebibytes(on.memory);
        const given = sum(result, (one) => mebibytes(one.memory));
        expect(given).toBeLessThanOrEqual(total - systemPart(total));
        expect(mebibytes(result.memory.given)).toBe(given);
        expect(sum(result, (one) => hundredths(one.cpus))).toBeLessThanOrEqual(hundredths(on.cpus));
        for (const { name, limits: usual } of services) {
          const got = result.limits.get(name);
          expect(mebibytes(got?.memory ?? '0M')).toBeGreaterThanOrEqual(floorOf(usual));
          expect(hundredths(got?.cpus ?? '0')).toBeGreaterThan(0);
          expect(got?.memory).toMatch(/^[1-9][0-9]*[MG]$/);
          if (mebibytes(usual.reservation) < mebibytes(usual.memory))
            expect(mebibytes(got?.reservation ?? '')).toBeLessThan(mebibytes(got?.memory ?? ''));
        }
      }),
    );
  });

  it('is refused only where the least that all need is more than there is', () => {
    fc.assert(
      fc.property(parts, host, (services, on) => {
        const result = divide(services, on);
        if (!isTooSmall(result)) return;
        const [measure, has] =
          result.what === 'memory'
            ? [mebibytes, mebibytes(on.memory) - systemPart(mebibytes(on.memory))]
            : [hundredths, hundredths(on.cpus)];
        expect(result.needs.reduce((all, one) => all + measure(one.least), 0)).toBeGreaterThan(has);
      }),
    );
  });

  it('gives nobody less on a host with more', () => {
    fc.assert(
      fc.property(
        parts,
        host,
        fc.integer({ min: 0, max: 8000 }),
        fc.integer({ min: 0, max: 400 }),
        (services, on, m, c) => {
          const small = divide(services, on);
          const larger = { memory: `${mebibytes(on.memory) + m}M`, cpus: String((hundredths(on.cpus) + c) / 100) };
          const large = divide(services, larger);
          if (isTooSmall(small)) return;
          if (isTooSmall(large)) throw new Error('the larger host is too small');
          for (const { name } of services) {
            const [before, after] = [small.limits.get(name), large.limits.get(name)];
            expect(mebibytes(after?.memory ?? '')).toBeGreaterThanOrEqual(mebibytes(before?.memory ?? ''));
            expect(hundredths(after?.cpus ?? '')).toBeGreaterThanOrEqual(hundredths(before?.cpus ?? ''));
          }
        },
      ),
    );
  });

  it('keeps the memory that was chosen where there is room for it and half of all else', () => {
    fc.assert(
      fc.property(parts, host, (services, on) => {
        const result = divide(services, on);
        if (isTooSmall(result)) return;
        const needed = services.reduce(
          (all, { limits: one }) =>
            all +
            (one.chosen?.includes('memory')
              ? mebibytes(one.memory)
              : Math.max(floorOf(one), mebibytes(one.memory) / 2)),
          0,
        );
        if (needed > mebibytes(on.memory) - systemPart(mebibytes(on.memory))) return;
        for (const { name, limits: one } of services)
          if (one.chosen?.includes('memory'))
            expect(mebibytes(result.limits.get(name)?.memory ?? '')).toBe(mebibytes(one.memory));
      }),
    );
  });
});
