/** The hosts that a stack runs on: what is different there. */
import { targetExternals } from '../../answers/deployment.ts';
import { hostOf, type Targets } from '../../answers/hosts.ts';
import type { Answers } from '../../answers/schema.ts';
import { type Problem, UserError } from '../../errors.ts';
import { limitVariables } from '../blocks/limits.ts';
import { mergeIgnores } from '../ignores.ts';
import { running } from '../queries.ts';
import type { Artifact, EnvVar, Limits, Service, Stack, Target } from '../types.ts';
import { mebibytes } from './amounts.ts';
import { type Division, divide, isTooSmall, type TooSmall } from './fit.ts';
import { tuned } from './tuning.ts';

const titles: Readonly<Record<string, string>> = {
  selfhosted: 'a machine of your own',
  digitalocean: 'a droplet of DigitalOcean',
  small: 'a small host',
  medium: 'a medium host',
  large: 'a large host',
};

/**
 * The Stack of the answers with its targets, and with all that any of them needs: variables, secrets, files.
 * @param resolve answers as a Stack without targets
 * @throws UserError `answers` with every target whose host is too small
 */
export function withTargets(answers: Answers, resolve: (answers: Answers) => Stack): Stack {
  const base = resolve(answers);
  const problems: Problem[] = [];
  const targets = Object.entries(answers.targets ?? {}).map(([name, target]) => {
    const there = resolve(answersThere(answers, target));
    const host = hostOf(name, target);
    const title = titles[name] ?? `the target ${name}`;
    const plain: Target = { name, title, loopback: name === 'selfhosted', stack: there };
    if (!host) return plain;
    const division = divide(running(there).map(partOf), host);
    if (!isTooSmall(division)) return { ...plain, ...fitted(there, host, division) };
    problems.push({
      path: `targets.${name}`,
      value: `memory ${host.memory}, cpus ${host.cpus}`,
      message: tooSmall(division),
    });
    return plain;
  });
  if (problems.length > 0) {
    throw new UserError('answers', 'What runs does not fit into its host.', {
      problems,
      hint: 'Choose a larger size, or let somebody else run the database: targets.NAME.postgres.mode=managed.',
    });
  }
  return { ...withAllThatTargetsNeed(base, targets), targets };
}

/** The answers as they are on the host of a target. */
function answersThere(answers: Answers, target: Targets[string]): Answers {
  return {
    ...answers,
    ...externalsOf(target),
    // What images need follows from all hosts that they run on; what is replaced here is one of them.
    targets: { ...answers.targets, base: externalsOf(answers) },
  };
}

type Externals = Pick<Targets[string], (typeof targetExternals)[number]>;

function externalsOf(all: Externals): Externals {
  return Object.fromEntries(targetExternals.flatMap((one) => (all[one] ? [[one, all[one]]] : [])));
}

/** One-shots do their work with what they usually have, however large the host. */
function partOf({ name, limits, oneShot }: Service): { readonly name: string; readonly limits: Limits } {
  return { name, limits: oneShot ? { ...limits, growth: 1 } : limits };
}

/** A stack with the limits of a division, and the defaults that follow from them. */
function fitted(stack: Stack, host: NonNullable<Target['host']>, division: Division): Partial<Target> {
  const services = stack.services.map((service) => ({
    ...service,
    limits: division.limits.get(service.name) ?? service.limits,
  }));
  const defaults = new Map(
    services.flatMap(({ name, limits }) =>
      Object.entries(limitVariables(name)).map(
        ([key, variable]) => [variable, String(limits[key as keyof typeof limits])] as const,
      ),
    ),
  );
  const env = stack.env.map((one): EnvVar => {
    const limits = services.find(({ name }) => name === one.tuning?.service)?.limits;
    const there = one.tuning && limits ? tuned(one.tuning, limits) : defaults.get(one.name);
    return there === undefined ? one : { ...one, default: there };
  });
  return {
    host,
    sums: { memory: division.memory.given, cpus: division.cpus.given, system: division.memory.system },
    stack: { ...stack, services, env },
  };
}

function tooSmall({ what, needs, sum, has, enough }: TooSmall): string {
  const most = [...needs].sort((a, b) => amount(b.least) - amount(a.least));
  const list = most.map(({ name, least }) => `${name} ${least}`).join(', ');
  const missing =
    what === 'memory'
      ? `has too little memory: ${sum} are needed at least (${list}), and ${has} are left beside the system`
      : `has too few cores: ${sum} are needed at least (${list}), and it has ${has}`;
  return `${missing}. ${enough ? `The smallest size that is enough: ${enough}` : 'No size is enough: say what the host has, as targets.NAME.host'}`;
}

const amount = (text: string): number => (/[MG]$/.test(text) ? mebibytes(text) : Number(text));

/** What stands in files that all targets share: the union of what each needs. */
function withAllThatTargetsNeed(base: Stack, targets: readonly Target[]): Stack {
  const stacks = targets.map(({ stack }) => stack);
  return {
    ...base,
    // Development is laid over the base and over no target.
    env: unionOf(base.env, targets, ({ env }) => env.filter(({ development }) => !development)),
    secrets: unionOf(base.secrets, targets, ({ secrets }) => secrets),
    artifacts: sameArtifacts([base, ...stacks].flatMap(({ artifacts }) => artifacts)),
    ignores: mergeIgnores([base, ...stacks].flatMap(({ ignores }) => ignores)),
    guide: [
      ...base.guide,
      ...firstOf(
        stacks.flatMap(({ guide }) => guide.filter(({ id }) => base.guide.every((one) => one.id !== id))),
        (entry) => JSON.stringify(entry),
      ),
    ],
  };
}

/** What the base has, and what only targets have, with their names. */
function unionOf<T extends Pick<EnvVar, 'name' | 'targets'>>(
  base: readonly T[],
  targets: readonly Target[],
  of: (stack: Stack) => readonly T[],
): readonly T[] {
  const all = new Map(base.map((one) => [one.name, one]));
  for (const { name, stack } of targets) {
    for (const one of of(stack)) {
      const known = all.get(one.name);
      if (!known) all.set(one.name, { ...one, targets: [name] });
      else if (known.targets) all.set(one.name, { ...known, targets: [...known.targets, name] });
    }
  }
  return [...all.values()];
}

/**
 * One artifact per path.
 * @throws Error when two targets want the same file to differ: a bug of a block, for all run the same images and scripts
 */
function sameArtifacts(all: readonly Artifact[]): readonly Artifact[] {
  const once = firstOf(all, ({ path }) => path);
  for (const one of all) {
    if (JSON.stringify(once.find(({ path }) => path === one.path)) !== JSON.stringify(one))
      throw new Error(`Targets want ${one.path} to differ.`);
  }
  return once;
}

/** The first of all that have the same key. */
function firstOf<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const found = new Map<string, T>();
  for (const one of all) if (!found.has(keyOf(one))) found.set(keyOf(one), one);
  return [...found.values()];
}
