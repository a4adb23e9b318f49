import type { Problem } from '../../errors.ts';
import { redisVersions } from '../externals.ts';
import type { Answers } from '../schema.ts';

/** Versions that the engine does not have: Redis has no 9, and Valkey no 7. */
export function redisVersion(answers: Answers): readonly Problem[] {
  const { redis, cache, targets = {} } = answers;
  const all = [
    ['redis', redis] as const,
    ['cache', cache] as const,
    ...Object.entries(targets).flatMap(([name, target]) => [
      [`targets.${name}.redis`, target.redis] as const,
      [`targets.${name}.cache`, target.cache] as const,
    ]),
  ];
  return all.flatMap(([at, one]) => {
    if (one?.mode !== 'bundled') return [];
    const versions: readonly number[] = redisVersions[one.engine];
    if (versions.includes(one.version)) return [];
    const other = one.engine === 'redis' ? 'valkey' : 'redis';
    return [
      {
        path: `${at}.version`,
        value: String(one.version),
        message: `must be one of ${versions.join(', ')} for ${one.engine} (${other} has ${redisVersions[other].join(', ')})`,
      },
    ];
  });
}
