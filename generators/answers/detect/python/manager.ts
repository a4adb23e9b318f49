import { listed } from '../../../words.ts';
import type { pythonPackageManagers } from '../../stacks/python.ts';
import { at, finding, type Warn } from '../findings.ts';
import { parseJson, record } from '../json.ts';
import { ancestorsOf, from, join } from '../paths.ts';
import { refuseBroken } from '../refuse.ts';
import type { Finding } from '../types.ts';
import type { View } from '../view.ts';
import { type Project, readProject } from './project.ts';

type Name = (typeof pythonPackageManagers)[number];

export interface Manager {
  readonly packageManager: Finding<Name> | undefined;
  readonly frozen: Finding<boolean> | undefined;
  readonly requirements: Finding<string> | undefined;
}

/** The newer one first: of two lockfiles the older one is the forgotten one. */
const lockfiles: readonly (readonly [Name, string, string])[] = [
  ['uv', 'uv.lock', 'uv lock'],
  ['poetry', 'poetry.lock', 'poetry lock'],
  ['pipenv', 'Pipfile.lock', 'pipenv lock'],
];

/**
 * What installs the packages of a Python app, and whether exactly.
 * @throws UserError `repo` when the lockfile is broken
 */
export function detectManager(view: View, project: Project, warn: Warn): Manager {
  const present = lockfiles
    .map(([name, file, remake]) => ({ name, path: join(project.folder, file), remake }))
    .filter(({ path }) => view.has(path));
  const [lock, ...others] = present;
  if (lock) {
    if (others.length > 0)
      warn(`Two lockfiles: ${listed(present.map(({ path }) => path))}. ${lock.name} is used: delete the other`);
    const text = view.read(lock.path) ?? '';
    refuseBroken(lock.path, text, lock.remake);
    if (lock.name === 'pipenv') parseJson(lock.path, text);
    return result(lock.name, { file: lock.path }, true);
  }
  const { pyproject, pipfile, requirementsFile } = project;
  const tool = record(pyproject?.data['tool']);
  const shared = sharedLock(view, project.folder);
  if (shared) {
    const folder = project.folder;
    warn(`${shared} is shared by a uv workspace: an image of ${folder} alone installs without it, so not exactly`);
    return result('uv', { file: shared }, false);
  }
  if (pyproject && 'poetry' in tool) return result('poetry', at(pyproject.path, poetryLine(project)), false);
  if (pipfile) return result('pipenv', { file: pipfile.path }, false);
  if (requirementsFile) {
    const listed = project.dependencies.filter(({ evidence }) => evidence.file.endsWith('.txt'));
    const exact = listed.length > 0 && listed.every((requirement) => requirement.exact);
    return {
      ...result('pip', { file: requirementsFile }, exact),
      requirements: finding(from(project.folder, requirementsFile), { file: requirementsFile }),
    };
  }
  if (pyproject && ('uv' in tool || 'project' in pyproject.data)) {
    const line = pyproject.line('tool.uv') ?? pyproject.line('project');
    return result('uv', at(pyproject.path, line), false);
  }
  warn(`${project.folder} has neither a lockfile nor a requirements.txt: nothing says what to install`);
  return { packageManager: undefined, frozen: undefined, requirements: undefined };
}

function result(name: Name, evidence: { file: string; line?: number }, frozen: boolean): Manager {
  return { packageManager: finding(name, evidence), frozen: finding(frozen, evidence), requirements: undefined };
}

/** `[tool.poetry]`, or the first of its tables where it stands for itself nowhere. */
function poetryLine({ pyproject }: Project): number | undefined {
  return pyproject?.line('tool.poetry') ?? pyproject?.line('tool.poetry.dependencies');
}

/** The uv.lock of a uv workspace further up. */
function sharedLock(view: View, folder: string): string | undefined {
  return ancestorsOf(folder)
    .filter((above) => view.has(join(above, 'uv.lock')) && view.has(join(above, 'pyproject.toml')))
    .filter((above) => 'workspace' in record(record(readProject(view, above).pyproject?.data['tool'])['uv']))
    .map((above) => join(above, 'uv.lock'))[0];
}
