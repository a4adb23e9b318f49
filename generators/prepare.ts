/** From what was gathered to a plan: everything that is decided before anything is written. */
import { missingVariables } from './addresses.ts';
import type { Draft } from './answers/complete/types.ts';
import { complete, saidAnswers } from './answers/complete.ts';
import { entrypointProblems } from './answers/detect/entrypoints.ts';
import { isExternal } from './answers/external-names.ts';
import { presets } from './answers/presets.ts';
import type { Answers } from './answers/schema.ts';
import { validate, wrongAnswers } from './answers/validate.ts';
import { authorityProblems } from './authorities.ts';
import { defaultFiles } from './compose/model/index.ts';
import { serviceNames } from './compose/rename.ts';
import { refuseUnreadableData } from './data-version.ts';
import type { Observation } from './disk/observe.ts';
import type { Gathered } from './gather.ts';
import type { Io } from './io.ts';
import { type Baseline, baselineFile, type Recorded, readBaseline } from './plan/baseline.ts';
import { compare, type Outcome } from './plan/compare.ts';
import { overlayFile } from './plan/compose.ts';
import { formerEdge } from './plan/edge-steps.ts';
import { intend } from './plan/intend.ts';
import { recordOutcome } from './plan/record.ts';
import type { RelPath } from './plan/types.ts';
import { type UpdateOptions, updatePlan } from './plan/update.ts';
import { imageTag } from './stack/registry.ts';
import { resolve } from './stack/resolve.ts';
import type { Stack } from './stack/types.ts';
import { warningsFor } from './warnings.ts';

export interface Plan {
  readonly answers: Answers;
  readonly draft: Draft;
  readonly stack: Stack;
  readonly outcomes: readonly Outcome[];
  readonly warnings: readonly string[];
  /** Variables of `.env` that a person has yet to fill in. */
  readonly missing: readonly string[];
  /** Whether a service that the stack had is no longer part of it: Compose leaves its container as it is. */
  readonly orphans: boolean;
  /** What was generated last. */
  readonly recorded: Recorded;
  /** Settled outcomes with the baseline that they leave; `mixed` are written over changes that git does not have. */
  readonly remembering: (outcomes: readonly Outcome[], mixed?: readonly RelPath[]) => readonly Outcome[];
}

/**
 * Answers, Stack and what would change on disk.
 * @param update for a stack that is brought up to date, instead of made
 * @throws UserError `answers`, `target`, `repo`
 */
export async function makePlan(
  { observation, sources }: Gathered,
  io: Io,
  update?: Pick<UpdateOptions, 'restore'>,
): Promise<Plan> {
  const recorded = readBaseline(observation.read(baselineFile));
  const draft = complete(sources);
  requireApps(draft);
  const answers = validate(withComposeFile(draft.answers, observation));
  requireWhatStartersUse(answers, draft.starters);
  const problems = [
    ...(await entrypointProblems(observation, answers, draft.starters)),
    ...authorityProblems(answers, (path) => observation.read(path)),
  ];
  if (problems.length > 0) throw wrongAnswers(problems);
  const stack = resolve(answers, draft.starters);
  const baseline = recorded.files;
  refuseUnreadableData(answers, stack, baseline);
  const intended = intend(answers, stack, io, saidAnswers(sources, draft));
  const updated = update && updatePlan(intended, { answers, stack, recorded, repo: observation }, update);
  const outcomes = updated?.outcomes ?? compare(intended, observation, recorded);
  const unset = missingVariables(stack, (path) => observation.read(path));
  const former = formerEdge(stack, baseline);
  const warnings = warningsFor({ observation, sources }, { answers, stack, draft, baseline, outcomes, unset, former });
  // A tag for the images is part of the commands that come next.
  const missing = unset.filter(({ name }) => name !== imageTag).map(({ name }) => name);
  return {
    answers,
    draft,
    stack,
    outcomes,
    warnings: [...warnings, ...(updated?.warnings ?? [])],
    missing,
    orphans: hasOrphans(stack, baseline),
    recorded,
    remembering: (settled, mixed) => [
      ...settled,
      recordOutcome(settled, observation, recorded, { program: io.version, answers }, mixed),
    ],
  };
}

/** Services that were generated last and are no more; those that only development has are not looked at. */
function hasOrphans(stack: Stack, baseline: Baseline): boolean {
  const files = [stack.composeFile, overlayFile(stack.composeFile, 'prod')];
  const names = new Set(stack.services.map(({ name }) => name));
  return files.some((file) => serviceNames(baseline[file] ?? '').some((name) => !names.has(name)));
}

function requireApps(draft: Draft): void {
  const apps = draft.answers['apps'];
  if (apps !== undefined && !(typeof apps === 'object' && apps !== null && Object.keys(apps).length === 0)) return;
  throw wrongAnswers([
    {
      path: 'apps',
      message: `is missing: no app was found here, and none is named. Choose a starter with --preset ${Object.keys(presets).join(' or --preset ')}, or name your app: --set apps.app.stack=node`,
    },
  ]);
}

/** Starter apps are made for what they use: without a broker, say, one that takes readings from it does not start. */
function requireWhatStartersUse(answers: Answers, starters: Draft['starters']): void {
  const problems = starters.flatMap(({ app, uses }) =>
    uses
      .filter((used) => isExternal(used) && answers[used] === undefined)
      .map((path) => ({
        path,
        message: `is needed by the starter app ${app}; only around an app of your own it can be left out`,
      })),
  );
  if (problems.length > 0) throw wrongAnswers(problems);
}

/** In a repo that has a compose file, its name wins. */
function withComposeFile(answers: Draft['answers'], observation: Observation): unknown {
  if ('composeFile' in answers) return answers;
  const existing = defaultFiles.find((name) => observation.raw(name) !== undefined);
  return existing === undefined || existing === 'compose.yaml' ? answers : { ...answers, composeFile: existing };
}
