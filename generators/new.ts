/** The verb `new`: a stack into an empty folder, or around the app that is there. */
import { relative } from 'node:path';
import { evidenceText } from './answers/detect/findings.ts';
import { recover } from './disk/recover.ts';
import { resolveTarget } from './disk/target.ts';
import { write } from './disk/write.ts';
import { UserError } from './errors.ts';
import type { Io } from './io.ts';
import type { Outcome } from './plan/compare.ts';
import { backupReminders, nextCommands } from './plan/docs.ts';
import { rereadCommands } from './plan/edge-docs.ts';
import { isChange, planText } from './plan/report.ts';
import { bringCommands } from './plan/secret-files.ts';
import { shellWords } from './plan/shell.ts';
import type { PlannedFile } from './plan/types.ts';
import { answersFile, gather, makePlan, type Plan } from './prepare.ts';
import type { NewRequest } from './request.ts';

/** What a run did, or with `--dry-run` would do: the document of `--json`. */
export interface NewReport {
  readonly command: 'new';
  readonly directory: string;
  readonly dryRun: boolean;
  readonly changed: boolean;
  readonly answers: Plan['answers'];
  readonly detected: readonly {
    readonly path: string;
    readonly value: string;
    readonly evidence: { readonly file: string; readonly line?: number };
  }[];
  readonly assumptions: Plan['draft']['assumptions'];
  readonly warnings: readonly string[];
  readonly files: readonly {
    readonly path: string;
    readonly action: Outcome['action'];
    readonly mode: string;
    readonly why: string;
    readonly diff?: string;
  }[];
  readonly next: readonly string[];
}

/** Makes a plan and carries it out, asking nobody. Returns the exit status. */
export async function runNew(request: NewRequest, io: Io): Promise<number> {
  const target = resolveTarget(request.directory ?? '.', io);
  recover(target);
  const plan = await makePlan(await gather(request, target, io), io);
  refuseForeignBase(plan, request.onConflict);
  return finish(request, target, plan, settle(plan.outcomes, request.onConflict ?? 'fail'), io);
}

/** What is done about conflicts without asking: `overwrite` writes, `keep` does not, `fail` leaves the choice open. */
export function settle(
  outcomes: readonly Outcome[],
  choice: 'keep' | 'overwrite' | 'fail' | 'ask',
): readonly Outcome[] {
  if (choice === 'fail' || choice === 'ask') return outcomes;
  return outcomes.map((one) => {
    if (one.action === 'conflict') return { ...one, action: choice === 'keep' ? 'kept' : 'update' };
    return one.action === 'kept' && one.planned && choice === 'overwrite' ? { ...one, action: 'update' } : one;
  });
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
  const planned = toWrite(outcomes);
  const mayWrite = conflicts.length === 0 && !request.dryRun;
  if (mayWrite && planned.length > 0) write(target, planned);
  const report = await reportOf(request, target, plan, outcomes, io);
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

/** The changes of a plan; a conflict that nobody settled is none. */
export function toWrite(outcomes: readonly Outcome[]): readonly PlannedFile[] {
  return outcomes.flatMap((one) =>
    one.planned && ['create', 'update', 'edit'].includes(one.action) ? [one.planned] : [],
  );
}

async function reportOf(
  request: NewRequest,
  target: string,
  plan: Plan,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<NewReport> {
  const diff = request.diff ? (await import('./plan/diff.ts')).unifiedDiff : undefined;
  const changed = toWrite(outcomes).length > 0;
  return {
    command: 'new',
    directory: target,
    dryRun: request.dryRun,
    changed: changed && !request.dryRun && outcomes.every((one) => one.action !== 'conflict'),
    answers: plan.answers,
    detected: plan.draft.detections,
    assumptions: plan.draft.assumptions,
    warnings: plan.warnings,
    files: outcomes.map((one) => {
      const text = diff?.(one);
      return {
        path: one.path,
        action: one.action,
        mode: one.mode.toString(8),
        why: one.why,
        ...(text ? { diff: text } : {}),
      };
    }),
    next: [
      ...enter(target, io),
      ...(plan.missing.length === 0 ? [] : [`# fill in .env: ${plan.missing.join(', ')}`]),
      ...bringCommands(plan.stack, outcomes),
      ...nextCommands(plan.stack, plan.orphans),
      ...rereadCommands(plan.stack, outcomes),
      ...backupReminders(plan.stack),
    ],
  };
}

/** `cd shop`, where the person is elsewhere. */
function enter(target: string, io: Io): readonly string[] {
  const path = relative(io.cwd, target);
  return path === '' ? [] : [`cd ${shellWords([path])}`];
}

async function reportText(
  report: NewReport,
  request: NewRequest,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<string> {
  const lines: string[] = [];
  const section = (title: string, items: readonly string[]): void => {
    if (items.length > 0) lines.push(`${title}\n${items.map((item) => `  ${item}\n`).join('')}`);
  };
  section(
    'Found:',
    report.detected.map((one) => `${one.path}: ${one.value}, ${evidenceText(one.evidence)}`),
  );
  section(
    'Assumed (change with --set PATH=VALUE, or in prodstack.yaml):',
    report.assumptions.map((one) => `${one.path}: ${one.value} (${one.reason})`),
  );
  section('Warning:', report.warnings);
  const visible = outcomes.filter(isChange);
  const kept = outcomes.filter((one) => one.action === 'kept');
  if (visible.length === 0) {
    lines.push(
      `Nothing to do: ${kept.some((one) => one.planned) ? 'what you left to us' : 'everything'} is as the answers say.\n`,
    );
  } else {
    lines.push(
      `${request.dryRun ? `Would change in ${report.directory}` : report.changed ? `Wrote to ${report.directory}` : `To change in ${report.directory}`}:\n${planText(visible)}`,
    );
  }
  section(
    'Left as you changed them (--on-conflict overwrite replaces them, with --dry-run --diff to see first):',
    kept.flatMap((one) => (one.planned ? [one.path] : [])),
  );
  if (request.diff) {
    const { colored } = await import('./plan/diff.ts');
    lines.push(
      report.files.map((one) => (one.diff ? (request.color && io.colors ? colored(one.diff) : one.diff) : '')).join(''),
    );
  }
  if (report.changed) section('Next:', report.next);
  return lines.join('\n');
}
