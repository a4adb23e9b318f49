import { createHash } from 'node:crypto';
import type { Draft, Sources } from '../../generators/answers/complete/types.ts';
import { complete, saidAnswers } from '../../generators/answers/complete.ts';
import { detect } from '../../generators/answers/detect/index.ts';
import type { Answers } from '../../generators/answers/schema.ts';
import { validate } from '../../generators/answers/validate.ts';
import { readYaml } from '../../generators/compose/yaml.ts';
import { baselineFile, readBaseline } from '../../generators/plan/baseline.ts';
import { compare, type Disk, type Outcome } from '../../generators/plan/compare.ts';
import { intend } from '../../generators/plan/intend.ts';
import { recordOutcome } from '../../generators/plan/record.ts';
import { resolve } from '../../generators/stack/resolve.ts';
import type { Stack } from '../../generators/stack/types.ts';

/** A folder in memory: text by path. */
export type Tree = Readonly<Record<string, string>>;

/** The same everywhere and always, so that generated files are. */
export const ambient = {
  version: '0.0.0',
  random: (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => index),
};

/** What a run in this folder with these answers comes to: everything of `new` but the disk. */
export interface Run {
  readonly draft: Draft;
  readonly answers: Answers;
  readonly stack: Stack;
  readonly outcomes: readonly Outcome[];
  /** The folder afterwards, if every change is written. */
  readonly after: Tree;
}

export async function run(tree: Tree, chosen: unknown = {}, folder = 'shop'): Promise<Run> {
  return planned(tree, await sourcesOf(tree, [chosen], folder));
}

/** What a folder and what is said about it are for the answers. */
export async function sourcesOf(tree: Tree, chosen: readonly unknown[] = [], folder = 'shop'): Promise<Sources> {
  const files = Object.keys(tree).sort();
  const read = (path: string): string | undefined => tree[path]?.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return {
    folder,
    detected: await detect({ files, read }),
    ...(tree['prodstack.yaml'] !== undefined && { file: readYaml(tree['prodstack.yaml'], 'prodstack.yaml') }),
    chosen,
    isVacant: (path: string) => files.every((file) => path !== '.' && !file.startsWith(`${path}/`)),
  };
}

/** What these sources come to in a folder. */
export function planned(tree: Tree, sources: Sources): Run {
  const draft = complete(sources);
  const answers = validate(draft.answers);
  const stack = resolve(answers, draft.starters);
  const recorded = readBaseline(tree[baselineFile]);
  const disk = memoryDisk(tree);
  const compared = compare(intend(answers, stack, ambient, saidAnswers(sources, draft)), disk, recorded);
  const outcomes = [...compared, recordOutcome(compared, disk, recorded, { program: ambient.version, answers })];
  return { draft, answers, stack, outcomes, after: afterwards(tree, outcomes) };
}

/** A tree as what a plan is compared with. */
export function memoryDisk(tree: Tree): Disk {
  return {
    raw: (path) => {
      const text = tree[path];
      return text === undefined
        ? undefined
        : {
            text,
            hash: createHash('sha256').update(text).digest('hex'),
            mode: path.startsWith('secrets/') ? 0o444 : path === '.env' ? 0o600 : text.startsWith('#!') ? 0o755 : 0o644,
          };
    },
  };
}

/** The tree once outcomes are carried out. */
export function afterwards(tree: Tree, outcomes: readonly Outcome[]): Tree {
  const gone = new Set(outcomes.flatMap(({ planned }) => (planned?.kind === 'delete' ? [planned.path] : [])));
  const kept = Object.entries(tree).filter(([path]) => !gone.has(path));
  return Object.fromEntries([
    ...kept,
    ...outcomes.flatMap(({ path, planned }) => {
      if (!planned || planned.kind === 'delete') return [];
      if (planned.kind === 'create') return [[path, planned.content]];
      const text = [...planned.edits]
        .sort((a, b) => b.offset - a.offset)
        .reduce(
          (done, edit) => done.slice(0, edit.offset) + edit.content + done.slice(edit.offset + edit.length),
          tree[path] ?? '',
        );
      return [[path, text]];
    }),
  ]);
}
