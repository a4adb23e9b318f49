/** Which compose project is meant, and all that its files say. */

import {
  type ComposeProblem,
  type ComposeProject,
  findProjects,
  isDefaultName,
  isOverride,
  loadCompose,
  type Purpose,
  readDotEnv,
} from '../compose/model/index.ts';
import { listOf, mapOf } from '../data.ts';
import { UserError } from '../errors.ts';
import { folderOf, inFolder, nameOf } from '../paths.ts';
import { shellWords } from '../plan/shell.ts';
import { composeData, textOf } from './data.ts';
import { resolved } from './paths.ts';
import type { Combination, ComposeSource, Foreign, Repo } from './types.ts';

/**
 * The projects that could be meant where nobody says which: those at the top, or all where there is none; in each folder
 * the one that Compose takes by itself, if it finds one.
 */
export function candidates(repo: Repo): readonly ComposeProject[] {
  const projects = findProjects(repo);
  // What lies in a folder of its own is meant by those who are in it.
  const here = projects.filter(({ directory }) => directory === '.');
  const possible = here.length > 0 ? here : projects;
  return possible.filter(
    (one) =>
      isDefaultName(one.base) ||
      !possible.some(({ directory, base }) => directory === one.directory && isDefaultName(base)),
  );
}

/**
 * The project that is meant.
 * @param file what `--file` names
 * @param above a folder that has one, where this one is within it
 * @throws UserError `usage` where there is none, or several could be meant: with all of them
 */
export function chooseProject(repo: Repo, file: string | undefined, above?: string): ComposeProject {
  if (file !== undefined) return projectWith(repo, findProjects(repo), file);
  const possible = candidates(repo);
  const [only, ...others] = possible;
  if (!only)
    throw new UserError('usage', 'There is no compose file here.', {
      hint: above
        ? `There is one above, in ${above}: -C ${shellWords([above])}`
        : 'Name it with --file, or start a stack of ours: create-prodstack new',
    });
  if (others.length === 0) return only;
  throw new UserError('usage', `There are ${possible.length} compose projects here: say which one is meant.`, {
    problems: possible.map(({ base }) => ({ path: base, message: `--file ${base}` })),
    hint: `For example: --file ${only.base}`,
  });
}

function projectWith(repo: Repo, projects: readonly ComposeProject[], file: string): ComposeProject {
  const path = resolved('.', file) ?? file;
  const found = projects.find((one) => one.base === path || one.overlays.includes(path));
  if (found) return found;
  if (repo.raw(path) === undefined)
    throw new UserError('usage', `--file: there is no file ${file} here.`, {
      hint:
        projects.length === 0
          ? 'Paths count from the folder of the repo.'
          : `Compose files: ${projects.map(({ base }) => base).join(', ')}`,
    });
  const directory = folderOf(path);
  return {
    directory,
    base: path,
    overlays: [],
    combinations: [{ name: nameOf(path), files: [path], purpose: 'base' }],
  };
}

/**
 * A project with the models of all its combinations.
 * @throws UserError `repo` where it is not valid as it is: nothing is built on that
 */
export function openProject(repo: Repo, project: ComposeProject): Foreign {
  const envFile = project.envFile ?? inFolder(project.directory, '.env');
  const env = readDotEnv(repo.read(envFile) ?? '').values;
  const combinations = project.combinations.map((one): Combination => {
    const { model, problems } = loadCompose(one.files, repo, {
      projectDirectory: project.directory,
      env,
      folder: folderName(repo),
    });
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (!model || errors.length > 0) throw invalid(one.files, errors);
    return { name: one.name, purpose: one.purpose, files: one.files, model };
  });
  const sources = sourcesIn(repo, project);
  return {
    repo,
    name: nameFor(repo, project, sources, env, combinations[0]?.model.name),
    directory: project.directory,
    sources,
    combinations,
    envFile,
    env,
  };
}

/** As Compose finds it: `COMPOSE_PROJECT_NAME`, `name:` of the last file that has one, the folder. */
function nameFor(
  repo: Repo,
  { directory, base }: ComposeProject,
  sources: readonly ComposeSource[],
  env: Readonly<Record<string, string>>,
  worked?: string,
): string {
  const said = env['COMPOSE_PROJECT_NAME'] ?? textOf(sources.find(({ path }) => path === base)?.data['name']);
  if (said?.includes('$') && worked !== undefined) return worked;
  if (said !== undefined && said !== '' && !said.includes('$')) return said;
  const folder = directory === '.' ? folderName(repo) : nameOf(directory);
  return (
    folder
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, '')
      .replace(/^[_-]+/, '') || 'project'
  );
}

/** What the folder of a repo is called. */
export function folderName({ root = '' }: Repo): string {
  return nameOf(root.replaceAll('\\', '/'));
}

function invalid(files: readonly string[], problems: readonly ComposeProblem[]) {
  return new UserError('repo', `${files.join(' with ')} is not valid as it is; nothing was changed.`, {
    problems: problems.map(({ file, line, message }) => ({ path: `${file}:${line}`, message })),
    hint: `Correct it first: docker compose ${files.map((file) => `-f ${file}`).join(' ')} config`,
  });
}

/** All files that things can be written into: those that `-f` names, and what they include. */
function sourcesIn(repo: Repo, { combinations, directory }: ComposeProject): readonly ComposeSource[] {
  const found = new Map<string, ComposeSource>();
  const add = (path: string, folder: string, overlay: boolean, purpose: Purpose, includedBy?: string): void => {
    const text = repo.read(path);
    if (text === undefined || found.has(path)) return;
    const data = composeData(text, path);
    found.set(path, { path, text, data, folder, overlay, purpose, ...(includedBy !== undefined && { includedBy }) });
    for (const one of listOf(data['include'])) {
      const paths = typeof one === 'string' ? [one] : [mapOf(one)['path']].flat().flatMap((text) => textOf(text) ?? []);
      const root = textOf(mapOf(one)['project_directory']);
      for (const text of paths) {
        // What a variable or the network names cannot be written into.
        const target = /[$]|^[a-z+]+:\/\//.test(text) ? undefined : resolved(folder, text);
        if (target === undefined) continue;
        add(target, root === undefined ? folderOf(target) : (resolved(folder, root) ?? folder), overlay, purpose, path);
      }
    }
  };
  for (const file of combinations.flatMap(({ files }) => files)) {
    const its = combinations.filter(({ files }) => files.includes(file));
    add(
      file,
      directory,
      its.every(({ files }) => files[0] !== file),
      // What plain `docker compose up` takes too is for developers, as the manual of Compose has it ("Merge Compose files").
      isOverride(file) ? 'development' : purposeOf(its.map(({ purpose }) => purpose)),
    );
  }
  return [...found.values()];
}

/** A file of several purposes is no place for what only one of them has. */
function purposeOf(purposes: readonly Purpose[]): Purpose {
  const [first = 'base'] = purposes;
  return purposes.every((one) => one === first) ? first : 'base';
}
