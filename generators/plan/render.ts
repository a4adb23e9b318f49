import Handlebars from 'handlebars/runtime.js';
import { templateHelpers } from './helpers.ts';
import { templates } from './templates.generated.ts';

/** An instance of our own: nobody else's helpers or partials, and none of ours for others. */
const handlebars = (Handlebars as unknown as Pick<typeof import('handlebars'), 'create'>).create();
for (const [name, helper] of Object.entries(templateHelpers)) handlebars.registerHelper(name, helper);

const ready = new Map<string, (view: unknown) => string>();

/** Whether there is a template of this name, such as `compose/node/dev.yaml`. */
export function hasTemplate(name: string): boolean {
  return Object.hasOwn(templates, name);
}

/** The names of all templates below a folder, such as `starter/node/`. */
export function templatesBelow(folder: string): readonly string[] {
  return Object.keys(templates).filter((name) => name.startsWith(folder));
}

/**
 * The text of a template for a view.
 * @throws Error when the template needs something that the view lacks: a bug, never a blank in the output
 */
export function render(name: string, view: Readonly<Record<string, unknown>>): string {
  return template(name)(view);
}

function template(name: string): (view: unknown) => string {
  const known = ready.get(name);
  if (known) return known;
  const spec = templates[name];
  if (!spec) throw new Error(`There is no template ${name}.`);
  const compiled = handlebars.template(spec);
  ready.set(name, compiled);
  return compiled;
}

for (const name of ['compose/partials/', 'docker/partials/', 'laravel/partials/'].flatMap(templatesBelow)) {
  handlebars.registerPartial(name, template(name));
}
