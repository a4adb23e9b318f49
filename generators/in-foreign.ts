/** `add` and `remove` in a repo that was not made by us: the world around `foreign/`. */
import { detect } from './answers/detect/index.ts';
import type { Ui } from './answers/questions/ui.ts';
import { carryOut, changesOf, changesText, diffText, enter, section, toWrite } from './changes.ts';
import { defaultFiles } from './compose/model/index.ts';
import { refuseInvalid } from './compose-config.ts';
import { folderAbove } from './disk/above.ts';
import { type Observation, observe } from './disk/observe.ts';
import { UserError } from './errors.ts';
import type { ForeignPlan } from './foreign/add.ts';
import { clientsOf, clientText } from './foreign/clients.ts';
import { foreignBlocks, planForeign } from './foreign/plan.ts';
import { candidates, chooseProject, openProject } from './foreign/project.ts';
import { goingWith, meantBy, onlyOf, planRemove } from './foreign/remove.ts';
import { allServices } from './foreign/services.ts';
import type { Foreign } from './foreign/types.ts';
import { askForeign } from './foreign-questions.ts';
import { readSettings } from './gather.ts';
import { filesInGit, settledState, uncommitted } from './git.ts';
import type { Io } from './io.ts';
import { agreeing } from './own.ts';
import type { Run } from './programs.ts';
import type { AddRequest, RemoveRequest } from './request.ts';

/** Where a verb is at work, and whom it may ask. */
export interface ForeignWorld {
  /** The folder of the repo. */
  readonly target: string;
  readonly io: Io;
  readonly run: Run;
  /** Absent where nobody can be asked. */
  readonly ui?: Ui;
}

/**
 * `add` into any compose project, up to the point where something is written.
 * @throws UserError with the reason and the way out
 */
export async function preparedForeignAdd(request: AddRequest, world: ForeignWorld): Promise<() => Promise<number>> {
  const { target, io, run, ui } = world;
  const observation = observe(target);
  const foreign = await openForeign(observation, request.file, ui);
  const block =
    request.block ??
    (await ui?.select({
      message: 'What shall be added?',
      choices: foreignBlocks.map((name) => ({ name, value: name })),
    }));
  const tracked = await filesInGit(target, [foreign.envFile], run);
  const open = { block, name: request.name, for: request.for, settings: await readSettings(request, io) };
  const asked = ui ? await askForeign(ui, foreign, open) : open;
  const plan = planForeign(
    foreign,
    {
      block,
      ...(request.name !== undefined && { name: request.name }),
      settings: asked.settings,
      for: asked.for,
      include: request.include,
    },
    { detected: await detect(observation), random: io.random, tracked: (path) => tracked.has(path) },
  );
  return prepared(request, world, foreign, plan);
}

/**
 * `remove` from any compose project, up to the point where something is written.
 * @throws UserError with the reason and the way out
 */
export async function preparedForeignRemove(
  request: RemoveRequest,
  world: ForeignWorld,
): Promise<() => Promise<number>> {
  const { target, ui } = world;
  const observation = observe(target);
  const foreign = await openForeign(observation, request.file, ui);
  const names = [...allServices(foreign).keys()];
  const name =
    request.name ??
    (await ui?.select({
      message: 'What shall be taken out?',
      choices: names.map((one) => ({ name: one, value: one })),
    }));
  if (name === undefined)
    throw new UserError('usage', 'What shall be taken out?', {
      hint: `create-prodstack remove NAME; services: ${names.join(', ')}`,
    });
  const context = { detected: await detect(observation) };
  const meant = meantBy(foreign, name);
  const plan = planRemove(
    foreign,
    {
      name: meant,
      disconnect: request.disconnect || (await mayDisconnect(foreign, meant, ui)),
      data: request.data ?? (await dataChoice(foreign, meant, ui)),
    },
    context,
  );
  return prepared(request, world, foreign, plan);
}

