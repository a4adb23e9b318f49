/** The verb `add`: one more thing in a repo that has a stack. */
import { addable, answersAfterAdd, presentOf } from './answers/change/add.ts';
import type { AddWords } from './answers/change/types.ts';
import { askAddition, askBlock } from './answers/questions/add.ts';
import type { Ui } from './answers/questions/ui.ts';
import { recover } from './disk/recover.ts';
import { resolveTarget } from './disk/target.ts';
import { UserError } from './errors.ts';
import { gather } from './gather.ts';
import type { Io } from './io.ts';
import { agreeing, isOwn, nothingToDo, refuseForeignOptions, withChange } from './own.ts';
import { type Run, runProgram } from './programs.ts';
import type { AddRequest } from './request.ts';
import { preparedUpdate } from './update.ts';

/** Adds what the request says. Returns the exit status. */
export async function runAdd(request: AddRequest, io: Io, run: Run = runProgram): Promise<number> {
  return (await preparedAdd(request, io, run))();
}

/**
 * Everything up to the point where something is written.
 * @param ui asks what the request leaves open; without it, that is an error
 * @throws UserError `usage`, `answers`, `repo`, `conflict`, `cancelled`
 */
export async function preparedAdd(
  request: AddRequest,
  io: Io,
  run: Run = runProgram,
  ui?: Ui,
): Promise<() => Promise<number>> {
  const target = resolveTarget(request.directory ?? '.', io);
  recover(target);
  if (!isOwn(target)) {
    const { preparedForeignAdd } = await import('./in-foreign.ts');
    return preparedForeignAdd(request, { target, io, run, ...(ui && { ui }) });
  }
  const block = request.block ?? (ui ? await askBlock(ui) : undefined);
  if (block === undefined)
    throw new UserError('usage', 'What shall be added?', {
      hint: `create-prodstack add BLOCK; there are: ${Object.values(addable).flat().join(', ')}`,
    });
  refuseForeignOptions(request);
  const gathered = await gather(request, target, io);
  const { sources } = gathered;
  const words: AddWords = {
    block,
    ...(request.name !== undefined && { name: request.name }),
    ...(request.for.length > 0 && { apps: request.for }),
  };
  const asked = ui && (await askAddition(ui, presentOf(sources), words));
  const chosen = asked ? [...sources.chosen, asked.chosen] : sources.chosen;
  const change = answersAfterAdd({ ...sources, chosen }, asked?.words ?? words);
  if (Object.keys(change.patch).length === 0) {
    return nothingToDo(request, target, `${change.title} is there already.`, io);
  }
  const merging = { ...request, notes: change.notes, ...(ui && { agree: agreeing(ui, target) }) };
  try {
    return await preparedUpdate(merging, target, withChange(gathered, change), io, run);
  } catch (error) {
    throw notTogether(error, change.title);
  }
}

/** The answers were right before: what is wrong comes with what was to be added. */
function notTogether(error: unknown, title: string): unknown {
  if (!(error instanceof UserError) || error.code !== 'answers') return error;
  return new UserError('answers', `With ${title} the answers would not be right; nothing was written.`, {
    problems: error.problems,
    hint: 'Change first what it needs, or say other settings of it: --set KEY=VALUE. All answers: create-prodstack list answers',
    cause: error,
  });
}
