import { folderOf, nameOf } from '../../../paths.ts';
import type { StaticApp } from '../../schema.ts';
import { suggest } from '../../suggest.ts';
import type { EntrypointCheck } from '../entrypoints.ts';
import { readPackage } from '../node/package.ts';
import { from, isInside, join } from '../paths.ts';

/** The scripts that build and serve a site are there; and a site that is not built has its page. */
export const staticEntrypoints: EntrypointCheck<StaticApp> = (view, at, app) => {
  if (app.build === 'none') {
    const page = join(join(app.path, app.output), 'index.html');
    if (view.has(page)) return [];
    const near = view.files.find((file) => nameOf(file) === 'index.html' && isInside(file, app.path));
    return [
      {
        path: `${at}.output`,
        value: app.output,
        message: `has no index.html (${page}), and nothing builds one: build is none`,
        ...(near !== undefined && { suggestion: from(app.path, folderOf(near)) }),
      },
    ];
  }
  const pack = readPackage(view, app.path);
  const manifest = join(app.path, 'package.json');
  if (!pack)
    return [{ path: `${at}.build`, value: app.build, message: `is a script of ${manifest}, which is not there` }];
  const [, run, script] = app.dev.split(' ');
  return [
    ['build', app.build] as const,
    ...(run === 'run' && script !== undefined ? [['dev', script] as const] : []),
  ].flatMap(([key, name]) => {
    if (name in pack.scripts) return [];
    const near = suggest(name, Object.keys(pack.scripts));
    return [
      { path: `${at}.${key}`, value: name, message: `is no script of ${manifest}`, ...(near && { suggestion: near }) },
    ];
  });
};
