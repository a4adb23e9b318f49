import type { Problem } from '../../errors.ts';
import { targetExternals } from '../deployment.ts';
import { hostOf, isSize, knownTargets, mebibytes } from '../hosts.ts';
import type { Answers } from '../schema.ts';
import { suggest } from '../suggest.ts';

/** Targets that nobody can tell the host of, and limits that no host has room for. */
export function placesToRun(answers: Answers): readonly Problem[] {
  return [...contradictions(answers), ...tooMuch(answers)];
}

function contradictions(answers: Answers): readonly Problem[] {
  const { targets = {} } = answers;
  return Object.entries(targets).flatMap(([name, target]): readonly Problem[] => {
    const path = `targets.${name}`;
    if (!(knownTargets as readonly string[]).includes(name) && Object.keys(target).length === 0) {
      const near = suggest(name, knownTargets);
      return [
        {
          path,
          message: `must be one of ${knownTargets.join(', ')}, or say what is different there: its size, host, postgres, redis or cache`,
          ...(near ? { suggestion: near } : {}),
        },
      ];
    }
    if (target.size && target.host)
      return [{ path: `${path}.size`, value: target.size, message: `is said twice: ${path}.host has it too` }];
    if (isSize(name) && ((target.size && target.size !== name) || target.host))
      return [{ path, message: 'is a size itself: give the target another name, or no other size' }];
    return targetExternals
      .filter((external) => target[external] !== undefined && answers[external] === undefined)
      .map((external) => ({
        path: `${path}.${external}`,
        message: `stands for nothing: the stack has no ${external}. Say what the others have: ${external}: {mode: bundled}`,
      }));
  });
}

/** A memory limit that was chosen is kept where it fits; where it is more than every host has, it is a mistake. */
function tooMuch(answers: Answers): readonly Problem[] {
  const hosts = Object.entries(answers.targets ?? {}).map(([name, target]) => hostOf(name, target)?.memory);
  const largest = Math.max(
    ...hosts.map((memory) => (memory === undefined ? Number.POSITIVE_INFINITY : mebibytes(memory))),
  );
  if (hosts.length === 0) return [];
  return limitsIn(answers, []).flatMap(([path, memory]) =>
    mebibytes(memory) > largest
      ? [{ path, value: memory, message: `is more than any of the targets has: ${hosts.join(', ')}` }]
      : [],
  );
}

/** Every memory limit of the answers, with its path. */
function limitsIn(value: unknown, path: readonly string[]): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key !== 'limits') return limitsIn(inner, [...path, key]);
    const memory = (inner as { readonly memory?: unknown } | undefined)?.memory;
    return typeof memory === 'string' ? [[[...path, 'limits', 'memory'].join('.'), memory] as const] : [];
  });
}
