import * as v from 'valibot';
import { buildVariable } from '../../names.ts';
import { at, finding, place, type Warn } from '../findings.ts';
import { lineAt, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';

/** Names that bundlers replace by their value, so that browsers see it. What else they read stays on the server. */
const reads =
  /\bprocess\.env(?:\.|\[\s*["'])(NEXT_PUBLIC_\w+)|\bimport\.meta\.env(?:\.|\[\s*["'])((?:VITE|PUBLIC)_\w+)/g;

/** The variables that a build writes into its result, in the order of the alphabet. */
export function detectBuildVariables(sources: readonly Source[], warn: Warn): Finding<string[]> | undefined {
  const places = new Map<string, Evidence>();
  for (const { path, code } of sources) {
    for (const match of code.matchAll(reads)) {
      const name = match[1] ?? match[2] ?? '';
      if (!places.has(name)) places.set(name, at(path, lineAt(code, match.index)));
    }
  }
  const names = [...places.keys()].sort().filter((name) => {
    const result = v.safeParse(buildVariable, name);
    if (!result.success) {
      const where = place(places.get(name) as Evidence);
      warn(`${name} (${where}) ${result.issues[0].message}; the build does not get it`);
    }
    return result.success;
  });
  const [first] = names;
  return first === undefined ? undefined : finding(names, places.get(first) as Evidence);
}
