/** What becomes of a repo of ours: newer templates or other answers, with what the user did since. */

import type { Answers } from '../answers/schema.ts';
import { applySplices } from '../compose/edit/index.ts';
import { type Names, renameServices, serviceNames } from '../compose/rename.ts';
import { UserError } from '../errors.ts';
import { secretsFolder } from '../stack/secrets.ts';
import type { Stack } from '../stack/types.ts';
import { baselineFile, nothingRecorded, type Recorded } from './baseline.ts';
import { baseOf, common, type Disk, type Existing, type Outcome, outcomeOf, replaceOrCreate } from './compare.ts';
import { assignmentsOf } from './dotenv.ts';
import type { Intended } from './intend.ts';
import { databaseNotes, followedSettings, renamedApps, servicesOfApps, withFormerValues } from './merge/apps.ts';
import { mergedOutcome } from './merge/file.ts';
import { unixLines } from './merge/lines.ts';
import { movedTo } from './merge/moved.ts';
import { renamedServices } from './merge/services.ts';
import { similarity } from './merge/similar.ts';
import { volumeNotes } from './merge/volumes.ts';
import { missingParts } from './merge/whole.ts';
import { checkSecrets } from './secret-files.ts';
import { hasSection, phpEdits, sectionEdits } from './shared-files.ts';
import { serverFiles } from './targets.ts';
import type { RelPath } from './types.ts';

/** What an update asks of a disk. */
export interface Repo extends Disk {
  readonly files: readonly RelPath[];
}

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
 * @throws UserError `usage` for a file to restore that was not deleted
 */
export function updatePlan(
  intended: readonly Intended[],
  { answers, stack, recorded, repo }: Known,
  { restore }: Pick<UpdateOptions, 'restore'>,
): { readonly outcomes: readonly Outcome[]; readonly warnings: readonly string[] } {
  const { composeFile } = stack;
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
      ...wholeNotes(outcomes, repo),
      ...nameNotes(names, outcomes, repo),
      ...(recorded.state === 'good' ? [] : [baselineWarning(recorded)]),
      ...(before === undefined ? [] : volumeNotes(before, after, apps)),
      ...databaseNotes(apps, answers),
    ],
  };
}

/** `.env` is the user's: it goes on naming compose files that are gone. */
function chosenNotes(stack: Stack, outcomes: readonly Outcome[], repo: Repo): readonly string[] {
  const chosen =
    assignmentsOf(repo.raw('.env')?.text ?? '', 'COMPOSE_FILE')
      .at(-1)
      ?.raw.trim() ?? '';
  const gone = outcomes.filter(({ action, path }) => action === 'delete' && chosen.split(':').includes(path));
  return gone.length === 0
    ? []
    : [
        `.env: COMPOSE_FILE names ${gone.map(({ path }) => path).join(', ')}, which is gone: COMPOSE_FILE=${serverFiles(stack, stack.targets[0])}`,
      ];
}

/** What is wrong with the compose files together, and was not before. */
function wholeNotes(outcomes: readonly Outcome[], repo: Repo): readonly string[] {
  const own = outcomes.filter(({ records, path }) => records?.kind === 'file' && isComposeFile(path));
  if (!own.some(({ action }) => action === 'merge')) return [];
  const texts = (of: (outcome: Outcome) => string | undefined) =>
    new Map(
      own.flatMap((one) => {
        const text = of(one);
        return text === undefined ? [] : [[one.path, text] as const];
      }),
    );
  const before = new Set(missingParts(texts(({ path }) => repo.raw(path)?.text)));
  return missingParts(texts((one) => (writes(one) ? one.texts?.after : repo.raw(one.path)?.text))).filter(
    (problem) => !before.has(problem),
  );
}

const writes = ({ action, texts }: Outcome): boolean =>
  texts !== undefined && action !== 'kept' && action !== 'conflict';
const isComposeFile = (path: RelPath): boolean => /^[^/]+\.ya?ml$/.test(path);

