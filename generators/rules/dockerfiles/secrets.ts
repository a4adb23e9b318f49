import { assignments } from '../dockerfile.ts';
import { dockerfileRule, everyInstruction } from '../dockerfile-rule.ts';
import { looksSecret } from '../secret-keys.ts';
import { dockerDocs } from '../sources.ts';

export const noSecretInImage = dockerfileRule({
  id: 'no-secret-in-image',
  severity: 'error',
  title: 'No secret is an ARG or ENV of an image',
  why: 'Both stay in the image: `docker history` shows the one, `docker inspect` the other, to everybody who can pull it. Those of an earlier stage stay in the build cache, and arguments may be in the provenance that is pushed with the image.',
  fix: 'Use `RUN --mount=type=secret,id=NAME` for what the build needs, and give the rest to the container.',
  source: dockerDocs('reference/build-checks/secrets-used-in-arg-or-env/'),
  check: ({ dockerfile }) =>
    [...everyInstruction(dockerfile)].flatMap(([, { keyword, text, line }]) => {
      if (keyword !== 'ARG' && keyword !== 'ENV') return [];
      return assignments(text)
        .filter(([name, value]) => looksSecret(name) && !isPath(value))
        .map(([name]) => ({ line, message: `${keyword} ${name}` }));
    }),
});

function isPath(value: string | undefined): boolean {
  return value?.startsWith('/') ?? false;
}
