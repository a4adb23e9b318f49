import { dockerfileRule } from '../dockerfile-rule.ts';
import { dockerDocs } from '../sources.ts';

export const noSyntaxLine = dockerfileRule({
  id: 'no-syntax-line',
  severity: 'info',
  title: 'A build pulls nothing but its base images',
  why: '`# syntax=` makes every build fetch a frontend from Docker Hub first: it fails behind a closed network, and counts against the rate limit.',
  fix: 'Remove the line, if the Dockerfile needs no feature that the engine does not have built in.',
  source: dockerDocs('build/buildkit/frontend/'),
  check: ({ dockerfile }) =>
    dockerfile.directives
      .filter(({ name }) => name === 'syntax')
      .map(({ line, value }) => ({ line, message: `pulls ${value} before the build` })),
});
