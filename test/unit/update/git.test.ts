import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../../generators/programs.ts';
import { freshFolder, madeRepo, Repo, removeFolders } from '../../support/repo.ts';

let made: Repo;
beforeAll(async () => {
  made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
  made.older('compose.yaml', (text) => text.replaceAll('postgres:18.6-trixie', 'postgres:18.1-trixie'));
});
afterAll(removeFolders);

/** As somebody, and with nobody's settings. */
const env = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};
const git = (root: string, ...args: string[]) => execa('git', args, { cwd: root, env });

async function commit(repo: Repo, message = 'all'): Promise<void> {
  await git(repo.root, 'add', '--all');
  await git(repo.root, 'commit', '--quiet', '--message', message);
}

async function committed(): Promise<Repo> {
  const repo = made.copy();
  await git(repo.root, 'init', '--quiet', '--initial-branch=main');
  await commit(repo);
  return repo;
}

const image = (repo: Repo) => /image: (postgres:\S+)/.exec(repo.read('compose.yaml'))?.[1];

describe('an update in a git repository', () => {
  it('goes ahead where all is committed, and git diff then shows what was changed', async () => {
    const repo = await committed();
    expect(await repo.update()).toMatchObject({ code: 0 });
    const { stdout } = await git(repo.root, 'diff', '--name-only');
    expect(stdout.split('\n')).toEqual(['.prodstack/baseline.json', 'compose.yaml']);
  });

  it('refuses over changes that are not committed, goes on when told to, and says nothing against a look', async () => {
    const repo = await committed();
    repo.edit('compose.yaml', (text) => `${text}# mine\n`);
    expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('compose.yaml: has changes') });
    expect(image(repo)).toBe('postgres:18.1-trixie');
    expect(await repo.update(['--dry-run'])).toMatchObject({ code: 0 });
    expect(await repo.update(['--check'])).toMatchObject({ code: 1 });
    expect(image(repo)).toBe('postgres:18.1-trixie');
    expect(await repo.update(['--force'])).toMatchObject({ code: 0 });
    expect(image(repo)).toBe('postgres:18.6-trixie');
    expect(repo.read('compose.yaml')).toContain('# mine');
  });

  it('refuses over a file that git does not know', async () => {
    const repo = await committed();
    await git(repo.root, 'rm', '--quiet', '--cached', 'compose.yaml');
    await git(repo.root, 'commit', '--quiet', '--message', 'forget it');
    repo.edit('compose.yaml', (text) => `${text}# mine\n`);
    expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('compose.yaml') });
  });

  it('does not mind what the runs before it wrote, as long as nobody changed that since', async () => {
    const repo = await committed();
    repo.edit('README.md', (text) => `${text}\nMine.\n`);
    await commit(repo);
    expect(await repo.update()).toMatchObject({ code: 0 });
    expect(await repo.run('add', ['cache', '--for', 'app'])).toMatchObject({ code: 0 });
    expect(await repo.run('add', ['mqtt'])).toMatchObject({ code: 0 });
    expect(await repo.run('remove', ['cache', '--disconnect'])).toMatchObject({ code: 0 });
    // What was deleted comes back: nothing is there to lose.
    expect(await repo.run('add', ['cache'])).toMatchObject({ code: 0 });
    expect((await repo.update()).out).toContain('Nothing to do');
    repo.edit('compose.yaml', (text) => `${text}# mine\n`);
    for (const argv of [
      ['cache', '--disconnect'],
      ['mqtt', '--disconnect'],
    ]) {
      expect(await repo.run('remove', argv)).toMatchObject({
        code: 2,
        said: expect.stringContaining('compose.yaml: has'),
      });
    }
    // By force, they are the user's as much as ours: that is said again until they are committed.
    expect(await repo.run('remove', ['mqtt', '--disconnect', '--force'])).toMatchObject({ code: 0 });
    expect(await repo.run('remove', ['cache', '--disconnect'])).toMatchObject({
      code: 2,
      said: expect.stringContaining('compose.yaml: has'),
    });
    await commit(repo);
    expect(await repo.run('remove', ['cache', '--disconnect'])).toMatchObject({ code: 0 });
  });

  it('adds to answers that were just edited by hand: they only get lines', async () => {
    const repo = await committed();
    repo.edit('prodstack.yaml', (text) => text.replace('port: 3000', 'port: 3100'));
    expect(await repo.run('add', ['mqtt'])).toMatchObject({ code: 0 });
    expect(repo.read('prodstack.yaml')).toContain('port: 3100');
    expect(repo.read('compose.yaml')).toContain('PORT: "3100"');
  });

  it('does not mind other files: answers are edited, then updated, then looked at together', async () => {
    const repo = await committed();
    repo.edit('src/app.js', (text) => `${text}// mine\n`);
    repo.edit('prodstack.yaml', (text) => text.replace('port: 3000', 'port: 3100'));
    expect(await repo.update()).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toContain('PORT: "3100"');
  });

  it('can be run again before anything is committed, with conflicts settled in between', async () => {
    const repo = await committed();
    repo.edit('compose.yaml', (text) => text.replaceAll('postgres:18.1-trixie', 'postgis/postgis:18-3.6'));
    await commit(repo);
    expect(await repo.update()).toMatchObject({ code: 1 });
    expect(repo.has('compose.yaml.prodstack-new')).toBe(true);
    expect(await repo.update()).toMatchObject({ code: 1 });
    repo.write('compose.yaml', repo.read('compose.yaml.prodstack-new'));
    expect(await repo.update()).toMatchObject({ code: 0 });
    expect(repo.has('compose.yaml.prodstack-new')).toBe(false);
    expect((await repo.update()).out).toContain('Nothing to do');
  });

  it.each(['merge', 'rebase', 'cherry-pick'])(
    'never goes on in the middle of a %s, not even by force',
    async (verb) => {
      const repo = await committed();
      await git(repo.root, 'checkout', '--quiet', '-b', 'topic');
      repo.write('src/app.js', 'topic\n');
      await commit(repo, 'topic');
      await git(repo.root, 'checkout', '--quiet', 'main');
      repo.write('src/app.js', 'main\n');
      await commit(repo, 'main');
      await execa('git', [verb, 'topic'], { cwd: repo.root, env, reject: false });
      for (const argv of [[], ['--force']]) {
        expect(await repo.update(argv)).toMatchObject({
          code: 2,
          said: expect.stringContaining(`in the middle of a ${verb}`),
        });
      }
      expect(image(repo)).toBe('postgres:18.1-trixie');
    },
  );

  it('works deep in a repo, in a work tree of another one, and in a submodule', async () => {
    const outer = new Repo(freshFolder());
    await git(outer.root, 'init', '--quiet', '--initial-branch=main');
    mkdirSync(join(outer.root, 'umlaut ä/deploy'), { recursive: true });
    const inner = made.copy();
    await execa('cp', ['-a', `${inner.root}/.`, join(outer.root, 'umlaut ä/deploy')]);
    await commit(outer);
    const deep = new Repo(join(outer.root, 'umlaut ä/deploy'));
    deep.edit('compose.yaml', (text) => `${text}# mine\n`);
    expect(await deep.update()).toMatchObject({
      code: 2,
      said: expect.stringContaining('\ncompose.yaml: has changes'),
    });
    await commit(outer);
    expect(await deep.update()).toMatchObject({ code: 0 });

    const main = await committed();
    const tree = join(freshFolder(), 'tree');
    await git(main.root, 'worktree', 'add', '--quiet', tree, '-b', 'other');
    const second = new Repo(tree);
    second.edit('compose.yaml', (text) => `${text}# mine\n`);
    expect(await second.update()).toMatchObject({ code: 2 });
    expect(await main.update()).toMatchObject({ code: 0 });

    const parent = new Repo(freshFolder());
    await git(parent.root, 'init', '--quiet');
    const source = await committed();
    await git(parent.root, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', source.root, 'sub');
    const sub = new Repo(join(parent.root, 'sub'));
    sub.edit('compose.yaml', (text) => `${text}# mine\n`);
    expect(await sub.update()).toMatchObject({ code: 2 });
    await git(sub.root, 'checkout', '--quiet', '.');
    expect(await sub.update()).toMatchObject({ code: 0 });
  });

  it('says where git would take the secrets that it writes', async () => {
    const repo = await committed();
    const quiet = await repo.update(['--set', 'storage.mode=bundled']);
    expect(quiet.code).toBe(0);
    expect(quiet.out).not.toContain('secrets are in there');
    const open = await committed();
    open.edit('.gitignore', (text) => text.replace(/^\.env$/m, ''));
    await commit(open);
    expect(await open.update(['--set', 'storage.mode=bundled'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('.env: secrets are in there, and git has it, or would take it'),
    });
  });

  it('asks about this repo, whatever GIT_DIR says', async () => {
    const repo = await committed();
    repo.edit('compose.yaml', (text) => `${text}# mine\n`);
    const elsewhere = freshFolder();
    await git(elsewhere, 'init', '--quiet');
    process.env['GIT_DIR'] = join(elsewhere, '.git');
    try {
      expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('compose.yaml') });
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  it('goes on without a repository or git, and says that there is no way back', async () => {
    const bare: Run = async () => ({ stdout: '', stderr: 'git is not installed', exitCode: 127 });
    expect(await made.copy().update()).toMatchObject({
      code: 0,
      out: expect.stringContaining('this is no git repository: what is changed here cannot be taken back'),
    });
    expect(await made.copy().update([], bare)).toMatchObject({
      code: 0,
      out: expect.stringContaining('git is not installed'),
    });
  });

  it('says what to do where git does not trust the folder, and goes on by force', async () => {
    const distrust: Run = async () => ({
      stdout: '',
      stderr: "fatal: detected dubious ownership in repository at '/srv/shop'\n",
      exitCode: 128,
    });
    const repo = made.copy();
    expect(await repo.update([], distrust)).toMatchObject({
      code: 3,
      said: expect.stringContaining('git config --global --add safe.directory'),
    });
    expect(image(repo)).toBe('postgres:18.1-trixie');
    expect(await repo.update(['--force'], distrust)).toMatchObject({ code: 0 });
  });
});
