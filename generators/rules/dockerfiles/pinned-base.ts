import type { Dockerfile, Instruction } from '../dockerfile.ts';
import { dockerfileRule, everyInstruction } from '../dockerfile-rule.ts';
import { floating } from '../floating.ts';
import { dockerDocs } from '../sources.ts';

export const pinnedBase = dockerfileRule({
  id: 'pinned-base',
  severity: 'warning',
  title: 'Every base image has a tag that names a version',
  why: 'A base without a version changes under the app: the same commit builds today and breaks tomorrow.',
  fix: 'Write the version and the system: `node:24.19-trixie-slim`; let Renovate or Dependabot move it.',
  source: dockerDocs('build/building/best-practices/#pin-base-image-versions'),
  check: ({ dockerfile }) =>
    [
      ...dockerfile.stages.map(({ from, line }) => ({ reference: from, line })),
      ...[...everyInstruction(dockerfile)].flatMap(([, one]) =>
        importedFrom(one).map((reference) => ({ reference, line: one.line })),
      ),
    ].flatMap(({ reference, line }) => {
      if (isStage(dockerfile, reference) || reference === 'scratch') return [];
      const message = floating(reference);
      return message === undefined ? [] : [{ line, message }];
    }),
});

/** The images that `COPY --from=` and `RUN --mount=from=` take files from. */
function importedFrom({ flags }: Instruction): readonly string[] {
  return flags.flatMap((flag) => /^--(?:from=|mount=(?:.*,)?from=)([^,]+)/.exec(flag)?.[1] ?? []);
}

function isStage({ stages }: Dockerfile, reference: string): boolean {
  return /^\d+$/.test(reference) || stages.some(({ name }) => name?.toLowerCase() === reference.toLowerCase());
}
