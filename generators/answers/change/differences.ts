/** Where two trees of answers differ, and answers made of such differences. */
import { isData } from '../../data.ts';
import type { Values } from '../stacks/definition.ts';
import type { Place, Wish } from './types.ts';

export interface Difference {
  readonly place: Place;
  readonly before: unknown;
  readonly after: unknown;
}

/** Maps are compared key by key where both sides have one; all else as a whole. */
export function differences(before: unknown, after: unknown, place: Place = []): readonly Difference[] {
  if (isData(before) && isData(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(own(before, key), own(after, key), [...place, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ place, before, after }];
}

/** Answers that turn the side before into the side after, laid over it; null for what goes. */
export function patchOf(all: readonly Difference[]): Values {
  const patch: Values = {};
  for (const { place, after } of all) {
    const parent = place.slice(0, -1).reduce<Values>((map, key) => {
      const there = own(map, key);
      const inner = isData(there) ? there : {};
      map[key] = inner;
      return inner;
    }, patch);
    parent[place.at(-1) ?? ''] = after ?? null;
  }
  return patch;
}

/** Whether a place is one of a wish's own, below one, or a map around one. */
export function isOwn(place: Place, { places }: Pick<Wish, 'places'>): boolean {
  return places.some((own) => isBelow(place, own) || isBelow(own, place));
}

function isBelow(place: Place, above: Place): boolean {
  return above.every((key, index) => place[index] === key);
}

export function valueAt(answers: unknown, place: Place): unknown {
  return place.reduce<unknown>((value, key) => (isData(value) ? own(value, key) : undefined), answers);
}

/** A name may be one that every object has, such as constructor. */
function own(values: Values, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

/** A value at a place, as answers: `{apps: {api: {uses: [...]}}}`. */
export function nested(place: Place, value: unknown): Values {
  return place.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Values;
}
