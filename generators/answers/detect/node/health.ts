import { at } from '../findings.ts';
import { joinRoute, mayBeHealth, pickHealth, type Route } from '../health.ts';
import { from, isInside } from '../paths.ts';
import { find, findCalls, lineOf, literal, maskJavaScript, type Source } from '../source.ts';
import type { Finding } from '../types.ts';
import type { NodeContext } from './context.ts';
import { healthRoutes } from './routes.ts';

/** The route to ask whether the app is ready. */
export function detectHealth(context: NodeContext): Finding<string> | undefined {
  if (context.framework === 'nest') return pickHealth(nestRoutes(context.sources));
  const pages = context.framework === 'next' ? nextRoutes(context) : [];
  return pickHealth([...pages, ...healthRoutes(context)]);
}

/** `@Controller('health')` with `@Get()` below it, under the global prefix. */
function nestRoutes(sources: readonly Source[]): Route[] {
  const prefix = nestPrefix(sources);
  if (prefix === undefined) return [];
  return sources.flatMap((source) => {
    const controllers = [...findCalls(source, /@Controller\s*\(/g)];
    return [...findCalls(source, /@Get\s*\(/g)].flatMap((get): Route[] => {
      const controller = controllers.findLast((one) => one.offset < get.offset);
      const base = controller && controllerPath(controller.args[0]);
      const own = get.args.length === 0 ? '' : literal(get.args[0]);
      if (base === undefined || own === undefined) return [];
      const path = joinRoute(base, own);
      const excluded = prefix.exclude.includes(path.slice(1));
      return [{ path: excluded ? path : joinRoute(prefix.path, path), evidence: at(source.path, get.line) }];
    });
  });
}

/** Undefined where the path has a version or is no literal. */
function controllerPath(argument: string | undefined): string | undefined {
  if (argument === undefined) return '';
  if (!argument.startsWith('{')) return literal(argument);
  if (/\bversion\b/.test(argument)) return undefined;
  const path = /\bpath\s*:\s*(["'`][^"'`\n]*["'`])/.exec(argument)?.[1];
  return path === undefined ? '' : literal(path);
}

/** What `setGlobalPrefix` lays before all routes; undefined where that, or versioning, cannot be read off. */
function nestPrefix(sources: readonly Source[]): { path: string; exclude: readonly string[] } | undefined {
  const versioned = sources.flatMap((source) => [...findCalls(source, /\.\s*enableVersioning\s*\(/g)]);
  if (versioned.some(({ args }) => args.some((arg) => /\bdefaultVersion\b/.test(arg)))) return undefined;
  const [call] = sources.flatMap((source) => [...findCalls(source, /\.\s*setGlobalPrefix\s*\(/g)]);
  if (!call) return { path: '', exclude: [] };
  const [first, options = ''] = call.args;
  const path = literal(first);
  const exclude = [...options.matchAll(/["'`]\/?([^"'`\n]+)["'`]/g)].map((match) => match[1] ?? '');
  return path === undefined ? undefined : { path, exclude };
}

/** `app/api/health/route.ts` and `pages/api/health.ts`, in src or not, under the base path. */
function nextRoutes({ view, pack, sources }: NodeContext): Route[] {
  const config = sources.find(({ path }) => /^next\.config\.[cm]?[jt]s$/.test(from(pack.folder, path)));
  const [based] = config ? find(config, /\bbasePath\s*:\s*(?:(["'`])(\/[^"'`$\n]*)\1)?/g) : [];
  if (based && based.group(2) === '') return [];
  return view.files.flatMap((file): Route[] => {
    const path = isInside(file, pack.folder) ? from(pack.folder, file) : '';
    const handler = /^(?:src\/)?app\/(.*)\/route\.[cm]?[jt]sx?$/.exec(path)?.[1];
    const page = /^(?:src\/)?pages\/(api\/.*)\.[jt]sx?$/.exec(path)?.[1]?.replace(/\/index$/, '');
    // Folders in parentheses group files and are no part of the address.
    const folders = (handler ?? page ?? '').split('/').filter((part) => !/^\(.*\)$/.test(part));
    const address = joinRoute(...folders);
    if (folders.some((part) => /[[@]/.test(part)) || address === '/' || !mayBeHealth(address)) return [];
    const exported =
      handler === undefined ? /\bexport\s+default\b|\bmodule\.exports\b/ : /\bexport\s[^;=(]{0,40}\bGET\b/;
    const line = lineOf(maskJavaScript(file, view.read(file) ?? '').bare, exported);
    return line === undefined ? [] : [{ path: joinRoute(based?.group(2) ?? '', address), evidence: at(file, line) }];
  });
}
