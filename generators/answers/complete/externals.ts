import { isData } from '../../data.ts';
import { clientOf, place } from '../detect/findings.ts';
import type { ExternalName } from '../external-names.ts';
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

/**
 * Those that a client alone brings into no stack: it may well speak to one that is elsewhere, whose address is a setting of
 * the app. What to say where a client is found.
 */
export const offers: { readonly [K in ExternalName]?: string } = {
  mqtt: 'a client of MQTT was found. --set mqtt.mode=bundled gives the stack a broker',
  storage:
    'a client of object storage was found. --set storage.mode=bundled gives the stack a server for it, --set storage.mode=managed the variables of one that is elsewhere',
  mail: 'mails are sent. --set mail.mode=catcher shows them in development, and has the account of a server in .env',
};

/** The externals: as chosen, for a starter, or because an app has a client for them. */
export function externalsFor(sources: Sources, chosen: Values, notes: Notes): Values {
  const answers: Values = {};
  for (const [key, fallback] of Object.entries(fallbacks) as [ExternalName, (said: Values) => Values][]) {
    const said = chosen[key];
    const evidence = clientOf(sources.detected, key);
    if (isData(said)) answers[key] = { ...fallback(said), ...said };
    if (key in chosen) continue;
    if (notes.starters.some(({ uses }) => uses.includes(key))) answers[key] = fallback({});
    else if (!evidence || sources.file !== undefined) continue;
    else if (offers[key] !== undefined) notes.warnings.push(`${place(evidence)}: ${offers[key]}.`);
    else {
      answers[key] = fallback({});
      notes.detections.push({ path: key, value: 'bundled', evidence });
    }
  }
  return answers;
}
