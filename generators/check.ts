/** The verb `check`: the production rules on the files of any repo. */

import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { suggest } from './answers/suggest.ts';
import { changesText, diffText, section } from './changes.ts';
import { identityOf, knownFindingsFile, knownOf, knownText, readKnown } from './check/baseline.ts';
import { repairable } from './check/fix.ts';
import { githubText } from './check/github.ts';
import { applyIgnores } from './check/ignores.ts';
import { type Repo, readRepo } from './check/project.ts';
import { failed, reportOf } from './check/report.ts';
import { isLive, ruleTexts } from './check/rules.ts';
import { sarifOf } from './check/sarif.ts';
import { askedRules } from './check/select.ts';
import { reportText, summaryText } from './check/text.ts';
import type { CheckReport, KnownFinding } from './check/types.ts';
import { type Observation, observe } from './disk/observe.ts';
import { resolveTarget } from './disk/target.ts';
import { hashOf } from './disk/text.ts';
import { write } from './disk/write.ts';
import { UserError } from './errors.ts';
import type { Fixed } from './fix.ts';
import { askGit } from './git.ts';
import type { Io } from './io.ts';
import { type Run, runProgram } from './programs.ts';
import type { CheckRequest } from './request.ts';
import { runRules, sortFindings } from './rules/index.ts';

const home = 'https://github.com/create-prodstack/create-prodstack';

/** Checks a repo and says what it found. Returns the exit status: 1 where something must not stay as it is. */
export async function runCheck(request: CheckRequest, io: Io, run: Run = runProgram): Promise<number> {
  const asked = askedRules(request.only, request.skip, suggest, request.live);
  const root = resolveTarget(request.directory ?? '.', io);
  const observation = observe(root);
  if (!observation.exists) throw new UserError('target', `There is no folder ${root}.`);
  const options = {
    ...(request.file !== undefined && { file: composeFileOf(request.file, observation, io) }),
    ...(await trackedEnvFiles(root, run)),
    modes: process.platform !== 'win32',
    today: io.today,
  };
  const onFound = (count: number): void => {
    if (io.interactive && count >= 100) io.err(`Reading ${count} compose projects ...\n`);
  };
  const repo = readRepo(observation, { ...options, onFound });
  refuseNothing(repo, root);
  const live = request.live
    ? await lookAtStacks([resolve(io.cwd, request.directory ?? '.'), root], repo, run)
    : { findings: [], notes: [] };
  const baseline = readBaseline(request, root, io);

  const assess = (now: Repo, fixed?: Fixed): CheckReport => {
    const ids = ruleTexts.map(({ id }) => id);
    const { findings, ignored } = applyIgnores(
      sortFindings([...runRules(now.parts, asked), ...live.findings.filter(({ rule }) => asked.has(rule))]),
      now.files,
      now.parts.map(({ composeFiles }) => composeFiles.map(({ path }) => path)),
      { ids: new Set(ids), asked, near: (id) => suggest(id, ids) },
    );
    return reportOf({
      directory: root,
      projects: now.projects,
      files: now.files.length,
      notes: [...now.notes, ...live.notes, ...(fixed?.notes ?? [])],
      found: findings,
      ignored,
      baseline: baseline.known,
      asked,
      ...(fixed && { fixes: fixed.report }),
    });
  };

  const before = assess(repo);
  if (request.updateBaseline) return updateBaseline(request, before, baseline, asked, io);
  if (!request.fix) {
    await show(request, before, root, io, run);
    const count = request.format === 'text' ? repairable(repo.parts, before.findings) : 0;
    if (count > 0) io.err(`${count} of them can be fixed; see how: create-prodstack check --fix --dry-run --diff\n`);
    return failed(before, request.strict) ? 1 : 0;
  }
  const wanted = new Set(before.findings.map(identityOf));
  const { fixRepo } = await import('./fix.ts');
  const fixed = await fixRepo(
    request,
    observation,
    (source) => readRepo(source, options).parts,
    (finding) => wanted.has(identityOf(finding)),
    run,
  );
  const after = assess(readRepo(fixed.after, options), fixed);
  if (request.format === 'text') io.out(await fixText(request, fixed, io));
  await show(request, after, root, io, run);
  return failed(request.dryRun ? before : after, request.strict) ? 1 : 0;
}

/** What the engine says of the stacks of the repo. */
async function lookAtStacks(folders: readonly string[], repo: Repo, run: Run) {
  const [{ readLive }, { liveFindings }] = await Promise.all([import('./live.ts'), import('./check/live/index.ts')]);
  const { stacks, notes } = await readLive({ folders: [...new Set(folders)], projects: repo.parts }, run);
  return { findings: liveFindings(stacks), notes };
}

