/**
 * A run may be killed at any step; the next one finds the folder and puts it right. Two ways to get there: a process
 * of its own that kills itself for real before each step, and, for every pair of kills (in the run, then in the
 * recovery), a copy of the folder taken before each step, which is what a kill at that step leaves.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recover } from '../../../generators/disk/recover.ts';
import { write } from '../../../generators/disk/write.ts';
import type { PlannedFile } from '../../../generators/plan/types.ts';
import type { Task } from './child.ts';
import { fresh, large, removing, small } from './samples.ts';
import { runJob } from './spawn.ts';
import { tempFolder, tree, userError } from './support.ts';

interface Sample {
  /** Prepares the folder `root` in a folder of its own. */
  readonly prepare: (root: string) => void;
  readonly plan: readonly PlannedFile[];
}

const into = (sample: Sample): Sample => ({
  ...sample,
  prepare(root) {
    mkdirSync(root);
    sample.prepare(root);
  },
});
const missing: Sample = { prepare: () => {}, plan: fresh };

interface Case {
  readonly parent: string;
  readonly root: string;
}

function prepared(sample: Sample): Case {
  const parent = tempFolder();
  const root = join(parent, 'shop');
  sample.prepare(root);
  return { parent, root };
}

function outcomesOf(sample: Sample): { before: object; after: object; steps: number } {
  const { parent, root } = prepared(sample);
  const before = tree(parent);
  let steps = 0;
  write(root, sample.plan, { onStep: () => steps++ });
  return { before, after: tree(parent), steps };
}

/** Kills a task for real, before each of its steps in turn, until it gets through; a few at a time. */
async function killAtEachStep(task: Task, set: () => Case, check: (at: Case, step: number) => void): Promise<number> {
  for (let first = 1; ; first += 4) {
    const rounds = [0, 1, 2, 3].map(async (offset) => {
      const at = set();
      const ended = await runJob({ root: at.root, task, killAt: first + offset });
      check(at, first + offset);
      rmSync(at.parent, { recursive: true });
      return ended;
    });
    const ended = await Promise.all(rounds);
    const through = ended.findIndex((end) => end !== 'killed');
    if (through !== -1) return first + through - 1;
  }
}

test.each([
  ['an existing repo', into(large)],
  ['files that go', into(removing)],
  ['a folder that does not exist', missing],
])('a run killed at any step is finished or undone by the next: %s', { timeout: 120_000 }, async (_, sample) => {
  const { before, after, steps } = outcomesOf(sample);
  const seen = new Set<string>();
  const killed = await killAtEachStep(
    { write: sample.plan },
    () => prepared(sample),
    ({ parent, root }, step) => {
      const result = recover(root);
      seen.add(result);
      const expected = { undone: [before], finished: [after], nothing: [before, after] }[result];
      expect(expected, `killed at step ${step}, then ${result}`).toContainEqual(tree(parent));
      expect(recover(root)).toBe('nothing');
    },
  );
  expect(killed).toBe(steps);
  expect(seen).toContain('undone');
});

test('a run killed after the staging is finished, and one killed before is undone', () => {
  const { parent, root } = prepared(into(large));
  const crashes = crashesOf(parent, (onStep) => write(root, large.plan, { onStep }));
  const results = crashes.map((crash) => recover(join(crash, 'shop')));
  expect(results.filter((result, i) => result !== results[i - 1])).toEqual([
    'nothing',
    'undone',
    'finished',
    'nothing',
  ]);
});

test('a recovery killed for real at any step is finished by the next', { timeout: 120_000 }, async () => {
  const sample = into(small);
  const { before, after, steps } = outcomesOf(sample);
  // In the middle of the renames: the first file is in its place, the others are not.
  const killAt = steps - 8;
  const left = prepared(sample);
  expect(await runJob({ root: left.root, task: { write: sample.plan }, killAt })).toBe('killed');
  const half = tree(left.parent);
  expect([before, after]).not.toContainEqual(half);

  const killed = await killAtEachStep(
    'recover',
    () => {
      const parent = tempFolder();
      copy(left.parent, parent);
      return { parent, root: join(parent, 'shop') };
    },
    ({ parent, root }) => {
      recover(root);
      expect(tree(parent)).toEqual(after);
    },
  );
  expect(killed).toBeGreaterThan(4);
});

test.each([
  ['an existing repo', into(small)],
  ['files that go', into(removing)],
  ['a folder that does not exist', missing],
])('a recovery killed at any step, after a run killed at any step, is finished by the next: %s', (_, sample) => {
  const { before, after } = outcomesOf(sample);
  const start = prepared(sample);
  const crashes = crashesOf(start.parent, (onStep) => write(start.root, sample.plan, { onStep }));
  for (const crash of crashes) {
    const again = crashesOf(crash, (onStep) => recover(join(crash, 'shop'), { onStep }));
    for (const crashed of again) {
      recover(join(crashed, 'shop'));
      expect([before, after]).toContainEqual(tree(crashed));
    }
  }
});

test.each([
  ['an existing repo', into(small)],
  ['files that go', into(removing)],
])('a run killed while it undoes itself is undone by the next: %s', { timeout: 60_000 }, (_, sample) => {
  const { before, after, steps } = outcomesOf(sample);
  for (let failAt = 1; failAt < steps - 1; failAt++) {
    const { parent, root } = prepared(sample);
    let step = 0;
    const crashes = crashesOf(parent, (onStep) => {
      const fail = (): void => {
        step++;
        if (step === failAt) throw new Error('a failure');
        if (step > failAt) onStep();
      };
      userError(() => write(root, sample.plan, { onStep: fail }), 'disk');
    });
    expect(tree(parent)).toEqual(before);
    for (const [n, crashed] of crashes.entries()) {
      const result = recover(join(crashed, 'shop'));
      // Before the first step back it still looks like a run on its way.
      const expected = result === 'finished' && n === 0 ? after : before;
      expect(tree(crashed), `failed at ${failAt}, killed at ${n}, ${result}`).toEqual(expected);
    }
  }
});

/** Runs an action on a folder, and gives a copy of the folder for every step: what a kill before that step leaves. */
function crashesOf(folder: string, action: (onStep: () => void) => void): string[] {
  const copies: string[] = [];
  action(() => {
    const to = tempFolder();
    copy(folder, to);
    copies.push(to);
  });
  return copies;
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
}
