import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baselineFile, readBaseline } from '../../../generators/plan/baseline.ts';
import { madeRepo, type Repo, removeFolders, version } from '../../support/repo.ts';

let made: Repo;
beforeAll(async () => {
  made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
});
afterAll(removeFolders);

describe('what was generated last', () => {
  it('is remembered with the program, the answers and the modes', () => {
    const { state, program, answers, modes, files } = readBaseline(made.read(baselineFile));
    expect({ state, program }).toEqual({ state: 'good', program: version });
    expect(answers).toMatchObject({ prodstack: 1, name: 'shop' });
    expect(modes?.['scripts/verify']).toBe(0o755);
    expect(files['compose.yaml']).toBe(made.read('compose.yaml'));
  });

  it('has no secret in it', () => {
    const secrets = [...made.read('.env').matchAll(/^\w+=([0-9a-f]{48})$/gm)].map(([, value]) => value);
    expect(secrets.length).toBeGreaterThan(2);
    for (const secret of secrets) expect(made.read(baselineFile)).not.toContain(secret);
  });

  it('of the version before is read, and files that nobody touched move on', async () => {
    const repo = made.copy();
    repo.older('compose.yaml', (text) => text.replaceAll('postgres:18.6-trixie', 'postgres:18.1-trixie'));
    const { files } = readBaseline(repo.read(baselineFile));
    repo.write(baselineFile, `${JSON.stringify({ version: 1, files }, null, 1)}\n`);
    expect(await repo.update()).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toBe(made.read('compose.yaml'));
    expect(JSON.parse(repo.read(baselineFile))).toMatchObject({ version: 2, program: version });
  });

  it('of the version before deletes nothing: it has no checksum, and whoever edits it could name any file', async () => {
    const repo = made.copy();
    const { files } = readBaseline(repo.read(baselineFile));
    const theirs = { ...files, 'src/app.js': repo.read('src/app.js') };
    repo.write(baselineFile, `${JSON.stringify({ version: 1, files: theirs }, null, 1)}\n`);
    expect(await repo.update()).toMatchObject({
      code: 0,
      out: expect.stringContaining('src/app.js: no longer part of the stack, and left because nothing proves'),
    });
    expect(repo.read('src/app.js')).toBe(made.read('src/app.js'));
    await repo.update();
    expect(repo.read('src/app.js')).toBe(made.read('src/app.js'));
  });

  const damages: readonly (readonly [string, (text: string) => string | undefined, string])[] = [
    ['gone', () => undefined, 'there is no .prodstack/baseline.json'],
    ['cut off', (text) => text.slice(0, 5000), 'it is no JSON'],
    ['edited', (text) => text.replace('"program": "1', '"program": "0'), 'it was changed by something else'],
    [
      'in a conflict of git',
      (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> topic\n`,
      'it has conflict markers',
    ],
    ['another thing', () => '[]', 'it says something else than we write'],
  ];
  it.each(damages)('%s: that is said, and nothing of the user is overwritten', async (_what, damage, says) => {
    const repo = made.copy();
    repo.older('Dockerfile', (text) => `${text}# old\n`);
    repo.edit('compose.yaml', (text) => text.replace('PORT: "3000"', 'PORT: "3999"'));
    const text = damage(repo.read(baselineFile));
    if (text === undefined) repo.remove(baselineFile);
    else repo.write(baselineFile, text);
    const ended = await repo.update();
    expect(ended).toMatchObject({ code: 1, out: expect.stringContaining(says) });
    expect(repo.read('compose.yaml')).toContain('PORT: "3999"');
    expect(repo.read('Dockerfile')).toMatch(/# old\n$/);
    expect(repo.read('Dockerfile.prodstack-new')).toBe(made.read('Dockerfile'));
    // Files that are as they should be are known again from now on.
    const next = await repo.update();
    expect(next).toMatchObject({ code: 1 });
    expect(next.out).not.toContain(says);
    expect(await repo.update(['--on-conflict', 'keep'])).toMatchObject({ code: 0 });
    expect((await repo.update()).out).toContain('Nothing to do');
    expect(repo.has('Dockerfile.prodstack-new')).toBe(false);
  });

  it('by a newer version is not taken back to an older one', async () => {
    const repo = made.copy();
    repo.rewriteBaseline((record) => ({ ...record, program: '1.10.0' }));
    expect(await repo.update()).toMatchObject({
      code: 2,
      said: expect.stringContaining('npm create prodstack@latest'),
    });
    repo.rewriteBaseline((record) => ({ ...record, program: '1.4.9' }));
    expect(await repo.update()).toMatchObject({ code: 0 });
    repo.rewriteBaseline((record) => ({ ...record, program: '1.5.0-beta.1' }));
    expect(await repo.update()).toMatchObject({ code: 0 });
    repo.write(baselineFile, repo.read(baselineFile).replace('"version": 2', '"version": 3'));
    expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('newer version') });
  });

  it('stays byte for byte where only the program is another one', async () => {
    const repo = made.copy();
    repo.rewriteBaseline((record) => ({ ...record, program: '1.0.0' }));
    const before = repo.read(baselineFile);
    expect(await repo.update(['--check'])).toMatchObject({ code: 0 });
    expect((await repo.update()).out).toContain('Nothing to do');
    expect(repo.read(baselineFile)).toBe(before);
  });

  it('that leads out of the folder leads nowhere', async () => {
    const repo = made.copy();
    repo.rewriteBaseline((record) => ({
      ...record,
      files: { ...record.files, '../outside': 'a\n' },
      moved: { 'compose.yaml': '../outside', '../outside': '../elsewhere' },
      beside: { '../../outside': 'a' },
      deleted: ['../outside'],
    }));
    expect(await repo.update()).toMatchObject({ code: 0 });
    expect(repo.read('compose.yaml')).toBe(made.read('compose.yaml'));
  });

  it('of answers of a newer format is refused, and so is a folder without answers', async () => {
    const repo = made.copy();
    repo.edit('prodstack.yaml', (text) => text.replace('prodstack: 1', 'prodstack: 2'));
    expect(await repo.update()).toMatchObject({
      code: 2,
      said: expect.stringContaining('npm create prodstack@latest'),
    });
    repo.edit('prodstack.yaml', (text) => text.replace('prodstack: 2', 'prodstack: "1"'));
    expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('must be 1, without quotes') });
    repo.remove('prodstack.yaml');
    expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('prodstack.yaml is gone') });
    repo.remove('.prodstack/baseline.json');
    expect(await repo.update()).toMatchObject({ code: 2, said: expect.stringContaining('There is no prodstack.yaml') });
  });
});
