import { at } from '../findings.ts';
import { mayBeHealth, type Route } from '../health.ts';
import { type Call, findCalls, type Source } from '../source.ts';
import { resolveName, type TextOf, textReader } from './modules.ts';

const definition = /^[ \t]*(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:\w+\.)?(FastAPI|APIRouter)\s*\(/gm;
const decorator = /@(\w+)\s*\.\s*get\s*\(/g;
const added = /\b(\w+)\s*\.\s*add_api_route\s*\(/g;
const inclusion = /\b(\w+)\s*\.\s*include_router\s*\(/g;

interface Router {
  readonly file: string;
  readonly name: string;
  readonly isApp: boolean;
  readonly args: readonly string[];
}

/** A router in an app or in another router. */
interface Inclusion {
  readonly source: Source;
  readonly receiver: string;
  readonly file: string;
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * The routes that may be for health checks and whose whole path is certain.
 * @param appFile the file of the application object
 */
export function healthRoutes(sources: readonly Source[], appFile: string | undefined): Route[] {
  const textOf = textReader(sources);
  const routers = sources.flatMap(routersOf);
  const inclusions = sources.flatMap((source) => inclusionsIn(sources, source, routers));
  const prefixOf = (file: string, name: string, seen: readonly string[]): string | undefined => {
    const router = routers.find((one) => one.file === file && one.name === name);
    const key = `${file} ${name}`;
    if (!router || seen.includes(key)) return undefined;
    if (router.isApp) return isRoot(router, routers, appFile) ? '' : undefined;
    const including = inclusions.find((one) => one.file === file && one.name === name);
    const outer = including && prefixOf(including.source.path, including.receiver, [...seen, key]);
    const between = including && prefixIn(including.args, textOf);
    const own = prefixIn(router.args, textOf);
    return outer === undefined || between === undefined || own === undefined ? undefined : outer + between + own;
  };
  return sources.flatMap((source) =>
    ownRoutes(source, textOf).flatMap(({ receiver, path, line }): Route[] => {
      const prefix = mayBeHealth(path) ? prefixOf(source.path, receiver, []) : undefined;
      return prefix === undefined ? [] : [{ path: prefix + path, evidence: at(source.path, line) }];
    }),
  );
}

function inclusionsIn(sources: readonly Source[], source: Source, routers: readonly Router[]): Inclusion[] {
  const isRouter = (file: string, name: string) => routers.some((one) => one.file === file && one.name === name);
  return [...findCalls(source, inclusion)].flatMap(({ group, args }): Inclusion[] => {
    const target = resolveName(sources, source, args[0] ?? '', isRouter);
    return target && 'file' in target ? [{ source, receiver: group(1), args, ...target }] : [];
  });
}

function routersOf(source: Source): Router[] {
  return [...findCalls(source, definition)].map(({ group, args }) => ({
    file: source.path,
    name: group(1),
    isApp: group(2) === 'FastAPI',
    args,
  }));
}

/** The application itself, not one that is mounted in it; its object may come from a factory in another file. */
function isRoot(router: Router, routers: readonly Router[], appFile: string | undefined): boolean {
  return router.file === appFile || routers.filter(({ isApp }) => isApp).length === 1;
}

function ownRoutes(source: Source, textOf: TextOf): { receiver: string; path: string; line: number }[] {
  const additions = [...findCalls(source, added)].filter(
    ({ args }) => !args.some((arg) => /^methods\s*=/.test(arg) && !/["']GET["']/.test(arg)),
  );
  return [...findCalls(source, decorator), ...additions].flatMap((call: Call) => {
    const first = call.args.find((arg) => !/^\w+\s*=(?!=)/.test(arg)) ?? keyword(call.args, 'path');
    const path = textOf(first);
    return path === undefined ? [] : [{ receiver: call.group(1), path, line: call.line }];
  });
}

/** The prefix among arguments: empty where there is none, undefined where it cannot be read off. */
function prefixIn(args: readonly string[], textOf: TextOf): string | undefined {
  const value = keyword(args, 'prefix');
  return value === undefined ? '' : textOf(value);
}

function keyword(args: readonly string[], name: string): string | undefined {
  const start = new RegExp(`^${name}\\s*=\\s*`);
  return args.find((arg) => start.test(arg))?.replace(start, '');
}
