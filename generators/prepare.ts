/** From a request to a plan: everything that `new` finds out and decides before it may write. */
import { basename, resolve as resolvePath } from 'node:path';
import { missingVariables } from './addresses.ts';
import type { Draft, Sources } from './answers/complete/types.ts';
import { complete, saidAnswers } from './answers/complete.ts';
import { entrypointProblems } from './answers/detect/entrypoints.ts';
import { detect } from './answers/detect/index.ts';
import { isExternal } from './answers/external-names.ts';
import { isMap, withoutDecimals } from './answers/map.ts';
import { type Preset, presets } from './answers/presets.ts';
import type { Answers } from './answers/schema.ts';
import { suggest } from './answers/suggest.ts';
import { validate, wrongAnswers } from './answers/validate.ts';
import { authorityProblems } from './authorities.ts';
import { serviceNames } from './compose/rename.ts';
import { readYaml, readYamlValue } from './compose/yaml.ts';
import { refuseUnreadableData } from './data-version.ts';
import { type Observation, observe } from './disk/observe.ts';
import { UserError } from './errors.ts';
import type { Io } from './io.ts';
import { type Baseline, baselineFile, type Recorded, readBaseline } from './plan/baseline.ts';
import { compare, type Outcome } from './plan/compare.ts';
import { overlayFile } from './plan/compose.ts';
import { formerEdge } from './plan/edge-steps.ts';
import { intend } from './plan/intend.ts';
import { recordOutcome } from './plan/record.ts';
import type { RelPath } from './plan/types.ts';
import { type UpdateOptions, updatePlan } from './plan/update.ts';
import type { NewRequest } from './request.ts';
import { imageTag } from './stack/registry.ts';
import { resolve } from './stack/resolve.ts';
import type { Stack } from './stack/types.ts';
import { refuseNewerAnswers } from './versions.ts';
import { warningsFor } from './warnings.ts';

export const answersFile = 'prodstack.yaml';

/** Files that say nothing about an app: a folder that has only these, or a CA's certificate, is free for a starter. */
const harmless =
  /^(?:README|LICENSE|LICENCE|CHANGELOG|CONTRIBUTING|CODEOWNERS)(?:\.[a-z]+)?$|^\.(?!venv)[^/]*$|^\.(?:git|github|idea|vscode)\/|\.(?:pem|crt|cer)$/i;

/** What the repo and the request say, before anybody is asked. */
export interface Gathered {
  readonly observation: Observation;
  readonly sources: Sources;
}

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
 * Reads what there is: the repo, `prodstack.yaml`, `--preset`, `--config`, `--set`.
 * @throws UserError `usage`, `answers`, `repo`
 */
export async function gather(
  request: Pick<NewRequest, 'preset' | 'config' | 'set'>,
  target: string,
  io: Io,
): Promise<Gathered> {
  const observation = observe(target);
  const fileText = observation.read(answersFile);
  const preset = request.preset === undefined ? undefined : presetNamed(request.preset);
  const file = fileText === undefined ? undefined : (readYaml(fileText, answersFile) ?? {});
  refuseNewerAnswers(file, answersFile);
  if (preset) refuseOtherPreset(String(request.preset), preset, file);
  const chosen = await readSettings(request, io);
  return {
    observation,
    sources: {
      folder: basename(target),
      detected: observation.exists ? await detect(observation) : { apps: [] },
      ...(preset && { preset: preset.answers }),
      ...(preset?.starter && { presetStarter: preset.starter }),
      ...(file !== undefined && { file: withoutDecimals(file) }),
      chosen,
      isVacant: (path) => isVacant(observation, path),
    },
  };
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

function presetNamed(name: string): Preset {
  const preset = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset) return preset;
  const near = suggest(name, Object.keys(presets));
  throw new UserError('usage', `There is no preset ${name}.`, {
    hint: `${near ? `Did you mean: --preset ${near}. ` : ''}Presets: ${Object.keys(presets).join(', ')}`,
  });
}

/** A preset starts a stack; one that exists has its answers, and is not turned into another. */
function refuseOtherPreset(name: string, preset: Preset, file: unknown): void {
  const stacks = (answers: unknown): readonly unknown[] =>
    isMap(answers) && isMap(answers['apps'])
      ? Object.values(answers['apps']).map((app) => (isMap(app) ? app['stack'] : undefined))
      : [];
  const existing = stacks(file);
  if (existing.length === 0 || stacks(preset.answers).every((stack) => existing.includes(stack))) return;
  throw new UserError('usage', `--preset ${name} is for a new stack, and ${answersFile} here has another one.`, {
    hint: `Change ${answersFile}, or choose another folder.`,
  });
}

/**
 * What `--config` and `--set` say, in that order.
 * @throws UserError `usage`, `repo`
 */
export async function readSettings(
  { config, set }: Pick<NewRequest, 'config' | 'set'>,
  io: Io,
): Promise<readonly unknown[]> {
  const text = config === undefined ? undefined : await configuration(config, io);
  const said = text === undefined ? [] : [readYaml(text, config === '-' ? 'standard input' : String(config)) ?? {}];
  return [...said, ...set.map(assignment)].map(withoutDecimals);
}

async function configuration(file: string, io: Io): Promise<string> {
  if (file === '-') return io.readStdin();
  const path = resolvePath(io.cwd, file);
  const text = observe(resolvePath(path, '..')).read(basename(path));
  if (text === undefined)
    throw new UserError('usage', `--config: there is no file ${file}.`, {
      hint: 'Name an existing file, or - for standard input.',
    });
  return text;
}

/** `apps.app.port=8080` as `{apps: {app: {port: 8080}}}`. */
function assignment(text: string): unknown {
  const at = text.indexOf('=');
  const path = text.slice(0, at).split('.');
  if (at < 1 || path.some((key) => key === '' || key === '__proto__')) {
    throw new UserError('usage', `--set ${JSON.stringify(text)} is not KEY=VALUE.`, {
      hint: 'For example: --set apps.app.port=8080. KEY=null takes an answer away.',
    });
  }
  return path.reduceRight<unknown>(
    (value, key) => ({ [key]: value }),
    readYamlValue(text.slice(at + 1), `--set ${path.join('.')}`),
  );
}

function isVacant(observation: Observation, path: string): boolean {
  const prefix = path === '.' ? '' : `${path}/`;
  return observation.files.every((file) => !file.startsWith(prefix) || harmless.test(file.slice(prefix.length)));
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
  const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
  const existing = names.find((name) => observation.raw(name) !== undefined);
  return existing === undefined || existing === 'compose.yaml' ? answers : { ...answers, composeFile: existing };
}
