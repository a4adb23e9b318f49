/** Whether what the commands of a Python app name is in the repo, or comes with a dependency. */
import type { Problem } from '../../../errors.ts';
import { nameOf } from '../../../paths.ts';
import { splitCommand } from '../../command.ts';
import type { FastapiApp, PythonApp } from '../../schema.ts';
import { suggest } from '../../suggest.ts';
import { from, isInside, join } from '../paths.ts';
import { maskPython } from '../source.ts';
import { isAside, type View } from '../view.ts';
import { moduleName } from './import-root.ts';
import { dependencyOf, type Project, readProject } from './project.ts';

type App = FastapiApp | PythonApp;

/** All that a check needs to know of an app. */
interface Place {
  readonly view: View;
  readonly app: App;
  readonly project: Project;
  /** The folders that imports start from: the one of the answers, and the one where commands run. */
  readonly roots: readonly string[];
}

/** What is wrong with one command or module, and what was probably meant. */
type Finding = Pick<Problem, 'message' | 'suggestion'>;

/** What the roles of an app start and is not there; `at` is its place in the answers: `apps.api`. */
export function pythonEntrypoints(view: View, at: string, app: App): readonly Problem[] {
  const roots = [...new Set([join(app.path, app.appDir), app.path])];
  const place: Place = { view, app, project: readProject(view, app.path), roots };
  const problems: Problem[] = [];
  const report = (key: string, value: string | undefined, found: Finding | undefined) => {
    if (found) problems.push({ path: `${at}.${key}`, ...(value !== undefined && { value }), ...found });
  };
  if (app.app !== undefined) report('app', app.app, wrongTarget(place, app.app));
  if (app.stack === 'python') {
    if (app.settings !== undefined) report('settings', app.settings, wrongModule(place, app.settings));
    if (app.devSettings !== undefined) report('devSettings', app.devSettings, wrongModule(place, app.devSettings));
    if (app.framework === 'none' && app.start !== undefined) report('start', app.start, wrongCommand(place, app.start));
    if (app.framework !== 'none') report('server', app.server, missingServer(place, app.server ?? 'gunicorn'));
    if (app.framework === 'django') report('appDir', app.appDir, missingManage(place, app.appDir));
  }
  report('migrate', app.migrate, wrongMigration(place));
  for (const [name, worker] of Object.entries(app.workers ?? {})) {
    for (const key of ['start', 'dev', 'health'] as const) {
      const command = worker[key];
      if (command !== undefined && command !== 'none')
        report(`workers.${name}.${key}`, command, wrongCommand(place, command));
    }
  }
  return problems;
}

/** Options of programs that name a module, by program. */
const targets: Readonly<Record<string, readonly string[]>> = {
  celery: ['-A', '--app'],
  flask: ['-A', '--app'],
};
/** Programs whose first plain word is a module with an attribute. */
const servers = new Set(['uvicorn', 'gunicorn', 'hypercorn', 'granian', 'daphne', 'arq', 'dramatiq']);

/** What is wrong with a command: a file that is missing, a module that is nowhere. Programs of dependencies are believed. */
function wrongCommand(place: Place, command: string): Finding | undefined {
  const [program = '', ...rest] = splitCommand(command) ?? [];
  if (/^python[\d.]*$/.test(program)) return wrongPython(place, rest);
  if (program.includes('/') && !program.startsWith('/')) return missingFile(place, program);
  const options = targets[program];
  const option = options && rest.findIndex((word) => options.includes(word));
  if (option !== undefined && option >= 0 && rest[option + 1] !== undefined)
    return program === 'celery'
      ? wrongCelery(place, rest[option + 1] ?? '')
      : wrongTarget(place, rest[option + 1] ?? '');
  const first = rest.find((word) => !word.startsWith('-'));
  if (servers.has(program) && first !== undefined && /^[A-Za-z_][\w.]*(?::[\w.]+(?:\(\))?)?$/.test(first))
    return program === 'arq' ? wrongTarget(place, first.replace(/\.(\w+)$/, ':$1')) : wrongTarget(place, first);
  return undefined;
}

