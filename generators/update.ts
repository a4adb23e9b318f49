/** The verb `update`: what is generated, brought up to date with the answers and the templates; the user's edits stay. */
import type { Ui } from './answers/questions/ui.ts';
import { type Changes, carryOut, changesOf, changesText, diffText, enter, section, toWrite } from './changes.ts';
import { recover } from './disk/recover.ts';
import { resolveTarget } from './disk/target.ts';
import { UserError } from './errors.ts';
import { answersFile, type Gathered, gather } from './gather.ts';
import { filesForGit, type GitState, refuseUncommitted, settledState, uncommitted } from './git.ts';
import type { Io } from './io.ts';
import type { Disk, Outcome } from './plan/compare.ts';
import { nextCommands } from './plan/docs.ts';
import { rereadCommands } from './plan/edge-docs.ts';
import { chosenFiles, wholeNotes } from './plan/merge/notes.ts';
import { type MergeChoice, settleMerges } from './plan/merge/settle.ts';
import { isAsWritten } from './plan/record.ts';
import { bringCommands } from './plan/secret-files.ts';
import { shellWords } from './plan/shell.ts';
import { makePlan, type Plan } from './prepare.ts';
import { type Run, runProgram } from './programs.ts';
import type { OnMerge, UpdateRequest, WriteRequest } from './request.ts';
import { secretsFolder } from './stack/secrets.ts';
import { refuseNewer } from './versions.ts';

/** What an update did, or would do: the document of `--json`. */
export interface UpdateReport extends Changes {
  readonly command: Merging['verb'];
  /** What was done, in words; of an update, its files say it. */
  readonly notes: readonly string[];
  readonly answers: Plan['answers'];
  readonly warnings: readonly string[];
  readonly conflicts: readonly {
    readonly path: string;
    readonly why: string;
    /** `beside`: ours is in a file of its own; `markers`: both are in one; undefined where nothing was written. */
    readonly left?: Outcome['left'];
  }[];
  readonly next: readonly string[];
}

/** How an update goes about the files of a repo of ours; also that of `add` and `remove` there. */
export interface Merging extends WriteRequest {
  readonly verb: 'update' | 'add' | 'remove';
  readonly onConflict?: OnMerge;
  readonly force: boolean;
  /** Write nothing, but say whether something would change. */
  readonly check?: boolean;
  readonly restore?: readonly string[];
  /** What is done, in words; and commands that come after the usual ones. */
  readonly notes?: readonly string[];
  readonly last?: readonly string[];
  /** Asks whether these changes may be written; throws where they may not. */
  readonly agree?: (outcomes: readonly Outcome[]) => Promise<void>;
}

/** Brings a stack of ours up to date. Returns the exit status. */
export async function runUpdate(request: UpdateRequest, io: Io, run: Run = runProgram): Promise<number> {
  const target = resolveTarget(request.directory ?? '.', io);
  recover(target);
  return bringUpToDate(request, target, await gather(request, target, io), io, run);
}

/**
 * The way of everything that changes a stack of ours: plan, settle conflicts, look at git, write all or nothing, report.
 * @throws UserError `repo` for a repo that is none of ours, of a newer version or in the middle of something; `conflict`
 */
export async function bringUpToDate(
  request: Merging,
  target: string,
  gathered: Gathered,
  io: Io,
  run: Run = runProgram,
): Promise<number> {
  return (await preparedUpdate(request, target, gathered, io, run))();
}

