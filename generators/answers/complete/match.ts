/** Which detected apps the answers speak of. */
import { isData } from '../../data.ts';
import type { Detected, DetectedApp } from '../detect/types.ts';
import { merge } from '../map.ts';
import type { Values } from '../stacks/definition.ts';

/**
 * The apps that the answers speak of. Where none of them says its stack, they are corrections (`--set apps.app.port=...`)
 * of what was detected.
 */
export function namedApps(said: unknown, { apps }: Detected): unknown {
  const detected = Object.fromEntries(apps.map((app) => [app.name, { stack: app.stack, path: app.path }]));
  if (said === undefined) return detected;
  const isList = isData(said) && Object.values(said).some((app) => isData(app) && 'stack' in app);
  return isData(said) && !isList ? merge(detected, said) : said;
}

/** The detected app that an entry of the answers speaks of. */
export function matching(apps: readonly DetectedApp[], name: string, given: Values): DetectedApp | undefined {
  const same = apps.filter((app) => app.stack === given['stack']);
  if (given['path'] !== undefined) return same.find((app) => app.path === given['path']);
  return (
    same.find((app) => app.name === name) ??
    same.find((app) => app.path === '.') ??
    (same.length === 1 ? same[0] : undefined)
  );
}
