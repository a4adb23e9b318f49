/**
 * Turns every `.hbs` file below `templates/` into one namespace of compiled functions, so that a run neither reads nor compiles a
 * template: that would cost more than all the rest of it.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import Handlebars from 'handlebars';
import { templateHelpers } from '../generators/plan/helpers.ts';

const root = join(import.meta.dirname, '..');
const source = join(root, 'templates');
const target = join(root, 'generators/plan/templates.generated.ts');

/** The options that make a missing variable or helper an error instead of a blank. */
const options = {
  strict: true,
  noEscape: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries(Object.keys(templateHelpers).map((name) => [name, true])),
} as const;

export function compileTemplates(): number {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.hbs'))
    .sort();
  const entries = files.map((file) => {
    const name = relative('.', file)
      .replaceAll('\\', '/')
      .replace(/\.hbs$/, '');
    const text = readFileSync(join(source, file), 'utf8');
    return `  ${JSON.stringify(name)}: ${Handlebars.precompile(text, options)},\n`;
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(
    target,
    `// @ts-nocheck: made by build/templates.ts from templates/; not in git.\nexport const templates: Readonly<Record<string, TemplateSpecification>> = {\n${entries.join('')}};\n`,
  );
  return files.length;
}
