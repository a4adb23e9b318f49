import { isData, mapOf } from '../../data.ts';
import { externalNames } from '../external-names.ts';
import { mapValues } from '../map.ts';
import type { Values } from '../stacks/definition.ts';
import { fallbacks } from './externals.ts';

/** The targets as a map; what an external is there is completed as it is for the stack itself. */
export function targetsFor(said: unknown, answers: Values): unknown {
  // `[selfhosted, small]` says of each no more than its name.
  const named = Array.isArray(said) ? Object.fromEntries(said.map((name) => [String(name), {}])) : said;
  if (!isData(named)) return named;
  return mapValues(named, (target, name) =>
    isData(target)
      ? mapValues(target, (there, key) => externalThere(there, String(name), key, answers[key]))
      : (target ?? {}),
  );
}

/** What is said of an external there, over what the stack has of the same kind, over the usual. */
function externalThere(there: unknown, target: string, key: string, here: unknown): unknown {
  const external = externalNames.find((one) => one === key);
  if (!external || !isData(there)) return there;
  const base = mapOf(here);
  const mode = there['mode'] ?? base['mode'];
  return {
    ...fallbacks[external]({ ...there, mode }),
    ...(external === 'postgres' && mode === 'managed' && target === 'digitalocean' && { provider: 'digitalocean' }),
    // Names of databases and variables follow from it, and what dumps are made with: the same everywhere.
    ...(base['separate'] !== undefined && { separate: base['separate'] }),
    ...(external === 'postgres' && base['version'] !== undefined && { version: base['version'] }),
    ...(base['mode'] === mode && base),
    ...there,
    mode,
  };
}
