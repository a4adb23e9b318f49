import { dockerfileRule, everyInstruction } from '../dockerfile-rule.ts';
import { dockerDocs } from '../sources.ts';

export const builtinFrontend = dockerfileRule({
  id: 'builtin-frontend',
  severity: 'warning',
  title: 'A Dockerfile uses only what the engines that build it understand',
  why: '`COPY --parents` and `COPY --exclude` came with the frontends 1.20 and 1.19: an engine with an older one built in refuses the file.',
  fix: 'Copy the folders one by one and leave the rest to .dockerignore, or name a frontend with `# syntax=`.',
  source: dockerDocs('reference/dockerfile/#copy---parents'),
  check: ({ dockerfile }) =>
    dockerfile.directives.some(({ name }) => name === 'syntax')
      ? []
      : [...everyInstruction(dockerfile)].flatMap(([, { keyword, flags, line }]) =>
          flags
            .map((flag) => /^--(?:parents|exclude)\b/.exec(flag)?.[0])
            .filter((flag) => flag !== undefined)
            .map((flag) => ({ line, message: `${keyword} ${flag} needs a newer frontend` })),
        ),
});
