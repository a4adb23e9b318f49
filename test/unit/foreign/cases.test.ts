/**
 * `add` in projects of other people: one folder each. `request.yaml` is what is asked for, `before/` the repo, `after/`
 * what is new or different in it, `report.txt` what a person is told. A script that a golden case or an earlier one here
 * has, the same to the byte, stands only there. `npm run test:update` writes what is expected.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { UserError } from '../../../generators/errors.ts';
import type { Tree } from '../../support/plan.ts';
import { readTree, replaceTree } from '../../support/tree.ts';
import { type Asked, add, remove, treeAfter } from './support.ts';

const here = join(import.meta.dirname, 'cases');
const cases = readdirSync(here).sort();

/** What a folder of a repo must not have under its own name here: our own git would take it for one of its files. */
const shelved = (path: string): string => path.replace(/(^|\/)\.gitignore$/, '$1gitignore');
const unshelved = (path: string): string => path.replace(/(^|\/)gitignore$/, '$1.gitignore');

function treeIn(folder: string, rename: (path: string) => string): Tree {
  return Object.fromEntries(Object.entries(readTree(folder)).map(([path, text]) => [rename(path), text]));
}

const golden = join(import.meta.dirname, '../../golden');
const scriptsOf = (tree: Tree): readonly string[] => Object.values(tree).filter((text) => text.startsWith('#!'));
const inGolden = new Set(readdirSync(golden).flatMap((name) => scriptsOf(readTree(join(golden, name, 'expected')))));

/** A tree without the scripts that stand elsewhere. */
function ownOf(name: string, tree: Tree): Tree {
  const earlier = cases.slice(0, cases.indexOf(name)).flatMap((one) => scriptsOf(readTree(join(here, one, 'after'))));
  const known = new Set([...inGolden, ...earlier]);
  return Object.fromEntries(Object.entries(tree).filter(([, text]) => !known.has(text)));
}

/** What a case expects: an error, or files and a report. */
async function outcomeOf(before: Tree, asked: Asked): Promise<{ readonly tree: Tree; readonly report: string }> {
  try {
    const plan = await add(before, asked);
    const now = treeAfter(before, plan);
    const changed = Object.keys(now).filter((path) => now[path] !== before[path]);
    // Something new is put in between, and nothing of theirs is taken out.
    for (const { planned } of plan.outcomes)
      if (planned?.kind === 'edit' && !asked.replaces)
        expect(planned.edits.filter(({ length }) => length > 0)).toEqual([]);
    const lines = [
      ...plan.outcomes.map(({ action, path, why }) => `${action} ${path}: ${why}`),
      ...plan.notes.map((note) => `note: ${note}`),
      ...plan.next.map((command) => `$ ${command}`),
    ];
    return {
      tree: Object.fromEntries(changed.map((path) => [path, now[path] ?? ''])),
      report: lines.map((line) => `${line}\n`).join(''),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = error.problems.map(({ path, message }) => `  ${path}: ${message}\n`).join('');
    return { tree: {}, report: `${error.code}: ${error.message}\n${problems}${error.hint ? `${error.hint}\n` : ''}` };
  }
}

describe.each(cases)('in %s', (name) => {
  const root = join(here, name);
  const before = treeIn(join(root, 'before'), unshelved);
  const asked = readYaml(readFileSync(join(root, 'request.yaml'), 'utf8'), 'request.yaml') as Asked & {
    readonly remove?: string;
  };

  it('writes what is expected, and takes nothing away', async () => {
    const { tree: whole, report } = await outcomeOf(before, asked);
    const tree = ownOf(name, whole);
    if (process.env['UPDATE_GOLDEN']) {
      replaceTree(
        join(root, 'after'),
        Object.fromEntries(Object.entries(tree).map(([path, text]) => [shelved(path), text])),
      );
      writeFileSync(join(root, 'report.txt'), report);
    }
    expect(report).toBe(readFileSync(join(root, 'report.txt'), 'utf8'));
    expect(tree).toEqual(existsSync(join(root, 'after')) ? treeIn(join(root, 'after'), unshelved) : {});
  });

  it('speaks of no script and no page that is not there', async () => {
    const { tree } = await outcomeOf(before, asked);
    const all = new Set([...Object.keys(before), ...Object.keys(tree)].map((path) => path.replace(/^deploy\//, '')));
    // An ignore file may name what never comes.
    const texts = Object.entries(tree).filter(([path]) => !path.endsWith('.dockerignore'));
    const added = texts.map(([path, text]) => text.replace(before[path] ?? '', ''));
    const named = added.flatMap((text) =>
      [...text.matchAll(/(?<![\w/.])(?:scripts|docs)\/[\w.-]*\w/g)].map(([path]) => path),
    );
    expect([...new Set(named)].filter((path) => !all.has(path))).toEqual([]);
  });

  if (asked.remove !== undefined)
    it('gives back every byte when it is taken out again', async () => {
      const now = treeAfter(before, await add(before, asked));
      const plan = await remove(now, String(asked.remove), {
        ...(asked.file !== undefined && { file: asked.file }),
      });
      const back = treeAfter(now, plan);
      // Values of this machine, and that git does not have them, are nobody else's matter.
      const kept = (tree: Tree) =>
        Object.fromEntries(Object.entries(tree).filter(([path]) => !/(?:^|\/)(?:\.env|\.gitignore)$/.test(path)));
      expect(kept(back)).toEqual(kept(before));
    });
});
