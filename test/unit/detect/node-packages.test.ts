import { describe, expect, it } from 'vitest';
import { detectIn, express, type Files, lineOf, nodeIn, refusalOf } from './repo.ts';

const lock = { name: 'shop', lockfileVersion: 3, packages: {} };

describe('the package manager of a Node app', () => {
  it('is what packageManager says, without the hash', async () => {
    const files = express(
      { packageManager: 'pnpm@10.12.1+sha512.abc' },
      { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    );
    const { found } = await nodeIn(files);
    expect(found.packageManager?.value).toBe('pnpm@10.12.1');
    expect(lineOf(files, found.packageManager)).toContain('"packageManager"');
    expect(found.frozen).toEqual({ value: true, evidence: { file: 'pnpm-lock.yaml' } });
  });

  it.each([
    ['package-lock.json', JSON.stringify(lock), 'npm'],
    ['pnpm-lock.yaml', "lockfileVersion: '9.0'\n", 'pnpm@10'],
    ['pnpm-lock.yaml', "lockfileVersion: '6.0'\n", 'pnpm@8'],
    ['pnpm-lock.yaml', 'lockfileVersion: 5.4\n', 'pnpm@7'],
    ['pnpm-lock.yaml', 'lockfileVersion: 5.3\n', 'pnpm@6'],
    ['pnpm-lock.yaml', "lockfileVersion: '77.0'\n", 'pnpm'],
    ['yarn.lock', '# yarn lockfile v1\n\nexpress@5:\n  version "5.1.0"\n', 'yarn@1'],
    ['yarn.lock', '# generated\n\n__metadata:\n  version: 8\n', 'yarn@4'],
    ['yarn.lock', '# generated\n\n__metadata:\n  version: 6\n', 'yarn@3'],
    ['bun.lock', '{ "lockfileVersion": 1, }\n', 'bun@1'],
  ])('is told by %s (%j)', async (file, text, expected) => {
    const { found } = await nodeIn(express({}, { [file]: text }));
    expect(found.packageManager?.value).toBe(expected);
    expect(found.packageManager?.evidence.file).toBe(file);
    expect(found.frozen?.value).toBe(true);
  });

  it('points at the line of the lockfile that tells its version', async () => {
    const files = express({}, { 'pnpm-lock.yaml': "# a comment\nlockfileVersion: '9.0'\n" });
    expect((await nodeIn(files)).found.packageManager?.evidence).toEqual({ file: 'pnpm-lock.yaml', line: 2 });
  });

  it('takes the version from the lockfile where packageManager has none that an answer can hold', async () => {
    const files = express({ packageManager: 'pnpm@latest' }, { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" });
    expect((await nodeIn(files)).found.packageManager?.value).toBe('pnpm@10');
  });

  it('is not found, and not frozen, without packageManager and lockfile', async () => {
    const { found } = await nodeIn(express());
    expect(found.packageManager).toBeUndefined();
    expect(found.frozen?.value).toBe(false);
  });

  it('warns when packageManager and the lockfile disagree, and follows packageManager', async () => {
    const { found, warnings } = await nodeIn(
      express({ packageManager: 'pnpm@10.12.1' }, { 'package-lock.json': lock }),
    );
    expect(found.packageManager?.value).toBe('pnpm@10.12.1');
    expect(found.frozen?.value).toBe(false);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^package\.json:\d+ says pnpm, but the lockfile is package-lock\.json: commit its lockfile/,
      ),
    ]);
  });

  it('warns of two lockfiles, names both and takes the newer convention', async () => {
    const files = express({}, { 'package-lock.json': lock, 'yarn.lock': '# yarn lockfile v1\n' });
    const { found, warnings } = await nodeIn(files);
    expect(found.packageManager?.value).toBe('yarn@1');
    expect(warnings).toEqual(['Two lockfiles: yarn.lock and package-lock.json. yarn is used: delete the other']);
  });

  it('warns of two lockfiles and takes the one that packageManager names', async () => {
    const files = express({ packageManager: 'npm@11.0.0' }, { 'package-lock.json': lock, 'yarn.lock': '# yarn\n' });
    const { found, warnings } = await nodeIn(files);
    expect(found.packageManager?.value).toBe('npm@11.0.0');
    expect(found.frozen?.value).toBe(true);
    expect(warnings[0]).toMatch(
      /^Two lockfiles: package-lock\.json and yarn\.lock\. npm is used, as package\.json:\d+ says/,
    );
  });

  it.each([
    ['bun.lockb', 'bun@1', 'bun install --save-text-lockfile'],
    ['npm-shrinkwrap.json', 'npm', 'rename it to package-lock.json'],
  ])('knows %s, which no image can install from, and says what to do', async (file, manager, wayOut) => {
    const { found, warnings } = await nodeIn(express({}, { [file]: JSON.stringify(lock) }));
    expect(found.packageManager?.value).toBe(manager);
    expect(found.frozen?.value).toBe(false);
    expect(warnings[0]).toContain(wayOut);
  });

  it.each([
    ['package-lock.json', '{\n  "name": "shop",\n  "packages": {\n}\n', 'package-lock.json:5:1: is not valid JSON'],
    ['package-lock.json', '', 'package-lock.json:1:1: the lockfile is empty'],
    ['yarn.lock', '# yarn\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n', 'yarn.lock:2:1: an unfinished git merge'],
    ['pnpm-lock.yaml', ' \n', 'pnpm-lock.yaml:1:1: the lockfile is empty'],
    ['bun.lock', '{\n<<<<<<< HEAD\n', 'bun.lock:2:1: an unfinished git merge'],
  ])('refuses a broken %s with its place and the way out', async (file, text, message) => {
    const error = await refusalOf(express({}, { [file]: text }));
    expect(error.code).toBe('repo');
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/run again/);
  });

  it('refuses a broken package.json with line and column', async () => {
    const error = await refusalOf({
      'package.json': '{\n  "name": "shop",\n  "scripts": { "start": "node ." },,\n}\n',
    });
    expect(error.message).toBe('package.json:3:36: is not valid JSON');
    expect(error.hint).toContain('git checkout -- package.json');
  });

  it('refuses a package.json that is no object', async () => {
    expect((await refusalOf({ 'package.json': '[]' })).message).toBe('package.json:1:1: is not a JSON object');
  });
});

