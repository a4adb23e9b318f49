import { pythonApp } from '../../stacks/python.ts';
import { finding, place, settle } from '../findings.ts';
import { mayBeHealth, pickHealth, type Route } from '../health.ts';
import { from } from '../paths.ts';
import { find, findCalls, literal, type Source } from '../source.ts';
import type { DetectedPythonApp, Evidence } from '../types.ts';
import { manifestOf, type PythonContext } from './context.ts';
import { detectEnvironment } from './environment.ts';
import { detectPort } from './fastapi.ts';
import { importRoot, moduleName } from './import-root.ts';
import { warnOfLoopback } from './loopback.ts';
import { detectManager } from './manager.ts';
import { detectFlaskMigrations } from './migrations.ts';
import { dependencyOf } from './project.ts';
import { detectSystemPackages } from './system-packages.ts';
import { databaseScheme } from './uses.ts';
import { detectVersion } from './version.ts';
import { detectWorkers } from './workers.ts';

/** Whether the sources make a Flask app. */
export function isFlask({ project, sources }: PythonContext): boolean {
  return (
    dependencyOf(project, 'flask') !== undefined && sources.some((source) => !find(source, /\bFlask\s*\(/g).next().done)
  );
}

/** What the repo says of a Flask app. */
export function describeFlask(context: PythonContext): DetectedPythonApp['found'] {
  const { view, project, sources, deployment, warn } = context;
  const target = detectTarget(context);
  const root = target && importRoot(project.folder, sources, target.file);
  const gunicorn = dependencyOf(project, 'gunicorn');
  const found = settle<DetectedPythonApp['found']>(
    pythonApp.entries,
    {
      path: finding(project.folder, manifestOf(context, 'flask')),
      framework: finding('flask', manifestOf(context, 'flask')),
      ...detectManager(view, project, warn),
      version: detectVersion(view, project, warn),
      systemPackages: detectSystemPackages(context),
      server: gunicorn && finding('gunicorn', gunicorn.evidence),
      app:
        target && root !== undefined
          ? finding(`${moduleName(root, target.file)}:${target.name}`, target.evidence)
          : undefined,
      appDir:
        root === undefined
          ? undefined
          : finding(from(project.folder, root), target?.evidence ?? { file: project.folder }),
      migrate: detectFlaskMigrations(context),
      databaseScheme: databaseScheme(project),
      port: detectPort(deployment, sources, warn),
      health: pickHealth(routesOf(sources)),
      workers: detectWorkers(context, root),
      ...detectEnvironment(context),
    },
    warn,
  );
  warnOfLoopback(context, 'gunicorn');
  return found;
}

interface Target {
  readonly file: string;
  /** `app`, or `create_app()`. */
  readonly name: string;
  readonly evidence: Evidence;
}

const direct = /^(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:flask\.)?Flask\s*\(/gm;
const called =
  /^(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:\w+\.)*(create_\w*app|make_\w*app|create_\w+|build_app|init_app|app_factory)\s*\(/gm;
const factories = /^def[ \t]+(\w+)[ \t]*\(([^)]{0,300})\)/gm;

/** Where the application is: as an existing deployment says, else an object, else a factory that needs nothing. */
function detectTarget({ project, sources, deployment, warn }: PythonContext): Target | undefined {
  const found = sources.flatMap((source) => [
    ...objectsIn(source).map((one) => ({ ...one, order: 0 })),
    ...factoriesIn(source, warn).map((one) => ({ ...one, order: 1 })),
  ]);
  for (const { target, evidence } of deployment.launches) {
    const [module = '', name = ''] = target.split(':');
    const file = sources.find(({ path }) =>
      [`${module.replaceAll('.', '/')}.py`, `${module.replaceAll('.', '/')}/__init__.py`].some((tail) =>
        `/${path}`.endsWith(`/${tail}`),
      ),
    );
    const known = found.find((one) => one.file === file?.path && one.name.replace('()', '') === name);
    if (file) return { file: file.path, name: known?.name ?? name, evidence };
  }
  const rank = ({ file, name, order }: (typeof found)[number]) => {
    const path = from(project.folder, file).replace(/^src\//, '');
    const usual = ['wsgi.py', 'app.py', 'main.py', 'run.py', 'server.py'].indexOf(path);
    return [
      order,
      usual < 0 ? 10 * path.split('/').length : usual,
      /^(?:app|application|create_app\(\))$/.test(name) ? 0 : 1,
    ];
  };
  const [best] = found.sort((a, b) => compare(rank(a), rank(b)) || (a.file < b.file ? -1 : 1));
  if (!best) warn(`No Flask object or factory was found in ${project.folder}: name it (app: shop:create_app())`);
  return best;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((one, at) => one !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function objectsIn(source: Source): Target[] {
  return [...find(source, direct), ...find(source, called)].map(({ group, line }) => ({
    file: source.path,
    name: group(1),
    evidence: { file: source.path, line },
  }));
}

/** Functions of a module that make an app and give it back. */
function factoriesIn(source: Source, warn: (text: string) => void): Target[] {
  return [...find(source, factories)].flatMap(({ group, offset, line }): Target[] => {
    const rest = source.code.slice(offset);
    const end = rest.slice(1).search(/\n(?![\s)\]#])/);
    const body = end < 0 ? rest : rest.slice(0, end + 1);
    if (!/\bFlask\s*\(/.test(body) || !/\breturn\b/.test(body)) return [];
    const needed = group(2)
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '' && !one.includes('=') && !one.startsWith('*') && one !== '/');
    const evidence = { file: source.path, line };
    if (needed.length === 0) return [{ file: source.path, name: `${group(1)}()`, evidence }];
    warn(
      `${place(evidence)}: ${group(1)}() needs arguments (${needed.join(', ')}), which a server has none for: give them defaults`,
    );
    return [];
  });
}

const route = /@(\w+)\s*\.\s*(?:route|get)\s*\(/g;

/** Routes whose whole path is certain: of the app itself, and of blueprints with a prefix that stands there. */
function routesOf(sources: readonly Source[]): Route[] {
  const prefixes = new Map<string, string | undefined>();
  for (const source of sources) {
    for (const { group, args } of findCalls(source, /^(\w+)[ \t]*=[ \t]*(?:flask\.)?Blueprint\s*\(/gm))
      prefixes.set(group(1), prefixIn(args) ?? '');
  }
  for (const source of sources) {
    for (const { args } of findCalls(source, /\.\s*register_blueprint\s*\(/g)) {
      const name = /(\w+)$/.exec(args[0] ?? '')?.[1] ?? '';
      const prefix = prefixIn(args);
      if (prefix !== undefined) prefixes.set(name, prefix);
    }
  }
  return sources.flatMap((source) =>
    [...findCalls(source, route)].flatMap(({ group, args, line }): Route[] => {
      const path = literal(args[0]);
      const methods = args.find((arg) => arg.startsWith('methods'));
      if (path === undefined || path.includes('<') || (methods !== undefined && !/["']GET["']/.test(methods)))
        return [];
      const whole = `${prefixes.get(group(1)) ?? ''}${path}`;
      return mayBeHealth(whole) ? [{ path: whole, evidence: { file: source.path, line } }] : [];
    }),
  );
}

function prefixIn(args: readonly string[]): string | undefined {
  const value = args.find((arg) => /^url_prefix\s*=/.test(arg));
  return value === undefined ? undefined : literal(value.replace(/^url_prefix\s*=\s*/, ''));
}
