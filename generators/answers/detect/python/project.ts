import { at } from '../findings.ts';
import { record, textList } from '../json.ts';
import { join } from '../paths.ts';
import type { View } from '../view.ts';
import { normalise, parseRequirement, type Requirement, readRequirements } from './requirements.ts';
import { readToml, type TomlFile } from './toml.ts';

/** What the manifests in a folder say of a Python project. */
export interface Project {
  readonly folder: string;
  readonly pyproject: TomlFile | undefined;
  readonly pipfile: TomlFile | undefined;
  /** The requirements file for production, from the repo's root. */
  readonly requirementsFile: string | undefined;
  /** What a production install brings, as far as it is said directly. */
  readonly dependencies: readonly Requirement[];
}

/** Those for production first: the plain one may bring test tools. */
const requirementsFiles = [
  'requirements/prod.txt',
  'requirements/production.txt',
  'requirements-prod.txt',
  'requirements-production.txt',
  'requirements_prod.txt',
  'requirements.prod.txt',
  'requirements.txt',
  'requirements/base.txt',
  'requirements/requirements.txt',
];

/**
 * Reads the manifests of a folder.
 * @throws UserError `repo` when one is not valid TOML
 */
export function readProject(view: View, folder: string): Project {
  const pyproject = readToml(view, join(folder, 'pyproject.toml'));
  const pipfile = readToml(view, join(folder, 'Pipfile'));
  const requirementsFile = requirementsFiles.map((name) => join(folder, name)).find((path) => view.has(path));
  const dependencies = [
    ...(pyproject ? pyprojectDependencies(pyproject) : []),
    ...(pipfile ? tableDependencies(pipfile, 'packages', pipfile.data['packages']) : []),
    ...(requirementsFile ? readRequirements(view, requirementsFile) : []),
    ...setupDependencies(join(folder, 'setup.cfg'), view.read(join(folder, 'setup.cfg')) ?? ''),
  ];
  return { folder, pyproject, pipfile, requirementsFile, dependencies };
}

/** The dependency of a project with one of these names. */
export function dependencyOf(project: Project, ...names: readonly string[]): Requirement | undefined {
  return project.dependencies.find(({ name }) => names.includes(name));
}

function pyprojectDependencies(file: TomlFile): Requirement[] {
  const listed = textList(record(file.data['project'])['dependencies']).flatMap((text) => {
    const line = dependencyLine(file.text, /^[\w.-]*/.exec(text)?.[0] ?? '', file.line('project', 'dependencies'));
    return parseRequirement(text, at(file.path, line)) ?? [];
  });
  const poetry = record(record(file.data['tool'])['poetry'])['dependencies'];
  return [...listed, ...tableDependencies(file, 'tool.poetry.dependencies', poetry)];
}

/** Dependencies as Poetry and Pipenv write them: `fastapi = { version = "^0.120", extras = ["standard"] }`. */
function tableDependencies(file: TomlFile, table: string, entries: unknown): Requirement[] {
  return Object.entries(record(entries))
    .filter(([name, value]) => name !== 'python' && record(value)['optional'] !== true)
    .map(([name, value]) => ({
      name: normalise(name),
      extras: textList(record(value)['extras']).map(normalise),
      exact: false,
      evidence: at(file.path, dependencyLine(file.text, name, file.line(table))),
    }));
}

function setupDependencies(path: string, text: string): Requirement[] {
  const block = /^install_requires\s*=([^\n]*(?:\n[ \t]+[^\n]*)*)/m.exec(text);
  return (block?.[1] ?? '').split('\n').flatMap((line) => {
    const found = parseRequirement(line, { file: path });
    return found ? { ...found, evidence: at(path, dependencyLine(text, found.name, undefined)) } : [];
  });
}

/** The first line at or after another that names a package, comments aside. */
function dependencyLine(text: string, name: string, start: number | undefined): number | undefined {
  const pattern = new RegExp(`^[^#]*?(?<![\\w.-])${normalise(name).replace(/-/g, '[-_.]')}(?![\\w.-])`, 'i');
  const first = (start ?? 1) - 1;
  const index = text
    .split('\n')
    .slice(first)
    .findIndex((line) => pattern.test(line));
  return index < 0 ? start : first + index + 1;
}
