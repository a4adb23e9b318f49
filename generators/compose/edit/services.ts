/** The edits that give a service something, in the form in which its file says such things already. */
import { type Data, isData, listOf } from '../../data.ts';
import type { Edit, Path } from './types.ts';

/** What `depends_on` can wait for. */
export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

/**
 * Makes a service wait for another one.
 * @param file the data of the compose file
 * @param conditions a list of names cannot say a condition: `keep` leaves it a list, so that the condition is lost;
 *   `write` makes a map of it, where the others keep what a list means
 */
export function dependOn(
  file: unknown,
  service: string,
  on: string,
  condition: Condition,
  conditions: 'keep' | 'write' = 'keep',
): readonly Edit[] {
  const path = ['services', service, 'depends_on'];
  const present = valueAt(file, path);
  if (isData(present)) return on in present ? [] : [{ op: 'set', path: [...path, on], value: { condition } }];
  const names = listOf(present);
  if (names.includes(on)) return [];
  const isPlain = condition === 'service_started';
  if (isPlain || (names.length > 0 && conditions === 'keep')) return [{ op: 'append', path, value: on }];
  const others = names.map((name) => [String(name), { condition: 'service_started' }]);
  return [{ op: 'set', path, value: Object.fromEntries([...others, [on, { condition }]]) }];
}

/** Whether a service says what it depends on as a list of names, which has no conditions. */
export function dependsByList(file: unknown, service: string): boolean {
  const present = valueAt(file, ['services', service, 'depends_on']);
  return Array.isArray(present) && present.length > 0;
}

/** Takes a dependency away. */
export function dependNoMore(file: unknown, service: string, on: string): readonly Edit[] {
  return without(file, ['services', service, 'depends_on'], (item) => item === on, on);
}

/** Sets a variable of a service: `NAME: value` in a map, `NAME=value` in a list; one that is there gets the value. */
export function setVariable(file: unknown, service: string, name: string, value: string): readonly Edit[] {
  const path = ['services', service, 'environment'];
  const present = valueAt(file, path);
  if (!Array.isArray(present)) return [{ op: 'set', path: [...path, name], value }];
  const index = present.findIndex((item) => nameOf(item) === name);
  const item = `${name}=${value}`;
  return index === -1 ? [{ op: 'append', path, value: item }] : [{ op: 'set', path: [...path, index], value: item }];
}

/** Takes a variable of a service away. */
export function unsetVariable(file: unknown, service: string, name: string): readonly Edit[] {
  return without(file, ['services', service, 'environment'], (item) => nameOf(item) === name, name);
}

/** What a service has by name: as a list of names, or of maps with a `source`, or (networks) as a map. */
export type ByName = 'networks' | 'secrets' | 'configs';

/** Puts a service on a network, or gives it a secret or config of the file. */
export function use(file: unknown, service: string, kind: ByName, name: string): readonly Edit[] {
  const path = ['services', service, kind];
  const present = valueAt(file, path);
  if (isData(present)) return name in present ? [] : [{ op: 'set', path: [...path, name], value: null }];
  return listOf(present).some((item) => sourceOf(item) === name) ? [] : [{ op: 'append', path, value: name }];
}

/** Takes a service from a network, or a secret or config from a service. */
export function useNoMore(file: unknown, service: string, kind: ByName, name: string): readonly Edit[] {
  return without(file, ['services', service, kind], (item) => sourceOf(item) === name, name);
}

/** Mounts something into a service: `source:target`, or a map; nothing where the target is taken by the same text. */
export function mount(service: string, volume: string | Data): readonly Edit[] {
  return [{ op: 'append', path: ['services', service, 'volumes'], value: volume }];
}

/** Gives a service one more env file; the last of them wins. */
export function readEnvFile(file: unknown, service: string, envFile: string): readonly Edit[] {
  const path = ['services', service, 'env_file'];
  const present = valueAt(file, path);
  const paths = Array.isArray(present) ? present : present === undefined || present === null ? [] : [present];
  if (paths.some((item) => item === envFile || (isData(item) && item['path'] === envFile))) return [];
  return typeof present === 'string'
    ? [{ op: 'set', path, value: [present, envFile] }]
    : [{ op: 'append', path, value: envFile }];
}

function without(file: unknown, path: Path, is: (item: unknown) => boolean, key: string): readonly Edit[] {
  const present = valueAt(file, path);
  if (isData(present)) return key in present ? [{ op: 'remove', path: [...path, key], prune: true }] : [];
  const index = listOf(present).findIndex(is);
  return index === -1 ? [] : [{ op: 'remove', path: [...path, index], prune: true }];
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (isData(inner) ? inner[key] : undefined), data);
}

const nameOf = (item: unknown): string => String(item).split('=', 1)[0] ?? '';
const sourceOf = (item: unknown): unknown => (isData(item) ? item['source'] : item);
