import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { readYaml } from '../../generators/compose/yaml.ts';
import { baselineFile, baselineText, type Record2, readBaseline } from '../../generators/plan/baseline.ts';
import { type Intended, intend } from '../../generators/plan/intend.ts';
import { settleMerges } from '../../generators/plan/merge/settle.ts';
import { mergeTexts } from '../../generators/plan/merge/text.ts';
import { recordOutcome } from '../../generators/plan/record.ts';
import { updatePlan } from '../../generators/plan/update.ts';
import { afterwards, ambient, memoryDisk, type Run, run, type Tree } from '../support/plan.ts';

let made: Run;
let intended: readonly Intended[];
beforeAll(async () => {
  made = await run({}, { name: 'shop', apps: { app: { stack: 'node' } }, postgres: { mode: 'bundled' } });
  intended = intend(made.answers, made.stack, ambient);
});

/** Files of each kind: YAML, scripts, text; many lines alike, and few. */
const files = [
  'compose.yaml',
  'compose.prod.yaml',
  'Dockerfile',
  'scripts/verify',
  'docs/DEPLOYMENT.md',
  '.env.production.example',
];

/** A line added, changed or taken away, at a place between 0 and 1; what is added is like nothing else. */
interface LineEdit {
  readonly file: number;
  readonly at: number;
  readonly what: 'add' | 'change' | 'remove';
}
const lineEdits = fc.array(
  fc.record({
    file: fc.nat(files.length - 1),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    what: fc.constantFrom('add', 'change', 'remove'),
  }),
  { maxLength: 6 },
);

/** A tree with such edits made; YAML stays YAML, since only comments come and go in it, and numbers change. */
function edited(tree: Tree, edits: readonly LineEdit[], sign: string): Tree {
  const result: Record<string, string> = { ...tree };
  for (const [n, { file, at, what }] of edits.entries()) {
    const path = files[file] ?? '';
    const lines = (result[path] ?? '').split('\n');
    const isYaml = path.endsWith('.yaml');
    const line = Math.floor(at * (lines.length - 1));
    const text = lines[line] ?? '';
    if (what === 'add' || (isYaml && what === 'remove' && !text.trim().startsWith('#')))
      lines.splice(line, 0, `# ${sign} ${n}`);
    else if (what === 'remove') lines.splice(line, 1);
    else lines[line] = isYaml ? text.replace(/: (\d+)s$/, ': 1$1s') : `${text} ${sign} ${n}`;
    result[path] = lines.join('\n');
  }
  return result;
}

const own = (tree: Tree, path: string, sign: string): readonly string[] =>
  (tree[path] ?? '').split('\n').filter((line) => line.includes(sign));

function update(tree: Tree): { readonly after: Tree; readonly conflicts: readonly string[]; readonly writes: number } {
  const recorded = readBaseline(tree[baselineFile]);
  const disk = { ...memoryDisk(tree), files: Object.keys(tree) };
  const { answers, stack } = made;
  const { outcomes } = updatePlan(intended, { answers, stack, recorded, repo: disk }, { restore: [] });
  const settled = settleMerges(outcomes, () => 'beside', disk, recorded);
  const all = [...settled, recordOutcome(settled, disk, recorded, { program: '1.0.0', answers })];
  return {
    after: afterwards(
      tree,
      all.filter(({ action }) => action !== 'kept' && action !== 'conflict'),
    ),
    conflicts: all.flatMap(({ action, path }) => (action === 'conflict' ? [path] : [])),
    writes: all.filter(({ action, planned }) => planned && action !== 'kept' && action !== 'conflict').length,
  };
}

it('whatever the user and the templates change: no line of the user is lost, none of ours is missed, twice is once', () => {
  fc.assert(
    fc.property(lineEdits, lineEdits, (byUs, byUser) => {
      const base = edited(made.after, byUs, 'OLD');
      const { state: _state, damage: _damage, ...record } = readBaseline(base[baselineFile]);
      const generated = Object.fromEntries(files.map((path) => [path, base[path] ?? '']));
      const baseline = baselineText({ ...record, files: { ...record.files, ...generated } } as Record2);
      const before = edited({ ...base, [baselineFile]: baseline }, byUser, 'MINE');
      const { after, conflicts } = update(before);
      for (const path of files) {
        const [was, theirs, is, ours] = [base[path], before[path], after[path], made.after[path]];
        // The user's lines, all and in order.
        if (!conflicts.includes(path)) expect(own(after, path, 'MINE')).toEqual(own(before, path, 'MINE'));
        if (conflicts.includes(path)) {
          expect(is).toBe(theirs);
          expect(after[`${path}.prodstack-new`]).toBe(ours);
        } else if (theirs === was) expect(is).toBe(ours);
        else if (was === ours) expect(is).toBe(theirs);
        // What we added long ago and took out since is gone, but where the user changed that very place.
        else if (mergeTexts({ base: was ?? '', theirs: theirs ?? '', ours: ours ?? '' }).conflicts === 0)
          expect(own(after, path, 'OLD').filter((line) => !line.includes('MINE'))).toEqual([]);
        if (path.endsWith('.yaml')) expect(() => readYaml(is ?? '', path)).not.toThrow();
      }
      const again = update(after);
      expect(again.writes).toBe(0);
      expect(again.after).toEqual(after);
      expect(again.conflicts).toEqual(conflicts);
    }),
    { numRuns: 60 },
  );
}, 120_000);
