/** Where files are by now: the user may have moved them. */
import type { Recorded } from '../baseline.ts';
import type { Disk, Repo } from '../compare.ts';
import type { Intended } from '../intend.ts';
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
function movedTo(
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

/** Where each managed file is by now: its own path, another one, or none. */
export function placesOf(
  intended: readonly Intended[],
  repo: Repo,
  recorded: Recorded,
): ReadonlyMap<RelPath, RelPath | undefined> {
  const wanted = new Set(intended.map(({ path }) => path));
  const taken = new Set(Object.values(recorded.moved));
  const isKnown = (path: RelPath): boolean => wanted.has(path) || taken.has(path) || recorded.files[path] !== undefined;
  const places = new Map<RelPath, RelPath | undefined>();
  for (const { path } of intended) {
    const last = recorded.moved[path];
    const base = recorded.files[path];
    if (repo.raw(path)) places.set(path, path);
    else if (last !== undefined && repo.raw(last)) places.set(path, last);
    else if (base !== undefined && !recorded.deleted.includes(path)) {
      const at = movedTo(path, base, repo.files, repo, isKnown);
      if (at !== undefined) taken.add(at);
      places.set(path, at);
    }
  }
  return places;
}

/**
 * What a file was made from that stands where an answer now says it belongs, and came there from where it was generated:
 * the folder of its app was moved. Undefined where no file that is gone is like it, or several are.
 */
export function baseBefore(
  path: RelPath,
  existing: string,
  intended: readonly Intended[],
  repo: Disk,
  { files, deleted }: Recorded,
): RelPath | undefined {
  const wanted = new Set(intended.map((one) => one.path));
  const near = Object.entries(files)
    .filter(([one]) => nameOf(one) === nameOf(path) && !wanted.has(one) && !deleted.includes(one) && !repo.raw(one))
    .map(([one, text]) => ({ one, likeness: similarity(text, existing) }))
    .filter(({ likeness }) => likeness >= enough.sameName)
    .sort((a, b) => b.likeness - a.likeness);
  return near[0]?.likeness === near[1]?.likeness ? undefined : near[0]?.one;
}
