import { folderOf, nameOf } from '../../../paths.ts';
import { pythonApp } from '../../stacks/python.ts';
import { finding, place, settle } from '../findings.ts';
import { joinRoute, mayBeHealth, pickHealth, type Route } from '../health.ts';
import { from, isInside } from '../paths.ts';
import { findCalls, literal, type Source } from '../source.ts';
import type { DetectedPythonApp, Finding } from '../types.ts';
import { sourceOf } from '../variables.ts';
import { manifestOf, type PythonContext } from './context.ts';
import {
  chainOf,
  detectHosts,
  detectMedia,
  detectStatic,
  fixedHost,
  isAssigned,
  warnOfDevelopment,
  warnOfSqlite,
  yesIn,
} from './django-settings.ts';
import { detectEnvironment, type Read, readsIn } from './environment.ts';
import { detectPort } from './fastapi.ts';
import { moduleName } from './import-root.ts';
import { detectManager } from './manager.ts';
import { dependencyOf } from './project.ts';
import { detectSystemPackages } from './system-packages.ts';
import { databaseScheme } from './uses.ts';
import { detectVersion } from './version.ts';
import { detectWorkers } from './workers.ts';

/** The manage.py of a Django project; a reusable app for Django has none. */
export function managePy({ project, sources }: PythonContext): string | undefined {
  if (!dependencyOf(project, 'django')) return undefined;
  return sources
    .map(({ path }) => path)
    .filter((path) => nameOf(path) === 'manage.py')
    .sort((a, b) => a.split('/').length - b.split('/').length)[0];
}

/** What the repo says of a Django app. */
export function describeDjango(context: PythonContext, manage: string): DetectedPythonApp['found'] {
  const { view, project, deployment, sources, warn } = context;
  const root = folderOf(manage);
  const settings = detectSettings(context, root, manage);
  const files = settings.production ? chainOf(sources, root, settings.production.value) : [];
  const server = detectServer(context, root);
  const manager = detectManager(view, project, warn);
  const reads = readsIn(files);
  const debug = reads.find((read) => isAssigned(files, 'DEBUG', read));
  const hosts = detectHosts(files, reads);
  const { variables, secrets } = detectEnvironment(context);
  const media = detectMedia(context, files, root);
  warnOfSqlite(context, files);
  warnOfDevelopment(context, files);
  const buildSettings = reads.filter(
    ({ name, required }) =>
      required &&
      !secrets?.value.includes(name) &&
      !(name in (variables?.value ?? {})) &&
      name !== hosts?.value.allowed &&
      name !== hosts?.value.origins &&
      sourceOf(name) === undefined,
  );
  for (const { name, evidence } of unique(buildSettings))
    warn(`${place(evidence)}: the settings insist on ${name}: put it into the env file of the app`);
  return settle<DetectedPythonApp['found']>(
    pythonApp.entries,
    {
      path: finding(project.folder, manifestOf(context, 'django')),
      framework: finding('django', { file: manage }),
      ...manager,
      version: detectVersion(view, project, warn),
      systemPackages: detectSystemPackages(context),
      ...server,
      appDir: finding(from(project.folder, root), { file: manage }),
      settings: settings.production,
      devSettings: settings.development,
      debug: debug && finding({ variable: debug.name, value: yesIn(files) }, debug.evidence),
      hosts,
      healthHost: hosts ? undefined : fixedHost(context, files),
      collectStatic: detectStatic(context, files),
      buildSettings:
        buildSettings[0] &&
        finding(
          unique(buildSettings).map(({ name }) => name),
          buildSettings[0].evidence,
        ),
      media,
      migrate: finding('django', { file: manage }),
      databaseScheme: databaseScheme(project),
      port: detectPort(deployment, sources, warn),
      health: pickHealth(routesOf(context, root)),
      workers: detectWorkers(context, root),
      variables,
      secrets,
    },
    warn,
  );
}

const unique = (reads: readonly Read[]): readonly Read[] =>
  reads.filter(({ name }, index) => reads.findIndex((one) => one.name === name) === index);

