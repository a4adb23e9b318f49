import { describe, expect, it, vi } from 'vitest';
import { detect } from '../../../generators/answers/detect/index.ts';
import { detectIn, express, type Files, fastapi, repo } from './repo.ts';

const loaded = vi.hoisted(() => ({ toml: 0 }));
vi.mock('smol-toml', async (original) => {
  loaded.toml++;
  return await original();
});

/** The files of an app in a folder. */
function inFolder(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

async function namesIn(...parts: Files[]): Promise<string[]> {
  const { apps } = await detectIn(Object.assign({}, ...parts));
  return apps.map(({ name, stack, path }) => `${name}: ${stack} in ${path}`);
}

describe('detection', () => {
  it('loads nothing for Python in a repo without Python', async () => {
    await detectIn(express());
    expect(loaded.toml).toBe(0);
    await detectIn(fastapi());
    expect(loaded.toml).toBe(1);
  });

  it('finds nothing in an empty folder', async () => {
    expect(await detect(repo({}))).toEqual({ apps: [] });
  });

  it('names the app at the root app', async () => {
    expect(await namesIn(express())).toEqual(['app: node in .']);
  });

  it('names apps by their folders', async () => {
    const names = await namesIn(
      inFolder('apps/api', express()),
      inFolder('apps/web', express()),
      inFolder('backend', fastapi()),
    );
    expect(names).toEqual(['api: node in apps/api', 'web: node in apps/web', 'backend: fastapi in backend']);
  });

  it('names apps in folders of the same name by more of their paths', async () => {
    expect(await namesIn(inFolder('shop/api', express()), inFolder('blog/api', fastapi()))).toEqual([
      'blog-api: fastapi in blog/api',
      'shop-api: node in shop/api',
    ]);
  });

  it.each([
    ['My_API', 'my-api'],
    ['2nd.service', 'nd-service'],
    ['apps/backup', 'apps-backup'],
    ['redis', 'redis-app'],
    ['on', 'on-app'],
    ['x-migrate', 'x-migrate-app'],
    ['123', 'app'],
    ['a-very-long-name-for-a-folder-of-an-app', 'a-very-long-name-for-a-folder'],
  ])('makes a name of the folder %s', async (folder, name) => {
    const [first] = (await detectIn(inFolder(folder, express()))).apps;
    expect(first?.name).toBe(name);
  });

  it('finds both apps of one folder', async () => {
    const manifests = fastapi({ 'package.json': { scripts: { start: 'node server.js' } }, 'server.js': '' });
    expect(await namesIn(manifests)).toEqual(['app: fastapi in .', 'web: node in .']);
    expect(await namesIn(inFolder('site', manifests))).toEqual(['site: fastapi in site', 'site-web: node in site']);
  });

  it('keeps names apart in any case', async () => {
    const names = await namesIn(
      express(),
      inFolder('app', express()),
      inFolder('a/app', express()),
      inFolder('a-app', express()),
    );
    expect(names).toHaveLength(4);
  });

  it('passes over a source that is no text', async () => {
    const files = express();
    const plain = repo({ ...files, 'src/legacy.js': 'x' });
    const { UserError } = await import('../../../generators/errors.ts');
    const read = (path: string) => {
      if (path === 'src/legacy.js') throw new UserError('repo', 'src/legacy.js is not UTF-8');
      return plain.read(path);
    };
    expect((await detect({ ...plain, read })).apps).toHaveLength(1);
  });

  it('stays fast in a repo of 5,000 files, reads each at most once, and few of them', async () => {
    const many: Record<string, string> = {};
    for (let index = 0; index < 4000; index++)
      many[`src/part${index % 40}/file${index}.ts`] =
        `import x from './file${index + 1}';\n${'const a = 1;\n'.repeat(50)}`;
    for (let index = 0; index < 1000; index++) many[`public/image${index}.svg`] = '<svg/>';
    const source = repo({ ...express(), ...many });
    const reads: string[] = [];
    const start = performance.now();
    const { apps } = await detect({
      files: source.files,
      read(path) {
        reads.push(path);
        return source.read(path);
      },
    });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(apps).toHaveLength(1);
    expect(new Set(reads).size).toBe(reads.length);
    expect(reads.length).toBeLessThan(450);
  });

  it.each([
    ['quotes', '"'.repeat(100_000)],
    ['backticks', '`'.repeat(100_001)],
    ['comments', '/*'.repeat(100_000)],
    ['slashes', '= /['.repeat(50_000)],
    ['parentheses', 'app.get('.repeat(50_000)],
    ['ports', 'PORT'.repeat(50_000) + ' PORT: '.repeat(10_000)],
    ['braces', '{ PORT '.repeat(30_000)],
    ['imports', 'import a '.repeat(30_000)],
    ['blanks', ' '.repeat(300_000)],
    ['registers', '.register('.repeat(30_000)],
    ['routes', `const a = express();\n${"a.get('/', x);\\n".repeat(20_000)}`],
    ['decorators', `app = FastAPI()\n${'@app.get("/")\\n'.repeat(20_000)}`],
    ['defs', 'def x(\n'.repeat(30_000)],
  ])('stays fast with hostile %s in a source', async (_, text) => {
    const start = performance.now();
    await detect(repo(express({}, { 'hostile.js': text })));
    await detect(repo(fastapi({ 'hostile.py': text })));
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
