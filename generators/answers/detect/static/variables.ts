import * as v from 'valibot';
import { buildVariable } from '../../names.ts';
import { finding, place, type Warn } from '../findings.ts';
import type { Package } from '../node/package.ts';
import { join } from '../paths.ts';
import { find, lineOf, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import type { View } from '../view.ts';
import type { Tool } from './tools.ts';

/** Variables that the tools themselves set. */
const ownNames = /^(?:VITE_USER_NODE_ENV)$/;

/** The variables that the build writes into the result: those that the sources read. */
export function buildVariables(
  view: View,
  pack: Package,
  tool: Tool,
  sources: readonly Source[],
  warn: Warn,
): Finding<string[]> | undefined {
  const found = new Map<string, Evidence>();
  for (const source of sources)
    for (const { group, line } of find(source, tool.variables))
      if (!found.has(group(1)) && !ownNames.test(group(1))) found.set(group(1), { file: source.path, line });
  const names = [...found.keys()].sort().filter((name) => {
    const result = v.safeParse(buildVariable, name);
    const where = found.get(name);
    if (!result.success && where) warn(`${name} (${place(where)}) is left out: ${result.issues[0].message}`);
    return result.success;
  });
  for (const name of names) warnOfFile(view, pack, name, warn);
  const first = found.get(names[0] ?? '');
  return first && finding(names, first);
}

/** An app's own env files are in no image, so what they say of the build would be missing there. */
function warnOfFile(view: View, { folder }: Package, name: string, warn: Warn): void {
  for (const file of ['.env.production', '.env'].map((one) => join(folder, one))) {
    const line = lineOf(view.read(file) ?? '', new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*\\S`, 'm'));
    if (line === undefined) continue;
    warn(`${file}:${line} sets ${name}, and no env file enters an image: set it in the .env of the stack`);
    return;
  }
}
