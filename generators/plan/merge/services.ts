/** Services that the user calls by another name than we do. */
import { pairText } from '../../compose/pair-text.ts';
import { type Names, serviceNames } from '../../compose/rename.ts';
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
