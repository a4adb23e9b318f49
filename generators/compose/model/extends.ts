import { mergeServices, without } from './merge.ts';
import { attempt, type ComposeProblem, Refused, type Report } from './problem.ts';
import type { NodePath } from './tree.ts';
import { entriesOf, isNull, type MapNode, map, type Node, nodeAt, textOf, withEntries } from './tree.ts';

/** The services of one file, as it writes them, and what that file takes away from what is below it. */
export interface ServicesOfFile {
  readonly file: string;
  readonly services: ReadonlyMap<string, Node>;
  readonly replaced: readonly NodePath[];
  /** Those that it has from files that it includes. */
  readonly included?: ReadonlySet<string>;
}

/** Reads the file that an `extends` names, in the long form and with its paths as seen from here. */
export type ReadBase = (path: string, service: Node) => ServicesOfFile | undefined;

/**
 * A file's services with what they extend below them. What cannot be extended is reported, and the service then stands
 * as it is written.
 */
export function applyExtends(root: MapNode, own: ServicesOfFile, readBase: ReadBase, report: Report): MapNode {
  const services = root.entries.get('services');
  if (services?.kind !== 'map') return root;
  const done = entriesOf(services).map(([name, service]) => {
    const merged = attempt(report, () => extended(name, own, { readBase, report }, []));
    return [name, merged ?? withoutExtends(service)] as const;
  });
  return withEntries(root, { services: map(done, services.at) });
}

function withoutExtends(service: Node): Node {
  return service.kind === 'map' ? withEntries(service, { extends: undefined }) : service;
}

/** As long as a chain may be: no person's files come near. */
const maxDepth = 100;

interface Extending {
  readonly readBase: ReadBase;
  readonly report: Report;
}

function extended(name: string, from: ServicesOfFile, extending: Extending, way: readonly string[]): Node {
  const service = from.services.get(name) as Node;
  const extension = service.kind === 'map' ? service.entries.get('extends') : undefined;
  if (service.kind !== 'map' || !extension || isNull(extension)) return withoutExtends(service);
  const step = `${name} in ${from.file}`;
  if (way.includes(step)) {
    const circle = way.slice(way.indexOf(step)).sort();
    const message = `services extend each other: ${circle.join(', ')}`;
    throw new Refused('cycle', extension.at, message, 'Remove one of the `extends`.');
  }
  if (way.length > maxDepth) {
    throw new Refused(
      'too-large',
      extension.at,
      `${name} extends too many services`,
      'Extend fewer, one after the other.',
    );
  }
  const ref = textOf(extension) ?? textOf(nodeAt(extension, ['service']));
  if (ref === undefined) {
    throw new Refused('extends', extension.at, `${name} extends no service`, 'Add `service:` to its `extends`.');
  }
  const path = textOf(nodeAt(extension, ['file']));
  const base = path === undefined ? from : extending.readBase(path, extension);
  if (!base) return withoutExtends(service);
  if (!base.services.has(ref)) {
    const message = `${name} extends ${ref}, which is not in ${base.file}`;
    throw new Refused('extends', extension.at, message, `Correct the name, or add ${ref} there.`);
  }
  if (path === undefined && base.included?.has(ref)) extending.report(tooNew(name, ref, extension));
  const source = extended(ref, base, extending, [...way, step]);
  if (source.kind !== 'map') return withoutExtends(service);
  const reset = from.replaced.flatMap(([section, own, ...rest]) =>
    section === 'services' && own === name && rest.length > 0 ? [rest] : [],
  );
  const kept = without(source, reset);
  // The lists of the base are extended where they stand, so that each keeps its own place.
  return withoutExtends(mergeServices(kept, service, name));
}

function tooNew(name: string, ref: string, { at }: Node): ComposeProblem {
  const message = `${name} extends ${ref}, which is included: Compose refuses that before 5.2.0`;
  return {
    severity: 'warning',
    code: 'extends',
    ...at,
    message,
    hint: 'Extend it with `file:`, or use Compose 5.2.0.',
  };
}
