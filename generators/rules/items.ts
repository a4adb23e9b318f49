/** Which item of a list in a compose file says something: `- "8080:80"` for the port 8080. */
import type { ComposeMount, ComposePort } from '../compose/model.ts';
import { clean } from '../paths.ts';

/** How well an item says it, by its scalars as they are written, those of a map by their keys; 0 for not at all. */
export type ItemMatch = (item: Readonly<Record<string, string>>) => number;

/** The key of an item that is a scalar itself. */
const whole = '';

/** What variables say without .env; a hole where they say nothing. */
function withDefaults(text: string): string {
  return text.replaceAll(/\$\{\w+:?-([^${}]*)\}/g, '$1').replaceAll(/\$\{[^{}]*\}|\$\w+/g, '*');
}

export function saysPort({ target, published }: ComposePort): ItemMatch {
  return (item) => {
    const parts = withDefaults(item[whole] ?? '')
      .replace(/\/\w+$/, '')
      .split(':');
    const ownTarget = withDefaults(item['target'] ?? parts.at(-1) ?? '');
    const ownPublished = item['target'] === undefined ? parts.at(-2) : withDefaults(item['published'] ?? '');
    if (!includes(ownTarget, String(target))) return 0;
    return includes(ownPublished ?? '', published ?? '') ? 2 : 1;
  };
}

/** Whether a port, or a range of them, has this one. */
function includes(text: string, port: string): boolean {
  const [first = '', last = first] = text.split('-');
  return text === port || (/^\d+$/.test(port) && Number(first) <= Number(port) && Number(port) <= Number(last));
}

export function saysMount({ target }: Pick<ComposeMount, 'target'>): ItemMatch {
  return (item) => {
    const parts = item['target'] === undefined ? withDefaults(item[whole] ?? '').split(':') : [item['target']];
    return parts.some((part) => clean(part) === clean(target)) ? 1 : 0;
  };
}
