/** What the files of a project say of a service, as it stands there: with its variables, and with where it is said. */
import { listOf, mapOf } from '../../data.ts';
import { folderOf } from '../../paths.ts';
import { composeData, environmentOf, textOf } from '../data.ts';
import { resolved } from '../paths.ts';
import { declared, sourcesOf } from '../services.ts';
import type { Combination, Foreign } from '../types.ts';

/** One variable of an environment. */
export interface WrittenVariable {
  /** With `${...}` and `$$` in it; undefined: passed on from where Compose runs. */
  readonly text: string | undefined;
  /** The file that says so. */
  readonly path: string;
}

/** An env file of a service. */
export interface WrittenEnvFile {
  /** From the root of the repo; undefined where it is outside of it, or where a variable names it. */
  readonly path: string | undefined;
  readonly text: string;
  /** The folder that `text` counts from. */
  readonly folder: string;
  readonly required: boolean;
  /** `raw`: without quotes and variables. */
  readonly format?: string;
}

export interface Written {
  readonly environment: ReadonlyMap<string, WrittenVariable>;
  /** The last one counts. */
  readonly envFiles: readonly WrittenEnvFile[];
  /** By what they are called in the container. */
  readonly secrets: ReadonlyMap<string, string>;
}

interface Layer {
  readonly path: string;
  readonly folder: string;
  readonly service: Readonly<Record<string, unknown>>;
}

/** What one combination of files says of a service. */
export function writtenOf(foreign: Foreign, { files }: Pick<Combination, 'files'>, name: string): Written {
  const layers = sourcesOf(foreign, name)
    .filter(({ path, includedBy }) => files.includes(path) || includedBy !== undefined)
    .flatMap((source) =>
      withBases(foreign, { path: source.path, folder: source.folder, service: declared(source, name) }, 0),
    );
  return {
    environment: new Map(
      layers.flatMap(({ path, service }) =>
        Object.entries(environmentOf(service['environment'])).map(([key, text]) => [key, { text, path }] as const),
      ),
    ),
    envFiles: layers.flatMap(({ folder, service }) => envFilesOf(service['env_file'], folder)),
    secrets: new Map(layers.flatMap(({ service }) => listOf(service['secrets']).flatMap(secretOf))),
  };
}

/** What a service is an extension of, the lowest first, and it. */
function withBases(foreign: Foreign, layer: Layer, depth: number): readonly Layer[] {
  const from = layer.service['extends'];
  const name = textOf(from) ?? textOf(mapOf(from)['service']);
  if (name === undefined || depth > 8) return [layer];
  const file = textOf(mapOf(from)['file']);
  const path = file === undefined ? layer.path : resolved(layer.folder, file);
  const text = path === undefined ? undefined : foreign.repo.read(path);
  if (path === undefined || text === undefined) return [layer];
  const service = mapOf(mapOf(composeData(text, path)['services'])[name]);
  const folder = file === undefined ? layer.folder : folderOf(path);
  return [...withBases(foreign, { path, folder, service }, depth + 1), layer];
}

function envFilesOf(value: unknown, folder: string): readonly WrittenEnvFile[] {
  const all = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return all.flatMap((one) => {
    const text = textOf(one) ?? textOf(mapOf(one)['path']);
    if (text === undefined) return [];
    const path = text.includes('$') || text.startsWith('/') ? undefined : resolved(folder, text);
    const { required, format } = mapOf(one);
    return [{ text, path, folder, required: required !== false, ...(typeof format === 'string' && { format }) }];
  });
}

function secretOf(one: unknown): readonly (readonly [string, string])[] {
  const source = textOf(one) ?? textOf(mapOf(one)['source']);
  if (source === undefined) return [];
  const target = textOf(mapOf(one)['target']) ?? source;
  return [[target.replace(/^\/run\/secrets\//, ''), source]];
}
