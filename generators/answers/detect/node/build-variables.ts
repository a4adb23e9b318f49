import * as v from 'valibot';
import { buildVariable } from '../../names.ts';
import { at, finding, place, type Warn } from '../findings.ts';
import { lineAt, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';

/** Names that bundlers replace by their value, so that browsers see it; the name is group 1. */
export const metaEnv = (prefix: string) => new RegExp(`\\bimport\\.meta\\.env(?:\\.|\\[\\s*["'])(${prefix}\\w+)`, 'g');
export const processEnv = (prefix: string) => new RegExp(`\\bprocess\\.env(?:\\.|\\[\\s*["'])(${prefix}\\w+)`, 'g');

/** The names that sources read and their places; in template strings too, where addresses are put together. */
export function readsOfBuild(sources: readonly Source[], ...patterns: readonly RegExp[]): [string, Evidence][] {
  return sources.flatMap(({ path, code }) =>
    patterns.flatMap((pattern) =>
      [...code.matchAll(pattern)].map((match): [string, Evidence] => [
        match[1] ?? '',
        at(path, lineAt(code, match.index)),
      ]),
    ),
  );
}

/** The variables that a build writes into its result, in the order of the alphabet; those that sound like secrets are told. */
export function buildVariables(reads: readonly [string, Evidence][], warn: Warn): Finding<string[]> | undefined {
  // The first place of each counts.
  const places = new Map(reads.toReversed());
  const names = [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, evidence]) => {
      const result = v.safeParse(buildVariable, name);
      if (result.success) return [{ name, evidence }];
      warn(`${name} (${place(evidence)}) ${result.issues[0].message}; the build does not get it`);
      return [];
    });
  return (
    names[0] &&
    finding(
      names.map(({ name }) => name),
      names[0].evidence,
    )
  );
}
