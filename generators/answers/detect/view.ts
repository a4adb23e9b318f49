import { UserError } from '../../errors.ts';
import { folderOf, nameOf } from '../../paths.ts';
import { depthOf, isInside } from './paths.ts';
import { maskJavaScript, maskPhp, maskPython, type Source } from './source.ts';
import type { Repo } from './types.ts';

/** The repo as all detectors share it: every file is read once. */
export interface View extends Repo {
  has(path: string): boolean;
}

/** Folders with programs that show, check or describe the app, but are not the app. */
const aside =
  /(?:^|\/)(?:\.[^/]+|[^/]*\{[^/]*|examples?|samples?|fixtures?|__fixtures__|tests?|__tests__|__mocks__|e2e|cypress|docs?|templates?|bench|benchmarks|node_modules)(?:\/|$)/;
const testFile = /(?:\.|_)(?:test|spec|stories|d|min)\.[a-z]+$|(?:^|\/)(?:test_[^/]*|conftest)\.py$/;
/** Files that are likely to start the program or to hold what is looked for: read even in a huge repo. */
const keyFile = /(?:^|\/)(?:server|main|index|app|asgi|config|env)\.[a-z]+$|health/i;

const mostSources = 400;
const longestSource = 512 * 1024;

/** Remembers what was read. */
export function look(repo: Repo): View {
  const files = new Set(repo.files);
  const texts = new Map<string, string | undefined>();
  return {
    files: repo.files,
    has: (path) => files.has(path),
    read(path) {
      if (!files.has(path)) return undefined;
      if (!texts.has(path)) texts.set(path, withoutOurs(path, repo.read(path)));
      return texts.get(path);
    },
  };
}

/**
 * An example env file without what we put there: it tells of the stack, and not of the app. Lines keep their numbers.
 * `plan/shared-files.ts` and `templates/env/example.hbs` write it.
 */
function withoutOurs(path: string, text: string | undefined): string | undefined {
  if (text === undefined || !/^\.env\b.*\.example$/.test(nameOf(path))) return text;
  const part = /^# prodstack: start\..*?^# prodstack: end$/gms;
  const rest = text.replace(part, (ours) => ours.replace(/[^\n]/g, ''));
  return /^COMPOSE_FILE=/m.test(rest) ? '' : rest;
}

/** Whether a path lies in tests, examples and the like. */
export function isAside(path: string): boolean {
  return aside.test(path);
}

const languages = {
  javascript: { extension: /\.(?:[cm]?[jt]s|[jt]sx)$/, mask: maskJavaScript },
  python: { extension: /\.py$/, mask: maskPython },
  php: { extension: /\.php$/, mask: maskPhp },
} as const;

/** The sources of an app: those that start it first, then the shallow ones. Other apps' folders are left out. */
export function sourcesOf(
  view: View,
  folder: string,
  language: keyof typeof languages,
  others: readonly string[],
): Source[] {
  const { extension, mask } = languages[language];
  const nested = others.filter((other) => isInside(other, folder));
  const rank = (path: string) => (keyFile.test(path) ? 0 : 100) + path.split('/').length;
  return view.files
    .filter((path) => extension.test(path) && isInside(path, folder))
    .filter((path) => !testFile.test(path) && !isAside(folder === '.' ? path : path.slice(folder.length)))
    .filter((path) => !nested.some((other) => isInside(path, other)))
    .map((path) => ({ path, rank: rank(path) }))
    .sort((a, b) => a.rank - b.rank || (a.path < b.path ? -1 : 1))
    .slice(0, mostSources)
    .flatMap(({ path }) => readSource(view, path, mask));
}

/** One source; nothing where it is missing, too long to be written by hand, or not text. */
function readSource(view: View, path: string, mask: (path: string, text: string) => Source): Source[] {
  try {
    const text = view.read(path);
    return text === undefined || text.length > longestSource ? [] : [mask(path, text)];
  } catch (error) {
    // A source in another encoding tells less; it is no reason to refuse the repo.
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** The folders that hold a file of that name, down to a depth, without tests and examples. */
export function foldersWith(view: View, file: RegExp, deepest: number): string[] {
  const folders = new Set<string>();
  for (const path of view.files) {
    const folder = folderOf(path);
    if (file.test(nameOf(path)) && !isAside(folder) && depthOf(folder) <= deepest) folders.add(folder);
  }
  return [...folders].sort();
}
