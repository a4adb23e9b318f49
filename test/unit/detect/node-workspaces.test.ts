import { describe, expect, it } from 'vitest';
import { detectIn, type Files, lineOf } from './repo.ts';

const pnpm: Files = {
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
  'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/**\n',
};
const api = {
  name: '@acme/api',
  scripts: { build: 'tsc', start: 'node dist/server.js' },
  dependencies: { '@acme/db': 'workspace:*', express: '5.1.0' },
  devDependencies: { '@acme/tsconfig': 'workspace:*' },
};
const monorepo = (root: object = {}, files: Files = {}): Files => ({
  'package.json': { name: 'acme', private: true, packageManager: 'pnpm@11.28.11', ...root },
  ...pnpm,
  'apps/api/package.json': api,
  'apps/api/tsconfig.json': { compilerOptions: { rootDir: 'src', outDir: 'dist' } },
  'apps/api/src/server.ts': "import express from 'express';\nexpress().listen(3001);\n",
  'apps/site/package.json': { name: '@acme/site', dependencies: { '@acme/ui': 'workspace:*' } },
  'packages/db/package.json': { name: '@acme/db', dependencies: { '@acme/core': 'workspace:*' } },
  'packages/core/package.json': { name: '@acme/core', peerDependencies: { '@acme/db': '*' } },
  'packages/ui/package.json': { name: '@acme/ui' },
  'packages/deep/tsconfig/package.json': { name: '@acme/tsconfig' },
  ...files,
});
const next = (config: string, files: Files = {}): Files => ({
  'package.json': {
    scripts: { build: 'next build', start: 'next start', dev: 'next dev' },
    dependencies: { next: '16.4.6' },
  },
  'package-lock.json': { lockfileVersion: 3, packages: {} },
  ...(config === '' ? {} : { 'next.config.ts': config }),
  ...files,
});

async function nodeApp(files: Files, name = 'api') {
  const { apps } = await detectIn(files);
  const app = apps.find((one) => one.name === name || apps.length === 1);
  if (app?.stack !== 'node') throw new Error(`no Node app ${name}: ${JSON.stringify(apps)}`);
  return app;
}

describe('what an app needs of its workspace', () => {
  it('is what it depends on, directly or not, to run or to build: dependencies first, whatever the circle', async () => {
    const { found } = await nodeApp(monorepo());
    expect(found.workspace?.value.needs).toEqual(['packages/core', 'packages/db', 'packages/deep/tsconfig']);
  });

  it('has what the root depends on, because installs read it', async () => {
    const { found } = await nodeApp(monorepo({ devDependencies: { '@acme/ui': 'workspace:*' } }));
    expect(found.workspace?.value.needs).toContain('packages/ui');
  });

  it('has folders that are no packages, where settings or scripts point at them', async () => {
    const files = monorepo(
      {},
      {
        'apps/api/tsconfig.json': {
          extends: '../../config/ts/node.json',
          compilerOptions: { rootDir: 'src', outDir: 'dist' },
        },
        'packages/db/package.json': {
          name: '@acme/db',
          scripts: { build: 'node ../../scripts/build.mjs ../core/src ../nowhere/x' },
        },
        'config/ts/node.json': {},
        'scripts/build.mjs': '',
        'docs/x.md': '',
      },
    );
    expect((await nodeApp(files)).found.workspace?.value.folders).toEqual(['config/ts', 'scripts']);
  });

  it('says that Turborepo builds it, where the root has both the package and its settings', async () => {
    const turbo = { devDependencies: { turbo: '2.11.11' } };
    const settings = { 'turbo.json': { tasks: { build: { dependsOn: ['^build'], outputs: ['dist/**'] } } } };
    expect((await nodeApp(monorepo(turbo, settings))).found.workspace?.value.turbo).toBe(true);
    expect((await nodeApp(monorepo(turbo))).found.workspace?.value.turbo).toBeUndefined();
    expect((await nodeApp(monorepo({}, settings))).found.workspace?.value.turbo).toBeUndefined();
  });

  it('is warned of where Turborepo would bring back nothing from its cache', async () => {
    const turbo = { devDependencies: { turbo: '2.11.11' } };
    const files = monorepo(turbo, { 'turbo.json': '{\n  // tasks\n  "tasks": { "build": {} },\n}\n' });
    expect((await nodeApp(files)).warnings).toContainEqual(
      expect.stringMatching(/^turbo\.json: the task build names no outputs/),
    );
  });

  it('is warned of where a glob names nothing', async () => {
    const files = monorepo({}, { 'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - packages/**\n  - service/*\n' });
    expect((await nodeApp(files)).warnings).toEqual([
      'pnpm-workspace.yaml:1: "service/*" names no folder with a package.json: correct it or take it out',
    ]);
  });

  it('runs install scripts of its packages late, and says that those of the root do not run', async () => {
    const files = monorepo(
      { scripts: { postinstall: 'node scripts/setup.js' } },
      { 'packages/db/package.json': { name: '@acme/db', scripts: { postinstall: 'prisma generate' } } },
    );
    const { found, warnings } = await nodeApp(files);
    expect(found.scripts?.value).toBe(true);
    expect(lineOf(files, found.scripts)).toContain('prisma generate');
    expect(warnings).toEqual([
      expect.stringMatching(/^The postinstall script of the root \(package\.json:\d+\) does not run/),
    ]);
  });

  it('has no such warning for git hooks', async () => {
    expect((await nodeApp(monorepo({ scripts: { prepare: 'husky' } }))).warnings).toEqual([]);
  });
});

