import { folderOf, join, nameOf } from '../../paths.ts';
import { composeEntries, isPassedThrough } from '../compose-text.ts';
import { type EnvEntry, envEntries } from '../env-file.ts';
import { interpolations } from '../interpolation.ts';
import { fromProject } from '../paths.ts';
import { isLiteralSecret, isPlaceholder, looksSecret, passwordInUrl } from '../secret-keys.ts';
import { dockerDocs } from '../sources.ts';
import type { Project, Rule, TextFile, Violation } from '../types.ts';

export const envDeclared: Rule = {
  id: 'env-declared',
  severity: 'warning',
  title: 'Every variable that the compose files need is in every example of .env',
  why: 'Who installs the stack copies the example: a variable that is missing there is an empty value or a failed start on the server.',
  fix: 'Add it, with a comment on its meaning and how to make a value.',
  source: dockerDocs('compose/how-tos/environment-variables/variable-interpolation/'),
  check: (project) => {
    const needed = [...variables(project.composeFiles).values()].filter(({ hasDefault }) => !hasDefault);
    if (examplesOf(project).length === 0) return unexplained(needed.filter(({ hasMessage }) => !hasMessage));
    return undeclared(project, ({ hasDefault }) => !hasDefault);
  },
};

export const envDocumented: Rule = {
  id: 'env-documented',
  severity: 'info',
  title: 'Every variable with a default is in every example of .env, too',
  why: 'A setting that is nowhere explained is found only by reading the compose files.',
  fix: 'Add it commented out, with its meaning and its default: `# NAME=default`.',
  source: dockerDocs('compose/how-tos/environment-variables/variable-interpolation/'),
  check: (project) => undeclared(project, ({ hasDefault }) => hasDefault),
};

export const envUsed: Rule = {
  id: 'env-used',
  severity: 'info',
  title: 'Every variable of an example of .env is used',
  why: 'A variable without effect misleads: people set it and wonder.',
  fix: 'Remove it, or use it.',
  source: dockerDocs('compose/how-tos/environment-variables/variable-interpolation/'),
  check: (project) => {
    const used = variables(project.composeFiles);
    const scripts = project.scripts.map(({ text }) => text).join('\n');
    return examplesOf(project).flatMap((file) => {
      if (isHandedOn(project, file)) return [];
      // Compose and Docker read their own.
      const entries = envEntries(file).filter(({ name }) => !/^(?:COMPOSE|DOCKER|BUILDKIT)_/.test(name));
      const unused = entries.filter(
        ({ name }) =>
          !used.has(name) &&
          !new RegExp(`\\b${name}\\b`).test(scripts) &&
          !project.composeFiles.some((one) => composeEntries(one).some((entry) => isPassedThrough(entry, name))),
      );
      // Most of it is for something else, such as an app beside the compose files.
      if (unused.length * 2 > entries.length) return [];
      return unused.map(({ name, line }) => ({ file: file.path, line, message: `${name} is used nowhere` }));
    });
  },
};

export const envNoWorkingSecret: Rule = {
  id: 'env-no-working-secret',
  severity: 'error',
  title: 'No example of .env has a secret that works',
  why: 'Whoever copies the example runs with a password that everybody can read; an empty one makes Compose stop and say what to do.',
  fix: 'Leave the value empty and say in a comment how to make one: `openssl rand -hex 32`.',
  source: dockerDocs('compose/how-tos/environment-variables/best-practices/'),
  check: ({ envFiles }) =>
    envFiles.flatMap((file) =>
      workingSecrets(file).map(({ name, line }) => ({ file: file.path, line, message: `${name} has a value` })),
    ),
};

export const envNotCommitted: Rule = {
  id: 'env-not-committed',
  severity: 'error',
  title: 'No .env with secrets is in git',
  why: 'It is in every clone and every fork for ever; whoever installs the stack runs with secrets that everybody can read.',
  fix: 'Run `git rm --cached` on it, add it to .gitignore, change every secret that it has, and commit an example without values in its place.',
  source: dockerDocs('compose/how-tos/environment-variables/best-practices/'),
  check: ({ committedEnvFiles = [] }) =>
    committedEnvFiles.flatMap((file) =>
      workingSecrets(file).map(({ name, line }) => ({ file: file.path, line, message: `${name} is written out` })),
    ),
};

function workingSecrets(file: TextFile): readonly EnvEntry[] {
  return envEntries(file).filter(
    ({ name, value, commented }) =>
      !commented &&
      ((looksSecret(name) && isLiteralSecret(value) && !isPlaceholder(name, value)) ||
        passwordInUrl(value) !== undefined),
  );
}

