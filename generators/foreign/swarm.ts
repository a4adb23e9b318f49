/** Files that `docker stack deploy` reads, and Docker Compose could not run. */
import { listOf, mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { textOf } from './data.ts';
import type { Foreign } from './types.ts';

/**
 * A stack of a swarm gets nothing from here: it would be refused there, or would not run.
 * @throws UserError `repo` with what in it only a swarm has
 */
export function refuseSwarm({ sources }: Foreign): void {
  for (const { path, data } of sources) {
    const why = onlySwarm(data);
    if (why !== undefined)
      throw new UserError('repo', `${path} is for a swarm, and not for Docker Compose: ${why}.`, {
        hint: '`docker stack deploy` reads no .env, takes no depends_on with conditions, and finds no files of this folder on other nodes: what is added here needs all of these. Add it by hand, or to a project that `docker compose up` starts (--file).',
      });
  }
}

/** What Docker Compose refuses to start: what only the managers of a swarm keep. */
function onlySwarm(data: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, network] of Object.entries(mapOf(data['networks']))) {
    const { driver, attachable } = mapOf(network);
    if (driver === 'overlay' && attachable !== true)
      return `its network ${name} is an overlay that no container joins by itself`;
  }
  const services = Object.values(mapOf(data['services']));
  for (const section of ['secrets', 'configs'] as const)
    for (const [name, one] of Object.entries(mapOf(data[section]))) {
      const isUsed = services.some((service) =>
        listOf(mapOf(service)[section]).some((use) => (textOf(use) ?? textOf(mapOf(use)['source'])) === name),
      );
      if (isUsed && (mapOf(one)['external'] ?? false) !== false)
        return `${name} of its ${section} is external, which only a swarm keeps`;
    }
  return undefined;
}
