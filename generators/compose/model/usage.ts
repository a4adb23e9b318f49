import { folderOf, isAbsolute, join, nameOf } from '../../paths.ts';
import type { Files } from './files.ts';

/** Files that somebody puts together, in their order. */
export type FileSet = readonly string[];

const maxTexts = 400;
const maxLength = 300_000;
const speaking =
  /(?:^|\/)(?:[^/]+\.(?:sh|bash|ps1|md|mk)|Makefile|makefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|package\.json|composer\.json|pyproject\.toml|fabfile\.py|tasks\.py|README[^/]*|Jenkinsfile|\.gitlab-ci\.yml)$|^(?:scripts|bin)\/[^/.]+$|^\.github\/workflows\/[^/]+\.ya?ml$/;
const call =
  /docker[ -]compose((?:[ \t]|\\\r?\n[ \t]*)+(?:(?:-[-\w]+)(?:=|[ \t]+)?(?:"[^"\n]*"|'[^'\n]*'|[^\s"'`;|&)]+)?(?:[ \t]|\\\r?\n[ \t]*)*)*)/g;
const directoryFlag = /--project-directory(?:=|[ \t]+)["']?([^\s"'`;|&]+)/;
const fileFlag = /(?:^|[\s\\])(?:-f|--file)(?:=|[ \t]+)?["']?([^\s"'`;|&)\\]+\.ya?ml)/g;

/** What is known of how compose files are used. */
export interface Usage {
  readonly sets: readonly FileSet[];
  /** The folder that paths of a project count from, where `--project-directory` says so, by its first file. */
  readonly directories: ReadonlyMap<string, string>;
}

/**
 * Which compose files are used together, as `COMPOSE_FILE` in env files and calls of `docker compose -f a -f b` in
 * scripts, workflows and documentation say, by variables of theirs, too.
 * @param composeFiles the files that can be meant
 */
export function usedTogether(source: Files, composeFiles: ReadonlySet<string>): Usage {
  const found = new Map<string, FileSet>();
  const directories = new Map<string, string>();
  const add = (names: readonly string[], path: string, directory?: string): void => {
    const { from, files } = resolve(names, folderOf(path), composeFiles) ?? {};
    if (from === undefined || files?.[0] === undefined) return;
    found.set(files.join('\n'), files);
    const said = directory?.replace(/^\$[({]?(?:CURDIR|PWD|shell pwd)[)}]?(?=\/|$)/, '.');
    if (said !== undefined && !/[$%{]/.test(said) && !isAbsolute(said)) directories.set(files[0], join(from, said));
  };
  for (const path of source.files.filter(isEnvFile)) {
    for (const names of composeFileValues(textOf(source, path))) add(names, path);
  }
  for (const path of source.files.filter((one) => speaking.test(one)).slice(0, maxTexts)) {
    for (const [, flags = ''] of spelledOut(textOf(source, path)).matchAll(call)) {
      const names = [...flags.matchAll(fileFlag)].map((match) => match[1] ?? '');
      if (names.length > 0) add(names, path, directoryFlag.exec(flags)?.[1]);
    }
  }
  return { sets: [...found.values()], directories };
}

const assignment = /^[ \t]*(?:(?:export|local|readonly)[ \t]+)?([A-Za-z_]\w*)[ \t]*(?:::?|\?)?=[ \t]*(.*compose.*)$/gm;

/** A Makefile or script with the variables worked out that calls of Compose are made of: `$(DC) -f dev.yml up`. */
function spelledOut(text: string): string {
  if (!text.includes('compose')) return '';
  const lines = text.replace(/\\\r?\n[ \t]*/g, ' ');
  const values = new Map(
    [...lines.matchAll(assignment)].map(([, name = '', value = '']): [string, string] => [
      name,
      value.trim().replace(/^(?:"(.*)"|'(.*)'|\((.*)\))$/, '$1$2$3'),
    ]),
  );
  if (values.size === 0) return lines;
  const use = /["']?(?:\$[({]([A-Za-z_]\w*)(?:\[@\])?[)}]|\$([A-Za-z_]\w*)|\{\{ *([A-Za-z_]\w*) *\}\})["']?/g;
  const worked = (line: string): string =>
    line.replace(use, (whole, one: string, other: string, third: string) => values.get(one ?? other ?? third) ?? whole);
  // One of these may be made of another; a line that grows and grows is none that somebody runs.
  const spelled = lines.split('\n').map((line) => [line, worked(line), worked(worked(line))].findLast(isShort) ?? line);
  return spelled.join('\n');
}

const isShort = ({ length }: string): boolean => length < 4000;

function isEnvFile(path: string): boolean {
  return /^\.?env(?:\..+)?$|^\.env/.test(nameOf(path)) || path.endsWith('.env');
}

function composeFileValues(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^[ \t#]*(?:export[ \t]+)?COMPOSE_FILE[ \t]*=[ \t]*["']?([^\s"'#]+)/gm)].map((match) =>
    (match[1] ?? '').split(/[:;,]/),
  );
}

/** Names as seen from where they are written, or from the root. */
function resolve(names: readonly string[], folder: string, files: ReadonlySet<string>) {
  return [folder, '.']
    .map((from) => ({ from, files: names.map((name) => join(from, name)) }))
    .find((one) => one.files.every((path) => files.has(path)));
}

function textOf(source: Files, path: string): string {
  try {
    const text = source.read(path) ?? '';
    return text.length > maxLength ? '' : text;
  } catch {
    return '';
  }
}