/** Whoever needs it has to do without: a person says so. */
async function mayDisconnect(foreign: Foreign, name: string, ui: Ui | undefined): Promise<boolean> {
  const clients = ui ? clientsOf(foreign, goingWith(foreign, name)) : [];
  if (!ui || clients.length === 0) return false;
  ui.say(`\n${name} is used:\n${clients.map((one) => `  ${clientText(one, name)}\n`).join('')}`);
  return ui.confirm({ message: 'Take that out, too?', default: false });
}

/** Without anybody to ask, data stays where it is, and declared. */
async function dataChoice(foreign: Foreign, name: string, ui: Ui | undefined): Promise<'keep' | 'delete'> {
  const volumes = onlyOf(foreign, goingWith(foreign, name), 'volumes');
  if (!ui || volumes.length === 0) return volumes.length === 0 ? 'delete' : 'keep';
  return ui.select({
    message: `What about its data (${volumes.join(', ')})?`,
    choices: [
      { name: 'keep it, and leave the volume declared', value: 'keep' },
      { name: 'take the volume out of the files; the command that removes its data is shown', value: 'delete' },
    ],
    default: 'keep',
  });
}

/** The project that is meant; asked for where several could be. */
async function openForeign(observation: Observation, file: string | undefined, ui?: Ui): Promise<Foreign> {
  if (!observation.exists)
    throw new UserError('usage', `There is no folder ${observation.root}.`, { hint: 'Which one is meant? -C FOLDER' });
  const projects = file === undefined && ui ? candidates(observation) : [];
  const chosen =
    ui && projects.length > 1
      ? await ui.select({
          message: 'Which compose project?',
          choices: projects.map(({ base }) => ({ name: base, value: base })),
        })
      : file;
  return openProject(observation, chooseProject(observation, chosen, folderAbove(observation.root, defaultFiles)));
}

/** Looks once more before anything is written: at what Compose itself says, at git, and at what the person says. */
async function prepared(
  request: AddRequest | RemoveRequest,
  { target, io, run, ui }: ForeignWorld,
  foreign: Foreign,
  plan: ForeignPlan,
): Promise<() => Promise<number>> {
  const { outcomes } = plan;
  await refuseInvalid(target, foreign, outcomes, run);
  const files = toWrite(outcomes);
  if (files.length === 0 || request.dryRun) return () => report(request, target, plan, io);
  const paths = files.map(({ path }) => path);
  const before = uncommitted(await settledState(target, paths, request, run), paths);
  const notes = uncommittedNotes(
    files.flatMap(({ kind, path }) => (kind === 'edit' && before.includes(path) ? [path] : [])),
  );
  if (ui) await agreeing(ui, target)(outcomes);
  return () => report(request, target, { ...plan, notes: [...plan.notes, ...notes] }, io);
}

/** Lines come and go, and nothing else changes: no reason to refuse, but a diff shows both. */
function uncommittedNotes(paths: readonly string[]): readonly string[] {
  if (paths.length === 0) return [];
  return [`${paths.join(', ')} had changes already that are not committed: they stay, beside what was done now.`];
}

async function report(
  request: AddRequest | RemoveRequest,
  target: string,
  { outcomes, services, notes, next }: ForeignPlan,
  io: Io,
): Promise<number> {
  const changed = carryOut(request, target, outcomes);
  const changes = await changesOf(request, target, outcomes, changed);
  const commands = toWrite(outcomes).length > 0 ? [...enter(target, io), ...next] : [];
  if (request.json) {
    io.out(`${JSON.stringify({ command: request.verb, ...changes, services, notes, next: commands }, null, 2)}\n`);
    return 0;
  }
  const parts = [
    changesText(changes, outcomes, 'Nothing to do.'),
    section('Note:', notes),
    request.diff ? await diffText(changes, request, io) : '',
    changed ? section('Next:', commands) : '',
  ];
  io.out(parts.filter((part) => part !== '').join('\n'));
  return 0;
}
