import { composeSpec, dockerDocs } from '../sources.ts';
import type { RejectedCombination, Rule, Violation } from '../types.ts';

export const combinationsValid: Rule = {
  id: 'combinations-valid',
  severity: 'error',
  title: 'Compose accepts every combination of the compose files',
  why: 'An overlay that does not fit its base, or that names a service which the base no longer has, is noticed at the deploy otherwise.',
  fix: 'Run `docker compose -f ... -f ... config` with the files of the combination and correct what it says.',
  source: dockerDocs('reference/cli/docker/compose/config/'),
  check: ({ rejected = [] }) => rejected.filter(({ tolerated }) => !tolerated).map(refused),
};

export const composePortable: Rule = {
  id: 'compose-portable',
  severity: 'warning',
  title: 'Compose does what the files say, whichever version it is',
  why: 'What one version refuses, another passes over without a word: the file works on one machine, and means something else on the next.',
  fix: 'Write it as the Compose specification does.',
  source: composeSpec('spec.md'),
  check: ({ rejected = [] }) => rejected.filter(({ tolerated }) => tolerated).map(refused),
};

function refused({ name, files, reason, file = files.at(-1), line }: RejectedCombination): Violation {
  return {
    combination: name,
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    message: reason,
  };
}

export const composeFileUsed: Rule = {
  id: 'compose-file-used',
  severity: 'info',
  title: 'Every compose file is part of a combination',
  why: 'What a file says that is never merged is never checked, and never runs.',
  fix: 'Name it so that it is found (`compose.<target>.yaml`), include it, or remove it.',
  source: dockerDocs('compose/how-tos/multiple-compose-files/merge/'),
  check: ({ combinations, rejected = [], composeFiles }) => {
    const used = new Set([
      ...combinations.flatMap(({ files, includes = [] }) => [...files, ...includes]),
      ...rejected.flatMap(({ files }) => files),
    ]);
    return composeFiles
      .filter(({ path }) => !used.has(path))
      .map(({ path }) => ({ file: path, message: 'is in no combination' }));
  },
};
