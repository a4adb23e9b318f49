/** Asks Docker Compose itself whether files are valid as they would be, where it is there. */
import { join } from 'node:path';
import { withScratch } from './disk/scratch.ts';
import { UserError } from './errors.ts';
import { filesAfter } from './foreign/proof.ts';
import type { Combination, Foreign } from './foreign/types.ts';
import type { Outcome } from './plan/compare.ts';
import type { Run } from './programs.ts';

/**
 * Every combination that Compose took before it must take afterwards. Files that others include it reads from the repo, as
 * they were: where those change, our own reader alone has looked at them.
 * @throws UserError `repo` with what Compose says; nothing was written
 */
export async function refuseInvalid(
  root: string,
  foreign: Foreign,
  outcomes: readonly Outcome[],
  run: Run,
): Promise<void> {
  const after = filesAfter(foreign, outcomes);
  // What a new line includes, Compose looks for in the repo, where it is not yet.
  if (outcomes.some(({ path, planned }) => planned?.kind === 'create' && /\.ya?ml$/.test(path))) return;
  // The same for what is included already: those who need what is new in it would not find it.
  if (foreign.sources.some(({ path, includedBy }) => includedBy !== undefined && after.has(path))) return;
  const changed = foreign.combinations.filter(({ files }) => files.some((file) => after.has(file)));
  const scratch = new Map(
    changed.flatMap(({ files }) =>
      files.flatMap((file): readonly (readonly [string, string])[] => [
        [`before/${file}`, foreign.repo.raw(file)?.text ?? ''],
        [`after/${file}`, after.get(file) ?? foreign.repo.raw(file)?.text ?? ''],
      ]),
    ),
  );
  if (scratch.size === 0) return;
  await withScratch(scratch, async (folder) => {
    const config = ({ files }: Combination, when: 'before' | 'after') =>
      run(
        'docker',
        [
          'compose',
          '--project-directory',
          join(root, foreign.directory),
          ...files.flatMap((file) => ['-f', join(folder, when, file)]),
          'config',
          '--quiet',
        ],
        { cwd: root, env: { COMPOSE_FILE: undefined, ...placeholders(foreign, outcomes) } },
      );
    for (const combination of changed) {
      const after = await config(combination, 'after');
      if (after.exitCode === 0) continue;
      // It waits for something that does not come, such as a pipe for a .env: so would every other question.
      if (after.exitCode === 124) return;
      // Without Docker, or where it had something to say before, it proves nothing.
      const before = await config(combination, 'before');
      if (before.exitCode !== 0) continue;
      throw new UserError(
        'repo',
        `Docker Compose would refuse ${combination.files.join(' with ')}; nothing was written.`,
        {
          problems: [{ path: combination.name, message: after.stderr.trim().split('\n').at(-1) ?? '' }],
          hint: 'This is not what was meant: please report it. --include adds it in a file of its own.',
        },
      );
    }
  });
}

/** Variables that somebody has to set, or that are only now written: any value will do. */
function placeholders(foreign: Foreign, outcomes: readonly Outcome[]): Readonly<Record<string, string>> {
  const texts = outcomes.flatMap(({ texts }) => texts?.after ?? []);
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*):?\?/g)].map((found) => found[1] ?? ''),
  );
  return Object.fromEntries(names.filter((name) => !(name in foreign.env)).map((name) => [name, 'x']));
}
