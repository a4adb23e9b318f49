/** What puts ignore files, env files and scripts right. */
import type { Splice } from '../../compose/edit/types.ts';
import { join } from '../../paths.ts';
import { composeEntries } from '../compose-text.ts';
import { baseImageOf } from '../dockerfile.ts';
import { type DockerfileView, dockerfileViews, everyInstruction } from '../dockerfile-rule.ts';
import { patternsFor } from '../files/dockerignore.ts';
import { isHandedOn } from '../files/env.ts';
import { interpolations } from '../interpolation.ts';
import { fromProject, within } from '../paths.ts';
import type { DockerfileText, Finding, Project, TextFile } from '../types.ts';
import { appended, lines, replaceIn } from './text.ts';
import type { Repair, Repairer } from './types.ts';

export const noVersionKey: Repairer = (_, { file }) =>
  file === undefined ? undefined : { kind: 'compose', file, edits: [{ op: 'remove', path: ['version'] }] };

/** Compose refuses to start either way; with a message it says what to do. */
export const requiredVariables: Repairer = ({ composeFiles }, { file: path, line, message }) => {
  const name = /^(\w+) has no message that says what to do$/.exec(message)?.[1];
  const file = composeFiles.find((one) => one.path === path);
  if (name === undefined || !file || line === undefined) return undefined;
  const splice = replaceIn(
    file.text,
    lines(file.text, line),
    new RegExp(`(?<=\\$\\{${name}:\\?)\\s*(?=\\})`),
    'set it in .env',
  );
  return splice && { kind: 'text', file: file.path, splices: [splice] };
};

/** What is missing in an ignore file, if leaving it out of the build changes no build of today. */
export const dockerignoreCovers: Repairer = (project, { file: path, message }) => {
  const pattern = /^does not ignore (\S+)$/.exec(message)?.[1];
  const file = project.dockerignores.find((one) => one.path === path);
  if (pattern === undefined || !file) return undefined;
  const users = dockerfileViews(project).filter(({ file: { path: dockerfile, context } }) =>
    [`${dockerfile}.dockerignore`, join(context, '.dockerignore')].includes(file.path),
  );
  if (users.length === 0 || !users.every((view) => mayIgnore(view, pattern))) return undefined;
  const added = [pattern, ...(pattern === '.env.*' ? examplesIn(users) : [])];
  return { kind: 'text', file: file.path, splices: [appended(file.text, `${added.join('\n')}\n`)] };
};

/** A first ignore file, if all that belongs into it can be left out without a change. */
export const dockerignorePresent: Repairer = (project, { file: path, message }) => {
  const target = /^there is no (\S+)$/.exec(message)?.[1];
  const own = dockerfileViews(project).filter(({ file }) => file.path === path);
  if (target === undefined || own.length === 0) return undefined;
  const users = dockerfileViews(project).filter(({ file }) => own.some((view) => view.file.context === file.context));
  const patterns = [...new Set(users.flatMap(patternsFor))];
  const isSafe = users.every((view) => patterns.every((pattern) => mayIgnore(view, pattern)));
  const content = `${[...patterns, ...examplesIn(users)].join('\n')}\n`;
  return isSafe ? { kind: 'create', file: target, content } : undefined;
};

/**
 * Whether a build is the same without what the pattern leaves out. Packages are installed in the image; the history of
 * git is read by git, which small images do not have; an env file may be read by a build (Vite, Next), so that only
 * those that are not there yet are left out.
 */
function mayIgnore({ project, file, dockerfile, production }: DockerfileView, pattern: string): boolean {
  // What comes from another stage does not come from the context.
  const fromContext = [...everyInstruction(dockerfile)]
    .map(([, one]) => one)
    .filter(({ keyword, flags }) => keyword !== 'ENV' && !flags.some((flag) => flag.startsWith('--from=')));
  const text = fromContext.flatMap((one) => [one.text, ...one.heredocs]).join('\n');
  const bases = dockerfile.stages.map((stage) => baseImageOf(dockerfile, stage)).concat(production.from);
  switch (pattern) {
    case 'node_modules':
    case '**/node_modules':
    case '.venv':
    case 'vendor':
      return !text.includes(`${pattern.replace('**/', '')}`);
    case '.git':
      return (
        !/\bgit\b/.test(text) &&
        bases.every((base) => /slim|alpine/.test(base) || dockerfile.stages.some(({ name }) => name === base))
      );
    case '.env':
    case '.env.*':
      return project.files !== undefined && !envFilesIn(project, file).some(isReal) && !/\.env\b/.test(text);
    default:
      return false;
  }
}