function wrongPython(place: Place, words: readonly string[]): Finding | undefined {
  const index = words.findIndex((word) => !/^-[A-LN-Za-ln-z]+$/.test(word));
  const word = words[index];
  if (word === '-m') {
    const module = words[index + 1] ?? '';
    return wrongModule(place, module) ?? (isPackageWithoutMain(place, module) ? noMain(module) : undefined);
  }
  return word?.endsWith('.py') ? missingFile(place, word) : undefined;
}

const noMain = (module: string): Finding => ({
  message: `is a package without a __main__.py, which python -m ${module} needs`,
});

function isPackageWithoutMain(place: Place, module: string): boolean {
  const file = fileOf(place, module);
  return file?.endsWith('/__init__.py') === true && !place.view.has(file.replace(/__init__\.py$/, '__main__.py'));
}

/** Celery finds `shop.celery` by `shop`, and an attribute behind a dot. */
function wrongCelery(place: Place, target: string): Finding | undefined {
  if (target.includes(':')) return wrongTarget(place, target);
  const parent = target.replace(/\.\w+$/, '');
  const known = [target, `${target}.celery`, ...(parent === target ? [] : [parent])];
  return known.some((module) => fileOf(place, module) !== undefined) ? undefined : wrongModule(place, target);
}

/** `module:attribute`, `module:factory()`, or a module alone. */
function wrongTarget(place: Place, target: string): Finding | undefined {
  const [module = '', attribute = ''] = target.replace(/\(\)$/, '').split(':');
  const file = fileOf(place, module);
  if (file === undefined) return wrongModule(place, module, attribute);
  if (attribute === '') return undefined;
  const { code } = maskPython(file, place.view.read(file) ?? '');
  const name = attribute.split('.')[0] ?? '';
  if (new RegExp(`\\b${name}\\b`).test(code) || /^from\s+\S+\s+import\s+\*/m.test(code)) return undefined;
  const names = [...code.matchAll(/^(?:(?:async\s+)?def\s+|class\s+)?(\w+)\s*(?:[:=(])/gm)].map(
    (match) => match[1] ?? '',
  );
  const near = suggest(name, names);
  return {
    message: `names ${name}, which ${file} does not have`,
    ...(near !== undefined && { suggestion: `${module}:${near}${target.endsWith('()') ? '()' : ''}` }),
  };
}

/** A module that is neither a file of the app nor, as far as can be told, of a dependency. */
function wrongModule(place: Place, module: string, attribute = ''): Finding | undefined {
  const isDotted = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(module);
  if (!isDotted || fileOf(place, module) !== undefined || isPackage(place, module)) return undefined;
  const [top = ''] = module.split('.');
  const isOwn = isPackage(place, top) || fileOf(place, top) !== undefined;
  if (!isOwn && (isInstalled(place, top) || standard.has(top))) return undefined;
  const near = nearModule(place, module);
  const file = from('.', join(place.roots[0] ?? '.', `${module.replaceAll('.', '/')}.py`));
  return {
    message: `names the module ${module}, and neither is there a file ${file} nor does a dependency bring it`,
    ...(near !== undefined && { suggestion: attribute === '' ? near : `${near}:${attribute}` }),
  };
}

/** Modules of Python itself that one runs with `python -m`. */
const standard = new Set([
  'asyncio',
  'http',
  'json',
  'smtpd',
  'unittest',
  'compileall',
  'cProfile',
  'pdb',
  'trace',
  'zipapp',
]);

/** The file of a module, from one of the folders that imports start from. */
function fileOf({ view, roots }: Place, module: string): string | undefined {
  const path = module.replaceAll('.', '/');
  return roots
    .flatMap((root) => [join(root, `${path}.py`), join(root, `${path}/__init__.py`)])
    .find((file) => view.has(file));
}

/** Whether it is a folder with sources, which needs no __init__.py. */
function isPackage({ view, roots }: Place, module: string): boolean {
  const folders = roots.map((root) => join(root, module.replaceAll('.', '/')));
  return view.files.some((file) => file.endsWith('.py') && folders.some((folder) => isInside(file, folder)));
}

/** Whether a manifest or lockfile speaks of something of this name: what it installs may be called a little differently. */
function isInstalled({ view, app }: Place, name: string): boolean {
  const word = new RegExp(`(?<![A-Za-z0-9])${name.replaceAll('_', '[-_.]')}(?![A-Za-z0-9])`, 'i');
  const manifest = /^(?:pyproject\.toml|uv\.lock|poetry\.lock|Pipfile(?:\.lock)?|setup\.cfg|requirements[\w.-]*\.txt)$/;
  return view.files
    .filter((file) => manifest.test(nameOf(file)) || /(?:^|\/)requirements\/[^/]+\.txt$/.test(file))
    .filter((file) => app.path === '.' || isInside(file, app.path) || !file.includes('/'))
    .some((file) => word.test(dependenciesOf(view.read(file) ?? '')));
}

/** A manifest without the lines that name the project itself. */
function dependenciesOf(text: string): string {
  return text.replace(/^\s*(?:name|description|packages|include|where)\s*=(?!=)[^\n]*$/gm, (line) =>
    /\[\[package\]\]/.test(text) ? line : '',
  );
}

/** A module of the app that was probably meant: one that is called the same elsewhere, or nearly the same. */
function nearModule({ view, app, roots }: Place, module: string): string | undefined {
  const [root = app.path] = roots;
  const modules = view.files
    .filter((file) => file.endsWith('.py') && isInside(file, root) && !isAside(from(root, file)))
    .map((file) => moduleName(root, file));
  const last = module.split('.').at(-1);
  const same = modules.filter((one) => one.split('.').at(-1) === last);
  return same.length === 1 ? same[0] : suggest(module, modules);
}

function missingFile({ view, app }: Place, path: string): Finding | undefined {
  const file = join(app.path, path);
  if (view.has(file)) return undefined;
  const others = view.files.filter((one) => isInside(one, app.path)).map((one) => from(app.path, one));
  const near = others.find((one) => nameOf(one) === nameOf(path)) ?? suggest(path, others);
  return { message: `names the file ${file}, which is not there`, ...(near !== undefined && { suggestion: near }) };
}

function missingManage(place: Place, appDir: string): Finding | undefined {
  const file = join(join(place.app.path, appDir), 'manage.py');
  if (place.view.has(file)) return undefined;
  const there = place.view.files.find((one) => nameOf(one) === 'manage.py' && isInside(one, place.app.path));
  const near = there?.replace(/\/?manage\.py$/, '');
  return {
    message: `must be the folder of manage.py, and there is no ${file}`,
    ...(near !== undefined && { suggestion: from(place.app.path, near === '' ? '.' : near) }),
  };
}

function wrongMigration(place: Place): Finding | undefined {
  const { view, app, project } = place;
  const has = (file: string) => view.has(join(app.path, file));
  if (app.migrate === 'alembic') {
    const configured = has('alembic.ini') || /^\s*\[tool\.alembic\b/m.test(project.pyproject?.text ?? '');
    return configured ? undefined : { message: `needs ${join(app.path, 'alembic.ini')}, which is not there` };
  }
  if (app.migrate === 'flask' && !has('migrations/env.py'))
    return { message: `needs ${join(app.path, 'migrations/env.py')}: run flask db init, and commit what it makes` };
  return undefined;
}

/** A server that nothing installs: the image would have no such program. */
function missingServer(place: Place, server: string): Finding | undefined {
  const { project } = place;
  const known = project.dependencies.length > 0;
  if (!known || dependencyOf(project, server, `${server}-worker`) || isInstalled(place, server)) return undefined;
  const adding: Readonly<Record<App['packageManager'], string>> = {
    uv: `uv add ${server}`,
    poetry: `poetry add ${server}`,
    pipenv: `pipenv install ${server}`,
    pip: `a line ${server} in ${place.app.requirements ?? 'requirements.txt'}`,
  };
  return { message: `${server} serves the app, and nothing installs it: add it (${adding[place.app.packageManager]})` };
}
