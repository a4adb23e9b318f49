import type { Problem } from '../../../errors.ts';
import type { LaravelApp } from '../../schema.ts';
import { suggest } from '../../suggest.ts';
import type { EntrypointCheck } from '../entrypoints.ts';
import { readPackage } from '../node/package.ts';
import { isInside, join } from '../paths.ts';
import type { View } from '../view.ts';
import { readComposer, requirementOf } from './composer.ts';

/** The roles of a Laravel app are commands of artisan: it has to be there, and the packages that bring the commands. */
export const laravelEntrypoints: EntrypointCheck<LaravelApp> = (view, at, app) => {
  const problems: Problem[] = [];
  for (const file of ['composer.json', 'artisan', 'public/index.php']) {
    if (!view.has(join(app.path, file)))
      problems.push({
        path: `${at}.path`,
        value: app.path,
        message: `holds no Laravel app: ${join(app.path, file)} is missing`,
      });
  }
  const composer = readComposer(view, app.path);
  if (!composer) return problems;
  if (app.frozen && !composer.lock)
    problems.push({
      path: `${at}.frozen`,
      value: 'true',
      message: `says that there is a lockfile, and there is no ${join(app.path, 'composer.lock')}: make it with composer update, and commit it`,
    });
  for (const [role, name] of [
    ['horizon', 'laravel/horizon'],
    ['reverb', 'laravel/reverb'],
  ] as const) {
    if (app[role] && !requirementOf(composer, name))
      problems.push({
        path: `${at}.${role}`,
        message: `needs the package ${name}, which ${composer.json.path} does not require: composer require ${name}`,
      });
  }
  for (const folder of app.localPackages ?? []) {
    if (!view.files.some((file) => isInside(file, join(app.path, folder))))
      problems.push({
        path: `${at}.localPackages`,
        value: folder,
        message: 'is a folder that does not exist, or has no files',
      });
  }
  return [...problems, ...assetProblems(view, at, app)];
};

/** The asset build is a script that package.json has. */
function assetProblems(view: View, at: string, { path, assets }: LaravelApp): readonly Problem[] {
  if (!assets) return [];
  const file = join(path, 'package.json');
  const pack = readPackage(view, path);
  if (!pack) return [{ path: `${at}.assets`, message: `needs ${file}, which does not exist` }];
  if (assets.build === 'none')
    return [
      { path: `${at}.assets.build`, value: 'none', message: 'builds nothing: name a script, or leave assets out' },
    ];
  if (assets.build in pack.scripts) return [];
  const near = suggest(assets.build, Object.keys(pack.scripts));
  return [
    {
      path: `${at}.assets.build`,
      value: assets.build,
      message: `is no script of ${file}`,
      ...(near !== undefined && { suggestion: near }),
    },
  ];
}