/** The same up to the point where something is written: everything is asked by then. */
export async function preparedUpdate(
  request: Merging,
  target: string,
  gathered: Gathered,
  io: Io,
  run: Run = runProgram,
): Promise<() => Promise<number>> {
  if (gathered.sources.file === undefined) {
    throw new UserError(
      'repo',
      `There is no ${answersFile} in ${target}: this stack was not made by create-prodstack.`,
      {
        hint: 'create-prodstack new makes one here; create-prodstack add and check work on any compose file.',
      },
    );
  }
  const plan = await makePlan(gathered, io, { restore: request.restore ?? [] });
  refuseNewer(plan.recorded, io.version);
  const chosen = await settled(request, plan, gathered, io);
  const writes = toWrite(plan.remembering(chosen)).map(({ path }) => path);
  const isDry = request.dryRun || request.check === true;
  const git = isDry || writes.length === 0 ? undefined : await settledState(target, writes, request, run);
  const mixed = git ? uncommitted(git, writes).filter((path) => !mayWrite(path, request, plan, gathered)) : [];
  if (!request.force) refuseUncommitted(mixed, request.verb);
  const outcomes = plan.remembering(chosen, mixed);
  const open = git?.kind === 'repo' ? await filesForGit(target, secretsIn(outcomes), run) : [];
  const whole = wholeNotes(outcomes, gathered.observation);
  if (git) await request.agree?.(outcomes);
  return async () => {
    const changed = carryOut({ dryRun: isDry }, target, outcomes);
    const changes = await changesOf({ ...request, dryRun: isDry }, target, outcomes, changed);
    const report = reportOf(request, changes, plan, outcomes, { git, open, whole, repo: gathered.observation }, io);
    io.out(request.json ? `${JSON.stringify(report, null, 2)}\n` : await reportText(report, request, outcomes, io));
    if (report.conflicts.length > 0) throw conflictError(report);
    return request.check && writes.length > 0 ? 1 : 0;
  };
}

/** Whether nothing of a file with changes that are not committed can be lost: it is as we left it, or only gets lines. */
function mayWrite(path: string, { verb }: Merging, { recorded }: Plan, { observation }: Gathered): boolean {
  return (verb === 'add' && path === answersFile) || isAsWritten(path, observation, recorded);
}

/** Settles conflicts: as the request says, or by asking. */
async function settled(request: Merging, plan: Plan, { observation }: Gathered, io: Io): Promise<readonly Outcome[]> {
  const asks = io.interactive && !request.yes && !request.json && !request.dryRun && !request.check;
  const { onConflict: choice = asks ? 'ask' : 'beside' } = request;
  const chosen = new Map<Outcome, MergeChoice>();
  if (choice === 'ask' && plan.outcomes.some(({ action }) => action === 'conflict')) {
    if (!asks)
      throw new UserError('usage', '--on-conflict ask needs a terminal.', {
        hint: 'Without one: --on-conflict beside, markers, keep, overwrite or fail.',
      });
    const ui = await terminalUi(io);
    for (const outcome of plan.outcomes)
      if (outcome.action === 'conflict') chosen.set(outcome, await askConflict(outcome, ui, request, io));
  }
  const choose = (outcome: Outcome): MergeChoice => chosen.get(outcome) ?? (choice === 'ask' ? 'beside' : choice);
  return settleMerges(plan.outcomes, choose, observation, plan.recorded);
}

async function terminalUi(io: Io): Promise<Ui> {
  const [{ default: inquirer }, { inquirerUi }] = await Promise.all([import('inquirer'), import('./prompts.ts')]);
  return inquirerUi(inquirer as unknown as Parameters<typeof inquirerUi>[0], io.err);
}

async function askConflict(outcome: Outcome, ui: Ui, { color }: Pick<Merging, 'color'>, io: Io): Promise<MergeChoice> {
  const { unifiedDiff, colored } = await import('./plan/diff.ts');
  const diff = unifiedDiff(outcome);
  ui.say(`\n${color && io.colors ? colored(diff) : diff}\n`);
  const choice = await ui.select<MergeChoice>({
    message: `${outcome.path}: ${outcome.conflict?.why}. What shall be done?`,
    choices: [
      { name: `leave mine, and put the new one beside it as ${outcome.path}.prodstack-new`, value: 'beside' },
      { name: 'both in one file, with conflict markers', value: 'markers' },
      { name: 'mine: leave it as it is, and do not ask again', value: 'keep' },
      { name: 'the new one: replace mine', value: 'overwrite' },
      { name: 'stop, and write nothing at all', value: 'fail' },
    ],
    default: 'beside',
  });
  if (choice === 'fail') throw new UserError('cancelled', 'Nothing was written.');
  return choice;
}

/** The files with secrets that are written. */
function secretsIn(outcomes: readonly Outcome[]): readonly string[] {
  return toWrite(outcomes)
    .map(({ path }) => path)
    .filter((path) => path === '.env' || path.startsWith(`${secretsFolder}/`));
}