describe('folders that an install reads', () => {
  it.each<[string, object, Files, string[]]>([
    [
      'patches of pnpm, from its workspace file',
      {},
      {
        'pnpm-workspace.yaml':
          'packages:\n  - apps/*\n  - packages/**\npatchedDependencies:\n  express@5.1.0: patches/express@5.1.0.patch\n',
        'patches/express@5.1.0.patch': 'x',
      },
      ['patches'],
    ],
    [
      'patches of pnpm 10, from package.json',
      { pnpm: { patchedDependencies: { 'express@5.1.0': 'tools/patches/e.patch' } } },
      { 'tools/patches/e.patch': 'x' },
      ['tools/patches'],
    ],
    [
      'patches and plugins of Yarn',
      { packageManager: 'yarn@4.18.1', workspaces: ['apps/*', 'packages/**'] },
      {
        'yarn.lock': '__metadata:\n  version: 8\n',
        '.yarn/patches/x.patch': 'x',
        '.yarn/plugins/p.cjs': 'x',
        '.yarn/releases/yarn-4.18.1.cjs': 'x',
      },
      ['.yarn/patches', '.yarn/plugins'],
    ],
  ])('are found: %s', async (_, root, files, folders) => {
    expect((await nodeApp(monorepo(root, files))).found.installFolders?.value).toEqual(folders);
  });

  it('are none where they are missing', async () => {
    const { found } = await nodeApp(monorepo({ pnpm: { patchedDependencies: { 'a@1': 'patches/a.patch' } } }));
    expect(found.installFolders).toBeUndefined();
  });
});

describe('the package manager', () => {
  it('is what devEngines says', async () => {
    const devEngines = { packageManager: { name: 'pnpm', version: '^12.3.0' } };
    const files = monorepo({ packageManager: undefined, devEngines });
    const { found } = await nodeApp(files);
    expect(found.packageManager?.value).toBe('pnpm@12');
    expect(lineOf(files, found.packageManager)).toContain('"packageManager"');
  });

  it("is of the version that Yarn's own file in the repo has", async () => {
    const files = monorepo(
      { packageManager: undefined, workspaces: ['apps/*', 'packages/**'] },
      {
        'pnpm-lock.yaml': '',
        'yarn.lock': '__metadata:\n  version: 6\n',
        '.yarnrc.yml': 'nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-3.6.4.cjs\n',
      },
    );
    const { 'pnpm-lock.yaml': _lock, 'pnpm-workspace.yaml': _workspace, ...yarn } = files;
    const { found } = await nodeApp(yarn);
    expect(found.packageManager).toEqual({ value: 'yarn@3.6.4', evidence: { file: '.yarnrc.yml', line: 2 } });
  });
});

