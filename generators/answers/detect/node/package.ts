import { at } from '../findings.ts';
import { type JsonFile, readJson, texts } from '../json.ts';
import { join } from '../paths.ts';
import type { Evidence } from '../types.ts';
import type { View } from '../view.ts';

/** A package.json and the folder that it stands in. */
export interface Package {
  readonly folder: string;
  readonly json: JsonFile;
  readonly name: string | undefined;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/**
 * The package.json of a folder; undefined where there is none.
 * @throws UserError `repo` when it is not valid JSON
 */
export function readPackage(view: View, folder: string): Package | undefined {
  const json = readJson(view, join(folder, 'package.json'));
  if (!json) return undefined;
  const { name, scripts, dependencies, devDependencies } = json.data;
  return {
    folder,
    json,
    name: typeof name === 'string' ? name : undefined,
    scripts: texts(scripts),
    dependencies: texts(dependencies),
    devDependencies: texts(devDependencies),
  };
}

/** Where in a package.json a key stands. */
export function inPackage(pack: Package, ...keys: readonly string[]): Evidence {
  return at(pack.json.path, pack.json.line(...keys));
}
