/** What the repo and the request say, before anything is decided. */
import { basename, resolve as resolvePath } from 'node:path';
import type { Sources } from './answers/complete/types.ts';
import { detect } from './answers/detect/index.ts';
import { withoutDecimals } from './answers/map.ts';
import { type Preset, presets } from './answers/presets.ts';
import { suggest } from './answers/suggest.ts';
import { readYaml, readYamlValue } from './compose/yaml.ts';
import { isData } from './data.ts';
import { type Observation, observe } from './disk/observe.ts';
import { UserError } from './errors.ts';
import type { Io } from './io.ts';
import { baselineFile, readBaseline } from './plan/baseline.ts';
import type { NewRequest } from './request.ts';
import { refuseNewerAnswers } from './versions.ts';

export const answersFile = 'prodstack.yaml';

/** Files that say nothing about an app: a folder that has only these, or a CA's certificate, is free for a starter. */
const harmless =
  /^(?:README|LICENSE|LICENCE|CHANGELOG|CONTRIBUTING|CODEOWNERS)(?:\.[a-z]+)?$|^\.(?!venv)[^/]*$|^\.(?:git|github|idea|vscode)\/|\.(?:pem|crt|cer)$/i;

/** What the repo and the request say, before anybody is asked. */
export interface Gathered {
  readonly observation: Observation;
  readonly sources: Sources;
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
  if (file === undefined || (isData(file) && Object.keys(file).length === 0)) refuseLostAnswers(observation, file);
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

/** @throws UserError `repo` where a stack was made of answers that are gone: all of it would go, databases too */
function refuseLostAnswers(observation: Observation, file: unknown): void {
  if (!isData(readBaseline(observation.read(baselineFile)).answers)) return;
  const isGone = file === undefined;
  throw new UserError(
    'repo',
    `${answersFile} ${isGone ? 'is gone' : 'says nothing'}, and a stack was made from what it said; nothing was written.`,
    {
      hint: `If git has it: git checkout HEAD -- ${answersFile}. All answers that it had are in ${baselineFile}, too, below "answers". To begin anew, delete ${isGone ? '' : `${answersFile} and `}${baselineFile}.`,
    },
  );
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
    isData(answers) && isData(answers['apps'])
      ? Object.values(answers['apps']).map((app) => (isData(app) ? app['stack'] : undefined))
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
