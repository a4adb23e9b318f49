import { nameOf } from '../../paths.ts';

/**
 * What a combination of compose files is for. What is deployed is `production`: the overlay for a target (a host, a
 * cloud), too, and a lone compose file. `base` is the base without the overlays that make it complete.
 */
export type Purpose = 'production' | 'development' | 'base';

/** What a compose file's name says about it. */
export interface FileName {
  /** `compose`, `docker-compose`, or what else stands before the words. */
  readonly stem: string;
  /** `prod` in `compose.prod.yaml`, `dev.gpu` in `docker-compose-dev.gpu.yml`; empty for a base. */
  readonly words: string;
}

/** Files that Compose finds by itself, in the order in which it looks for them. */
export const defaultFiles: readonly string[] = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
];
/** What it lays over that, the first that is there. */
export const defaultOverrides: readonly string[] = [
  ...['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml'],
];
const development =
  /^(?:dev|devel|development|local|localhost|debug|watch|hot|hot-?reload|test|tests|testing|ci|e2e|integration|bench)$/i;
const production = /^(?:prod|production|live|deploy|deployment|release)$/i;

/** What Compose looks for by itself, the first that it takes first. */
export function defaultRank(path: string): number {
  const rank = defaultFiles.indexOf(nameOf(path));
  return rank < 0 ? defaultFiles.length : rank;
}

export function isDefaultName(path: string): boolean {
  return defaultFiles.includes(nameOf(path));
}

/** Whether Compose lays it over the base without being told. */
export function isOverride(path: string): boolean {
  return defaultOverrides.includes(nameOf(path));
}

/** Whether it is called after what others are laid over. */
export function isBaseName(path: string): boolean {
  return /^(?:base|common|core|main|shared)\.ya?ml$/i.test(nameOf(path));
}

/** Whether a YAML file is called as compose files are. */
export function isComposeName(path: string): boolean {
  return /^(?:docker-?)?compose(?:[._-].+)?\.ya?ml$|[._-](?:docker-?)?compose\.ya?ml$/i.test(nameOf(path));
}

/** An example to be copied: used by nobody as it stands. */
export function isSample(path: string): boolean {
  return /[._-](?:example|sample|dist|template|tmpl)(?:[._-]|$)/i.test(nameOf(path));
}

export function readName(path: string): FileName {
  const [, stem = '', words = ''] = /^((?:docker-?)?compose)?(.*)\.ya?ml$/i.exec(nameOf(path)) ?? [];
  return stem === '' ? { stem: words, words } : { stem, words: words.replace(/^[._-]/, '') };
}

/** Whether a stage of a Dockerfile, or a word of a file's name, says so. */
export function isDevelopmentWord(word: string): boolean {
  return development.test(word);
}

/** What the words in a file's name say that it is for; undefined where they say nothing of it. */
export function purposeOf(path: string): 'production' | 'development' | 'build' | undefined {
  const words = readName(path).words.split(/[._-]/);
  if (words.some(isDevelopmentWord)) return 'development';
  if (words.some((word) => production.test(word))) return 'production';
  return words.includes('build') ? 'build' : undefined;
}
