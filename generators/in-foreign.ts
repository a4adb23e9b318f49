/** `add` and `remove` in a repo that was not made by us: the world around `foreign/`. */
import { detect } from './answers/detect/index.ts';
import type { Ui } from './answers/questions/ui.ts';
import { carryOut, changesOf, changesText, diffText, enter, section, toWrite } from './changes.ts';
import { refuseInvalid } from './compose-config.ts';
import type { Observation } from './disk/observe.ts';
import type { ForeignPlan } from './foreign/add.ts';
import { planForeign } from './foreign/plan.ts';
import { chooseProject, openProject, projectsOf } from './foreign/project.ts';
import type { Foreign } from './foreign/types.ts';
import { gitState, refuseUncommitted } from './git.ts';
import type { Io } from './io.ts';
import { readSettings } from './prepare.ts';
import { type Run, runProgram } from './programs.ts';
import type { AddRequest, WriteRequest } from './request.ts';

/** What a verb hands in. */
export interface ForeignRun {
  /** The folder of the repo. */
  readonly target: string;
  readonly observation: Observation;
  /** Absent where nobody can be asked. */
  readonly ui?: Ui;
  readonly run?: Run;
}

/**
 * `add` into any compose project. Returns the exit status.
 * @throws UserError with the reason and the way out; then nothing was written
 */
export async function addForeign(request: AddRequest, world: ForeignRun, io: Io): Promise<number> {
  const { observation, target, run = runProgram } = world;
  const foreign = await openForeign(observation, request.file, world.ui);
  const tracked = await trackedFiles(target, [foreign.envFile], run);
  const plan = planForeign(
    foreign,
    {
      block: request.block,
      ...(request.name !== undefined && { name: request.name }),
      settings: await readSettings(request, io),
      for: request.for,
      include: request.include,
    },
    { detected: await detect(observation), random: io.random, tracked: (path) => tracked.has(path) },
  );
  return finishForeign(request, { ...world, run }, foreign, plan, io);
}

/** The project that is meant; asked for where several could be. */
export async function openForeign(observation: Observation, file: string | undefined, ui?: Ui): Promise<Foreign> {
  const projects = file === undefined && ui ? projectsOf(observation) : [];
  const chosen =
    ui && projects.length > 1
      ? await ui.select({
          message: 'Which compose project?',
          choices: projects.map(({ base }) => ({ name: base, value: base })),
        })
      : file;
  return openProject(observation, chooseProject(observation, chosen));
}

/** Those of some files that git has. */
async function trackedFiles(target: string, files: readonly string[], run: Run): Promise<ReadonlySet<string>> {
  const { stdout, exitCode } = await run('git', ['ls-files', '-z', '--', ...files], { cwd: target });
  return new Set(exitCode === 0 ? stdout.split('\0').filter((path) => path !== '') : []);
}

/** Looks once more, writes, reports. */
export async function finishForeign(
  request: WriteRequest & { readonly verb: 'add' | 'remove'; readonly force: boolean },
  { target, run = runProgram }: ForeignRun,
  foreign: Foreign,
  plan: ForeignPlan,
  io: Io,
): Promise<number> {
  const { outcomes } = plan;
  await refuseInvalid(target, foreign, outcomes, run);
  const paths = toWrite(outcomes).map(({ path }) => path);
  if (paths.length > 0 && !request.dryRun)
    refuseUncommitted(await gitState(target, paths, run), paths, { force: request.force, verb: request.verb });
  const changed = carryOut(request, target, outcomes);
  const changes = await changesOf(request, target, outcomes, changed);
  const next = paths.length > 0 ? [...enter(target, io), ...plan.next] : [];
  if (request.json)
    io.out(
      `${JSON.stringify({ command: request.verb, ...changes, services: plan.services, notes: plan.notes, next }, null, 2)}\n`,
    );
  else {
    const parts = [
      changesText(changes, outcomes, 'Nothing to do.'),
      section('Note:', plan.notes),
      request.diff ? await diffText(changes, request, io) : '',
      changed ? section('Next:', next) : '',
    ];
    io.out(parts.filter((part) => part !== '').join('\n'));
  }
  return 0;
}
