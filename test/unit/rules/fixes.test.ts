/**
 * What `check --fix` makes of small repos: `before` becomes `after`, byte for byte, and a repo without `after` stays as it
 * is. `UPDATE_GOLDEN=1` writes what is made now.
 */
import { chmodSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ChangedFiles, fixAll, withChanges } from '../../../generators/check/fix.ts';
import { readRepo } from '../../../generators/check/project.ts';
import type { Source } from '../../../generators/check/reader.ts';
import { observe } from '../../../generators/disk/observe.ts';
import { rules } from '../../../generators/rules/index.ts';
import { repairs } from '../../../generators/rules/repairs/index.ts';

const folder = join(import.meta.dirname, 'fixes');
const cases = globSync('*/before', { cwd: folder }).map(dirname).sort();
/** `log-rotation--options` is about the rule log-rotation. */
const ruleOf = (name: string): string => name.split('--')[0] ?? name;

const look = (source: Source) => (changed: ChangedFiles) =>
  readRepo(withChanges(source, changed), { modes: true, today: '2026-11-20' }).parts;

/** Path and text of all files; mode where it matters. */
function tree(root: string): Readonly<Record<string, string>> {
  const paths = globSync('**/*', { cwd: root, exclude: (name) => name === '.git' })
    .concat(globSync('**/.*', { cwd: root }))
    .filter((path) => statSync(join(root, path)).isFile());
  return Object.fromEntries([...new Set(paths)].sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

function fix(name: string) {
  const source = observe(join(folder, name, 'before'));
  return { source, fixes: fixAll(look(source), ({ rule }) => rule === ruleOf(name)) };
}

describe.each(cases)('%s', (name) => {
  const { source, fixes } = fix(name);
  const made = new Map(fixes.files.map((file) => [file.path, file] as const));
  const result = { ...tree(source.root), ...Object.fromEntries(fixes.files.map(({ path, after }) => [path, after])) };
  const after = join(folder, name, 'after');

  test('becomes what it should be', () => {
    if (process.env['UPDATE_GOLDEN']) {
      rmSync(after, { recursive: true, force: true });
      for (const [path, text] of made.size > 0 ? Object.entries(result) : []) {
        mkdirSync(dirname(join(after, path)), { recursive: true });
        writeFileSync(join(after, path), text);
        chmodSync(join(after, path), made.get(path)?.mode ?? source.raw(path)?.mode ?? 0o644);
      }
    }
    expect(result).toEqual(existsSync(after) ? tree(after) : tree(source.root));
    for (const { path, mode } of fixes.files)
      if (mode !== undefined) expect(statSync(join(after, path)).mode & 0o777).toBe(mode);
  });

  test('finds no more to do in it', () => {
    const done = observe(existsSync(after) ? after : source.root);
    const again = fixAll(look(done), ({ rule }) => rule === ruleOf(name));
    expect(again.files).toEqual([]);
    expect(again.refused).toEqual(existsSync(after) ? [] : fixes.refused);
  });
});

describe('every repair', () => {
  test.each(Object.keys(repairs))('%s belongs to a rule, and puts something right', (id) => {
    expect(rules.map((rule) => rule.id)).toContain(id);
    const own = cases.filter((name) => ruleOf(name) === id);
    expect(own.some((name) => existsSync(join(folder, name, 'after')))).toBe(true);
  });
});
