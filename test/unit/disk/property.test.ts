import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { observe } from '../../../generators/disk/observe.ts';
import { recover } from '../../../generators/disk/recover.ts';
import { write } from '../../../generators/disk/write.ts';
import { UserError } from '../../../generators/errors.ts';
import type { Mode, PlannedFile } from '../../../generators/plan/types.ts';
import { put, tempFolder, tree } from './support.ts';

type Files = Readonly<Record<string, string>>;

const name = fc.constantFrom('a', 'b', 'c', 'secrets', 'ü');
const path = fc
  .array(name, { minLength: 1, maxLength: 3 })
  // Files and folders have names of their own: what is there may not clash with itself.
  .map((names) => `${names.map((part) => `${part}.d`).join('/')}/file`);
const content = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => text.isWellFormed());
const mode = fc.constantFrom<Mode>(0o600, 0o644, 0o755);
const change = fc.record({ path, content, mode, at: fc.nat(), goes: fc.boolean() });
const scenario = fc.record({
  existing: fc.dictionary(path, content, { maxKeys: 5 }),
  changes: fc.uniqueArray(change, { selector: ({ path: key }) => key, minLength: 1, maxLength: 6 }),
  rootExists: fc.boolean(),
  failAt: fc.nat({ max: 80 }),
  alsoUndo: fc.boolean(),
});

/** A file that exists is edited, replaced or removed, any other is created. */
function planFor(
  root: string,
  changes: readonly { path: string; content: string; mode: Mode; at: number; goes: boolean }[],
): PlannedFile[] {
  const seen = observe(root);
  return changes.map(({ at, goes, ...file }): PlannedFile => {
    const raw = seen.raw(file.path);
    if (raw === undefined) return { kind: 'create', ...file, why: 'a test' };
    if (goes) return { kind: 'delete', path: file.path, expect: raw.hash, why: 'a test' };
    if (at % 2 === 0) return { kind: 'create', ...file, replaces: raw.hash, why: 'a test' };
    const edits = [{ offset: 0, length: raw.text.length, content: file.content }];
    return { kind: 'edit', path: file.path, edits, expect: raw.hash, why: 'a test' };
  });
}

/** What the files shall be afterwards, worked out without the disk. */
function expected(existing: Files, plan: readonly PlannedFile[]): Files {
  const result = Object.fromEntries(Object.entries(existing).map(([key, text]) => [key, `644 ${text}`]));
  for (const file of plan) {
    if (file.kind === 'delete') {
      delete result[file.path];
      continue;
    }
    const text = file.kind === 'create' ? file.content : file.edits.map((edit) => edit.content).join('');
    result[file.path] = `${file.kind === 'create' ? file.mode.toString(8) : '644'} ${text}`;
  }
  return result;
}

function errorOf(action: () => void): UserError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function filesOf(root: string): Files {
  return Object.fromEntries(Object.entries(tree(root)).filter(([key]) => !key.endsWith('/')));
}

/** The folders that have nothing in them. */
function emptyFolders(root: string): readonly string[] {
  const paths = Object.keys(tree(root));
  return paths.filter((path) => path.endsWith('/') && !paths.some((one) => one !== path && one.startsWith(path)));
}

test('whatever the plan and wherever it fails, the folder is as before or as planned', () => {
  fc.assert(
    fc.property(scenario, ({ existing, changes, rootExists, failAt, alsoUndo }) => {
      const parent = tempFolder();
      const root = join(parent, 'root');
      const there = rootExists ? existing : {};
      if (rootExists) {
        put(parent, { 'root/': '' });
        put(root, there);
      }
      const before = tree(parent);
      const plan = planFor(root, changes);

      let step = 0;
      const onStep = (): void => {
        step++;
        if (step === failAt || (alsoUndo && step === failAt + 2)) throw new Error('a failure');
      };
      const error = errorOf(() => write(root, plan, { onStep }));
      if (error?.message.endsWith('nothing was changed')) expect(tree(parent)).toEqual(before);
      const settled = recover(root);
      if (error === undefined || settled === 'finished') {
        expect(filesOf(root)).toEqual(expected(there, plan));
        expect(emptyFolders(root)).toEqual([]);
      } else expect(tree(parent)).toEqual(before);
      expect(Object.keys(tree(parent)).filter((key) => key.includes('.prodstack'))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