const named = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*["']([\w.]+)["']/g;

/** The settings module of production, and the one of development where manage.py names another. */
function detectSettings(
  { project, sources, warn }: PythonContext,
  root: string,
  manage: string,
): { readonly production?: Finding<string>; readonly development?: Finding<string> } {
  const inFile = (file: string | undefined) => {
    const source = sources.find(({ path }) => path === file);
    const [match] = source ? [...source.code.matchAll(named)] : [];
    if (!source || !match?.[1]) return undefined;
    const line = source.code.slice(0, match.index).split('\n').length;
    return finding(match[1], { file: source.path, line });
  };
  const development = inFile(manage);
  const server = ['wsgi.py', 'asgi.py'].map((name) => inFile(nearest(sources, root, name))).find((one) => one);
  const variants = sources
    .filter(({ path }) => /(?:^|\/)settings\/(?:production|prod)\.py$|(?:^|\/)settings_prod(?:uction)?\.py$/.test(path))
    .filter(({ path }) => isInside(path, root))
    .map(({ path }) => finding(moduleName(root, path), { file: path }));
  const production = variants[0] ?? server ?? development;
  if (!production) {
    warn(`${project.folder}: neither ${manage} nor wsgi.py names a settings module: name it (settings: shop.settings)`);
    return {};
  }
  return {
    production,
    ...(development && development.value !== production.value && { development }),
  };
}

/** Which server is there for it, and the module that it is given. */
function detectServer(
  { project, sources, warn }: PythonContext,
  root: string,
): Pick<DetectedPythonApp['found'], 'server' | 'app'> {
  const wsgi = nearest(sources, root, 'wsgi.py');
  const asgi = nearest(sources, root, 'asgi.py');
  const app = (file: string) => finding(`${moduleName(root, file)}:application`, { file });
  const gunicorn = dependencyOf(project, 'gunicorn');
  const uvicorn = dependencyOf(project, 'uvicorn', 'uvicorn-worker');
  const daphne = dependencyOf(project, 'daphne');
  const sockets = dependencyOf(project, 'channels', 'channels-redis') ?? daphne;
  // Websockets need ASGI; without them, WSGI is what most of Django is made for.
  const asynchronous = uvicorn ?? daphne;
  if (asgi && asynchronous && (sockets || !gunicorn || !wsgi))
    return { server: finding(uvicorn ? 'uvicorn' : 'daphne', asynchronous.evidence), app: app(asgi) };
  if (sockets && asgi)
    warn(`${place(sockets.evidence)}: websockets need an ASGI server, and none is installed: add uvicorn or daphne`);
  const file = wsgi ?? asgi;
  if (!file) {
    warn(`${project.folder} has no wsgi.py and no asgi.py: name the application (app: shop.wsgi:application)`);
    return {};
  }
  return { ...(gunicorn && { server: finding('gunicorn', gunicorn.evidence) }), app: app(file) };
}

function nearest(sources: readonly Source[], root: string, name: string): string | undefined {
  return sources
    .map(({ path }) => path)
    .filter((path) => nameOf(path) === name && isInside(path, root))
    .sort((a, b) => a.split('/').length - b.split('/').length)[0];
}

/** Routes of the URL patterns that may be for health checks: of the root's urls.py, and of those that it includes. */
function routesOf({ sources }: PythonContext, root: string): Route[] {
  const files = sources.filter(({ path }) => nameOf(path) === 'urls.py' && isInside(path, root));
  const prefixes = new Map<string, string>();
  for (const source of files)
    for (const { args } of findCalls(source, /\b(?:re_)?path\s*\(/g)) {
      const included = /\binclude\s*\(\s*\(?\s*["']([\w.]+)["']/.exec(args[1] ?? '')?.[1];
      const prefix = literal(args[0]);
      if (included !== undefined && prefix !== undefined) prefixes.set(included, prefix);
    }
  return files.flatMap((source) => {
    const module = moduleName(root, source.path);
    const prefix = [...prefixes].find(([name]) => name === module)?.[1] ?? '';
    return [...findCalls(source, /\bpath\s*\(/g)].flatMap(({ args, line }): Route[] => {
      const path = literal(args[0]);
      if (path === undefined || path === '' || /[<>]/.test(path) || /\binclude\s*\(/.test(args[1] ?? '')) return [];
      const whole = joinRoute(prefix, path);
      return mayBeHealth(whole) ? [{ path: whole, evidence: { file: source.path, line } }] : [];
    });
  });
}
