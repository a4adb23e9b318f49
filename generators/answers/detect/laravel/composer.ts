import { at } from '../findings.ts';
import { type JsonFile, parseJson, readJson, record, texts } from '../json.ts';
import { join } from '../paths.ts';
import { refuseBroken } from '../refuse.ts';
import { lineOf } from '../source.ts';
import type { Evidence } from '../types.ts';
import type { View } from '../view.ts';

/** A package of composer.lock that production gets. */
interface LockedPackage {
  readonly name: string;
  readonly require: Readonly<Record<string, string>>;
}

/** The composer.json of a folder, with what its lockfile adds. */
export interface Composer {
  readonly folder: string;
  readonly json: JsonFile;
  readonly require: Readonly<Record<string, string>>;
  /** Undefined where there is no lockfile. */
  readonly lock:
    | { readonly path: string; readonly text: string; readonly packages: readonly LockedPackage[] }
    | undefined;
}

/**
 * The composer.json of a folder; undefined where there is none.
 * @throws UserError `repo` when it or its lockfile is not valid JSON
 */
export function readComposer(view: View, folder: string): Composer | undefined {
  const json = readJson(view, join(folder, 'composer.json'));
  return (
    json && { folder, json, require: texts(json.data['require']), lock: readLock(view, join(folder, 'composer.lock')) }
  );
}

function readLock(view: View, path: string): Composer['lock'] {
  const text = view.read(path);
  if (text === undefined) return undefined;
  refuseBroken(path, text, 'composer update --lock');
  const { packages } = record(parseJson(path, text));
  return {
    path,
    text,
    packages: (Array.isArray(packages) ? packages : []).map((one) => ({
      name: String(record(one)['name'] ?? ''),
      require: texts(record(one)['require']),
    })),
  };
}

/** Where composer.json requires a package, or composer.lock installs it for another one. */
export function requirementOf({ json, require, lock }: Composer, ...names: readonly string[]): Evidence | undefined {
  const direct = names.find((name) => name in require);
  if (direct !== undefined) return at(json.path, json.line('require', direct));
  const locked = names.find((name) => lock?.packages.some((one) => one.name === name));
  if (locked === undefined || !lock) return undefined;
  return at(lock.path, lineOf(lock.text, new RegExp(`"name": "${locked.replace('/', '\\/')}"`)));
}
