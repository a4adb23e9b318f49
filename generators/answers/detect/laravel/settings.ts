import { at } from '../findings.ts';
import { join } from '../paths.ts';
import { lineOf } from '../source.ts';
import type { Evidence } from '../types.ts';
import { exampleVariables } from '../variables.ts';
import type { View } from '../view.ts';

/** What the repo says a setting is. */
export interface Setting {
  readonly value: string;
  readonly evidence: Evidence;
}

/** Looks settings up: in the example of the env file, else in the defaults of config/. */
export type Settings = (variable: string) => Setting | undefined;

const examples = ['.env.production.example', '.env.prod.example', '.env.example', '.env.dist'];
const configs = ['database', 'queue', 'cache', 'session', 'broadcasting'];

/** The settings of the app in a folder. */
export function readSettings(view: View, folder: string): Settings {
  const files = examples.map((name) => join(folder, name)).filter((path) => view.has(path));
  const defaults = configs.map((name) => join(folder, `config/${name}.php`)).filter((path) => view.has(path));
  return (variable) =>
    firstMatch(view, files, new RegExp(`^[ \\t]*${variable}[ \\t]*=[ \\t]*["']?([\\w.:-]+)`, 'm')) ??
    firstMatch(view, defaults, new RegExp(`\\benv\\(\\s*['"]${variable}['"]\\s*,\\s*['"]([\\w.:-]+)['"]`));
}

function firstMatch(view: View, files: readonly string[], pattern: RegExp): Setting | undefined {
  for (const file of files) {
    const text = view.read(file) ?? '';
    const value = pattern.exec(text)?.[1];
    if (value !== undefined && value !== 'null') return { value, evidence: at(file, lineOf(text, pattern)) };
  }
  return undefined;
}

/** The variables of a kind in the example of the env file, such as `VITE_APP_NAME`. */
export function variablesOf(view: View, folder: string, prefix: string): readonly [string, Evidence][] {
  return examples.flatMap((name) => {
    const file = join(folder, name);
    return exampleVariables(file, view.read(file) ?? '')
      .filter((one) => one.name.startsWith(prefix))
      .map((one): [string, Evidence] => [one.name, one.evidence]);
  });
}