function reportOf(
  { verb, notes = [], last = [] }: Merging,
  changes: Changes,
  plan: Plan,
  outcomes: readonly Outcome[],
  {
    git,
    open,
    whole,
    repo,
  }: {
    readonly git: GitState | undefined;
    readonly open: readonly string[];
    readonly whole: readonly string[];
    readonly repo: Disk;
  },
  io: Io,
): UpdateReport {
  return {
    command: verb,
    notes,
    ...changes,
    answers: plan.answers,
    warnings: [
      ...plan.warnings,
      ...whole,
      ...(git?.kind === 'none' ? [`${git.why}: what is changed here cannot be taken back with it.`] : []),
      ...(open.length > 0
        ? [
            `${open.join(', ')}: secrets are in there, and git has ${open.length === 1 ? 'it, or would take it' : 'them, or would take them'}: .gitignore has to leave ${open.length === 1 ? 'it' : 'them'} out, and git rm --cached ${shellWords(open)} takes out what is in git already.`,
          ]
        : []),
    ],
    conflicts: outcomes.flatMap(({ path, action, conflict, left }) =>
      action === 'conflict' ? [{ path, why: conflict?.why ?? '', ...(left && { left }) }] : [],
    ),
    next: [
      ...enter(changes.directory, io),
      ...(git?.kind === 'repo' ? ['git diff'] : []),
      ...(isElsewhere(outcomes)
        ? ['# there is no .env here, so this stack runs elsewhere: bring the change there']
        : startOf(plan, outcomes, repo)),
      ...last,
    ],
  };
}

/** How what was changed comes to run. */
function startOf({ missing, stack, orphans }: Plan, outcomes: readonly Outcome[], repo: Disk): readonly string[] {
  const { gone, instead } = chosenFiles(stack, outcomes, repo);
  return [
    ...(gone.length === 0 ? [] : [`# put COMPOSE_FILE=${instead} into .env`]),
    ...(missing.length === 0 ? [] : [`# fill in .env: ${missing.join(', ')}`]),
    ...bringCommands(stack, outcomes),
    ...nextCommands(stack, orphans),
    ...rereadCommands(stack, outcomes),
  ];
}

/** Whether this machine was never set up, such as a fresh clone. */
const isElsewhere = (outcomes: readonly Outcome[]): boolean =>
  outcomes.some(({ path, action }) => path === '.env' && action === 'missing');

async function reportText(
  report: UpdateReport,
  request: Merging,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<string> {
  const parts = [
    section('Warning:', report.warnings),
    changesText(report, outcomes, 'Nothing to do: everything is as the answers and the templates say.'),
    section('Note:', [
      ...report.notes,
      ...outcomes.flatMap(({ path, notes = [] }) => notes.map((note) => `${path}: ${note}`)),
    ]),
    request.diff ? await diffText(report, request, io) : '',
    report.changed ? section('Next:', report.next) : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** What is left to a person, and how it is done. */
function conflictError({ conflicts, changed, dryRun }: UpdateReport): UserError {
  const one = conflicts.length === 1;
  const isOpen = conflicts.some(({ left }) => left === undefined);
  const isMarked = conflicts.some(({ left }) => left === 'markers' || left === 'as it was');
  const count = one ? 'One file' : `${conflicts.length} files`;
  const message = isOpen
    ? `${count} of yours ${one ? 'does' : 'do'} not go together with what is new; nothing was written.`
    : `${count} of yours ${one ? 'does' : 'do'} not go together with what is new${dryRun ? '' : changed ? '; all else was written' : ''}.`;
  return new UserError('conflict', message, {
    problems: conflicts.map(({ path, why }) => ({ path, message: why })),
    hint: isOpen
      ? 'See the differences with --dry-run --diff; then --on-conflict beside, markers, keep or overwrite.'
      : isMarked
        ? 'Settle what is between the markers (git diff shows where), then commit.'
        : `${one ? 'It is' : 'They are'} as you left ${one ? 'it' : 'them'}; ours is beside as FILE.prodstack-new. Take over what you want (git diff --no-index FILE FILE.prodstack-new), then run create-prodstack update again: --on-conflict keep when yours shall stand as it is, --on-conflict overwrite for ours.`,
  });
}
