/**
 * Golden cases: one folder each. `answers.yaml` is what a person chose (`preset`: what they started from), `input/` the
 * repo before (none: an empty folder), `expected/` all that was written, as a real tree, `expected.manifest` one line
 * per file. Scripts that are the same in every stack stand in the first case that has them, and in no other one.
 * `npm run test:update` is the one way to change what is expected.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { merge } from '../../generators/answers/map.ts';
import { presets } from '../../generators/answers/presets.ts';
import { readYaml } from '../../generators/compose/yaml.ts';
import { isData } from '../../generators/data.ts';
import { baselineFile, readBaseline } from '../../generators/plan/baseline.ts';
import { intend } from '../../generators/plan/intend.ts';
import { recordOutcome } from '../../generators/plan/record.ts';
import { isChange, planText } from '../../generators/plan/report.ts';
import { updatePlan } from '../../generators/plan/update.ts';
import { ambient, memoryDisk, run, type Tree } from '../support/plan.ts';
import { readTree, replaceTree } from '../support/tree.ts';

const here = import.meta.dirname;
const cases = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** A real .gitignore in the expected tree would hide files of that tree from our own git. */
const shelved = (path: string): string => path.replace(/(^|\/)\.gitignore$/, '$1gitignore');

/** Scripts that little or nothing is filled into. */
const everywhere = /(?:^|\/)docker\/(?:with-env|backup\/(?:backup|with-env|lib\/.+)|postgres\/(?:setup|start)\.sh)$/;

/** Whether an earlier case has such a script, the same to the byte. */
function isInEarlierCase(name: string, path: string, text: string | undefined): boolean {
  const files = cases.slice(0, cases.indexOf(name)).map((earlier) => join(here, earlier, 'expected', path));
  return everywhere.test(path) && files.some((one) => existsSync(one) && readFileSync(one, 'utf8') === text);
}

describe.each(cases)('golden case %s', (name) => {
  const root = join(here, name);
  const input = Object.fromEntries(
    Object.entries(readTree(join(root, 'input'))).map(([path, text]) => [
      path.replace(/^gitignore$/, '.gitignore'),
      text,
    ]),
  );

  const chosen = answersOf(readYaml(readFileSync(join(root, 'answers.yaml'), 'utf8'), 'answers.yaml'));

  it('writes exactly the expected tree', async () => {
    const { outcomes, after } = await run(input, chosen);
    const changed = outcomes.filter((one) => one.planned).map((one) => one.path);
    // The baseline repeats every other file.
    const tree: Tree = Object.fromEntries(
      changed
        .filter((path) => path !== baselineFile && !isInEarlierCase(name, path, after[path]))
        .map((path) => [shelved(path), after[path] ?? '']),
    );
    const manifest = planText(outcomes);
    if (process.env['UPDATE_GOLDEN']) {
      replaceTree(join(root, 'expected'), tree);
      writeFileSync(join(root, 'expected.manifest'), manifest);
    }
    const expected = readTree(join(root, 'expected'));
    expect(Object.keys(tree).sort()).toEqual(Object.keys(expected).sort());
    for (const path of Object.keys(expected)) expect(tree[path], path).toBe(expected[path]);
    expect(manifest).toBe(readFileSync(join(root, 'expected.manifest'), 'utf8'));
  });

  it('has nothing to do when it is run again', async () => {
    const first = await run(input, chosen);
    const second = await run(first.after);
    expect(second.outcomes.filter((one) => one.planned).map((one) => one.path)).toEqual([]);
  });

  it('has nothing to bring up to date', async () => {
    const { after } = await run(input, chosen);
    const { answers, stack } = await run(after);
    const repo = { ...memoryDisk(after), files: Object.keys(after) };
    const recorded = readBaseline(after[baselineFile]);
    const known = { answers, stack, recorded, repo };
    const { outcomes, warnings } = updatePlan(intend(answers, stack, ambient), known, { restore: [] });
    const open = outcomes.filter((one) => isChange(one) || one.notes).map(({ action, path }) => `${action} ${path}`);
    expect({ open, warnings }).toEqual({ open: [], warnings: [] });
    const made = { program: ambient.version, answers };
    expect(recordOutcome(outcomes, repo, recorded, made).action).toBe('unchanged');
  });
});

/** What was chosen, over the answers of the preset. */
function answersOf(said: unknown): unknown {
  if (!isData(said) || typeof said['preset'] !== 'string') return said;
  const { preset, ...own } = said;
  return merge(presets[preset]?.answers, own);
}