/** What every shell and Compose itself set. */
const given = new Set(['PWD', 'HOME', 'USER', 'UID', 'GID', 'HOSTNAME', 'PATH', 'COMPOSE_PROJECT_NAME']);

/** One violation for all that a person would have to guess. */
function unexplained(needed: readonly Use[]): readonly Violation[] {
  const [first] = needed;
  if (!first) return [];
  const names = needed.slice(0, 5).map(({ name }) => name);
  const more = needed.length > names.length ? `and ${needed.length - names.length} more ` : '';
  const need = needed.length === 1 ? 'needs' : 'need';
  const message = `${names.join(', ')} ${more}${need} a value, and there is no .env.example`;
  return [{ file: first.file, line: first.line, message }];
}

interface Use {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly hasDefault: boolean;
  /** `${NAME:?message}`: Compose itself says what to do. */
  readonly hasMessage: boolean;
}

/** The variables that compose files use, each with the first place; where one needs a value, that one. */
function variables(composeFiles: readonly TextFile[]): ReadonlyMap<string, Use> {
  const found = new Map<string, Use>();
  for (const file of composeFiles) {
    for (const { line, value = '' } of composeEntries(file)) {
      for (const { name, operator, operand = '' } of interpolations(value)) {
        const hasDefault = operator !== undefined && !operator.endsWith('?');
        const hasMessage = operator !== undefined && !hasDefault && operand.trim() !== '';
        const known = found.get(name);
        if (given.has(name) || (known && (hasDefault || !known.hasDefault))) continue;
        found.set(name, { name, file: file.path, line, hasDefault, hasMessage });
      }
    }
  }
  return found;
}

function undeclared(project: Project, matters: (use: Use) => boolean): readonly Violation[] {
  const missing = new Map<string, { readonly use: Use; readonly examples: string[] }>();
  for (const example of examplesOf(project)) {
    const declared = new Set(envEntries(example).map(({ name }) => name));
    for (const use of variables(filesFor(project, example)).values()) {
      if (declared.has(use.name) || !matters(use)) continue;
      const entry = missing.get(use.name) ?? { use, examples: [] };
      entry.examples.push(example.path);
      missing.set(use.name, entry);
    }
  }
  return [...missing.values()].map(({ use: { name, file, line }, examples }) => ({
    file,
    line,
    message: `${name} is not in ${examples.join(', ')}`,
  }));
}

/** The compose files that an example is for: one for production need not know what only development uses, nor the other. */
function filesFor(project: Project, example: TextFile): readonly TextFile[] {
  const { combinations, composeFiles } = project;
  const isForProduction = (file: TextFile): boolean => /[._-]prod(?:uction)?\b/.test(nameOf(file.path));
  const forProduction = examplesOf(project).filter(isForProduction);
  // A lone example is for both.
  if (forProduction.length === 0) return composeFiles;
  const purpose = isForProduction(example) ? 'production' : 'development';
  const used = combinations.filter((one) => one.purpose === purpose);
  const paths = new Set(used.flatMap(({ files }) => files));
  return used.length === 0 ? composeFiles : composeFiles.filter(({ path }) => paths.has(path));
}

/** The examples of the .env that Compose reads on a server: beside the compose files. Apps may have their own. */
function examplesOf({ composeFiles, envFiles, committedEnvFiles = [], envFolder }: Project): readonly TextFile[] {
  const folders = new Set([...composeFiles.map(({ path }) => folderOf(path)), ...(envFolder ? [envFolder] : [])]);
  const isRead = ({ path }: TextFile): boolean => {
    const name = nameOf(path);
    return (
      folders.has(folderOf(path)) && name.startsWith('.env') && !/[._-](?:dev|development|test|ci|local)\b/.test(name)
    );
  };
  const examples = envFiles.filter(isRead);
  // Where there is none, a .env that is in git is what people edit.
  return examples.length > 0 ? examples : committedEnvFiles.filter(isRead);
}

/** Whether a service gets the whole file: then all of it is used. */
export function isHandedOn({ directory, composeFiles }: Project, example: TextFile): boolean {
  const real = example.path.replace(/\.(?:example|sample|dist|template)/, '');
  return composeFiles.some((file) =>
    composeEntries(file).some(({ path, value }) => {
      if (path[0] !== 'services' || path[2] !== 'env_file' || value === undefined) return false;
      return fromProject(directory, join(folderOf(file.path), value)) === real;
    }),
  );
}
