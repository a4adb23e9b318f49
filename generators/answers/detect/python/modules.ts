import { folderOf } from '../../../paths.ts';
import { join } from '../paths.ts';
import { find, literal, type Source } from '../source.ts';

/** A name in a source: a variable that it defines, or a module. */
export type Target = { readonly file: string; readonly name: string } | { readonly module: string };

const fromImport = /^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]{0,2000}\)|[^\n;]{1,500})/gm;
const plainImport =
  /^[ \t]*import[ \t]+(\w[\w.]*(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*\w[\w.]*(?:[ \t]+as[ \t]+\w+)?){0,50})/gm;

interface Import {
  readonly local: string;
  readonly module: string;
  /** Undefined where the module itself is imported. */
  readonly name?: string;
}

/** Everything that a source imports. */
export function importsOf(source: Source): Import[] {
  const named = [...find(source, fromImport)].flatMap(({ group }) =>
    group(2)
      .replace(/[()]/g, '')
      .split(',')
      .map((item) => item.trim().split(/\s+as\s+/))
      .filter(([name]) => name !== '' && name !== undefined)
      .map(([name = '', local = name]): Import => ({ local, module: group(1), name })),
  );
  const whole = [...find(source, plainImport)].flatMap(({ group }) =>
    group(1)
      .split(',')
      .map((item) => item.trim().split(/\s+as\s+/))
      .map(([module = '', local = module]): Import => ({ local, module })),
  );
  return [...named, ...whole];
}

/** The file of a module (`app.api.main`, `.routers`), as `file` imports it; undefined for what is not the app's own. */
export function fileOfModule(sources: readonly Source[], file: string, module: string): string | undefined {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const parts = module.slice(dots).replace(/\./g, '/');
  if (dots > 0) {
    const base = join(folderOf(file), `${'../'.repeat(dots - 1)}./${parts}`);
    return sources.find(({ path }) => path === `${base}.py` || path === join(base, '__init__.py'))?.path;
  }
  const tails = [`${parts}.py`, `${parts}/__init__.py`];
  return sources
    .map(({ path }) => path)
    .filter((path) => tails.some((tail) => path === tail || path.endsWith(`/${tail}`)))
    .sort((a, b) => a.length - b.length)[0];
}

/** What a name or dotted name (`health.router`) in a source stands for, followed through imports. */
export function resolveName(
  sources: readonly Source[],
  source: Source,
  expression: string,
  isDefined: (file: string, name: string) => boolean,
  depth = 6,
): Target | undefined {
  const imports = importsOf(source);
  const dot = expression.lastIndexOf('.');
  if (dot > 0) {
    const [owner, name] = [expression.slice(0, dot), expression.slice(dot + 1)];
    const imported = imports.find((one) => one.name === undefined && one.local === owner);
    const target: Target | undefined = imported
      ? asModule(fileOfModule(sources, source.path, imported.module))
      : resolveName(sources, source, owner, isDefined, depth);
    const inside = target && 'module' in target ? sources.find(({ path }) => path === target.module) : undefined;
    return inside && depth > 0 ? resolveName(sources, inside, name, isDefined, depth - 1) : undefined;
  }
  if (isDefined(source.path, expression)) return { file: source.path, name: expression };
  const imported = imports.find((one) => one.local === expression);
  if (!imported) return undefined;
  const { module, name } = imported;
  if (name === undefined) return asModule(fileOfModule(sources, source.path, module));
  const submodule = fileOfModule(sources, source.path, module.endsWith('.') ? module + name : `${module}.${name}`);
  const file = fileOfModule(sources, source.path, module);
  const there = sources.find(({ path }) => path === file);
  const reexported = there && depth > 0 ? resolveName(sources, there, name, isDefined, depth - 1) : undefined;
  return reexported ?? asModule(submodule);
}

function asModule(file: string | undefined): Target | undefined {
  return file === undefined ? undefined : { module: file };
}

const constant =
  /^[ \t]*(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:Field\([ \t]*(?:default[ \t]*=[ \t]*)?)?("[^"'\n]*"|'[^"'\n]*')/gm;

export type TextOf = (expression: string | undefined) => string | undefined;

/** Reads the text of expressions: a literal, a constant that has one value in the whole app, an f-string of these. */
export function textReader(sources: readonly Source[]): TextOf {
  let constants: Map<string, Set<string | undefined>> | undefined;
  const constantNamed = (name: string) => {
    if (!constants) {
      constants = new Map();
      for (const { group } of sources.flatMap((source) => [...find(source, constant)]))
        constants.set(group(1), (constants.get(group(1)) ?? new Set()).add(literal(group(2))));
    }
    const values = constants.get(name);
    return values?.size === 1 ? [...values][0] : undefined;
  };
  const textOf: TextOf = (expression = '') => {
    const plain = literal(expression);
    if (plain !== undefined) return plain;
    const name = /^(?:\w+\.)*(\w+)$/.exec(expression)?.[1];
    if (name !== undefined) return constantNamed(name);
    const formatted = /^f(["'])([^"'\n]*)\1$/.exec(expression)?.[2];
    if (formatted === undefined) return undefined;
    const pieces = formatted.split(/\{([^{}]*)\}/).map((piece, index) => (index % 2 ? textOf(piece) : piece));
    return pieces.includes(undefined) ? undefined : pieces.join('');
  };
  return textOf;
}