/** The env files in the context of a build, seen from there. */
function envFilesIn({ files = [] }: Project, { context }: DockerfileText): readonly string[] {
  return files
    .filter((path) => within(context, path))
    .map((path) => fromProject(context, path))
    .filter((path) => /(?:^|\/)\.env(?:\.|$)/.test(path));
}

function isReal(path: string): boolean {
  return !/\.(?:example|sample|dist|template)$/.test(path);
}

/** Examples stay in the build: something may be made from them. */
function examplesIn(views: readonly DockerfileView[]): readonly string[] {
  return [...new Set(views.flatMap(({ project, file }) => envFilesIn(project, file)))].map((path) => `!${path}`);
}

/**
 * Whoever copies the example finds the variable. It stands there with no value only where Compose stops without one
 * anyway, and no container is given the whole file: an empty variable is another thing than none.
 */
export const envDeclared: Repairer = (project, finding) => {
  const found = namesIn(finding);
  if (!found || hasOtherValues(project)) return undefined;
  return declare(project, found, ({ name, message }, file) =>
    message !== undefined && !isHandedOn(project, file) ? `${name}=\n` : `# ${name}=\n`,
  );
};

/** Whether what is included brings values of its own, which an empty one in .env would go before. */
function hasOtherValues({ composeFiles }: Project): boolean {
  return composeFiles.some((file) =>
    composeEntries(file).some(({ path }) => path[0] === 'include' && path.includes('env_file')),
  );
}

/** Commented out, so that the default still holds. */
export const envDocumented: Repairer = (project, finding) => {
  const found = namesIn(finding);
  return found && declare(project, found, (use) => `# ${use.name}=${use.fallback}\n`);
};

interface Missing {
  readonly name: string;
  readonly examples: readonly string[];
}

function namesIn({ message }: Finding): Missing | undefined {
  const [, name, examples] = /^(\w+) is not in (.+)$/.exec(message) ?? [];
  return name === undefined || examples === undefined ? undefined : { name, examples: examples.split(', ') };
}

interface Use {
  readonly name: string;
  /** What it is without a value, on one line. */
  readonly fallback: string;
  /** What Compose says when it is missing. */
  readonly message: string | undefined;
  readonly files: readonly string[];
}

/** One example at a time: the next round has the others. */
function declare(
  project: Project,
  { name, examples }: Missing,
  line: (use: Use, file: TextFile) => string,
): Repair | undefined {
  const file = project.envFiles.find((one) => one.path === examples[0]);
  const use = useOf(project, name);
  if (!file || !use || /[\r\n]/.test(use.fallback)) return undefined;
  const why = use.message ?? `Used in ${use.files.join(', ')}`;
  const gap = file.text.trim() === '' || /\n\s*\n$/.test(file.text) ? '' : '\n';
  const splice: Splice = appended(file.text, `${gap}# ${why}\n${line(use, file)}`);
  return { kind: 'text', file: file.path, splices: [splice] };
}

function useOf({ composeFiles }: Project, name: string): Use | undefined {
  const uses = composeFiles.flatMap((file) =>
    composeEntries(file).flatMap(({ value = '' }) =>
      interpolations(value)
        .filter((one) => one.name === name)
        .map((one) => ({ ...one, file: file.path })),
    ),
  );
  if (uses.length === 0) return undefined;
  const text = (operator: RegExp): string | undefined =>
    uses
      .find((one) => operator.test(one.operator ?? '') && one.operand)
      ?.operand?.replaceAll(/\s+/g, ' ')
      .trim();
  return {
    name,
    fallback: text(/-$/) ?? '',
    message: text(/\?$/),
    files: [...new Set(uses.map(({ file }) => file))],
  };
}

/** For those that have no such bit at all; others were chosen. */
export const scriptExecutable: Repairer = ({ scripts }, { file: path }) => {
  const file = scripts.find((one) => one.path === path);
  const isPlain = file?.mode !== undefined && [0o644, 0o664].includes(file.mode & 0o777);
  return file && isPlain && file.text.startsWith('#!') ? { kind: 'mode', file: file.path, mode: 0o755 } : undefined;
};

/** Where every line has it, so that none can be meant. */
export const scriptLineEnds: Repairer = ({ scripts }, { file: path }) => {
  const file = scripts.find((one) => one.path === path);
  if (!file?.text.startsWith('#!') || /(?<!\r)\n|\r(?!\n)/.test(file.text)) return undefined;
  return { kind: 'text', file: file.path, splices: returnsIn(file) };
};

function returnsIn({ text }: TextFile): readonly Splice[] {
  return [...text.matchAll(/\r(?=\n)/g)].map(({ index }) => ({ offset: index, length: 1, content: '' }));
}
