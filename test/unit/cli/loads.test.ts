/** What a run loads, and what it does without: that is most of its speed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, removeFolders } from '../../support/repo.ts';

const root = join(import.meta.dirname, '../../..');
const cli = join(root, 'dist/cli.js');
let ours = '';
let theirs = '';
beforeAll(async () => {
  ours = freshFolder();
  await execa(process.execPath, [cli, '--preset', 'node', '--set', 'name=shop', '--yes'], { cwd: ours });
  theirs = freshFolder();
  writeFileSync(join(theirs, 'compose.yaml'), 'services:\n  api:\n    image: acme/api:3\n');
});
afterAll(removeFolders);

/** The modules that a run loads: of what is bundled, by the comment that stands before each. */
async function loaded(cwd: string, argv: readonly string[]): Promise<readonly string[]> {
  const { stderr, exitCode } = await execa(
    process.execPath,
    ['--import', join(root, 'test/support/loads.mjs'), cli, ...argv],
    { cwd, reject: false, input: '' },
  );
  expect(exitCode, stderr).toBeLessThan(2);
  const urls = stderr.split('\n').flatMap((line) => /^loaded (file:.*)$/.exec(line)?.[1] ?? []);
  return urls
    .map((url) => fileURLToPath(url))
    .flatMap((file) => [relative(root, file), ...readFileSync(file, 'utf8').matchAll(/^\/\/ (\S+\/\S+\.\w+)$/gm)])
    .map((found) => (typeof found === 'string' ? found : (found[1] ?? '')));
}

const library = /node_modules\/(?:node-plop|plop|inquirer|@inquirer)\//;
const templates = /templates\.generated\.ts$/;
const foreign = /generators\/foreign\/add\.ts$/;
const execaItself = /node_modules\/execa\//;

describe('a run that asks nothing loads no library of questions', () => {
  const runs: readonly (readonly [argv: string, without: readonly RegExp[]])[] = [
    [
      '--help',
      [
        templates,
        foreign,
        execaItself,
        /generators\/(?!cli|run|request|options|help|io|errors|visible|words|answers\/suggest)/,
      ],
    ],
    ['add --help', [templates, foreign, execaItself]],
    ['list', [templates, foreign, execaItself]],
    ['list stack', [templates, foreign, execaItself]],
    ['check', [templates, foreign]],
    ['new --yes --dry-run', [foreign, execaItself]],
    ['update --check', [foreign, execaItself]],
    ['add caddy --set edge.caddy.hostnames.app=shop.example.com --dry-run', [foreign, execaItself]],
    ['remove redis --disconnect --dry-run', [foreign, execaItself]],
  ];
  it.each(runs)('%s, nor what else it does not need', async (argv, without) => {
    const modules = await loaded(ours, argv.split(' '));
    expect(modules).toContain('generators/request.ts');
    expect(modules.filter((one) => [library, ...without].some((pattern) => pattern.test(one)))).toEqual([]);
  });

  it('add in a repo of somebody else, either', async () => {
    const modules = await loaded(theirs, ['add', 'redis', '--dry-run']);
    expect(modules.filter((one) => foreign.test(one))).toEqual(['generators/foreign/add.ts']);
    expect(modules.filter((one) => library.test(one))).toEqual([]);
  });
});
