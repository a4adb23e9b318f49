/** That a project says afterwards what it said before, and what was meant to be added, and no more. */
import type { ComposeModel } from '../compose/model.ts';
import { isData, mapOf } from '../data.ts';
import { UserError } from '../errors.ts';

/** What may differ. */
export interface Meant {
  /** Services that are new, or gone. */
  readonly services: readonly string[];
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
  readonly secrets: readonly string[];
  /** Services that were there, and the keys of them that have more than before; or less, where something goes. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
  /** Of their environment, what an overlay says anew. */
  readonly overridden?: readonly string[];
  readonly removes?: boolean;
}

/**
 * Compares two models of one combination.
 * @throws UserError `repo` at the first difference that nobody meant; nothing was written
 */
export function proveModel(name: string, before: ComposeModel, after: ComposeModel, meant: Meant): void {
  const maps = [
    ['service', before.services, after.services, meant.services],
    ['volume', before.volumes, after.volumes, meant.volumes],
    ['network', before.networks, after.networks, meant.networks],
    ['secret', before.secrets, after.secrets, meant.secrets],
    ['config', before.configs, after.configs, []],
  ] as const satisfies readonly (readonly [string, unknown, unknown, readonly string[]])[];
  for (const [what, one = {}, other = {}, mine] of maps) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      if ((mine as readonly string[]).includes(key) && !(key in one && key in other)) continue;
      const [was, is] = [one[key as keyof typeof one], other[key as keyof typeof other]] as const;
      const free = what === 'service' && Object.hasOwn(meant.changed, key) ? (meant.changed[key] ?? []) : [];
      const path = difference(without(was, free), without(is, free), `${what} ${key}`);
      if (path !== undefined) throw unproved(name, path);
      if (what === 'service')
        for (const part of free) proveMore(name, key, part, meant.removes ? [is, was] : [was, is], meant.overridden);
    }
  }
}

/** Whatever the smaller one of two parts has, the larger one has too. */
function proveMore(
  combination: string,
  service: string,
  part: string,
  [smaller, larger]: readonly [unknown, unknown],
  overridden: readonly string[] = [],
): void {
  const of = (value: unknown): Readonly<Record<string, unknown>> => {
    const inner = isData(value) ? value[part] : undefined;
    if (Array.isArray(inner)) return Object.fromEntries(inner.map((one) => [JSON.stringify(one), one]));
    return mapOf(inner);
  };
  const [less, more] = [of(smaller), of(larger)];
  for (const key of Object.keys(less)) {
    if (part === 'environment' && overridden.includes(key)) continue;
    const path = difference(less[key], more[key], `service ${service}: ${part}.${key}`);
    if (path !== undefined) throw unproved(combination, path);
  }
}

function without(value: unknown, keys: readonly string[]): unknown {
  if (!isData(value) || keys.length === 0) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** The first place where two trees differ, whatever the order of keys. */
function difference(one: unknown, other: unknown, path: string): string | undefined {
  if (isData(one) && isData(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const found = difference(one[key], other[key], `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null) ? undefined : path;
}

function unproved(combination: string, path: string): UserError {
  return new UserError('repo', `${combination}: ${path} would not be what it was; nothing was written.`, {
    hint: 'Add it in a file of its own, with --include.',
  });
}
