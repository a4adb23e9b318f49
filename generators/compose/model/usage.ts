import { folderOf, join, nameOf } from '../../paths.ts';
import type { Files } from './files.ts';

/** Files that somebody puts together, in their order. */
export type FileSet = readonly string[];

const maxTexts = 400;
const maxLength = 300_000;
const speaking =
  /(?:^|\/)(?:[^/]+\.(?:sh|bash|ps1|md|mk)|Makefile|makefile|GNUmakefile|[Jj]ustfile|Taskfile\.ya?ml|package\.json|composer\.json|pyproject\.toml|fabfile\.py|tasks\.py|README[^/]*|Jenkinsfile|\.gitlab-ci\.yml)$|^(?:scripts|bin)\/[^/.]+$|^\.github\/workflows\/[^/]+\.ya?ml$/;
const call =
  /docker[ -]compose((?:[ \t]|\\\r?\n[ \t]*)+(?:(?:-[-\w]+)(?:=|[ \t]+)?(?:"[^"\n]*"|'[^'\n]*'|[^\s"'`;|&)]+)?(?:[ \t]|\\\r?\n[ \t]*)*)*)/g;
const fileFlag = /(?:^|[\s\\])(?:-f|--file)(?:=|[ \t]+)?["']?([^\s"'`;|&)\\]+\.ya?ml)/g;

/**
 * Which compose files are used together, as `COMPOSE_FILE` in env files and calls of `docker compose -f a -f b` in
 * scripts, workflows and documentation say.
 * @param composeFiles the files that can be meant
 */
export function usedTogether(source: Files, composeFiles: ReadonlySet<string>): readonly FileSet[] {
  const found = new Map<string, FileSet>();
  const add = (names: readonly string[], from: string): void => {
    const files = resolve(names, folderOf(from), composeFiles);
    if (files) found.set(files.join('\n'), files);
  };
  for (const path of source.files.filter(isEnvFile)) {
    for (const names of composeFileValues(textOf(source, path))) add(names, path);
  }
  for (const path of source.files.filter((one) => speaking.test(one)).slice(0, maxTexts)) {
    for (const [, flags = ''] of textOf(source, path).matchAll(call)) {
      const names = [...flags.matchAll(fileFlag)].map((match) => match[1] ?? '');
      if (names.length > 0) add(names, path);
    }
  }
  return [...found.values()];
}

function isEnvFile(path: string): boolean {
  return /^\.?env(?:\..+)?$|^\.env/.test(nameOf(path)) || path.endsWith('.env');
}

function composeFileValues(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^[ \t#]*(?:export[ \t]+)?COMPOSE_FILE[ \t]*=[ \t]*["']?([^\s"'#]+)/gm)].map((match) =>
    (match[1] ?? '').split(/[:;,]/),
  );
}

/** Names as seen from where they are written, or from the root. */
function resolve(names: readonly string[], folder: string, files: ReadonlySet<string>): FileSet | undefined {
  return [folder, '.']
    .map((from) => names.map((name) => join(from, name)))
    .find((paths) => paths.every((path) => files.has(path)));
}

function textOf(source: Files, path: string): string {
  try {
    const text = source.read(path) ?? '';
    return text.length > maxLength ? '' : text;
  } catch {
    return '';
  }
}
