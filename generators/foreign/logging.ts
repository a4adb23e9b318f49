/** How a service says where its log goes: as the others of its file do, by the same name. */

import { pairOfAlias } from '../compose/edit/alias.ts';
import type { Edit } from '../compose/edit/types.ts';
import { inline } from '../compose/edit/write.ts';
import type { ComposeLogging } from '../compose/model.ts';
import { mapOf } from '../data.ts';
import type { Conventions } from './conventions.ts';
import type { ServiceText } from './texts.ts';
import type { ComposeSource } from './types.ts';

/** In braces. */
export function loggingText(logging: ComposeLogging): string {
  return inline(logging);
}

/** The edit that puts a service into a file, with the alias that others have there for the same log. */
export function serviceEdit(
  { name, text, value }: ServiceText,
  { logging }: Conventions,
  target: Pick<ComposeSource, 'text' | 'path'>,
): Edit {
  const edit = { op: 'set', path: ['services', name], value, text } as const;
  if (!logging) return edit;
  const wanted = asText(logging);
  const alias = pairOfAlias(target.text, target.path, 'logging', (one) => asText(mapOf(one)) === wanted);
  const line = `logging: ${loggingText(logging)}`;
  if (!alias || !text.includes(line)) return edit;
  return { ...edit, text: text.replace(line, () => alias.pair), value: { ...mapOf(value), logging: alias.value } };
}

/** A driver and its options, numbers as the text that they become. */
function asText({ driver, options }: { readonly driver?: unknown; readonly options?: unknown }): string {
  const texts = Object.entries(mapOf(options)).map(([key, value]) => [key, String(value)]);
  return JSON.stringify([driver ?? null, texts.sort()]);
}
