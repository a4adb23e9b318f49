import { detectLaravelApps } from './laravel.ts';
import { nameApps } from './names.ts';
import { detectNodeApps } from './node.ts';
import { parentOf } from './paths.ts';
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
  // The package.json of a Laravel app builds its assets.
  const node = detectNodeApps(view).filter((app) => !laravel.some(({ path }) => path === app.path));
  const fastapi = await detectPython(view);
  const certain = fastapi.filter((one) => one.certain);
  const kept = certain.length > 0 || node.length + laravel.length > 0 ? certain : fastapi;
  const apps = [...kept.map(({ app }) => app), ...laravel, ...node].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : 0,
  );
  return { apps: nameApps(apps) };
}

/** Loads what reads Python manifests only where there are some. */
async function detectPython(view: View) {
  const beside = foldersWith(view, pythonManifest, deepest);
  const inOwnFolder = foldersWith(view, /\.txt$/, deepest + 1).filter((folder) => /(?:^|\/)requirements$/.test(folder));
  const folders = [...new Set([...beside, ...inOwnFolder.map(parentOf)])].sort();
  if (folders.length === 0) return [];
  const { detectFastapiApps } = await import('./fastapi.ts');
  return detectFastapiApps(view, folders);
}