/** What was fixed, and what could not be. */
async function fixText(request: CheckRequest, { report, changes, outcomes }: Fixed, io: Io): Promise<string> {
  const count = report.fixed.length;
  const heading = `${request.dryRun ? 'Would fix' : 'Fixed'} ${count === 1 ? '1 finding' : `${count} findings`}.\n`;
  const left = report.refused.map(({ finding: { rule, file = '', service = '' }, reason }) =>
    // What cannot be edited is named with its place already.
    (reason.startsWith(`${file}:`)
      ? `${rule}: ${reason}`
      : `${rule}: ${[file, service].join(' ').trim()}: ${reason}`
    ).replaceAll('\n', ' '),
  );
  return [
    request.diff ? await diffText(changes, request, io) : '',
    changesText(changes, outcomes, 'Nothing here can be fixed without a decision.'),
    count > 0 ? heading : '',
    section('Left for you, because a fix would change more:', left),
    '\n',
  ].join('');
}

/** A compose file of `--file`, seen from the folder that is checked. */
function composeFileOf(file: string, { root, raw }: Observation, io: Io): string {
  const candidates = [resolve(root, file), resolve(io.cwd, file)].map((path) =>
    relative(root, path).split(sep).join('/'),
  );
  const found = candidates.find((path) => raw(path) !== undefined);
  if (found === undefined) throw new UserError('usage', `--file: there is no ${file} in ${root}.`);
  return found;
}

/** Which env files are in git; nothing where nobody knows. */
async function trackedEnvFiles(root: string, run: Run): Promise<{ readonly tracked?: ReadonlySet<string> }> {
  const { exitCode, stdout } = await askGit(root, ['ls-files', '-z', '--', '*env*'], run);
  return exitCode === 0 ? { tracked: new Set(stdout.split('\0')) } : {};
}

function refuseNothing({ files, parts }: Repo, root: string): void {
  if (files.length > 0 || parts.some(({ rejected = [] }) => rejected.length > 0)) return;
  throw new UserError('repo', `${root} has nothing to check: no compose file, no Dockerfile, no env file, no script.`, {
    hint: 'Name the folder that has them: create-prodstack check FOLDER',
  });
}

interface Baseline {
  /** Absolute. */
  readonly path: string;
  readonly known: readonly KnownFinding[];
  /** Undefined where there is no such file. */
  readonly before?: string;
}

function readBaseline({ baseline, updateBaseline }: CheckRequest, root: string, io: Io): Baseline {
  const path = baseline === undefined ? join(root, knownFindingsFile) : resolve(io.cwd, baseline);
  const file = observe(dirname(path)).raw(basename(path));
  if (file) return { path, known: readKnown(file.text, shown(path, io)), before: file.hash };
  if (baseline !== undefined && !updateBaseline)
    throw new UserError('usage', `--baseline: there is no ${shown(path, io)}.`, {
      hint: 'Make it with: create-prodstack check --update-baseline',
    });
  return { path, known: [] };
}

/** Writes down what is found now. What rules know that were not asked stays. */
function updateBaseline(
  request: CheckRequest,
  report: CheckReport,
  { path, known, before }: Baseline,
  asked: ReadonlySet<string>,
  io: Io,
): number {
  // What runs is another thing tomorrow: nobody can know it once and for all.
  const found = [...report.findings, ...report.known].filter(({ rule }) => !isLive(rule));
  const all = knownOf(found, known, asked);
  const content = knownText(all);
  if (!request.dryRun && before !== hashOf(Buffer.from(content))) {
    const file = { path: basename(path), content, mode: 0o644, why: 'known findings' } as const;
    write(dirname(path), [{ kind: 'create', ...file, ...(before !== undefined && { replaces: before }) }]);
  }
  const count = all.reduce((sum, one) => sum + one.count, 0);
  if (request.format === 'json')
    io.out(`${JSON.stringify({ command: 'check', baseline: path, findings: all }, null, 2)}\n`);
  else io.out(`${request.dryRun ? 'Would write' : 'Wrote'} ${count} known findings to ${shown(path, io)}.\n`);
  return 0;
}

function shown(path: string, io: Io): string {
  const near = relative(io.cwd, path);
  return near.startsWith('..') ? path : near;
}

async function show(request: CheckRequest, report: CheckReport, root: string, io: Io, run: Run): Promise<void> {
  switch (request.format) {
    case 'json':
      io.out(`${JSON.stringify(report, null, 2)}\n`);
      return;
    case 'sarif': {
      const hash = (text: string): string => hashOf(Buffer.from(text)).slice(0, 32);
      const tool = { version: io.version, home, hash };
      io.out(`${JSON.stringify(sarifOf(report, await inRepo(root, io, run), tool), null, 2)}\n`);
      return;
    }
    case 'github':
      io.out(githubText(report, await inRepo(root, io, run)));
      io.err(summaryText(report, false));
      return;
    case 'text':
      io.out(reportText(report, request.color && io.colors));
  }
}

/** The folder that was checked, seen from the root of the repository; where there is no git, from where we were started. */
async function inRepo(root: string, io: Io, run: Run): Promise<string> {
  const { exitCode, stdout } = await askGit(root, ['rev-parse', '--show-prefix'], run);
  const folder = exitCode === 0 ? stdout.trim().replace(/\/$/, '') : relative(io.cwd, root).split(sep).join('/');
  return folder === '' || folder.startsWith('..') ? '.' : folder;
}
