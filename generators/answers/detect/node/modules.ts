import { folderOf } from '../../../paths.ts';
import { join } from '../paths.ts';
import { find, type Source } from '../source.ts';
import type { View } from '../view.ts';
import { escapeRegExp } from './workspace.ts';

/** One name that a source takes from another file of the app. */
export interface Import {
  readonly source: Source;
  /** A pattern for how the source writes it: a name, or `require('./x')` in place. */
  readonly local: string;
  /** What the other file calls it: a name, `default` or `*`. */
  readonly name: string;
  readonly file: string;
}

const importFrom = /\bimport\s+(?:type\s+)?([\w$*{}\s,]{1,500}?)\s*from\s*["']([^"'\n]{1,200})["']/g;
const required =
  /\b(?:const|let|var)\s+([\w$]+|\{[\w$\s,:]{1,300}\})\s*=\s*(?:await\s+import|require)\s*\(\s*["']([^"'\n]{1,200})["']\s*\)/g;
const inPlace = /\brequire\s*\(\s*["'](\.[^"'\n]{0,200})["']\s*\)/g;

/** What a source imports from files of the app. */
export function importsOf(view: View, folder: string, source: Source): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, local: string, name: string) => {
    const file = resolve(view, folder, source.path, specifier);
    if (file) imports.push({ source, local, name, file });
  };
  for (const { group } of [...find(source, importFrom), ...find(source, required)]) {
    for (const [local, name] of namesOf(group(1))) add(group(2), escapeRegExp(local), name);
  }
  for (const { group } of find(source, inPlace)) add(group(1), escapeRegExp(group(0)), 'default');
  return imports;
}

/** `a, { b, c as d }` as the pairs of local and imported name. */
function namesOf(clause: string): [string, string][] {
  const named = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  const pairs = named.split(',').map((item): [string, string] => {
    const [name = '', local = name] = item
      .replace(/^\s*type\s+/, '')
      .trim()
      .split(/\s+as\s+|\s*:\s*/);
    return [local, name];
  });
  const [first = ''] = clause.replace(/\{[^}]*\}/, '').split(',');
  const whole = /^\s*(\*\s+as\s+)?([\w$]+)\s*$/.exec(first);
  if (whole?.[2]) pairs.push([whole[2], whole[1] ? '*' : 'default']);
  return pairs.filter(([local]) => local !== '');
}

/** The file that an import of the app's own code means; `@/` and `~/` are taken for its root or its src. */
function resolve(view: View, folder: string, file: string, specifier: string): string | undefined {
  const alias = /^[@~#]\//.test(specifier) ? specifier.slice(2) : undefined;
  if (alias === undefined && !specifier.startsWith('.')) return undefined;
  const bases =
    alias === undefined ? [join(folderOf(file), specifier)] : [join(folder, `src/${alias}`), join(folder, alias)];
  return bases
    .flatMap((base) => {
      const stem = base.replace(/\.[cm]?jsx?$/, '');
      const extensions = ['.ts', '.js', '.tsx', '.mts', '.mjs', '.cts', '.cjs'];
      return [base, ...extensions.map((one) => stem + one), ...extensions.map((one) => `${base}/index${one}`)];
    })
    .find((path) => view.has(path));
}
