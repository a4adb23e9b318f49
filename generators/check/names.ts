/** What a file is, by its name. */
import { folderOf, nameOf } from '../paths.ts';

/** Folders whose files run nowhere: samples for tests, the code of others, the container of an editor. */
const aside = new Set([
  ...['fixtures', '__fixtures__', 'testdata', 'test-data', '__snapshots__', '__tests__', 'mocks', '__mocks__'],
  ...[
    'third_party',
    'third-party',
    'vendored',
    'external',
    'deps',
    'site-packages',
    '.devcontainer',
    '.prodstack',
    '.cursor',
    '.vscode',
    '.github',
    '.circleci',
  ],
]);

/** Whether a path lies in a folder that is not for running. */
export function isAside(path: string): boolean {
  // A template of a repo is not one yet.
  return folderOf(path)
    .split('/')
    .some((folder) => aside.has(folder) || folder.includes('{{'));
}

const development =
  /(?:^|[._-])(?:dev|devel|development|local|test|tests|testing|e2e|integration|ci|debug|playwright|cypress|bench|benchmark|lint)(?:[._-]|$)/i;

/** Whether a name, or that of a folder above it, says that only developers and tests use it. */
export function isDevelopmentName(path: string): boolean {
  return path.split('/').some((part) => development.test(part));
}

export function isDockerfileName(path: string): boolean {
  const name = nameOf(path);
  return (
    /^(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?$|\.(?:dockerfile|containerfile)$/i.test(name) &&
    !/\.(?:dockerignore|md|txt|ya?ml|json|j2|tmpl|template|erb|jinja2?)$/.test(name)
  );
}

/** `.env.example`, `env.sample`, `.env.production.dist`. */
export function isEnvExampleName(path: string): boolean {
  return isEnvName(path) && exampleWord.test(nameOf(path));
}

/** A `.env` that is meant to be used as it is, in production or everywhere. */
export function isEnvFileName(path: string): boolean {
  const name = nameOf(path);
  return (
    isEnvName(path) &&
    !exampleWord.test(name) &&
    !/[._-](?:dev|development|test|testing|tests|ci|e2e|local)\b/.test(name)
  );
}

const exampleWord = /(?:^|[._-])(?:example|sample|dist|template|tmpl|tpl|default|defaults)(?:[._-]|$)/;

function isEnvName(path: string): boolean {
  const name = nameOf(path);
  return (
    /^\.?env(?:[._-][\w.-]+)?$|^[\w-]+\.env(?:\.[\w.-]+)?$/.test(name) &&
    !/\.(?:d\.ts|[cm]?[jt]sx?|py|php|rb|go|md|ya?ml|json|sh)$/.test(name)
  );
}

export function isScriptName(path: string): boolean {
  return /\.(?:sh|bash)$/.test(path);
}

/** Where programs without an ending are scripts. */
export function isInScriptFolder(path: string): boolean {
  return /(?:^|\/)(?:scripts|bin|\.docker|docker|deploy)\/[\w-]+$/.test(path);
}
