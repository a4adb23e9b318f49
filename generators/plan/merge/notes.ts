/** What a person should know of an update: what it leaves that does not fit, and who still says old names. */
import type { Names } from '../../compose/rename.ts';
import type { Stack } from '../../stack/types.ts';
import { baselineFile, type Recorded } from '../baseline.ts';
import type { Disk, Outcome, Repo } from '../compare.ts';
import { overlayFile } from '../compose.ts';
import { assignmentsOf, plainValue } from '../dotenv.ts';
import { serverFiles } from '../targets.ts';
import type { RelPath } from '../types.ts';
import { isComposeFile } from './names.ts';
import { hasMarkers } from './text.ts';
import { missingParts, noImage } from './whole.ts';

/** `.env` is the user's: it goes on naming compose files that are gone, and Docker then starts nothing at all. */
export function chosenNotes(stack: Stack, outcomes: readonly Outcome[], repo: Disk): readonly string[] {
  const { gone, instead } = chosenFiles(stack, outcomes, repo);
  return gone.length === 0
    ? []
    : [
        `.env: COMPOSE_FILE names ${gone.join(', ')}, which ${gone.length === 1 ? 'is' : 'are'} gone, so docker compose and scripts/ctl refuse: COMPOSE_FILE=${instead}`,
      ];
}

/** Files that `.env` chooses and that will not be there, and what it can choose instead. */
export function chosenFiles(
  stack: Stack,
  outcomes: readonly Outcome[],
  repo: Disk,
): { readonly gone: readonly RelPath[]; readonly instead: string } {
  const raw = assignmentsOf(repo.raw('.env')?.text ?? '', 'COMPOSE_FILE').at(-1)?.raw ?? '';
  const planned = new Map(outcomes.map((one) => [one.path, one.planned?.kind]));
  const willBe = (path: RelPath): boolean => {
    const kind = planned.get(path);
    return kind === undefined ? repo.raw(path) !== undefined : kind !== 'delete';
  };
  const chosen = (plainValue(raw) ?? '').split(':').filter((path) => path !== '');
  const gone = chosen.filter((path) => composeName.test(path) && !willBe(path));
  const kept = chosen.flatMap((path) => {
    if (!gone.includes(path)) return [path];
    const overlay = composeName.exec(path)?.[1];
    const now = overlay === undefined ? stack.composeFile : overlayFile(stack.composeFile, overlay);
    return willBe(now) ? [now] : [];
  });
  const instead = kept.includes(stack.composeFile)
    ? [...new Set(kept)].join(':')
    : serverFiles(stack, stack.targets[0]);
  return { gone, instead };
}

/** Compose files at the root, by the names that we give them; the overlay. */
const composeName = /^(?:docker-)?compose(?:\.([\w-]+))?\.ya?ml$/;

/**
 * What is wrong with the compose files together once all is settled. What was wrong before is said again only where
 * nothing starts for it: an overlay of a service that is gone.
 */
export function wholeNotes(outcomes: readonly Outcome[], repo: Repo): readonly string[] {
  const own = outcomes.filter(({ records, path }) => records?.kind === 'file' && isComposeFile(path));
  const isOpen = own.some(({ conflict }) => conflict);
  if (!isOpen && !own.some(({ action }) => action === 'merge' || action === 'kept')) return [];
  const texts = (of: (outcome: Outcome) => string | undefined) =>
    new Map(
      own.flatMap((one) => {
        const text = of(one);
        return text === undefined ? [] : [[one.path, text] as const];
      }),
    );
  const before = new Set(isOpen ? [] : missingParts(texts(({ path }) => repo.raw(path)?.text)));
  const after = texts((one) => (writes(one) ? one.texts?.after : repo.raw(one.path)?.text));
  // What stands between markers counts once a person has settled it.
  if ([...after.values()].some(hasMarkers)) return [];
  const lost = new Set(lostServices(after, repo));
  return missingParts(after).filter((problem) => !before.has(problem) || lost.has(problem));
}

/** Services that no compose file of the user's brings either. */
function lostServices(texts: ReadonlyMap<RelPath, string>, repo: Repo): readonly string[] {
  const others = repo.files.filter((path) => composeName.test(path) && !texts.has(path));
  const all = new Map([...texts, ...others.map((path) => [path, repo.raw(path)?.text ?? ''] as const)]);
  // What is included may have them.
  if ([...all.values()].some((text) => /^include:/m.test(text))) return [];
  return missingParts(all).filter((problem) => problem.includes(noImage));
}

const writes = ({ action, texts, left }: Outcome): boolean =>
  texts !== undefined && action !== 'kept' && (action !== 'conflict' || left === 'markers');

/** Scripts that go on calling a service by the name that we gave it. */
export function nameNotes(names: Names, outcomes: readonly Outcome[], repo: Repo): readonly string[] {
  return [...names].flatMap(([from, to]) => {
    const scripts = outcomes
      .filter(({ path, records }) => records?.kind === 'file' && /^(?:scripts\/|Makefile$)/.test(path))
      .map(({ path }) => path)
      .filter((path) => new RegExp(`(?<![\\w-])${from}(?![\\w-])`).test(repo.raw(path)?.text ?? ''));
    return scripts.length === 0
      ? []
      : [`You call the service ${from} ${to}; these still say ${from}, so change it there, too: ${scripts.join(', ')}`];
  });
}

/** Why all that differs is taken for the user's. */
export function baselineWarning({ state, damage }: Recorded): string {
  const what = state === 'none' ? `there is no ${baselineFile}` : `${baselineFile} is not believed: ${damage}`;
  return `${what}, so nothing says which changes are yours. All that differs is taken for yours and left. If git has it: git checkout HEAD -- ${baselineFile}`;
}
