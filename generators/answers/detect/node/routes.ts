import { at } from '../findings.ts';
import { joinRoute, mayBeHealth, type Route } from '../health.ts';
import { type Call, find, findCalls, literal, type Source } from '../source.ts';
import type { NodeContext } from './context.ts';
import { type Import, importsOf } from './modules.ts';
import { escapeRegExp } from './workspace.ts';

const getRoute = /(?<![\w$])([\w$]+)\s*\.\s*get\s*(?:<[^<>()]{0,100}>)?\(\s*(["'`])(\/[^"'`\s$]{0,200})\2/g;
const chainedRoute = /(?<![\w$])([\w$]+)\s*\.\s*route\s*\(\s*(["'`])(\/[^"'`\s$]{0,200})\2\s*\)\s*\.\s*get\s*\(/g;
const routeObject = /(?<![\w$])([\w$]+)\s*\.\s*route\s*\((?=\s*\{)/g;
const mount = /(?<![\w$])([\w$]+)\s*\.\s*(?:use|route|register)\s*\(/g;

/** Makes of an app: their routes have no prefix unless they are mounted in another. */
const application =
  /^(?:await\s+)?(?:new\s+(?:OpenAPI)?Hono\b|(?:express|[fF]astify|polka)\s*(?:<[^()]{0,100}>)?\(|require\(["'](?:express|fastify)["']\)\s*\()/;
const router = /^(?:new\s+)?(?:(?:[\w$]+|require\(["']\w+["']\))\.)?Router\s*\(/;

interface Module {
  readonly source: Source;
  readonly imports: readonly Import[];
  readonly mounts: readonly Call[];
}

/**
 * The routes that may be for health checks and whose whole path is certain: what is mounted in a way that
 * cannot be followed is left out.
 */
export function healthRoutes({ view, pack, sources }: NodeContext): Route[] {
  const modules = sources.map(
    (source): Module => ({
      source,
      imports: importsOf(view, pack.folder, source),
      mounts: [...findCalls(source, mount)],
    }),
  );
  const prefixes = new Map<string, string | undefined>();
  const knownPrefix = (module: Module, name: string) => {
    const key = `${module.source.path} ${name}`;
    if (!prefixes.has(key)) prefixes.set(key, prefixOf(modules, module, name, []));
    return prefixes.get(key);
  };
  return modules.flatMap((module) =>
    ownRoutes(module.source)
      .filter(({ path }) => mayBeHealth(path))
      .flatMap(({ receiver, path, line }) => {
        const prefix = knownPrefix(module, receiver);
        return prefix === undefined ? [] : [{ path: joinRoute(prefix, path), evidence: at(module.source.path, line) }];
      }),
  );
}

interface OwnRoute {
  readonly receiver: string;
  readonly path: string;
  readonly line: number;
}

/** The GET routes of one file, without their prefixes. */
function ownRoutes(source: Source): OwnRoute[] {
  const direct = [...find(source, getRoute), ...find(source, chainedRoute)].map(
    // The line of the path: in a chain the receiver may stand further up.
    ({ group, line }): OwnRoute => ({
      receiver: group(1),
      path: group(3),
      line: line + group(0).split('\n').length - 1,
    }),
  );
  const objects = [...findCalls(source, routeObject)].flatMap(({ group, line, args: [options = ''] }): OwnRoute[] => {
    const path = literal(/\b(?:url|path)\s*:\s*(["'`][^"'`\n]{0,200}["'`])/.exec(options)?.[1]);
    return path !== undefined && /\bmethod\s*:\s*[[\s]*["'](?:GET|get)["']/.test(options)
      ? [{ receiver: group(1), path, line }]
      : [];
  });
  return [...direct, ...objects];
}

/** The path under which everything of an app or router is reached; undefined where that is not certain. */
function prefixOf(
  modules: readonly Module[],
  module: Module,
  name: string,
  seen: readonly string[],
): string | undefined {
  const { source } = module;
  const key = `${source.path} ${name}`;
  if (seen.includes(key)) return undefined;
  const follow = (there: Module, receiver: string) => prefixOf(modules, there, receiver, [...seen, key]);

  const initial = initialiser(source, name);
  const isApp = initial !== undefined && application.test(initial);
  const imported = module.imports.find((one) => one.local === escapeRegExp(name));
  // Anything else with a `get`: a client, a cache, a map.
  if (initial !== undefined && !isApp && !router.test(initial)) return undefined;
  if (initial === undefined && imported) {
    const there = modules.find((one) => one.source.path === imported.file);
    const original = there && (imported.name === 'default' ? defaultExport(there.source) : imported.name);
    return there && original ? follow(there, original) : undefined;
  }
  // The parameter of a plugin that is registered in place hides the app of the same name.
  const inPlace = new RegExp(
    `\\.\\s*register\\s*\\(\\s*(?:async\\s*)?(?:function\\b[^(]{0,50})?\\(?\\s*${escapeRegExp(name)}\\b`,
  );
  if (inPlace.test(source.bare)) return undefined;

  const own = initial === undefined ? '' : ownPrefix(source, name, initial);
  const mounts = mountsOf(modules, module, name, initial === undefined);
  const [first] = mounts;
  if (!first) return isApp ? own : undefined;
  if (first.path === undefined || own === undefined) return undefined;
  const outer = follow(first.module, first.receiver);
  return outer === undefined ? undefined : joinRoute(outer, first.path, own);
}

/** What a name is first set to in a file; undefined where it is no variable of the file. */
function initialiser(source: Source, name: string): string | undefined {
  const declared = new RegExp(`\\b(?:const|let|var)\\s+${escapeRegExp(name)}\\s*(?::[^=;\\n]{1,80})?=\\s*`, 'g');
  const [found] = find(source, declared);
  if (!found) return undefined;
  const start = found.offset + found.group(0).length;
  const text = source.code.slice(start, start + 300);
  return /\brequire\(\s*["']\./.test(text.split('\n')[0] ?? '') ? undefined : text;
}

/** A prefix that an app or router gives itself; undefined where it is an expression. */
function ownPrefix(source: Source, name: string, initial: string): string | undefined {
  const [based] = findCalls(source, new RegExp(`\\b${escapeRegExp(name)}\\s*\\.\\s*basePath\\s*\\(`, 'g'));
  const text = based ? based.args[0] : /^[^;]{0,150}?\.\s*basePath\s*\(\s*([^)]*)\)/.exec(initial)?.[1];
  if (text !== undefined) return literal(text.trim());
  if (!/^[^;\n]{0,150}\bprefix\s*:/.test(initial)) return '';
  return literal(/\bprefix\s*:\s*(["'`][^"'`\n]*["'`])/.exec(initial)?.[1]);
}

interface Mount {
  readonly module: Module;
  readonly receiver: string;
  /** Undefined where it is an expression. */
  readonly path: string | undefined;
}

/** The places where a router is hung into another one: in its own file, or where its file is imported. */
function mountsOf(modules: readonly Module[], module: Module, name: string, isParameter: boolean): Mount[] {
  const aliases = modules.flatMap((there) =>
    there.imports
      .filter((one) => one.file === module.source.path)
      .filter(
        (one) => isParameter || one.name === name || (one.name === 'default' && defaultExport(module.source) === name),
      )
      .map(({ local }) => ({ there, local })),
  );
  const here = isParameter ? [] : [{ there: module, local: escapeRegExp(name) }];
  return [...here, ...aliases].flatMap(({ there, local }) => [
    ...there.mounts.flatMap((call) => mountedBy(there, call, local)),
    ...(isParameter ? handedTo(there, local) : []),
  ]);
}

/** `app.use('/api', auth, router)`, `app.route('/api', router)`, `app.register(plugin, { prefix: '/api' })`. */
function mountedBy(module: Module, call: Call, local: string): Mount[] {
  const pattern = new RegExp(`^(?:${local})(?:\\.routes\\(\\))?$`);
  const index = call.args.findIndex((arg) => pattern.test(arg));
  if (index < 0) return [];
  const [first = '', second = ''] = call.args;
  const prefix = /\bprefix\b/.test(second) ? literal(/\bprefix\s*:\s*(["'`][^"'`\n]*["'`])/.exec(second)?.[1]) : '';
  return [{ module, receiver: call.group(1), path: index === 0 ? prefix : literal(first) }];
}

/** `routes(app)`: a function that gets the app itself. */
function handedTo(module: Module, local: string): Mount[] {
  return [...findCalls(module.source, new RegExp(`(?:${local})\\s*\\(`, 'g'))].flatMap(({ args: [receiver = ''] }) =>
    /^[\w$]+$/.test(receiver) ? [{ module, receiver, path: '' }] : [],
  );
}

/** The name that a file exports as its default. */
function defaultExport(source: Source): string | undefined {
  const [found] = find(
    source,
    /\bexport\s+default\s+([\w$]+)|\bmodule\.exports\s*=\s*([\w$]+)|\bexport\s*=\s*([\w$]+)/g,
  );
  return found && (found.group(1) || found.group(2) || found.group(3));
}
