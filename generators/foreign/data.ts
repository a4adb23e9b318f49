/** What a compose file of anybody's says, as plain data: a first look, before anything is decided. */
import { inheritedNode } from '../compose/edit/inherit.ts';
import { containerOf, type Entry, type Source, sourceOf } from '../compose/edit/source.ts';
import { type Data, mapOf } from '../data.ts';

/** Text, where a value is text. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

/**
 * A compose file with aliases and merge keys (`<<`) worked out.
 * @throws UserError `repo` when it is no YAML, with line and column
 */
export function composeData(text: string, file: string): Data {
  const source = sourceOf(text, file);
  return mapOf(source.data(source.root));
}

/** What a service has for a key through `<<`, and whether it has one of its own, which hides that. */
export function mergedValue(
  { text, path: file }: { readonly text: string; readonly path: string },
  service: string,
  key: string,
): { readonly isOwn: boolean; readonly value: unknown } {
  const source = sourceOf(text, file);
  const node = entryAt(source, ['services', service])?.value;
  const inherited = inheritedNode(source, node, key);
  return {
    isOwn: entryAt(source, ['services', service, key]) !== undefined,
    value: inherited && source.data(inherited),
  };
}

/** What stands at a path itself, and not by an alias or `<<`. */
function entryAt(source: Source, path: readonly string[]): Entry | undefined {
  let entry: Entry | undefined;
  for (const name of path) {
    const container = containerOf(source, entry ? entry.value : source.root);
    entry = container?.entries.find(({ key }) => key === name);
    if (!entry) return undefined;
  }
  return entry;
}

/** The alias that is all that is left of a map of a service without some of its keys, and what it stands for. */
export function aliasLeft(
  { text, path: file }: { readonly text: string; readonly path: string },
  service: string,
  key: string,
  gone: readonly string[],
): { readonly text: string; readonly value: unknown } | undefined {
  const source = sourceOf(text, file);
  const entry = entryAt(source, ['services', service, key]);
  const left = containerOf(source, entry?.value)?.entries.filter((one) => !gone.includes(one.key ?? '')) ?? [];
  const [only, ...others] = left;
  if (!entry || !only?.isMerge || others.length > 0) return undefined;
  const words = text.slice(only.value?.range[0], only.value?.range[1]).trim();
  const hasComments = source.comments.some(({ offset }) => offset > entry.start && offset < entry.end);
  return /^\*[^\s*[\]{},]+$/.test(words) && !hasComments ? { text: words, value: source.data(only.value) } : undefined;
}

/** The value at a path of keys. */
export function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => mapOf(inner)[key], data);
}

/** Names that stand in a list (`- web`) or are the keys of a map. */
export function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : Object.keys(mapOf(value));
}

/** The environment of a service, whichever form it has; undefined where a value comes from the shell. */
export function environmentOf(value: unknown): Readonly<Record<string, string | undefined>> {
  if (!Array.isArray(value))
    return Object.fromEntries(
      Object.entries(mapOf(value)).map(([key, one]) => [key, one === null ? undefined : String(one)]),
    );
  return Object.fromEntries(
    value.flatMap((one) => {
      const text = textOf(one);
      if (text === undefined) return [];
      const at = text.indexOf('=');
      return [at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]];
    }),
  );
}
