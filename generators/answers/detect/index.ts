import { folderOf } from '../../paths.ts';
import { connectApps } from './addresses.ts';
import { detectLaravelApps } from './laravel.ts';
import { nameApps } from './names.ts';
import { detectNodeApps } from './node.ts';
import { connectStatic, detectPlainSites, detectStaticApps } from './static.ts';
import type { Detected, Repo } from './types.ts';
import { foldersWith, look, type View } from './view.ts';

const pythonManifest =
  /^(?:pyproject\.toml|Pipfile(?:\.lock)?|setup\.cfg|uv\.lock|poetry\.lock|requirements[\w.-]*\.txt)$/;
/** Apps deeper in the repo than this are taken for examples of something. */
const deepest = 4;

/**
 * Finds the apps of a repo and what it says of them, each finding with its place.
 * @throws UserError `repo` when a manifest or lockfile cannot be understood
 */
export async function detect(repo: Repo): Promise<Detected> {
  const view = look(repo);
  const laravel = detectLaravelApps(view);
  const sites = detectStaticApps(view).filter(({ app }) => !laravel.some(({ path }) => path === app.path));
  // The package.json of a Laravel app builds its assets, that of a site its pages.
  const taken = new Set([...laravel.map(({ path }) => path), ...sites.map(({ app }) => app.path)]);
  const node = detectNodeApps(view).filter(({ path }) => !taken.has(path));
  const python = await detectPython(view);
  const certain = python.filter((one) => one.certain);
  const likely = python.filter((one) => one.kind === 'app');
  const hasOthers = node.length + laravel.length > 0;
  // A plain program is taken for the app of a repo only where there is no other, and not several at once.
  const kept = certain.length > 0 || hasOthers ? certain : likely.length > 0 ? likely : python.slice(0, 1);
  const servers = [...kept.map(({ app }) => app), ...laravel, ...node];
  const pages = sites.length > 0 || servers.length > 0 ? sites : detectPlainSites(view);
  const apps = [...servers, ...pages.map(({ app }) => app)].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : 0,
  );
  return { apps: connectApps(view, connectStatic(nameApps(apps), pages)) };
}

/** Loads what reads Python manifests only where there are some. */
async function detectPython(view: View) {
  const beside = foldersWith(view, pythonManifest, deepest);
  const inOwnFolder = foldersWith(view, /\.txt$/, deepest + 1).filter((folder) => /(?:^|\/)requirements$/.test(folder));
  const folders = [...new Set([...beside, ...inOwnFolder.map(folderOf)])].sort();
  if (folders.length === 0) return [];
  const { detectPythonApps } = await import('./python.ts');
  return detectPythonApps(view, folders);
}
