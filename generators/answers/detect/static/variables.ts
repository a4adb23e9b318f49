import type { Warn } from '../findings.ts';
import { buildVariables, readsOfBuild } from '../node/build-variables.ts';
import type { Package } from '../node/package.ts';
import { join } from '../paths.ts';
import { lineOf, type Source } from '../source.ts';
import type { Finding } from '../types.ts';
import type { View } from '../view.ts';
import type { Tool } from './tools.ts';

/** Variables that the tools themselves set. */
const ownNames = /^(?:VITE_USER_NODE_ENV)$/;

/** The variables that the build writes into the result: those that the sources read. */
export function siteVariables(
  view: View,
  pack: Package,
  tool: Tool,
  sources: readonly Source[],
  warn: Warn,
): Finding<string[]> | undefined {
  const reads = readsOfBuild(sources, tool.variables).filter(([name]) => !ownNames.test(name));
  const found = buildVariables(reads, warn);
  for (const name of found?.value ?? []) warnOfFile(view, pack, name, warn);
  return found;
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
