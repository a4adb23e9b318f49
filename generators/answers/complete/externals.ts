import type { ExternalName } from '../externals.ts';
import { isMap } from '../map.ts';
import type { Values } from '../stacks/definition.ts';
import type { Notes, Sources } from './types.ts';

/** What an external is made of where its answers leave it open, by what they say. */
export const fallbacks: Readonly<Record<ExternalName, (said: Values) => Values>> = {
  postgres: ({ mode }) =>
    mode === 'managed' ? { version: 17, provider: 'generic' } : { mode: 'bundled', version: 18 },
  redis: redisFallback,
  cache: (said) => ({ ...redisFallback(said), ...(said['mode'] !== 'managed' && { keeps: 'cache' }) }),
  mqtt: () => ({ mode: 'bundled' }),
  storage: ({ mode }) => (mode === 'managed' ? {} : { mode: 'bundled', buckets: ['uploads'] }),
  mail: () => ({ mode: 'catcher' }),
};

function redisFallback({ mode, engine }: Values): Values {
  return mode === 'managed' ? {} : { mode: 'bundled', engine: 'redis', version: engine === 'valkey' ? 9 : 8 };
}

/** The externals: as chosen, for a starter, or because an app has a client for them. */
export function externalsFor(sources: Sources, chosen: Values, notes: Notes): Values {
  const answers: Values = {};
  for (const [key, fallback] of Object.entries(fallbacks) as [ExternalName, (said: Values) => Values][]) {
    const said = chosen[key];
    const evidence = sources.detected.apps.find((app) => app.uses[key])?.uses[key];
    if (isMap(said)) answers[key] = { ...fallback(said), ...said };
    if (key in chosen) continue;
    if (notes.starters.some(({ uses }) => uses.includes(key))) answers[key] = fallback({});
    else if (evidence && sources.file === undefined) {
      answers[key] = fallback({});
      notes.detections.push({ path: key, value: 'bundled', evidence });
    }
  }
  return answers;
}
