import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { mergeTexts } from '../../generators/plan/merge/text.ts';
import { freshFolder, removeFolders } from '../support/repo.ts';

const folder = freshFolder();
afterAll(removeFolders);

const linesOf = (text: readonly string[]): string => text.map((line) => `${line}\n`).join('');

/** Changes of lines, at places between 0 and 1. */
const changes = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    what: fc.constantFrom('add', 'change', 'remove'),
  }),
  { maxLength: 4 },
);

function changed(
  base: readonly string[],
  edits: readonly { readonly at: number; readonly what: string }[],
  sign: string,
): string {
  const lines = [...base];
  for (const [n, { at, what }] of edits.entries()) {
    const line = Math.floor(at * lines.length);
    if (what === 'add') lines.splice(line, 0, `${sign}${n}`);
    else if (what === 'remove') lines.splice(line, 1);
    else if (lines.length > 0) lines[line] = `${lines[line]} ${sign}${n}`;
  }
  return linesOf(lines);
}

const git = (theirs: string, base: string, ours: string) => {
  const files = Object.entries({ theirs, base, ours }).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  return spawnSync('git', ['merge-file', '--stdout', ...files], { encoding: 'utf8' });
};

it('texts merge as git merges them, line for line, and conflict where they do there', () => {
  fc.assert(
    fc.property(fc.nat(20), changes, changes, (length, byUser, byUs) => {
      const lines = Array.from({ length }, (_, n) => `line ${n}`);
      const base = linesOf(lines);
      const [theirs, ours] = [changed(lines, byUser, 'theirs'), changed(lines, byUs, 'ours')];
      const { status, stdout } = git(theirs, base, ours);
      const { text, conflicts } = mergeTexts({ base, theirs, ours });
      expect(conflicts === 0).toBe(status === 0);
      if (conflicts === 0) expect(text).toBe(stdout);
    }),
    { numRuns: 100 },
  );
}, 60_000);

it('where lines repeat, what was added by either is there, and a merge comes to the same from both ends', () => {
  const repeated = fc.array(fc.constantFrom('', '}', 'fi', 'done'), { maxLength: 12 });
  fc.assert(
    fc.property(repeated, changes, changes, (lines, byUser, byUs) => {
      const base = linesOf(lines);
      const [theirs, ours] = [changed(lines, byUser, 'theirs'), changed(lines, byUs, 'ours')];
      const merged = mergeTexts({ base, theirs, ours });
      const signed = (text: string, sign: string) => text.split('\n').filter((line) => line.includes(sign));
      expect(signed(merged.text, 'theirs')).toEqual(signed(theirs, 'theirs'));
      if (merged.conflicts === 0) expect(signed(merged.text, 'ours')).toEqual(signed(ours, 'ours'));
      expect(merged.marked.split('\n')).toEqual(
        expect.arrayContaining([...signed(theirs, 'theirs'), ...signed(ours, 'ours')]),
      );
      const back = (text: string) => linesOf(text.split('\n').slice(0, -1).reverse());
      const other = mergeTexts({ base: back(base), theirs: back(theirs), ours: back(ours) });
      expect(other.conflicts === 0).toBe(merged.conflicts === 0);
      if (merged.conflicts === 0) expect(back(other.text)).toBe(merged.text);
      // Whoever changes nothing gets what the other has.
      expect(mergeTexts({ base, theirs, ours: base })).toMatchObject({ text: theirs, conflicts: 0 });
      expect(mergeTexts({ base, theirs: base, ours })).toMatchObject({ text: ours, conflicts: 0 });
      expect(mergeTexts({ base, theirs, ours: theirs })).toMatchObject({ text: theirs, conflicts: 0 });
    }),
    { numRuns: 300 },
  );
}, 60_000);
