/** Where the user moved a file to. */
import type { Disk } from '../compare.ts';
import type { RelPath } from '../types.ts';
import { similarity } from './similar.ts';

/** As `git` takes it: half of the text is the same. Under another name it must be nearly all of it. */
const enough = { sameName: 0.5, otherName: 0.8 };

/** Files that are read for one that is gone, so that a large repo costs nothing worth mentioning. */
const mostLooked = 200;

const nameOf = (path: RelPath): string => path.slice(path.lastIndexOf('/') + 1);
const endOf = (path: RelPath): string => /\.[^./]+$/.exec(path)?.[0] ?? '';

/**
 * The file that is what a generated one was, at another place: one that we know nothing of, and the only one.
 * @param isKnown whether a path is one of ours
 */
export function movedTo(
  path: RelPath,
  base: string,
  files: readonly RelPath[],
  disk: Disk,
  isKnown: (path: RelPath) => boolean,
): RelPath | undefined {
  const free = files.filter((one) => !isKnown(one) && !/\.prodstack-new$/.test(one));
  const best = (candidates: readonly RelPath[], least: number): RelPath | undefined => {
    const near = candidates
      .slice(0, mostLooked)
      .map((one) => ({ one, likeness: similarity(base, textAt(disk, one)) }))
      .filter(({ likeness }) => likeness >= least)
      .sort((a, b) => b.likeness - a.likeness);
    // Two copies: nobody knows which is meant.
    return near[0]?.likeness === near[1]?.likeness ? undefined : near[0]?.one;
  };
  return (
    best(
      free.filter((one) => nameOf(one) === nameOf(path)),
      enough.sameName,
    ) ??
    best(
      free.filter((one) => nameOf(one) !== nameOf(path) && endOf(one) === endOf(path)),
      enough.otherName,
    )
  );
}

/** Other people's files need not be text. */
function textAt(disk: Disk, path: RelPath): string {
  try {
    return disk.raw(path)?.text ?? '';
  } catch {
    return '';
  }
}
