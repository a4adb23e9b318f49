import type { LaravelApp } from '../../schema.ts';
import { finding, type Warn } from '../findings.ts';
import { buildVariables, metaEnv, readsOfBuild } from '../node/build-variables.ts';
import { detectManager } from '../node/manager.ts';
import { inPackage, type Package, readPackage } from '../node/package.ts';
import { detectVersion } from '../node/version.ts';
import { join } from '../paths.ts';
import type { Finding } from '../types.ts';
import { sourcesOf, type View } from '../view.ts';
import { variablesOf } from './settings.ts';

type Assets = NonNullable<LaravelApp['assets']>;

/** Vite plugins that start artisan while they build. */

const needsPhp = new Set(['@laravel/vite-plugin-wayfinder', 'vite-plugin-ziggy', 'vite-plugin-laravel-ziggy']);

/** Node.js where package.json names none. */
const usual = 24;

/**
 * How package.json builds what is in public/build; nothing for an app without one, or without a build.
 * @throws UserError `repo` when package.json or its lockfile is broken
 */
export function detectAssets(view: View, folder: string, warn: Warn): Finding<Assets> | undefined {
  const pack = readPackage(view, folder);
  const build = ['build', 'production', 'prod'].find((name) => pack && name in pack.scripts);
  if (!pack || build === undefined) return undefined;
  const manager = detectManager(view, pack, undefined, warn);
  if (!manager.frozen.value)
    warn(
      `${pack.json.path} has no lockfile: every build may install other versions. Commit the one that ${manager.name} install makes`,
    );
  const variables = variablesOfBuild(view, folder, warn);
  return finding(
    {
      packageManager: manager.found?.value ?? manager.name,
      frozen: manager.frozen.value,
      version: detectVersion(view, pack, undefined, warn)?.value ?? usual,
      build,
      ...(variables && { buildVariables: variables }),
      php: runsPhp(view, pack, build),
    },
    inPackage(pack, 'scripts', build),
  );
}

function runsPhp(view: View, pack: Package, build: string): boolean {
  const all = { ...pack.dependencies, ...pack.devDependencies };
  if (Object.keys(all).some((name) => needsPhp.has(name))) return true;
  const config = ['vite.config.js', 'vite.config.ts', 'vite.config.mjs']
    .map((name) => view.read(join(pack.folder, name)) ?? '')
    .join('\n');
  return /\b(?:php\s+)?artisan\b/.test(pack.scripts[build] ?? '') || /\bartisan\b/.test(config);
}

/** Variables that the assets hold: those that the example of the env file has for them, or that scripts read. */
function variablesOfBuild(view: View, folder: string, warn: Warn): string[] | undefined {
  const read = readsOfBuild(sourcesOf(view, folder, 'javascript', []), metaEnv('VITE_'));
  return buildVariables([...read, ...variablesOf(view, folder, 'VITE_')], warn)?.value;
}
