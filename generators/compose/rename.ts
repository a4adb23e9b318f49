import { isMap, isNode, isScalar, isSeq, parseDocument, type Scalar } from 'yaml';
import { applySplices, type Splice } from './edit/index.ts';

/** New names of services by their old ones. */
export type Names = ReadonlyMap<string, string>;

/** How a service stands in a value that can be other things, too: `service:api`. */
const places: Readonly<Record<string, RegExp>> = {
  network_mode: /^service:(?<name>.+)$/,
  pid: /^service:(?<name>.+)$/,
  ipc: /^service:(?<name>.+)$/,
};

/**
 * The text of a compose file with services under other names: the services themselves, and where others name them
 * (`depends_on`, `network_mode`, `pid`, `ipc`, `links`, `volumes_from`, `extends` of the same file). All other bytes stay.
 */
export function renameServices(text: string, names: Names): string {
  const { contents, errors } = parseDocument(text);
  if (errors.length > 0 || !isMap(contents)) return text;
  const splices: Splice[] = [];
  const rename = (node: unknown, pattern = /^(?<name>[^:]+)/): void => {
    if (!isScalar(node) || !node.range || typeof node.value !== 'string') return;
    const found = pattern.exec(node.value)?.groups?.['name'];
    const name = found === undefined ? undefined : names.get(found);
    if (found === undefined || name === undefined) return;
    const at = text.indexOf(found, node.range[0]);
    if (at !== -1 && at + found.length <= node.range[1])
      splices.push({ offset: at, length: found.length, content: name });
  };
  const services = contents.get('services', true);
  if (!isMap(services)) return text;
  for (const { key, value } of services.items) {
    rename(key);
    if (!isMap(value)) continue;
    const depends = value.get('depends_on', true);
    if (isMap(depends)) for (const pair of depends.items) rename(pair.key);
    for (const list of [depends, value.get('links', true), value.get('volumes_from', true)])
      if (isSeq(list)) for (const item of list.items) rename(item);
    for (const [place, pattern] of Object.entries(places)) rename(value.get(place, true), pattern);
    const extended = value.get('extends', true);
    if (isMap(extended)) {
      if (!extended.has('file')) rename(extended.get('service', true));
    } else rename(extended);
  }
  return applySplices(text, splices);
}

/** The names of the services of a compose file with what each is, for a reader that knows no YAML; none where it has none. */
export function serviceNames(text: string): readonly string[] {
  const { contents, errors } = parseDocument(text);
  const services = errors.length === 0 && isMap(contents) ? contents.get('services', true) : undefined;
  return isMap(services) ? services.items.flatMap(({ key }) => (isName(key) ? [key.value] : [])) : [];
}

const isName = (key: unknown): key is Scalar<string> => isNode(key) && isScalar(key) && typeof key.value === 'string';
