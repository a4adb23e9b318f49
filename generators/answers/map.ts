/** Plain maps, as YAML and JSON make them: answers in the making. */
import { isData } from '../data.ts';
import type { Values } from './stacks/definition.ts';

/**
 * Deep merge of plain data: maps merge, everything else replaces, undefined leaves.
 * A null stays, so that it can take away what a layer below gives.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isData(base) || !isData(over)) return over;
  const result: Values = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = merge(result[key], value);
  return result;
}

export function withoutNulls(values: Values): Values {
  const kept = Object.entries(values).filter(([, value]) => value !== null);
  return mapValues(Object.fromEntries(kept), (value) => (isData(value) ? withoutNulls(value) : value));
}

export function mapValues(values: Values, change: (value: unknown, key: string) => unknown): Values {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value, key)]));
}

/** Data in which decimals are text, as versions (8.4, 3.13) and cores (0.5) have to be: no answer is a decimal number. */
export function withoutDecimals(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value);
  if (Array.isArray(value)) return value.map(withoutDecimals);
  return isData(value) ? mapValues(value, withoutDecimals) : value;
}
