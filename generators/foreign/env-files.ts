/** Variables of what was added: in the env file that Compose reads, in the example that explains it, and out of git. */
import { applySplices } from '../compose/edit/index.ts';
import { folderOf, inFolder, nameOf } from '../paths.ts';
import type { Outcome } from '../plan/compare.ts';
import { assignmentsOf, writtenValue } from '../plan/dotenv.ts';
import { type EnvEntry, formOf, newSecret } from '../plan/env.ts';
import { envEdits, fileText, ignoreEdits } from '../plan/shared-files.ts';
import { shellWords } from '../plan/shell.ts';
import type { EnvVar, Ignore } from '../stack/types.ts';
import { isIgnored } from './git-ignore.ts';
import { created, edited } from './outcomes.ts';
import { seenFrom } from './paths.ts';
import type { Foreign } from './types.ts';

/** What example env files are called. */
const exampleName =
  /^(?:\.env(?:\.[a-z]+)?[._-](?:example|sample|dist|template|tmpl)|(?:example|sample|template)\.env|env[._-](?:example|sample|dist|template)|\.env-(?:example|sample))$/;

export interface EnvPlan {
  readonly outcomes: readonly Outcome[];
  /** Variables that a person has to set. */
  readonly missing: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Secrets get a random value in `.env`, which git must not have; where it has it, nothing is written there.
 * @param tracked whether git has a file
 */
export function envPlan(
  foreign: Foreign,
  env: readonly EnvVar[],
  {
    random,
    tracked,
    values = {},
    ignores = [],
  }: {
    readonly random: (bytes: number) => Uint8Array;
    readonly tracked: (path: string) => boolean;
    /** Those that are known, of variables that nobody makes. */
    readonly values?: Readonly<Record<string, string>>;
    /** What else has to stay out of git or of images, where these files are. */
    readonly ignores?: readonly Ignore[];
  },
): EnvPlan {
  const { repo, envFile } = foreign;
  const needed = env.filter(({ kind }) => kind !== 'optional');
  const inGit = tracked(envFile);
  const ignored = ignoredEnv(foreign);
  const isPublic = inGit || ignored === undefined;
  const text = repo.raw(envFile)?.text ?? '';
  const entries = needed.map(
    (one): EnvEntry => ({
      name: one.name,
      comment: sentence(one),
      value: writtenValue(values[one.name] ?? '') ?? '',
      ...(one.kind === 'secret' && { value: newSecret(one, random) }),
    }),
  );
  const why = 'values of this machine';
  // It stays as open as it is: a container may read it as another user.
  const isOpen = ((repo.raw(envFile)?.mode ?? 0) & 0o077) !== 0;
  const splices = envEdits(text, entries);
  const local =
    isPublic || entries.length === 0
      ? undefined
      : repo.raw(envFile)
        ? edited(repo, { path: envFile, why, mode: isOpen ? 0o644 : 0o600 }, splices, true)
        : created(repo, { path: envFile, why, mode: 0o600 }, newEnvFile(foreign, entries), true);
  const set = (name: string): boolean => (foreign.env[name] ?? '') !== '';
  const made = isPublic ? [] : entries.filter(({ value }) => value !== '').map(({ name }) => name);
  return {
    outcomes: [
      ...(local ? [local] : []),
      ...exampleOutcomes(foreign, env),
      ...ignoreOutcomes(repo, [...(local ? (ignored ?? []) : []), ...ignores]),
    ],
    missing: needed.map(({ name }) => name).filter((name) => !set(name) && !made.includes(name)),
    notes: [
      ...(local?.action === 'create' ? newEnvNotes(foreign) : []),
      ...(local && isOpen
        ? [
            `${envFile} can be read by other users of this machine, as before: chmod 600 ${shellWords([envFile])}, unless a container reads it as another user.`,
          ]
        : []),
      ...(isPublic && needed.some(({ name }) => !set(name))
        ? [
            `${envFile} is ${inGit ? 'in git' : 'given to git by .gitignore'}, where no secret belongs: nothing was written there. Set ${needed
              .filter(({ name }) => !set(name))
              .map((one) => `${one.name}${one.kind === 'secret' ? ` (${formOf(one).command})` : ''}`)
              .join(', ')} where you keep secrets: Compose reads the environment of the shell, too.`,
          ]
        : []),
    ],
  };
}

/** Whoever would now copy the example over it would lose what was made. */
function newEnvNotes(foreign: Foreign): readonly string[] {
  const [example] = exampleFiles(foreign).filter((path) =>
    /^[ \t]*[A-Za-z_]\w*[ \t]*=/m.test(foreign.repo.read(path) ?? ''),
  );
  if (example === undefined) return [];
  const { envFile } = foreign;
  return [
    `There was no ${envFile}: it has only what was added. Take the rest over from ${example}, and do not copy that over it.`,
  ];
}

function newEnvFile({ name }: Foreign, entries: readonly EnvEntry[]): string {
  return fileText({
    kind: 'env',
    path: '.env',
    mode: 0o600,
    why: '',
    header: `Settings and secrets of ${name} on this machine; never in git.`,
    entries,
  });
}

/** The example files beside the env file, and at the top where there is none beside it. */
export function exampleFiles({ repo, envFile }: Foreign): readonly string[] {
  const beside = folderOf(envFile);
  const inside = (folder: string) =>
    repo.files.filter((path) => folderOf(path) === folder && exampleName.test(nameOf(path)));
  const here = inside(beside);
  return here.length > 0 || beside === '.' ? here : inside('.');
}

/** What a variable is, how it is made, and its default: nothing that is a secret. */
export function exampleEntries(env: readonly EnvVar[]): readonly EnvEntry[] {
  return env.map((one) => ({ name: one.name, comment: sentence(one), value: one.default ?? '' }));
}

function exampleOutcomes(foreign: Foreign, env: readonly EnvVar[]): readonly Outcome[] {
  return exampleFiles(foreign).flatMap((path) => {
    const text = foreign.repo.raw(path)?.text ?? '';
    // An entry that stands there as a comment is one, too.
    const entries = exampleEntries(env).filter(
      ({ name }) => assignmentsOf(text.replaceAll(/^[ \t]*#[ \t]?/gm, ''), name).length === 0,
    );
    const outcome = edited(foreign.repo, { path, why: 'the new variables, explained' }, envEdits(text, entries));
    return outcome ? [outcome] : [];
  });
}

/** The entries of example files go, with the comments that we wrote above them. */
export function exampleRemovals(foreign: Foreign, env: readonly EnvVar[]): readonly Outcome[] {
  const texts = [...new Set(exampleEntries(env).map((entry) => envEdits('', [entry])[0]?.content ?? ''))];
  return exampleFiles(foreign).flatMap((path) => {
    const text = foreign.repo.raw(path)?.text ?? '';
    const newline = text.includes('\r\n') ? '\r\n' : '\n';
    const splices = texts.flatMap((one) => {
      const content = one.replaceAll('\n', newline);
      const at = content === '' ? -1 : text.indexOf(newline + content);
      return at < 0 ? [] : [{ offset: at, length: newline.length + content.length, content: '' }];
    });
    const outcome = edited(foreign.repo, { path, why: 'without the variables of what goes' }, splices);
    return outcome ? [outcome] : [];
  });
}

/** Without the sentences about what only stacks of ours have. */
export function sentence(one: EnvVar): string {
  const sentences = one.meaning
    .replace(/;[^;.]*\b(?:scripts|docs)\/[^;.]*/g, '')
    .split(/(?<=[.:])\s+(?=[A-Z])/)
    .filter((text) => !/\b(?:scripts|docs)\//.test(text));
  const how = one.kind === 'secret' ? ` Make one: ${formOf(one).command}` : one.kind === 'required' ? ' Required.' : '';
  return `${sentences.join(' ')}${how}`;
}

/** What is missing for git to leave `.env` alone; undefined where no line of ours brings that about. */
function ignoredEnv({ repo, envFile }: Foreign): readonly Ignore[] | undefined {
  const read = (path: string) => repo.read(path);
  if (isIgnored(envFile, read)) return [];
  const beside = inFolder(folderOf(envFile), '.gitignore');
  const path = repo.raw(beside) ? beside : '.gitignore';
  const text = repo.read(path) ?? '';
  // A line that is there already may be about another folder.
  const found = [nameOf(envFile), seenFrom(folderOf(path), envFile)]
    .map((pattern) => ({
      path,
      why: 'keeps secrets out of the repo',
      groups: [{ comment: 'Secrets of this machine', patterns: [pattern] }],
    }))
    .find(({ groups }) => {
      const after = applySplices(text, ignoreEdits(text, groups));
      return isIgnored(envFile, (one) => (one === path ? after : repo.read(one)));
    });
  return found && [found];
}

/** Each file once, with all that it lacks. */
function ignoreOutcomes(repo: Foreign['repo'], ignores: readonly Ignore[]): readonly Outcome[] {
  return [...Map.groupBy(ignores, ({ path }) => path)].flatMap(([path, all]) => {
    const groups = all.flatMap((one) => one.groups);
    const why = all[0]?.why ?? '';
    const existing = repo.raw(path);
    if (!existing) return [created(repo, { path, why }, fileText({ kind: 'ignore', path, mode: 0o644, why, groups }))];
    return edited(repo, { path, why }, ignoreEdits(existing.text, groups)) ?? [];
  });
}