describe('the workspace of a Node app', () => {
  const member = { name: '@acme/api', scripts: { start: 'node server.js' }, dependencies: { express: '5' } };
  const members = {
    'apps/api/package.json': member,
    'apps/api/server.js': '',
    'packages/shared/package.json': { name: '@acme/shared' },
    'packages/legacy/package.json': { name: '@acme/legacy' },
    'tools/deep/er/package.json': { name: 'deeper' },
  };
  const root = (pack: object, files: Files): Files => ({
    'package.json': { name: 'root', private: true, ...pack },
    ...members,
    ...files,
  });
  const pnpmLock = { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" };

  it('is found through pnpm-workspace.yaml, with its lockfile and the package manager of its root', async () => {
    const yaml =
      'packages:\n  # the programs\n  - "apps/*"\n  - packages/** # all\n  - \'!packages/legacy\'\ncatalog:\n  - x\n';
    const files = root({ packageManager: 'pnpm@10.12.1' }, { ...pnpmLock, 'pnpm-workspace.yaml': yaml });
    const { found } = await nodeIn(files);
    expect(found.workspace).toEqual({
      value: { path: '.', packages: ['apps/api', 'packages/shared'], needs: [] },
      evidence: { file: 'pnpm-workspace.yaml', line: 1 },
    });
    expect(found.packageManager?.value).toBe('pnpm@10.12.1');
    expect(found.frozen?.value).toBe(true);
    expect(found.path?.value).toBe('apps/api');
  });

  it.each([
    ['a list', ['apps/*', 'packages/*', '!packages/legacy']],
    ['an object', { packages: ['./apps/*/', 'packages/{shared,other}'] }],
  ])('is found through workspaces as %s', async (_, workspaces) => {
    const files = root({ workspaces }, { 'package-lock.json': lock });
    const { found } = await nodeIn(files);
    expect(found.workspace?.value.packages).toEqual(['apps/api', 'packages/shared']);
    expect(lineOf(files, found.workspace)).toContain('"workspaces"');
    expect(found.frozen?.value).toBe(true);
  });

  it('reads a flow list in pnpm-workspace.yaml, and globs of any depth', async () => {
    const files = root({}, { ...pnpmLock, 'pnpm-workspace.yaml': 'packages: [ "apps/api", \'tools/**\' ]\n' });
    expect((await nodeIn(files)).found.workspace?.value.packages).toEqual(['apps/api', 'tools/deep/er']);
  });

  it('may lie below the root of the repo', async () => {
    const files = {
      'js/package.json': { private: true, workspaces: ['api'] },
      'js/package-lock.json': lock,
      'js/api/package.json': member,
      'js/api/server.js': '',
    };
    const { found } = await nodeIn(files);
    expect(found.workspace?.value).toEqual({ path: 'js', packages: ['api'], needs: [] });
  });

  it('is not taken when it does not count the app among its packages', async () => {
    const files = root({ workspaces: ['packages/*'] }, { 'package-lock.json': lock });
    const { found } = await nodeIn(files);
    expect(found.workspace).toBeUndefined();
    expect(found.frozen?.value).toBe(false);
  });

  it('is not taken when the app has a lockfile of its own', async () => {
    const files = root({ workspaces: ['apps/*'] }, { 'apps/api/package-lock.json': lock });
    const { found } = await nodeIn(files);
    expect(found.workspace).toBeUndefined();
    expect(found.packageManager?.evidence.file).toBe('apps/api/package-lock.json');
  });

  it('is given for an app at its root too', async () => {
    const files = express(
      { workspaces: ['packages/*'] },
      { 'package-lock.json': lock, 'packages/a/package.json': { name: 'a' } },
    );
    expect((await nodeIn(files)).found.workspace?.value).toEqual({ path: '.', packages: ['packages/a'], needs: [] });
  });

  it('does not make its root an app', async () => {
    const { apps } = await detectIn(root({ workspaces: ['apps/*'], scripts: { start: 'turbo run start' } }, {}));
    expect(apps.map(({ path }) => path)).toEqual(['apps/api']);
  });
});

describe('the Node version', () => {
  it.each([
    ['.nvmrc', 'v22.11.0\n', 22],
    ['.nvmrc', '# ours\n24\n', 24],
    ['.nvmrc', 'lts/*\n', 24],
    ['.nvmrc', 'lts/jod\n', 22],
    ['.nvmrc', 'lts/Krypton\n', 24],
    ['.nvmrc', 'node\n', 26],
    ['.node-version', '26.1.0\n', 26],
  ] as const)('is the pin of %s (%j)', async (file, text, version) => {
    const { found } = await nodeIn(express({}, { [file]: text }));
    expect(found.version?.value).toBe(version);
    expect(found.version?.evidence).toEqual({ file, line: text.startsWith('#') ? 2 : 1 });
  });

  it.each([
    ['>=20', 24],
    ['^22.3', 22],
    ['22.x', 22],
    ['22', 22],
    ['20.x || 22.x', 22],
    ['>=22 <24', 22],
    ['>= 22.0.0 < 25', 24],
    ['>=25', 26],
    ['^20.19.0 || ^22.13.0 || >=24', 24],
    ['20 - 22', 22],
    ['<=22', 22],
    ['>24', 26],
    ['*', 24],
    ['~22.11', 22],
  ])('is the best one that engines %j allows', async (node, version) => {
    const files = express({ engines: { node } });
    const { found } = await nodeIn(files);
    expect(found.version?.value).toBe(version);
    expect(lineOf(files, found.version)).toContain('"node":');
  });

  it('is what volta pins, before engines', async () => {
    const { found } = await nodeIn(express({ engines: { node: '>=20' }, volta: { node: '22.1.0' } }));
    expect(found.version?.value).toBe(22);
  });

  it.each([
    ['18\n', 'Node 18 (.nvmrc:1) is end of life; 24 is used: test your app on it'],
    ['v20.11.1\n', 'Node 20 (.nvmrc:1) is end of life; 24 is used: test your app on it'],
    ['lts/iron\n', 'Node 20 (.nvmrc:1) is end of life; 24 is used: test your app on it'],
    ['23\n', 'Node 23 (.nvmrc:1) is end of life; 24 is used: test your app on it'],
    ['28\n', 'Node 28 (.nvmrc:1) is not offered (22, 24, 26 are); 24 is used: test your app on it'],
    ['mine\n', 'Node mine (.nvmrc:1) is not offered (22, 24, 26 are); 24 is used: test your app on it'],
  ])('is never an unsupported one silently: .nvmrc %j', async (text, warning) => {
    const { found, warnings } = await nodeIn(express({ engines: { node: '>=18' } }, { '.nvmrc': text }));
    expect(found.version).toBeUndefined();
    expect(warnings).toEqual([warning]);
  });

  it('warns of a range that only allows what is end of life', async () => {
    const { found, warnings } = await nodeIn(express({ engines: { node: '>=16 <21' } }));
    expect(found.version).toBeUndefined();
    expect(warnings[0]).toMatch(/^Node >=16 <21 \(package\.json:\d+\) is end of life; 24 is used/);
  });

  it('of a workspace root holds for its packages, and a pin there beats a range in the package', async () => {
    const { found } = await nodeIn({
      'package.json': { workspaces: ['api'] },
      '.nvmrc': '22\n',
      'api/package.json': { name: 'api', scripts: { start: 'node a.js' }, engines: { node: '>=20' } },
      'api/a.js': '',
    });
    expect(found.version).toEqual({ value: 22, evidence: { file: '.nvmrc', line: 1 } });
  });
});

describe('install-time scripts', () => {
  it.each(['preinstall', 'install', 'postinstall', 'prepare'])('%s is found with its line', async (name) => {
    const files = express({ scripts: { start: 'node server.js', [name]: 'node setup.js' } });
    const { found } = await nodeIn(files);
    expect(found.scripts?.value).toBe(true);
    expect(lineOf(files, found.scripts)).toContain(`"${name}"`);
  });

  it('gives no finding where there is none', async () => {
    expect((await nodeIn(express())).found.scripts).toBeUndefined();
  });

  it('of the workspace root count, as installs run there', async () => {
    const { found } = await nodeIn({
      'package.json': { workspaces: ['api'], scripts: { prepare: 'husky' } },
      'api/package.json': { name: 'api', scripts: { start: 'node a.js' } },
      'api/a.js': '',
    });
    expect(found.scripts?.evidence.file).toBe('package.json');
  });
});
