import { isData, same } from '../../data.ts';
import type { Edit, Path } from './types.ts';

/** The edits that turn one tree of maps into another; lists and scalars are set whole. */
export function changesBetween(before: unknown, after: unknown, path: Path = []): readonly Edit[] {
  if (isData(before) && isData(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key): readonly Edit[] => {
      const at = [...path, key];
      if (after[key] === undefined || !Object.hasOwn(after, key)) return [{ op: 'remove', path: at }];
      if (!Object.hasOwn(before, key)) return [{ op: 'set', path: at, value: after[key] }];
      return changesBetween(before[key], after[key], at);
    });
  }
  return same(before, after) ? [] : [{ op: 'set', path, value: after }];
}
