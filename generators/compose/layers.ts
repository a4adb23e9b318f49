import { mergeFiles, pairsOf, without } from './model/merge.ts';
import { Refused } from './model/problem.ts';
import { readDocuments, rootMap } from './model/read.ts';
import { type MapNode, map, mapEntries, type Node, plain, scalar, withEntries } from './model/tree.ts';
import { withoutDoubles } from './model/unique.ts';

/**
 * Compose files laid over each other, as Compose merges them, but not interpolated and in the forms in which they are
 * written; `environment` is always a map.
 * @throws Refused for what Compose cannot merge, or is no YAML
 */
export function layered(texts: readonly string[]): unknown {
  let root: MapNode | undefined;
  for (const text of texts) {
    const { documents, problems } = readDocuments(text, 'compose.yaml');
    for (const { code, message, hint, ...at } of problems) throw new Refused(code, at, message, hint);
    for (const document of documents) {
      const above = rootMap(document);
      root = root ? mergeFiles(without(root, document.replaced), above) : above;
    }
  }
  const single = root && withoutDoubles(root, () => undefined);
  const services = single?.entries.get('services');
  if (!single || services?.kind !== 'map') return single && plain(single);
  return plain(withEntries(single, { services: mapEntries(services, withEnvironmentMap) }));
}

function withEnvironmentMap(service: Node): Node {
  const environment = service.kind === 'map' ? service.entries.get('environment') : undefined;
  if (service.kind !== 'map' || environment?.kind !== 'list') return service;
  const pairs = pairsOf(environment).map(([name, value, item]) => [name, value ?? scalar(null, item.at)] as const);
  return withEntries(service, { environment: map(pairs, environment.at) });
}
