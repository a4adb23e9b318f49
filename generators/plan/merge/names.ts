/** Services that go by another name than they did: in the answers, or only in the user's compose file. */
import { pairText } from '../../compose/pair-text.ts';
import { type Names, renameServices, serviceNames } from '../../compose/rename.ts';
import type { Existing } from '../compare.ts';
import type { RelPath } from '../types.ts';
import { unixLines } from './lines.ts';
import { similarity } from './similar.ts';

/** What is the same in two services that are one. */
const enough = 0.6;

/**
 * The services of a compose file that the user gave other names: gone under the name that we gave, and there under one
 * that we do not know, with most of what they were.
 * @returns their names by ours
 */
export function renamedServices(base: string, theirs: string, ours: string): Names {
  const text = unixLines(theirs);
  const [was, is, shall] = [base, text, ours].map((one) => new Set(serviceNames(one))) as [
    Set<string>,
    Set<string>,
    Set<string>,
  ];
  const gone = [...was].filter((name) => !is.has(name) && shall.has(name));
  const come = [...is].filter((name) => !was.has(name) && !shall.has(name));
  const pairs = gone.flatMap((from) => come.map((to) => ({ from, to, likeness: likeness(base, from, text, to) })));
  const names = new Map<string, string>();
  for (const { from, to } of pairs
    .filter(({ likeness }) => likeness >= enough)
    .sort((a, b) => b.likeness - a.likeness)) {
    if (!names.has(from) && ![...names.values()].includes(to)) names.set(from, to);
  }
  return names;
}

/** Without their names and the comments above them. */
function likeness(one: string, from: string, other: string, to: string): number {
  const bodyOf = (text: string, name: string): string =>
    (pairText(text, ['services', name]) ?? '').replace(/^(?:#[^\n]*\n)*[^\n]*\n/, '');
  return similarity(bodyOf(one, from), bodyOf(other, to));
}

/** Whether a path is that of a compose file of the stack. */
export const isComposeFile = (path: RelPath): boolean => /^[^/]+\.ya?ml$/.test(path);

/** The versions of a compose file, with services under the names that they have by now. */
export function renaming(
  { content }: { readonly content: string },
  existing: Existing,
  base: string | undefined,
  renamed: Names,
  theirNames: Names,
): { readonly base: string | undefined; readonly theirs: string; readonly ours: string } {
  const theirs = renameServices(existing.text, only(renamed, existing.text, content));
  const is = new Set(serviceNames(unixLines(theirs)));
  // An overlay that was left under our names merges with these.
  const names: Names = new Map([...theirNames].filter(([from, to]) => is.has(to) && !is.has(from)));
  const before = base === undefined ? undefined : renameServices(base, only(renamed, base, content));
  return {
    base: before === undefined ? undefined : renameServices(before, names),
    theirs,
    ours: renameServices(content, names),
  };
}

/** Of new names, those of services that a text has under the old one, and the text to come under the new one. */
function only(renamed: Names, text: string, ours: string): Names {
  const [is, shall] = [new Set(serviceNames(unixLines(text))), new Set(serviceNames(ours))];
  return new Map(
    [...renamed].filter(([from, to]) => (is.has(from) || !is.has(to)) && (shall.has(to) || !shall.has(from))),
  );
}
