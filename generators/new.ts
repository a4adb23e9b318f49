/** The verb `new`: a stack into an empty folder, or around the app that is there. */
import { evidenceText } from './answers/detect/findings.ts';
import { type Changes, carryOut, changesOf, changesText, diffText, enter, section, settle } from './changes.ts';
import { recover } from './disk/recover.ts';
import { resolveTarget } from './disk/target.ts';
import { UserError } from './errors.ts';
import { answersFile, gather } from './gather.ts';
import type { Io } from './io.ts';
import type { Outcome } from './plan/compare.ts';
import { backupReminders, nextCommands } from './plan/docs.ts';
import { rereadCommands } from './plan/edge-docs.ts';
import { bringCommands } from './plan/secret-files.ts';
import { makePlan, type Plan } from './prepare.ts';
import type { NewRequest } from './request.ts';

/** What a run did, or with `--dry-run` would do: the document of `--json`. */
export interface NewReport extends Changes {
  readonly command: 'new';
  readonly answers: Plan['answers'];
  readonly detected: readonly {
    readonly path: string;
    readonly value: string;
    readonly evidence: { readonly file: string; readonly line?: number };
  }[];
  readonly assumptions: Plan['draft']['assumptions'];
  readonly warnings: readonly string[];
  readonly next: readonly string[];
}

/** Makes a plan and carries it out, asking nobody. Returns the exit status. */
export async function runNew(request: NewRequest, io: Io): Promise<number> {
  const target = resolveTarget(request.directory ?? '.', io);
  recover(target);
  const plan = await makePlan(await gather(request, target, io), io);
  refuseForeignBase(plan, request.onConflict);
  return finish(request, target, plan, plan.remembering(settle(plan.outcomes, request.onConflict ?? 'fail')), io);
}

/** How a stack of ours comes to stand beside one of the user's. */
function beside({ stack, outcomes }: Plan): string {
  const taken = new Set([
    stack.composeFile,
    ...outcomes.filter(({ action }) => action === 'conflict').map(({ path }) => path),
  ]);
  const free = ['compose.yaml', 'docker-compose.yml'].find((name) => !taken.has(name));
  return `${stack.composeFile} is a stack of your own: --set composeFile=${free} puts this one beside it.`;
}

/** A base that is not ours is none for our overlays: `keep` would leave a stack that Compose refuses. */
function refuseForeignBase(plan: Plan, choice: NewRequest['onConflict']): void {
  const { composeFile } = plan.stack;
  const is = (path: string, action: Outcome['action']) =>
    plan.outcomes.some((one) => one.path === path && one.action === action);
  if (choice !== 'keep' || !is(composeFile, 'conflict') || !is(answersFile, 'create')) return;
  throw new UserError('conflict', `What would be laid over ${composeFile} does not fit it; nothing was written.`, {
    hint: beside(plan),
  });
}

/** Writes what is to be written and reports. Returns the exit status. */
export async function finish(
  request: NewRequest,
  target: string,
  plan: Plan,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<number> {
  const conflicts = outcomes.filter((one) => one.action === 'conflict');
  const changed = carryOut(request, target, outcomes);
  const report = reportOf(await changesOf(request, target, outcomes, changed), plan, outcomes, io);
  if (request.json) io.out(`${JSON.stringify(report, null, 2)}\n`);
  else io.out(await reportText(report, request, outcomes, io));
  if (conflicts.length > 0) {
    throw new UserError(
      'conflict',
      `${conflicts.length === 1 ? 'One file of yours is' : `${conflicts.length} files of yours are`} in the way; nothing was written.`,
      {
        problems: conflicts.map((one) => ({
          path: one.path,
          message: 'exists and differs from what would be written',
        })),
        hint: `See the differences with --dry-run --diff; then --on-conflict keep leaves them, --on-conflict overwrite replaces them.${
          conflicts.some(({ path }) => path === plan.stack.composeFile) ? ` ${beside(plan)}` : ''
        }`,
      },
    );
  }
  return 0;
}

function reportOf(
  { directory, dryRun, changed, files }: Changes,
  plan: Plan,
  outcomes: readonly Outcome[],
  io: Io,
): NewReport {
  return {
    command: 'new',
    directory,
    dryRun,
    changed,
    answers: plan.answers,
    detected: plan.draft.detections,
    assumptions: plan.draft.assumptions,
    warnings: plan.warnings,
    files,
    next: [
      ...enter(directory, io),
      ...(plan.missing.length === 0 ? [] : [`# fill in .env: ${plan.missing.join(', ')}`]),
      ...bringCommands(plan.stack, outcomes),
      ...nextCommands(plan.stack, plan.orphans),
      ...rereadCommands(plan.stack, outcomes),
      ...backupReminders(plan.stack),
    ],
  };
}

async function reportText(
  report: NewReport,
  request: NewRequest,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<string> {
  const kept = outcomes.filter((one) => one.action === 'kept');
  const parts = [
    section(
      'Found:',
      report.detected.map((one) => `${one.path}: ${one.value}, ${evidenceText(one.evidence)}`),
    ),
    section(
      'Assumed (change with --set PATH=VALUE, or in prodstack.yaml):',
      report.assumptions.map((one) => `${one.path}: ${one.value} (${one.reason})`),
    ),
    section('Warning:', report.warnings),
    changesText(
      report,
      outcomes,
      `Nothing to do: ${kept.some((one) => one.planned) ? 'what you left to us' : 'everything'} is as the answers say.`,
    ),
    section(
      'Left as you changed them (--on-conflict overwrite replaces them, with --dry-run --diff to see first):',
      kept.flatMap((one) => (one.planned ? [one.path] : [])),
    ),
    request.diff ? await diffText(report, request, io) : '',
    report.changed ? section('Next:', report.next) : '',
  ];
  return parts.filter((part) => part !== '').join('\n');
}
