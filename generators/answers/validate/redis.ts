import type { Problem } from '../../errors.ts';
import { redisVersions } from '../externals.ts';
import type { Answers } from '../schema.ts';
import { serversOf } from '../servers.ts';

/** Versions that the engine does not have: Redis has no 9, and Valkey no 7. */
export function redisVersion(answers: Answers): readonly Problem[] {
  return serversOf(answers).flatMap(([at, one]) => {
    if (!('engine' in one)) return [];
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
