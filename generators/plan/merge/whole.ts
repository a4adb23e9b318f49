/** Whether compose files that were merged one by one still fit together. */
import { readYaml } from '../../compose/yaml.ts';
import { isData, mapOf } from '../../data.ts';
import { UserError } from '../../errors.ts';
import type { RelPath } from '../types.ts';

/** Compose refuses the whole project for one such service. */
export const noImage = 'has neither an image nor a build in any file';

/** What services name, and the section of the file that declares it. */
const kinds = { volumes: 'volume', networks: 'network', secrets: 'secret', configs: 'config' } as const;

/**
 * What services need and no file of the project has: Compose refuses to start such a stack.
 * @param texts the compose files as they will be, by their paths
 */
export function missingParts(texts: ReadonlyMap<RelPath, string>): readonly string[] {
  const files = [...texts].map(([path, text]) => ({ path, data: dataOf(path, text) }));
  const declared = (section: string): ReadonlySet<string> =>
    new Set(files.flatMap(({ data }) => namesIn(data[section])));
  // An overlay says more of a service; what it runs has to stand somewhere.
  const services = new Set(
    files.flatMap(({ data }) =>
      Object.entries(mapOf(data['services'])).flatMap(([name, service]) =>
        ['image', 'build', 'extends', 'provider'].some((key) => key in mapOf(service)) ? [name] : [],
      ),
    ),
  );
  const problems = files.flatMap(({ path, data }) =>
    Object.entries(mapOf(data['services'])).flatMap(([name, service]) => {
      const { depends_on, ...rest } = mapOf(service);
      const lost = namesIn(depends_on).filter((one) => !services.has(one));
      return [
        ...(services.has(name) ? [] : [`${path}: ${name} ${noImage}: take it out, or bring it back`]),
        ...lost.map(
          (one) => `${path}: ${name} depends on ${one}, which is no service any more: take that out, or bring it back`,
        ),
        ...Object.entries(kinds).flatMap(([section, kind]) =>
          used(rest[section], section)
            .filter((one) => one !== 'default' && !declared(section).has(one))
            .map(
              (one) =>
                `${path}: ${name} uses the ${kind} ${one}, which is not declared any more: declare it below ${section}`,
            ),
        ),
      ];
    }),
  );
  return [...new Set(problems)];
}

function dataOf(path: RelPath, text: string): Readonly<Record<string, unknown>> {
  try {
    return mapOf(readYaml(text, path));
  } catch (error) {
    // That it cannot be read is said elsewhere.
    if (error instanceof UserError) return {};
    throw error;
  }
}

/** The named things of a list or a map: of volumes those that are no folders. */
function used(value: unknown, section: string): readonly string[] {
  if (!Array.isArray(value)) return namesIn(value);
  return value.flatMap((item) => {
    const source = isData(item)
      ? section !== 'volumes' || item['type'] === 'volume'
        ? item['source']
        : undefined
      : item;
    const name = section === 'volumes' && typeof source === 'string' && !isData(item) ? source.split(':')[0] : source;
    const isNamed = typeof name === 'string' && /^[A-Za-z0-9][\w.-]*$/.test(name);
    return isNamed && (section !== 'volumes' || isData(item) || String(item).includes(':')) ? [name] : [];
  });
}

function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((one): one is string => typeof one === 'string');
  return Object.keys(mapOf(value));
}