/** Scripts that go on calling a service by the name that we gave it. */
function nameNotes(names: Names, outcomes: readonly Outcome[], repo: Repo): readonly string[] {
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

function baselineWarning({ state, damage }: Recorded): string {
  const what = state === 'none' ? `there is no ${baselineFile}` : `${baselineFile} is not believed: ${damage}`;
  return `${what}, so nothing says which changes are yours. All that differs is taken for yours and left. If git has it: git checkout HEAD -- ${baselineFile}`;
}

type Managed = Extract<Intended, { kind: 'managed' | 'example' }>;

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
      return managedOutcome(file, places.get(file.path), repo, recorded, options, names);
    const outcome = outcomeOf(file, repo, recorded);
    if (isLocal(file) && !isSetUp && outcome.action === 'create') return { ...common(file), action: 'missing' };
    return withoutTakenOut(file, outcome, repo, recorded);
  });
  return { outcomes: [...withFollowers(outcomes, formerFiles(intended, repo, recorded), repo, recorded)], names };
}

/** Files of ours; an example env file of the user's has only a part of ours in it. */
function isManaged(file: Intended, repo: Disk, recorded: Recorded): file is Managed {
  if (file.kind === 'managed') return true;
  if (file.kind !== 'example') return false;
  return repo.raw(file.path) === undefined || outcomeOf(file, repo, recorded).records !== undefined;
}

const isLocal = ({ kind, path }: Intended): boolean =>
  kind === 'env' || kind === 'secret' || path.startsWith(`${secretsFolder}/`);

/** Where each managed file is by now: its own path, another one, or none. */
function placesOf(
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

/** The versions of a compose file, with services under the names that they have by now. */
function renaming(
  { content }: Managed,
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

/**
 * A file that is generated at another path than before, and that the user has edited: with these edits it goes there,
 * where both changes go together.
 */
function withFollowers(
  outcomes: readonly Outcome[],
  former: readonly Outcome[],
  repo: Repo,
  recorded: Recorded,
): readonly Outcome[] {
  const followed = new Map<Outcome, Outcome>();
  const come = outcomes.map((outcome): Outcome => {
    const { records, path, mode, planned } = outcome;
    if (outcome.action !== 'create' || records?.kind !== 'file' || planned?.kind !== 'create') return outcome;
    for (const one of former) {
      const base = recorded.files[one.path];
      const existing = repo.raw(one.path);
      if (one.action !== 'kept' || followed.has(one) || base === undefined || !existing) continue;
      if (similarity(base, records.text) < enough) continue;
      const merged = mergedOutcome({ path: one.path, content: records.text, mode, why: outcome.why }, existing, {
        text: base,
        mode,
      });
      if (merged.action !== 'merge' || merged.texts === undefined) continue;
      followed.set(one, {
        ...one,
        action: 'delete',
        planned: { kind: 'delete', path: one.path, expect: existing.hash, why: `it is ${path} now` },
        texts: { before: existing.text, after: '' },
        notes: [`it is ${path} now, with your edits`],
      });
      const content = merged.texts.after;
      return { ...outcome, planned: { ...planned, content }, texts: { before: '', after: content } };
    }
    return outcome;
  });
  return [...come, ...former.map((one) => followed.get(one) ?? one)];
}

/** What is the same in two files that are one. */
const enough = 0.6;

/** What was generated for other answers: gone where nobody touched it. */
function formerFiles(intended: readonly Intended[], repo: Disk, recorded: Recorded): readonly Outcome[] {
  const wanted = new Set(intended.map(({ path }) => path));
  return Object.entries(recorded.files).flatMap(([path, base]): readonly Outcome[] => {
    const at = recorded.moved[path] ?? path;
    const existing = wanted.has(path) ? undefined : repo.raw(at);
    if (!existing) return [];
    const file = { path: at, mode: recorded.modes?.[path] ?? 0o644, why: 'no longer part of the stack' } as const;
    if (unixLines(existing.text) !== base)
      return [
        {
          ...file,
          action: 'kept',
          notes: ['no longer part of the stack, and left because you changed it: delete it if you do not need it'],
        },
      ];
    return [
      {
        ...file,
        action: 'delete',
        planned: { kind: 'delete', path: at, expect: existing.hash, why: file.why },
        texts: { before: existing.text, after: '' },
      },
    ];
  });
}

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
