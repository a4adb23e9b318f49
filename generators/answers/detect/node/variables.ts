import { at } from '../findings.ts';
import { join } from '../paths.ts';
import { find } from '../source.ts';
import { exampleFiles, exampleVariables, type ReadVariable } from '../variables.ts';
import type { NodeContext } from './context.ts';

/** `process.env.NAME`, `env['NAME']`, `import.meta.env.NAME`; `config.get('NAME')` and its like. */
const read =
  /\benv\s*(?:\?\.|\.)\s*([A-Z][A-Z0-9_]*)\b|\benv\s*(?:\?\.)?\[\s*["']([A-Z][A-Z0-9_]*)["']\s*\]|\b(?:get|getOrThrow|required?|str|num|env)\s*(?:<\w+>)?\(\s*["']([A-Z][A-Z0-9_]*)["']/g;
/** `const { NAME } = process.env`. */
const destructured = /\{([^{}]{1,500})\}\s*=\s*(?:process\.)?env\b/g;
/** `NAME: z.string()` in a schema for the environment. */
const schema = /(?:^|[{,\n])\s*([A-Z][A-Z0-9_]*)\s*:\s*(?:z|v|Joi|joi|t|Type|str|num|port|url|host)\b/g;

/** The variables that the sources of an app read, and those of its example env file. */
export function readVariables({ view, pack, sources }: NodeContext): readonly ReadVariable[] {
  const examples = exampleFiles.flatMap((name) => {
    const file = join(pack.folder, name);
    const text = view.read(file);
    return text === undefined ? [] : exampleVariables(file, text);
  });
  const found = sources.flatMap((source) =>
    [
      ...[...find(source, read)].map(({ group, line }) => ({ name: group(1) || group(2) || group(3), line })),
      ...[...find(source, destructured)].flatMap(({ group, line }) =>
        group(1)
          .split(',')
          .flatMap((item) => /^\s*([A-Z][A-Z0-9_]*)\s*(?:[:=]|$)/.exec(item)?.[1] ?? [])
          .map((name) => ({ name, line })),
      ),
      ...[...source.code.matchAll(schema)].map((match) => ({ name: match[1] ?? '', line: undefined })),
    ].map(({ name, line }): ReadVariable => ({ name, evidence: at(source.path, line) })),
  );
  return unique([...found, ...examples]);
}

/** One entry for each name: the place in the sources, with what the example has for it. */
function unique(all: readonly ReadVariable[]): readonly ReadVariable[] {
  const byName = new Map<string, ReadVariable>();
  for (const one of all) byName.set(one.name, { ...one, ...byName.get(one.name), ...exampleOf(one) });
  return [...byName.values()];
}

function exampleOf({ example }: ReadVariable): { readonly example?: string } {
  return example === undefined ? {} : { example };
}
