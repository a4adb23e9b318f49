/** The services of a project that was not made by us: which there are, what they are, which one is meant. */

import { suggest } from '../answers/suggest.ts';
import type { ComposeService } from '../compose/model.ts';
import { mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { valueAt } from './data.ts';
import { type Kind, kindOfImage } from './kinds.ts';
import type { Combination, ComposeSource, Foreign, TheirService } from './types.ts';

/** The combinations, those of production first: what is decided for all of them is decided there. */
export function byPurpose({ combinations }: Pick<Foreign, 'combinations'>): readonly Combination[] {
  const order = ['production', 'base', 'development'] as const;
  return combinations.toSorted((one, other) => order.indexOf(one.purpose) - order.indexOf(other.purpose));
}

/** All services, by name, as production has them or whoever else does. */
export function allServices(foreign: Foreign): ReadonlyMap<string, ComposeService> {
  const found = new Map<string, ComposeService>();
  for (const { model } of byPurpose(foreign))
    for (const [name, service] of Object.entries(model.services)) if (!found.has(name)) found.set(name, service);
  return found;
}

/** The files that have a service, the lowest layer first. */
export function sourcesOf({ sources }: Foreign, service: string): readonly ComposeSource[] {
  return sources.filter(({ data }) => valueAt(data, ['services', service]) !== undefined);
}

/** What a file says of a service. */
export function declared(source: ComposeSource, service: string) {
  return mapOf(valueAt(source.data, ['services', service]));
}

/** A service by its name; undefined where there is none. */
export function serviceNamed(foreign: Foreign, name: string): TheirService | undefined {
  const model = allServices(foreign).get(name);
  return model && { name, sources: sourcesOf(foreign, name), model };
}

/**
 * The service that an option means.
 * @throws UserError `usage` with the names that there are
 */
export function requireService(foreign: Foreign, name: string, option: string): TheirService {
  const found = serviceNamed(foreign, name);
  if (found) return found;
  const names = [...allServices(foreign).keys()];
  const near = suggest(name, names);
  throw new UserError('usage', `${option}: there is no service ${name}.`, {
    hint: `${near ? `Did you mean: ${near}. ` : ''}Services: ${names.join(', ')}`,
  });
}

/** What a service of theirs is, as far as its image tells. */
export function kindOf({ image }: Pick<ComposeService, 'image'>): Kind | undefined {
  return kindOfImage(image);
}

/** The services of a kind, by name. */
export function servicesOf(foreign: Foreign, ...kinds: readonly Kind[]): readonly string[] {
  return [...allServices(foreign)].flatMap(([name, service]) => {
    const kind = kindOf(service);
    return kind && kinds.includes(kind) ? [name] : [];
  });
}

/** Whether something of theirs runs once and ends: it is no convention for what runs on. */
export function runsOnce({ restart, deploy }: ComposeService): boolean {
  return restart === 'no' || deploy?.restart_policy?.condition === 'none';
}
