import { isMap } from '../map.ts';
import type { Values } from '../stacks/definition.ts';
import type { Notes, Sources } from './types.ts';

/** The externals and their default versions. */
export const externals = { postgres: 18, redis: 8 } as const;

/** Postgres and Redis: as chosen, for a starter, or because an app has a client for them. */
export function externalsFor(sources: Sources, chosen: Values, notes: Notes): Values {
  const answers: Values = {};
  for (const [key, version] of Object.entries(externals) as [keyof typeof externals, number][]) {
    const complete = { mode: 'bundled', version };
    const evidence = sources.detected.apps.find((app) => app.uses[key])?.uses[key];
    if (isMap(chosen[key])) answers[key] = { ...complete, ...chosen[key] };
    if (key in chosen) continue;
    if (notes.starters.some(({ uses }) => uses.includes(key))) answers[key] = complete;
    else if (evidence && sources.file === undefined) {
      answers[key] = complete;
      notes.detections.push({ path: key, value: 'bundled', evidence });
    }
  }
  return answers;
}
