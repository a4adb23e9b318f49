/** What git leaves out, by the `.gitignore` files of a repo. */
import { folderOf, inFolder } from '../paths.ts';
import { seenFrom } from './paths.ts';

/**
 * Whether git ignores a file: of the patterns from the top down to its folder the last that meets it counts, and below a
 * folder that is ignored nothing comes back. The manual of git has it so ("gitignore", "Pattern format").
 * @param read the text of a file, undefined where there is none
 */
export function isIgnored(path: string, read: (path: string) => string | undefined): boolean {
  const folders = parentsOf(path);
  return [...folders.slice(1).map((folder) => [folder, true] as const), [path, false] as const].some(
    ([one, isFolder]) => lastSays(one, isFolder, read),
  );
}

/** The folders that a file is in, from the top. */
function parentsOf(path: string): readonly string[] {
  const above = folderOf(path);
  return above === '.' ? ['.'] : [...parentsOf(above), above];
}

function lastSays(path: string, isFolder: boolean, read: (path: string) => string | undefined): boolean {
  return parentsOf(path)
    .flatMap((folder) => {
      const lines = (read(inFolder(folder, '.gitignore')) ?? '').split(/\r?\n/);
      return lines.flatMap((line) => saysOf(line, seenFrom(folder, path), isFolder) ?? []);
    })
    .reduce((_, says) => says, false);
}

/** Whether a line takes a path or gives it back; undefined where it is about others. */
function saysOf(line: string, path: string, isFolder: boolean): boolean | undefined {
  const text = line.replace(/(?<!\\)[ \t]+$/, '');
  if (text === '' || text.startsWith('#')) return undefined;
  const gives = text.startsWith('!');
  const pattern = text.slice(gives ? 1 : 0).replace(/^\\(?=[!#])/, '');
  if (pattern.endsWith('/') && !isFolder) return undefined;
  const plain = pattern.replace(/\/$/, '');
  // Without a slash, it is about names in any folder.
  const whole = plain.includes('/') ? plain.replace(/^\//, '') : `**/${plain}`;
  return expressionOf(whole).test(path) ? !gives : undefined;
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replaceAll(
    /\*\*\/|\/\*\*$|\*+|\?|\[!?\]?[^\]]*\]|\\.|[^\w\s]/g,
    (part) =>
      ({ '**/': '(?:.*/)?', '/**': '/.*', '?': '[^/]' })[part] ??
      (part.startsWith('*') ? '[^/]*' : undefined) ??
      (part.length > 2 && part.startsWith('[') ? classOf(part) : `\\${part.at(-1)}`),
  );
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A class that is none meets nothing.
    return /(?!)/;
  }
}

function classOf(part: string): string {
  const isNot = /^\[[!^]/.test(part);
  const inside = part.slice(isNot ? 2 : 1, -1).replaceAll(/[\\[\]&|~^]/g, '\\$&');
  return `(?!/)[${isNot ? '^' : ''}${inside}]`;
}