describe("Next's standalone server", () => {
  it('is found in the settings, and starts itself', async () => {
    const { found, warnings } = await nodeApp(next("export default {\n  output: 'standalone',\n};\n"));
    expect(found.standalone).toEqual({ value: true, evidence: { file: 'next.config.ts', line: 2 } });
    expect(found.start).toEqual({ value: 'node server.js', evidence: { file: 'next.config.ts', line: 2 } });
    expect(warnings).toEqual([]);
  });

  it.each([
    ['no settings', '', "next.config.mjs has no output: 'standalone'"],
    ['a comment', "export default {\n  // output: 'standalone',\n};\n", "next.config.ts has no output: 'standalone'"],
    ['files only', "export default { output: 'export' };\n", "next.config.ts:1: output: 'export' makes files"],
  ])('is missed, with the line to add: %s', async (_, config, warning) => {
    const { found, warnings } = await nodeApp(next(config));
    expect(found.standalone).toBeUndefined();
    expect(found.start?.value).toBe('node_modules/.bin/next start');
    expect(warnings).toEqual([expect.stringContaining(warning)]);
  });
});

describe('variables that a build writes into pages', () => {
  const standalone = "export default { output: 'standalone' };\n";

  it('are those that the sources read, of the app and of what it is built on', async () => {
    const page = [
      'export default function Page() {',
      '  return <p>It is {process.env.NEXT_PUBLIC_SITE} {process.env.SECRET_KEY} {process.env["NEXT_PUBLIC_A"]}</p>;',
      '}',
    ].join('\n');
    const { found } = await nodeApp(
      next(standalone, { 'app/page.tsx': page, 'app/page.test.tsx': 'process.env.NEXT_PUBLIC_T' }),
    );
    expect(found.buildVariables).toEqual({
      value: ['NEXT_PUBLIC_A', 'NEXT_PUBLIC_SITE'],
      evidence: { file: 'app/page.tsx', line: 2 },
    });
  });

  it('are none where nothing reads them', async () => {
    expect(
      (await nodeApp(next(standalone, { 'app/page.tsx': '// process.env.NEXT_PUBLIC_X\n' }))).found.buildVariables,
    ).toBeUndefined();
  });

  it('are refused, one by one, where they sound like a secret', async () => {
    const page = 'process.env.NEXT_PUBLIC_MAP_TOKEN;\nprocess.env.NEXT_PUBLIC_API_SECRET;\n';
    const { found, warnings } = await nodeApp(next(standalone, { 'lib/env.ts': page }));
    expect(found.buildVariables?.value).toEqual(['NEXT_PUBLIC_MAP_TOKEN']);
    expect(warnings).toEqual([
      expect.stringMatching(/^NEXT_PUBLIC_API_SECRET \(lib\/env\.ts:2\) sounds like a secret/),
    ]);
  });
});

describe('an .npmrc', () => {
  it.each([
    ['save-exact=true\n\nlegacy-peer-deps=true\n', /^\.npmrc:3: legacy-peer-deps does not reach the image/],
    ['//npm.acme.example/:_authToken=abc\n', /^\.npmrc:1: \/\/npm\.acme\.example does not reach the image/],
    ['@acme:registry=https://npm.acme.example\n', /^\.npmrc:1: @acme:registry does not reach/],
  ])('is said not to reach the image, without its values: %j', async (text, warning) => {
    const { warnings } = await nodeApp(monorepo({}, { '.npmrc': text }));
    expect(warnings).toEqual([expect.stringMatching(warning)]);
    expect(warnings[0]).not.toMatch(/abc|https/);
  });

  it('is not spoken of where an install does not miss it', async () => {
    const text = '# mine\nsave-exact=true\nfund = false\n';
    expect((await nodeApp(monorepo({}, { '.npmrc': text }))).warnings).toEqual([]);
  });
});
