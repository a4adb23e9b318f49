/** What git leaves out, as git itself says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isIgnored } from '../../../generators/foreign/git-ignore.ts';
import { runProgram } from '../../../generators/programs.ts';
import { freshFolder, removeFolders } from '../../support/repo.ts';
import { add, treeAfter } from './support.ts';

afterAll(removeFolders);

const texts = [
  ...[
    '.env',
    '/.env',
    '**/.env',
    '*.env',
    '.env*',
    '.e?v',
    '.[ed]nv',
    '.[!a]nv',
    '.[^e]nv',
    '.env ',
    '.env\\ ',
    '# .env',
  ],
  ...[
    '.env/',
    'deploy',
    'deploy/',
    'deploy/*',
    'deploy/**',
    '/deploy/.env',
    'a/**/.env',
    '**',
    '*',
    '\\.env',
    '[',
    '.[env',
  ],
  ...[
    '.env*\n!.env*',
    '.env\n!.env.example',
    '!.env\n.env',
    'deploy/\n!deploy/.env',
    '*\n!*/\n!.env',
    '.env\r\ndist\r\n',
  ],
  ...['.env-local', '.env.*', '!*.env', '', '\\!.env', '*.e*v', 'deploy/*/.env', '.EN[V]', '.en[a-v]'],
];

it.each(['.env', 'deploy/.env', 'a/b/c/.env'])('%s', async (path) => {
  const root = freshFolder();
  const git = (...args: string[]) =>
    runProgram('git', args, { cwd: root, env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } });
  await git('init', '--quiet');
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), '');
  for (const text of texts) {
    writeFileSync(join(root, '.gitignore'), text);
    const { exitCode } = await git('check-ignore', '--quiet', path);
    const read = (one: string) => (one === '.gitignore' ? text : undefined);
    expect([text, isIgnored(path, read)]).toEqual([text, exitCode === 0]);
  }
});

it('heeds those of all folders', () => {
  const read = (path: string) => ({ '.gitignore': '.env\n', 'deploy/.gitignore': '!.env\n' })[path];
  expect([isIgnored('.env', read), isIgnored('deploy/.env', read), isIgnored('deploy/a/.env', read)]).toEqual([
    ...[true, false, false],
  ]);
});

it('is made to leave out the .env that gets a secret, or that one gets none', async () => {
  const compose = 'services:\n  api:\n    image: acme/api:3\n';
  const after = async (tree: Readonly<Record<string, string>>) => {
    const plan = await add(tree, { block: 'redis' });
    return { tree: treeAfter(tree, plan), notes: plan.notes.join('\n') };
  };
  const below = await after({ 'deploy/compose.yaml': compose, '.gitignore': '/.env\n' });
  expect(below.tree['.gitignore']).toMatch(/\ndeploy\/\.env\n$/);
  expect(below.tree['deploy/.env']).toContain('REDIS_PASSWORD=');
  const all = await after({ 'compose.yaml': compose, '.gitignore': '.env*\n!.env*\n' });
  expect(all.tree['.gitignore']).toMatch(/\n\.env\n$/);
  const given = await after({ 'compose.yaml': compose, '.gitignore': '.env\n!.env\n' });
  expect(given.tree['.env']).toBeUndefined();
  expect(given.notes).toContain('.env is given to git by .gitignore, where no secret belongs: nothing was written');
});
