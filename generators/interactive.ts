/** Verbs with questions, as generators of plop: the same code behind the bin, `npx plop` and `plop.load`. */
import type { NodePlopAPI } from 'node-plop';
import { preparedAdd } from './add.ts';
import type { Ui } from './answers/questions/ui.ts';
import { askAnswers } from './answers/questions.ts';
import { settle, toWrite } from './changes.ts';
import { recover } from './disk/recover.ts';
import { resolveTarget } from './disk/target.ts';
import { UserError } from './errors.ts';
import { gather } from './gather.ts';
import type { Io } from './io.ts';
import { finish } from './new.ts';
import type { Outcome } from './plan/compare.ts';
import { isChange, planText } from './plan/report.ts';
import { makePlan, type Plan } from './prepare.ts';
import { inquirerUi, type PromptLibrary } from './prompts.ts';
import { preparedRemove } from './remove.ts';
import type { AddRequest, NewRequest, RemoveRequest } from './request.ts';

/** What the questions end in: a plan that the person has seen and agreed to. */
interface Agreed {
  readonly target: string;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

/**
 * Registers the generator `new`.
 * @param onFailure gets the error as it was: plop keeps only the text of it
 */
export function registerNew(
  plop: NodePlopAPI,
  request: NewRequest,
  io: Io,
  onFailure: (error: unknown) => void = () => {},
): void {
  const write = async (data: unknown): Promise<string> => {
    const { target, plan, outcomes } = (data as { agreed: Agreed }).agreed;
    try {
      await finish(request, target, plan, outcomes, io);
    } catch (error) {
      onFailure(error);
      throw error;
    }
    return target;
  };
  plop.setGenerator('new', {
    description: 'a production Docker Compose stack: into an empty folder, or around the app that is there',
    prompts: async (library) => ({ agreed: await askNew(request, inquirerUi(library as PromptLibrary, io.err), io) }),
    actions: [write],
  });
}

/**
 * Asks everything, shows what would be written, and asks once more. Writes nothing.
 * @throws UserError `cancelled` when the person says no
 */
async function askNew(request: NewRequest, ui: Ui, io: Io): Promise<Agreed> {
  const directory =
    request.directory ??
    (await ui.input({ message: 'Folder', default: '.', validate: (text) => text.trim() !== '' || 'is needed' }));
  const target = resolveTarget(directory, io);
  recover(target);
  const gathered = await gather(request, target, io);
  const chosen = await askAnswers(ui, gathered.sources);
  const plan = await makePlan(
    { ...gathered, sources: { ...gathered.sources, chosen: [...gathered.sources.chosen, chosen] } },
    io,
  );

  for (const warning of plan.warnings) ui.say(`Warning: ${warning}\n`);
  const outcomes = plan.remembering(await askConflicts(request, ui, plan.outcomes, io));
  const changes = outcomes.filter(isChange);
  if (toWrite(outcomes).length > 0 && !request.dryRun) {
    ui.say(`\nIn ${target}:\n${planText(changes)}\n`);
    if (
      !(await ui.confirm({
        message: `Write ${changes.length === 1 ? 'this file' : `these ${changes.length} files`}?`,
        default: true,
      }))
    ) {
      throw new UserError('cancelled', 'Nothing was written.');
    }
  }
  return { target, plan, outcomes };
}

/** Settles each conflict: as the request says, or by asking, with the difference in sight. */
async function askConflicts(
  request: NewRequest,
  ui: Ui,
  outcomes: readonly Outcome[],
  io: Io,
): Promise<readonly Outcome[]> {
  const choice = request.onConflict ?? 'ask';
  if (choice !== 'ask') return settle(outcomes, choice);
  const { unifiedDiff, colored } = await import('./plan/diff.ts');
  const settled: Outcome[] = [];
  for (const outcome of outcomes) {
    if (outcome.action !== 'conflict') {
      settled.push(outcome);
      continue;
    }
    const diff = unifiedDiff(outcome);
    ui.say(`\n${request.color && io.colors ? colored(diff) : diff}\n`);
    const answer = await ui.select<'keep' | 'overwrite'>({
      message: `${outcome.path} exists and differs. Which one shall stand?`,
      choices: [
        { name: 'mine: leave it as it is', value: 'keep' },
        { name: 'the new one: replace mine', value: 'overwrite' },
      ],
      default: 'keep',
    });
    settled.push(...settle([outcome], answer));
  }
  return settled;
}

/** Registers the generators `add` and `remove`: one asks everything, then writes. */
export function registerChange(
  plop: NodePlopAPI,
  request: AddRequest | RemoveRequest,
  io: Io,
  onFailure: (error: unknown) => void = () => {},
): void {
  const prepared = (ui: Ui) =>
    request.verb === 'add' ? preparedAdd(request, io, undefined, ui) : preparedRemove(request, io, undefined, ui);
  const write = async (data: unknown): Promise<string> => {
    try {
      await (data as { write: () => Promise<number> }).write();
    } catch (error) {
      onFailure(error);
      throw error;
    }
    return request.verb;
  };
  plop.setGenerator(request.verb, {
    description:
      request.verb === 'add'
        ? 'one more thing in a repo that has a stack: a database, a worker, a proxy, backups ...'
        : 'something out of a stack; its data stays',
    prompts: async (library) => ({ write: await prepared(inquirerUi(library as PromptLibrary, io.err)) }),
    actions: [write],
  });
}

/** Runs a generator without plop's own command line, whose exit status says nothing. */
export async function runInteractive(request: NewRequest | AddRequest | RemoveRequest, io: Io): Promise<number> {
  const { default: nodePlop } = await import('node-plop');
  const plop = await nodePlop();
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  if (request.verb === 'new') registerNew(plop, request, io, onFailure);
  else registerChange(plop, request, io, onFailure);
  const generator = plop.getGenerator(request.verb);
  await generator.runActions(await generator.runPrompts());
  if (failures.length > 0) throw failures[0];
  return 0;
}
