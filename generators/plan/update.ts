/** What becomes of a repo of ours: newer templates or other answers, with what the user did since. */
import type { Answers } from '../answers/schema.ts';
import { applySplices } from '../compose/edit/index.ts';
import { type Names, renameServices, serviceNames } from '../compose/rename.ts';
import { isData } from '../data.ts';
import { UserError } from '../errors.ts';
import { secretsFolder } from '../stack/secrets.ts';
import type { Stack } from '../stack/types.ts';
import { nothingRecorded, type Recorded } from './baseline.ts';
import { baseOf, common, type Disk, type Outcome, outcomeOf, type Repo, replaceOrCreate } from './compare.ts';
import type { Intended, Managed } from './intend.ts';
import {
  databaseNotes,
  followedSettings,
  refuseTakenNames,
  renamedApps,
  servicesOfApps,
  withFormerValues,
} from './merge/apps.ts';
import { mergedOutcome } from './merge/file.ts';
import { formerFiles, withFollowers } from './merge/former.ts';
import { unixLines } from './merge/lines.ts';
import { baseBefore, placesOf } from './merge/moved.ts';
import { isComposeFile, renamedServices, renaming } from './merge/names.ts';
import { baselineWarning, chosenNotes, nameNotes } from './merge/notes.ts';
import { volumeNotes } from './merge/volumes.ts';
import { checkSecrets } from './secret-files.ts';
import { hasSection, phpEdits, sectionEdits } from './shared-files.ts';
import type { RelPath } from './types.ts';

/** What an update was asked for, and what follows from the answers. */
export interface UpdateOptions {
  readonly composeFile: RelPath;
  /** Files that were deleted and shall come back. */
  readonly restore: readonly RelPath[];
  /** New names of services by their old ones, where answers changed them. */
  readonly renamed: Names;
}

/** What an update knows: what shall be, and what was. */
interface Known {
  readonly answers: Answers;
  readonly stack: Stack;
  readonly recorded: Recorded;
  readonly repo: Repo;
}

/**
 * What an update comes to, with what a person should know of data and names.
 * @throws UserError `usage` for a file to restore that was not deleted; `answers` for an app with the name of another
 */
export function updatePlan(
  intended: readonly Intended[],
  { answers, stack, recorded, repo }: Known,
  { restore }: Pick<UpdateOptions, 'restore'>,
): { readonly outcomes: readonly Outcome[]; readonly warnings: readonly string[] } {
  const { composeFile } = stack;
  refuseTakenNames(recorded.answers, answers);
  const apps = renamedApps(recorded.answers, answers);
  const before = recorded.files[composeFile];
  const now = intended.find(({ path }) => path === composeFile);
  const after = now?.kind === 'managed' ? now.content : '';
  const renamed = before === undefined ? new Map() : servicesOfApps(apps, serviceNames(before), serviceNames(after));
  const files = withFormerValues(intended, stack, apps, repo);
  const { outcomes, names } = compareUpdate(files, repo, recorded, { composeFile, restore, renamed });
  return {
    outcomes: [...outcomes, ...followedSettings(apps, repo)],
    warnings: [
      ...chosenNotes(stack, outcomes, repo),
      ...nameNotes(names, outcomes, repo),
      ...(recorded.state === 'good' ? [] : [baselineWarning(recorded)]),
      ...(before === undefined ? [] : volumeNotes(before, after, apps)),
      ...databaseNotes(apps, answers, projectOf(recorded, answers)),
    ],
  };
}

function projectOf({ answers: before }: Recorded, { name }: Answers): string {
  return isData(before) && typeof before['name'] === 'string' ? before['name'] : name;
}

/**
 * Compares what should be with what is, and with what was generated last. Pure: reads `repo`, changes nothing.
 * @returns also the names that the user gave services, by ours
 * @throws UserError `usage` for a file to restore that was not deleted; `repo` for secrets that cannot be taken over
 */
function compareUpdate(
  intended: readonly Intended[],
  repo: Repo,
  recorded: Recorded,
  options: UpdateOptions,
): { readonly outcomes: readonly Outcome[]; readonly names: Names } {
  const places = placesOf(intended, repo, recorded);
  refuseStrangeRestores(options.restore, intended, repo, recorded);
  checkSecrets(intended, repo);
  const names = namesOfUser(intended, repo, recorded, places, options);
  // On a machine that was never set up, such as a fresh clone, nobody needs passwords that differ from all others.
  const isSetUp = repo.raw('.env') !== undefined || recorded.state === 'none';
  const outcomes = intended.map((file): Outcome => {
    if (isManaged(file, repo, recorded))
      return managedOutcome(
        file,
        places.get(file.path),
        repo,
        withBaseBefore(file, intended, repo, recorded),
        options,
        names,
      );
    const outcome = outcomeOf(file, repo, recorded);
    if (isLocal(file) && !isSetUp && outcome.action === 'create') return { ...common(file), action: 'missing' };
    return withoutTakenOut(file, outcome, repo, recorded);
  });
  return { outcomes: withFollowers(outcomes, formerFiles(intended, repo, recorded), repo, recorded), names };
}

