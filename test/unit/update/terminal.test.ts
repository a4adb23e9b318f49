import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { madeRepo, type Repo, removeFolders } from '../../support/repo.ts';
import { keys, terminal } from '../../support/terminal.ts';

const cli = join(import.meta.dirname, '../../../dist/cli.js');

let made: Repo;
beforeAll(async () => {
  made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
  made.older('compose.yaml', (text) => text.replaceAll('postgres:18.6-trixie', 'postgres:18.1-trixie'));
  made.older('Dockerfile', (text) => `${text}# old\n`);
  made.rewriteBaseline((record) => ({ ...record, program: '0.0.1' }));
  made.edit('compose.yaml', (text) => text.replaceAll('postgres:18.1-trixie', 'postgis/postgis:18-3.6'));
});
afterAll(removeFolders);

const open = async (repo: Repo) => {
  const tty = terminal([cli, 'update'], repo.root);
  await tty.until('-    image: postgis/postgis:18-3.6');
  await tty.until('+    image: postgres:18.6-trixie');
  await tty.until('What shall be done?');
  return tty;
};

it('on a terminal a conflict is shown, and what was chosen is done', async () => {
  const repo = made.copy();
  const tty = await open(repo);
  tty.type(keys.down + keys.down + keys.enter);
  expect(await tty.ended()).toBe(0);
  expect(repo.read('compose.yaml')).toContain('postgis/postgis:18-3.6');
  expect(repo.has('compose.yaml.prodstack-new')).toBe(false);
  expect(repo.read('Dockerfile')).not.toContain('# old');
});

it('who stops there has changed nothing', async () => {
  for (const answer of [keys.up + keys.enter, keys.ctrlC]) {
    const repo = made.copy();
    const tty = await open(repo);
    tty.type(answer);
    expect(await tty.ended()).toBe(130);
    expect(repo.read('Dockerfile')).toContain('# old');
  }
});
