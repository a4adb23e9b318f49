import { nameOf } from '../../../paths.ts';
import { finding, place, type Warn } from '../findings.ts';
import { record } from '../json.ts';
import { from, join } from '../paths.ts';
import { find, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import type { Launch } from './deployment.ts';
import { importRoot, moduleName } from './import-root.ts';
import { importsOf } from './modules.ts';
import type { Project } from './project.ts';

/** A variable of a module that holds the application. */
export interface Candidate {
  readonly file: string;
  readonly name: string;
  readonly evidence: Evidence;
}

export interface Application {
  readonly app: Finding<string> | undefined;
  readonly appDir: Finding<string> | undefined;
  /** The file of the application object. */
  readonly file: string | undefined;
}

const direct = /^(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:fastapi\.)?FastAPI\s*\(/gm;
const called = /^(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:\w+\.)*(\w+)\s*\(/gm;
const functions = /^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(/gm;

const likelyFiles = ['main.py', 'app/main.py', 'asgi.py', 'app.py', 'server.py'];
const likelyNames = ['app', 'application', 'api'];

/** Where the application object is: as a setting or an existing deployment says, else as the sources show. */
export function detectApplication(
  project: Project,
  sources: readonly Source[],
  launches: readonly Launch[],
  warn: Warn,
): Application {
  const candidates = candidatesIn(sources).sort(byLikelihood(project.folder));
  const said = [...configured(project), ...launches].flatMap((launch) =>
    matching(launch, project, sources, candidates),
  );
  const best = said[0] ?? candidates[0];
  if (!best) {
    warnOfFactory(project, sources, warn);
    return { app: undefined, appDir: undefined, file: undefined };
  }
  const root = importRoot(project.folder, sources, best.file);
  const module = moduleName(root, best.file);
  return {
    app: finding(`${module}:${best.name}`, best.evidence),
    appDir: finding(from(project.folder, root), best.evidence),
    file: best.file,
  };
}

/** Module-level variables that are set to an application, or to what a factory of one gives back. */
function candidatesIn(sources: readonly Source[]): Candidate[] {
  const factories = new Set(sources.flatMap((source) => factoriesIn(source).map(({ name }) => name)));
  return sources.flatMap((source) =>
    [
      ...find(source, direct),
      ...[...find(source, called)].filter(({ group }) => factories.has(group(2)) && knows(source, group(2))),
    ].map(({ group, line }) => ({ file: source.path, name: group(1), evidence: { file: source.path, line } })),
  );
}

/** Whether a source defines a function or imports it. */
function knows(source: Source, name: string): boolean {
  return (
    factoriesIn(source).some((one) => one.name === name) ||
    importsOf(source).some((one) => one.local === name || one.name === undefined)
  );
}

/** Functions of a module that make an application. */
function factoriesIn(source: Source): { readonly name: string; readonly evidence: Evidence }[] {
  return [...find(source, functions)].flatMap(({ group, offset, line }) => {
    const rest = source.code.slice(offset);
    // The function ends where the next statement of the module begins.
    const end = rest.slice(1).search(/\n(?![\s)\]#])/);
    const text = end < 0 ? rest : rest.slice(0, end + 1);
    return /->\s*(?:fastapi\.)?FastAPI\b|=\s*(?:fastapi\.)?FastAPI\s*\(|\breturn\s+(?:fastapi\.)?FastAPI\s*\(/.test(
      text,
    )
      ? [{ name: group(1), evidence: { file: source.path, line } }]
      : [];
  });
}

function byLikelihood(folder: string): (a: Candidate, b: Candidate) => number {
  const rank = ({ file, name }: Candidate) => {
    const path = from(folder, file).replace(/^src\//, '');
    const known = likelyFiles.indexOf(path);
    const similar = likelyFiles.indexOf(nameOf(path));
    const place = known >= 0 ? known : 10 * path.split('/').length + (similar >= 0 ? similar : 9);
    const named = likelyNames.indexOf(name);
    return 10 * place + (named >= 0 ? named : likelyNames.length);
  };
  return (a, b) => rank(a) - rank(b) || (a.file < b.file ? -1 : 1);
}

/** `[tool.fastapi] entrypoint = "app.main:app"`. */
function configured({ pyproject }: Project): Launch[] {
  const target = record(record(pyproject?.data['tool'])['fastapi'])['entrypoint'];
  if (!pyproject || typeof target !== 'string') return [];
  const line = pyproject.line('tool.fastapi', 'entrypoint');
  return [{ target, factory: false, evidence: { file: pyproject.path, ...(line !== undefined && { line }) } }];
}

/** What a launch names, if there is such a module. A factory is what an object of its module stands for. */
function matching(
  { target, factory, evidence }: Launch,
  project: Project,
  sources: readonly Source[],
  candidates: readonly Candidate[],
): Candidate[] {
  if (target.endsWith('.py')) {
    const file = join(project.folder, target);
    return candidates.filter((one) => one.file === file).map((one) => ({ ...one, evidence }));
  }
  const [module = '', name = ''] = target.split(':');
  const parts = module.replace(/\./g, '/');
  const file = sources
    .map(({ path }) => path)
    .filter((path) => [`${parts}.py`, `${parts}/__init__.py`].some((tail) => `/${path}`.endsWith(`/${tail}`)))
    .sort((a, b) => a.length - b.length)[0];
  if (file === undefined) return [];
  return factory ? candidates.filter((one) => one.file === file) : [{ file, name, evidence }];
}

function warnOfFactory(project: Project, sources: readonly Source[], warn: Warn): void {
  const [factory] = sources.flatMap(factoriesIn);
  warn(
    factory
      ? `${place(factory.evidence)}: ${factory.name}() makes the app, and an object is needed: add app = ${factory.name}()`
      : `No FastAPI application object was found in ${project.folder}: name it (module:attribute)`,
  );
}