/** What was generated last, for a file that came to its path with the folder that it is in. */
function withBaseBefore(file: Managed, intended: readonly Intended[], repo: Disk, recorded: Recorded): Recorded {
  const existing = recorded.files[file.path] === undefined ? repo.raw(file.path) : undefined;
  const from = existing && baseBefore(file.path, unixLines(existing.text), intended, repo, recorded);
  const base = from === undefined ? undefined : baseOf(from, recorded);
  if (base === undefined) return recorded;
  const { files, modes } = recorded;
  return {
    ...recorded,
    files: { ...files, [file.path]: base.text },
    ...(modes && { modes: { ...modes, [file.path]: base.mode ?? 0o644 } }),
  };
}

/** Files of ours; an example env file of the user's has only a part of ours in it. */
function isManaged(file: Intended, repo: Disk, recorded: Recorded): file is Managed {
  if (file.kind === 'managed') return true;
  if (file.kind !== 'example') return false;
  return repo.raw(file.path) === undefined || outcomeOf(file, repo, recorded).records !== undefined;
}

const isLocal = ({ kind, path }: Intended): boolean =>
  kind === 'env' || kind === 'secret' || path.startsWith(`${secretsFolder}/`);

function managedOutcome(
  file: Managed,
  at: RelPath | undefined,
  repo: Repo,
  recorded: Recorded,
  { restore, renamed }: UpdateOptions,
  theirNames: Names,
): Outcome {
  const records = { kind: 'file', of: file.path, text: file.content, mode: file.mode } as const;
  const existing = at === undefined ? undefined : repo.raw(at);
  if (at === undefined || existing === undefined) {
    const isDeleted = recorded.files[file.path] !== undefined && !restore.includes(file.path);
    if (!isDeleted) return { ...replaceOrCreate(file, repo), records };
    const known = recorded.deleted.includes(file.path);
    return {
      ...common(file),
      action: 'deleted',
      records,
      ...(!known && { notes: [`deleted by you, and stays so; --restore ${file.path} brings it back`] }),
    };
  }
  const base = baseOf(file.path, recorded);
  const notes =
    at === file.path || recorded.moved[file.path] === at ? [] : [`followed from ${file.path}, where it was generated`];
  const named = isComposeFile(file.path) ? renaming(file, existing, base?.text, renamed, theirNames) : undefined;
  const outcome = mergedOutcome(
    { ...file, path: at, content: named?.ours ?? file.content },
    existing,
    base && { ...base, text: named?.base ?? base.text },
    named?.theirs,
  );
  const all = [...notes, ...(outcome.notes ?? [])];
  return { ...outcome, records, ...(all.length > 0 && { notes: all }) };
}

/** Services that the user gave other names in the compose file. */
function namesOfUser(
  intended: readonly Intended[],
  repo: Repo,
  recorded: Recorded,
  places: ReadonlyMap<RelPath, RelPath | undefined>,
  { composeFile, renamed }: UpdateOptions,
): Names {
  const file = intended.find((one): one is Managed => one.kind === 'managed' && one.path === composeFile);
  const base = recorded.files[composeFile];
  const theirs = repo.raw(places.get(composeFile) ?? composeFile)?.text;
  if (!file || base === undefined || theirs === undefined) return new Map();
  return renamedServices(renameServices(base, renamed), renameServices(theirs, renamed), file.content);
}

/** What the user took out of a file of theirs does not come back. */
function withoutTakenOut(file: Intended, outcome: Outcome, repo: Disk, { parts }: Recorded): Outcome {
  const before = parts[file.path];
  const existing = repo.raw(file.path);
  if (before === undefined || existing === undefined || outcome.action !== 'edit') return outcome;
  if (file.kind === 'section' || file.kind === 'php') {
    if (!hasSection(existing.text, file.kind)) return { ...common(file), action: 'kept', ...recordsOf(outcome) };
    // Edits of the user in our part merge as in any file: what is around it is the same in all three versions.
    const edits = file.kind === 'section' ? sectionEdits : phpEdits;
    const withPart = (part: string): string => unixLines(applySplices(existing.text, edits(existing.text, part)));
    const wanted = { ...common(file), content: withPart(file.content) };
    return { ...mergedOutcome(wanted, existing, { text: withPart(before), mode: file.mode }), ...recordsOf(outcome) };
  }
  if (file.kind !== 'ignore') return outcome;
  const known = new Set(before.split('\n'));
  const groups = file.groups
    .map((group) => ({ ...group, patterns: group.patterns.filter((pattern) => !known.has(pattern)) }))
    .filter(({ patterns }) => patterns.length > 0);
  return {
    ...outcomeOf({ ...file, groups }, repo, nothingRecorded),
    ...recordsOf(outcome),
  };
}

const recordsOf = ({ records }: Outcome): Pick<Outcome, 'records'> => (records ? { records } : {});

function refuseStrangeRestores(
  restore: readonly RelPath[],
  intended: readonly Intended[],
  repo: Disk,
  recorded: Recorded,
): void {
  const gone = intended
    .map(({ path }) => path)
    .filter((path) => recorded.files[path] !== undefined && repo.raw(path) === undefined);
  const problems = restore
    .filter((path) => !gone.includes(path))
    .map((path) => ({
      path,
      message: repo.raw(path)
        ? 'is there: delete it first, and it is made anew'
        : 'is no file that was generated and deleted',
    }));
  if (problems.length === 0) return;
  throw new UserError('usage', '--restore brings back what was generated and then deleted.', {
    problems,
    hint: gone.length === 0 ? 'Nothing was deleted.' : `It can be: ${gone.join(', ')}`,
  });
}
