/** Stacks that grow and shrink, step by step: after each one, all is as if it had always been so. */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { Growing, type Numbers } from '../support/growing.ts';
import { removeFolders } from '../support/repo.ts';

afterAll(removeFolders);

const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(9999), fc.nat(9999), fc.nat(9999));

it('add, remove and update leave what new makes, keep secrets and remarks, and can be taken back', async () => {
  let done = 0;
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(numbers, { minLength: 3, maxLength: 6 }), async (start, steps) => {
      const growing = await Growing.start(start);
      try {
        for (const step of steps) await growing.step(step);
      } catch (cause) {
        throw new Error(growing.story(), { cause });
      } finally {
        done += growing.log.filter(({ ended }) => ended.code === 0).length;
        removeFolders();
      }
    }),
    { numRuns: 8, interruptAfterTimeLimit: 8_000 },
  );
  expect(done).toBeGreaterThan(3);
}, 60_000);
