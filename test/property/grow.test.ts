/** Stacks that grow and shrink, step by step: after each one, all is as if it had always been so. */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { Growing, type Numbers, noPrograms } from '../support/growing.ts';
import { removeFolders } from '../support/repo.ts';
import { readTree } from '../support/tree.ts';
import { editByUser, marksIn } from '../support/user-edits.ts';

afterAll(removeFolders);

/** Enough for one run; a run that has begun is never cut off, since it would go on beside the next test. */
const milliseconds = 6_000;
const numbers: fc.Arbitrary<Numbers> = fc.tuple(fc.nat(9999), fc.nat(9999), fc.nat(9999));

it('add, remove and update leave what new makes, keep secrets and remarks, and can be taken back', async () => {
  let done = 0;
  const end = Date.now() + milliseconds;
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(numbers, { minLength: 3, maxLength: 6 }), async (start, steps) => {
      if (done > 3 && Date.now() > end) return;
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
    { numRuns: 8 },
  );
  expect(done).toBeGreaterThan(3);
}, 300_000);

it('what the user changed meanwhile stays, or is said; twice is once', async () => {
  let done = 0;
  const end = Date.now() + milliseconds;
  const step = fc.record({ edits: fc.array(fc.tuple(fc.nat(9999), fc.nat(9999)), { maxLength: 2 }), numbers });
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(step, { minLength: 2, maxLength: 5 }), async (start, steps) => {
      if (done > 0 && Date.now() > end) return;
      const growing = await Growing.start(start);
      const { repo } = growing;
      let count = 0;
      try {
        for (const { edits, numbers: chosen } of steps) {
          for (const [kind, where] of edits) editByUser(repo, kind, where, `edit${count++}x`);
          const before = readTree(repo.root);
          const { code, out, said } = await growing.take(chosen);
          const after = readTree(repo.root);
          if (code === 2) expect(after).toEqual(before);
          if (code === 2 || out.includes('is there already')) continue;
          expect([0, 1], said).toContain(code);
          const there = marksIn(after);
          for (const [mark, paths] of marksIn(before))
            for (const path of paths)
              if (!there.get(mark)?.has(path)) expect(out + said).toContain(there.has(mark) ? path : mark);
          const again = await repo.update([], noPrograms);
          expect(again.code).toBe(code);
          expect(readTree(repo.root)).toEqual(after);
          done++;
        }
      } catch (cause) {
        throw new Error(growing.story(), { cause });
      } finally {
        removeFolders();
      }
    }),
    { numRuns: 8 },
  );
  expect(done).toBeGreaterThan(0);
}, 300_000);
