/** What git says of a repo, before files of the user's are changed. */
import { resolve } from 'node:path';
import { look } from './disk/paths.ts';
import { UserError } from './errors.ts';
import type { RelPath } from './plan/types.ts';
import type { Ended, Run } from './programs.ts';

/** `none`: nothing can be taken back with git, and why. */
export type GitState =
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'repo';
      /** What is going on in it: `a merge`, `a rebase` ... */
      readonly busy?: string;
      /** Paths from the folder that was asked about: changed and not committed, or unknown to git; not a `.env` that it does not have. */
      readonly dirty: ReadonlySet<RelPath>;
    };

/** What git leaves in its folder while it is in the middle of something. */
const signs = [
  ['MERGE_HEAD', 'a merge'],
  ['rebase-merge', 'a rebase'],
  ['rebase-apply', 'a rebase'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick'],
  ['REVERT_HEAD', 'a revert'],
] as const;

/** Whoever set these, for a hook say, meant another repo. Nothing is locked, and nobody is asked. */
const environment = {
  ...Object.fromEntries(
    ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR', 'GIT_NAMESPACE'].map((name) => [
      name,
      undefined,
    ]),
  ),
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
} as const;

/** Asks git something about a folder: about the repo that it is in, whatever the environment says. */
export function askGit(folder: string, args: readonly string[], run: Run, input = ''): Promise<Ended> {
  return run('git', args, { cwd: folder, env: environment, input });
}

/** Those of some files that git has; all of them where it has a repo there and does not say. */
export async function filesInGit(folder: string, files: readonly RelPath[], run: Run): Promise<ReadonlySet<RelPath>> {
  const { stdout, stderr, exitCode } = await askGit(
    folder,
    ['--literal-pathspecs', 'ls-files', '-z', '--', ...files],
    run,
  );
  if (exitCode === 0) return new Set(stdout.split('\0').filter((path) => path !== ''));
  return new Set(exitCode === 127 || /not a git repository/i.test(stderr) ? [] : files);
}

/** Those of some files that git has, or would take with the next `git add`: nothing leaves them out. */
export async function filesForGit(folder: string, files: readonly RelPath[], run: Run): Promise<readonly RelPath[]> {
  if (files.length === 0) return [];
  const { stdout, exitCode } = await askGit(folder, ['check-ignore', '-z', '--stdin'], run, files.join('\0'));
  const ignored = new Set(stdout.split('\0'));
  // 1: none of them.
  return exitCode > 1 ? [] : files.filter((path) => !ignored.has(path));
}

/**
 * Asks git about files in a folder. A work tree, a submodule and a folder deep in a repo are all fine.
 * @throws UserError `tool` where git has a repo there and does not say what it is like
 */
export async function gitState(folder: string, files: readonly RelPath[], run: Run): Promise<GitState> {
  const git = (...args: readonly string[]) => askGit(folder, args, run);
  const inside = await git('rev-parse', '--is-inside-work-tree');
  if (inside.exitCode === 127) return { kind: 'none', why: 'git is not installed' };
  if (inside.exitCode !== 0) {
    if (/not a git repository/i.test(inside.stderr)) return { kind: 'none', why: 'this is no git repository' };
    throw refusal(folder, inside.stderr);
  }
  if (inside.stdout.trim() !== 'true') return { kind: 'none', why: 'this git repository has no files of its own' };
  const signPaths = await git('rev-parse', ...signs.flatMap(([sign]) => ['--git-path', sign]));
  const unmerged = await git('ls-files', '--unmerged', '-z');
  const prefix = await git('rev-parse', '--show-prefix');
  // Without `files`, it would look at everything.
  const status = await git(
    '--literal-pathspecs',
    ...[
      'status',
      '--porcelain=v1',
      '-z',
      '--no-renames',
      '--untracked-files=all',
      '--',
      ...(files.length > 0 ? files : ['.git']),
    ],
  );
  for (const { exitCode, stderr } of [signPaths, unmerged, prefix, status])
    if (exitCode !== 0) throw refusal(folder, stderr);
  const places = signPaths.stdout.trimEnd().split('\n');
  const sign = signs.find((_, n) => look(resolve(folder, places[n] ?? '')) !== undefined);
  const busy = sign?.[1] ?? (unmerged.stdout === '' ? undefined : 'a merge');
  const below = prefix.stdout.replace(/\n$/, '');
  // Nobody is told to commit secrets, and where they are added nothing is lost.
  const entries = status.stdout.split('\0').filter((entry) => entry !== '' && !/^\?\? (?:.*\/)?\.env$/.test(entry));
  return {
    kind: 'repo',
    ...(busy !== undefined && { busy }),
    // Two letters and a blank, then the path from the top of the repo.
    dirty: new Set(entries.map((entry) => entry.slice(3 + below.length))),
  };
}

function refusal(folder: string, stderr: string): UserError {
  const reason = stderr.trim().split('\n')[0] ?? '';
  return /dubious ownership/.test(stderr)
    ? new UserError('tool', `git does not trust ${folder}, since it is somebody else's; nothing was written.`, {
        hint: `Run this as its owner, or tell git: git config --global --add safe.directory ${folder}. --force goes on without git.`,
      })
    : new UserError('tool', `git cannot say what ${folder} is like: ${reason}; nothing was written.`, {
        hint: 'Put this right first: git status. --force goes on without git.',
      });
}

/**
 * Refuses to write into a repo that is in the middle of a merge, whatever is said.
 * @throws UserError `repo`
 */
export function refuseBusy(state: GitState, verb: string): void {
  if (state.kind === 'none' || state.busy === undefined) return;
  throw new UserError('repo', `The repository is in the middle of ${state.busy}; nothing was written.`, {
    hint: `Finish it, or give it up (git status says how); then: create-prodstack ${verb}`,
  });
}

/** Those of the files that a run writes that have changes which git could not bring back. What is ours alone has none. */
export function uncommitted(state: GitState, written: readonly RelPath[]): readonly RelPath[] {
  return state.kind === 'none' ? [] : written.filter((path) => state.dirty.has(path) && !isOurs(path));
}

/**
 * Refuses to write over changes that are not committed. Other files may be as they are, so that one may change
 * `prodstack.yaml`, run an update, and look at both.
 * @throws UserError `repo`
 */
export function refuseUncommitted(paths: readonly RelPath[], verb: string): void {
  if (paths.length === 0) return;
  throw new UserError('repo', `git could not bring back what ${verb} would change; nothing was written.`, {
    problems: paths.map((path) => ({ path, message: 'has changes that are not committed' })),
    hint: 'Commit or stash these files first, so that git diff then shows what was changed; or go on with --force.',
  });
}

const isOurs = (path: RelPath): boolean => path.startsWith('.prodstack/') || path.endsWith('.prodstack-new');

/**
 * What git says of files, if it is in the middle of nothing.
 * @throws UserError `repo`; `tool`, unless forced
 */
export async function settledState(
  folder: string,
  files: readonly RelPath[],
  { force, verb }: { readonly force: boolean; readonly verb: string },
  run: Run,
): Promise<GitState> {
  try {
    const state = await gitState(folder, files, run);
    refuseBusy(state, verb);
    return state;
  } catch (error) {
    // What git cannot say is no reason to stop for whoever says so; a merge is.
    if (error instanceof UserError && force && error.code === 'tool') return { kind: 'none', why: error.message };
    throw error;
  }
}
