/** What git is asked, in a hook of another repository. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { folderInRepo, trackedFiles } from '../../../generators/git.ts';
import { runProgram } from '../../../generators/programs.ts';
import { freshFolder, removeFolders } from '../../support/repo.ts';

afterEach(() => {
  delete process.env['GIT_DIR'];
});
afterAll(removeFolders);

async function repository(...files: readonly string[]): Promise<string> {
  const root = freshFolder();
  mkdirSync(join(root, 'deploy'), { recursive: true });
  for (const file of files) writeFileSync(join(root, file), '');
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
  ])
    await runProgram('git', args, { cwd: root });
  return root;
}

it('answers for the repository that the folder is in, and not for the one of the hook', async () => {
  const root = await repository('.env', 'deploy/.env.prod');
  process.env['GIT_DIR'] = join(await repository('other.env'), '.git');
  expect(await trackedFiles(root, ['*env*'], runProgram)).toEqual(new Set(['.env', 'deploy/.env.prod']));
  expect(await trackedFiles(join(root, 'deploy'), ['*env*'], runProgram)).toEqual(new Set(['.env.prod']));
  expect(await folderInRepo(root, runProgram)).toBe('.');
  expect(await folderInRepo(join(root, 'deploy'), runProgram)).toBe('deploy');
});

it('says nothing where there is no repository', async () => {
  const root = freshFolder();
  expect(await trackedFiles(root, ['*env*'], runProgram)).toBeUndefined();
  expect(await folderInRepo(root, runProgram)).toBeUndefined();
});
