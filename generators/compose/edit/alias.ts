import { isMap, isScalar, visit } from 'yaml';
import { isData } from '../../data.ts';
import { isMergeKey } from '../yaml.ts';
import { sourceOf } from './source.ts';

/**
 * The pair that says by an alias what others of the file say so, too: `logging: *logging`, or `<<: *logging` where the
 * anchor stands for no more than that; and what it stands for. Undefined where nobody does so.
 */
export function pairOfAlias(text: string, file: string, key: string, isMeant: (value: unknown) => boolean) {
  const { root, targets, data } = sourceOf(text, file);
  let found: { readonly pair: string; readonly value: unknown } | undefined;
  visit(root, {
    Pair(_index, pair) {
      const target = targets.get(pair.value as never);
      if (!target || found !== undefined) return;
      const name = (pair.value as { readonly source?: string }).source;
      const value = data(target);
      const isAll = isMap(target) && target.items.length === 1 && isData(value) && key in value;
      if (isMergeKey(pair.key) && isAll && isMeant(value[key])) found = { pair: `<<: *${name}`, value: value[key] };
      else if (isScalar(pair.key) && pair.key.value === key && isMeant(value))
        found = { pair: `${key}: *${name}`, value };
    },
  });
  return found;
}
