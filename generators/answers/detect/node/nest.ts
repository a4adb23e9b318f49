import { readJson, record } from '../json.ts';
import { join } from '../paths.ts';
import type { NodeContext } from './context.ts';
import { compiledPath } from './entry.ts';

/**
 * What `nest start` runs: `main` of the source root, where the compiler puts it. In a repo of several Nest projects
 * that is the default one's.
 */
export function nestEntry({ view, pack, build }: Pick<NodeContext, 'view' | 'pack' | 'build'>): string {
  const cli = readJson(view, join(pack.folder, 'nest-cli.json'))?.data ?? {};
  const text = (value: unknown, fallback: string) => (typeof value === 'string' ? value : fallback);
  const root = text(cli['sourceRoot'], 'src');
  const source = join(root, `${text(cli['entryFile'], 'main')}.ts`);
  // webpack, the builder of several projects in one repo, names its bundle after the project's folder.
  if (cli['monorepo'] === true || record(cli['compilerOptions'])['webpack'] === true)
    return cli['monorepo'] === true ? `dist/${root.replace(/\/src$/, '')}/main.js` : 'dist/main.js';
  const built =
    build !== undefined && view.has(join(pack.folder, source)) ? compiledPath(view, pack, source, build) : undefined;
  return built ?? 'dist/main.js';
}
