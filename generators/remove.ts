/** The verb `remove`: something out of a stack; its data stays. */

import { presentOf } from './answers/change/add.ts';
import { answersAfterRemove, type Removal, removableNames } from './answers/change/remove.ts';
import { complete } from './answers/complete.ts';
import type { Ui } from './answers/questions/ui.ts';
import type { Answers } from './answers/schema.ts';
import { validate } from './answers/validate.ts';
import { recover } from './disk/recover.ts';
import { resolveTarget } from './disk/target.ts';
import { UserError } from './errors.ts';
import { type Gathered, gather } from './gather.ts';
import type { Io } from './io.ts';
import { agreeing, isOwn, refuseForeignOptions, withChange } from './own.ts';
import { assignmentsOf } from './plan/dotenv.ts';
import { shellWords } from './plan/shell.ts';
import { type Run, runProgram } from './programs.ts';
import type { RemoveRequest } from './request.ts';
import { allDataVolumes } from './stack/queries.ts';
import { resolve } from './stack/resolve.ts';
import { secretPath } from './stack/secrets.ts';
import type { Stack } from './stack/types.ts';
import { volumeName } from './stack/values.ts';
import { preparedUpdate } from './update.ts';
import { listed } from './words.ts';

/** Takes out what the request says. Returns the exit status. */
export async function runRemove(request: RemoveRequest, io: Io, run: Run = runProgram): Promise<number> {
  return (await preparedRemove(request, io, run))();
}

/**
 * Everything up to the point where something is written.
 * @param ui asks what the request leaves open; without it, that is an error, and data stays
 * @throws UserError `usage`, `answers`, `repo`, `conflict`, `cancelled`
 */
export async function preparedRemove(
  request: RemoveRequest,
  io: Io,
  run: Run = runProgram,
  ui?: Ui,
): Promise<() => Promise<number>> {
  const target = resolveTarget(request.directory ?? '.', io);
  recover(target);
  if (!isOwn(target)) {
    const { preparedForeignRemove } = await import('./in-foreign.ts');
    return preparedForeignRemove(request, { target, io, run, ...(ui && { ui }) });
  }
  refuseForeignOptions(request);
  const gathered = await gather({ set: [] }, target, io);
  const present = presentOf(gathered.sources);
  const name = request.name ?? (ui && (await askName(ui, removableNames(present.answers))));
  if (name === undefined)
    throw new UserError('usage', 'What shall be taken out?', {
      hint: `create-prodstack remove NAME; there are: ${removableNames(present.answers).join(', ')}`,
    });
  const removal = answersAfterRemove(gathered.sources, name);
  await settleTies(removal, name, request, ui);
  const [before, after] = [
    resolve(present.answers, []),
    stackAfter(gathered, removal, removableNames(present.answers)),
  ];
  const lost = lostVolumes(before, after);
  const data = await dataChoice(lost, request, ui);
  const left = leftSettings(before, after, gathered);
  const merging = {
    ...request,
    notes: [...sourcesLeft(present.answers, name), ...left],
    last: data === 'delete' ? [`docker volume rm ${shellWords(lost)}`] : [],
    ...(ui && { agree: agreeing(ui, target) }),
  };
  return preparedUpdate(merging, target, withChange(gathered, removal), io, run);
}

function askName(ui: Ui, names: readonly string[]): Promise<string> {
  return ui.select({ message: 'What shall be taken out?', choices: names.map((name) => ({ name, value: name })) });
}

/** What uses it has to do without: a person says so. */
async function settleTies({ title, ties }: Removal, name: string, request: RemoveRequest, ui?: Ui): Promise<void> {
  if (ties.length === 0 || request.disconnect) return;
  if (!ui)
    throw new UserError('usage', `${title} is used; nothing was written.`, {
      problems: ties.map(({ path, text }) => ({ path, message: text })),
      hint: `To take that out, too: create-prodstack remove ${name} --disconnect`,
    });
  ui.say(`\n${title} is used:\n${ties.map(({ path, text }) => `  ${path}: ${text}\n`).join('')}`);
  const message = 'Take that out, too?';
  if (!(await ui.confirm({ message, default: false }))) throw new UserError('cancelled', 'Nothing was written.');
}

/** @throws UserError `usage` where the rest does not go together without it */
function stackAfter({ sources }: Gathered, { patch, title }: Removal, removable: readonly string[]): Stack {
  try {
    return resolve(validate(complete({ ...sources, chosen: [patch] }).answers), []);
  } catch (cause) {
    if (!(cause instanceof UserError) || cause.code !== 'answers') throw cause;
    throw new UserError('usage', `Without ${title} the rest does not go together; nothing was written.`, {
      problems: cause.problems,
      hint: wayOut(
        cause.problems.map(({ path }) => path),
        removable,
      ),
      cause,
    });
  }
}

/** What is in the way, by the names that `remove` takes. */
function wayOut(paths: readonly string[], removable: readonly string[]): string {
  const tops = [...new Set(paths.map((path) => path.split('.')[0] ?? ''))];
  return tops.every((top) => removable.includes(top))
    ? `Take that out first: ${tops.map((top) => `create-prodstack remove ${top}`).join(', ')}`
    : 'Take these out first, or change them: create-prodstack update --set KEY=VALUE';
}

/** The data volumes that nothing uses any more, as Docker calls them. */
function lostVolumes(before: Stack, after: Stack): readonly string[] {
  const kept = allDataVolumes(after).map(({ name }) => name);
  return allDataVolumes(before)
    .filter(({ name }) => !kept.includes(name))
    .map(({ name }) => volumeName(before.name, name));
}

async function dataChoice(
  volumes: readonly string[],
  { data }: RemoveRequest,
  ui: Ui | undefined,
): Promise<'keep' | 'delete'> {
  if (data !== undefined || volumes.length === 0 || !ui) return data ?? 'keep';
  return ui.select<'keep' | 'delete'>({
    message: `What becomes of the data in ${listed(volumes)}?`,
    choices: [
      { name: 'it stays: adding it again finds it', value: 'keep' },
      { name: 'I remove it: say the command', value: 'delete' },
    ],
    default: 'keep',
  });
}

/** What a person wrote of an app is theirs. */
function sourcesLeft({ apps }: Answers, name: string): readonly string[] {
  const app = Object.hasOwn(apps, name) ? apps[name] : undefined;
  return app === undefined || app.path === '.'
    ? []
    : [`${app.path}/ stays, with the sources of ${name}: they are yours.`];
}

/** Settings and secrets of this machine that nothing reads any more. They may be all that opens the data that stays. */
function leftSettings(before: Stack, after: Stack, { observation }: Gathered): readonly string[] {
  const variables = new Set(after.env.map(({ name }) => name));
  const env = observation.read('.env') ?? '';
  const isThere = (name: string) => assignmentsOf(env, name).length > 0;
  const unread = before.env.map(({ name }) => name).filter((name) => !variables.has(name) && isThere(name));
  const files = new Set(after.secrets.map(({ variable }) => variable));
  const closed = before.secrets
    .filter(({ variable }) => !files.has(variable) && observation.raw(secretPath(variable)) !== undefined)
    .map(({ variable }) => secretPath(variable));
  return [
    ...(unread.length > 0 ? [`.env still has ${unread.join(', ')}, which nothing reads any more.`] : []),
    ...([...unread, ...closed].some((one) => one.endsWith('BACKUP_PASSWORD'))
      ? ['Without BACKUP_PASSWORD nobody can read the backups that are left: keep it for as long as you keep them.']
      : []),
    ...(closed.length > 0 ? [`Nothing reads ${closed.join(', ')} any more.`] : []),
  ];
}
