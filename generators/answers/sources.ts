/** What can be told to an app of what it uses: the values of the answer `variables`. */
import { type ExternalName, isExternal } from './external-names.ts';

/** Of another app. */
const parts = ['url', 'host', 'port'] as const;

const redis = [...parts, 'password'] as const;

/** Of the externals. */
const externalParts: Readonly<Record<ExternalName, readonly string[]>> = {
  // `directUrl` goes past a pooler.
  postgres: [...parts, 'name', 'user', 'password', 'directUrl'],
  redis,
  cache: redis,
  mqtt: [...parts, 'user', 'password', 'ca'],
  storage: ['url', 'bucket', 'region', 'key', 'secret'],
  mail: [...parts, 'user', 'password', 'from', 'tls'],
};

/** The names of what can be told of an external, or else an app. */
export function partsOf(used: string): readonly string[] {
  return isExternal(used) ? externalParts[used] : parts;
}
