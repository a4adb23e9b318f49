import { effective, inheritedInstructions, scriptOf } from '../dockerfile.ts';
import { dockerfileRule } from '../dockerfile-rule.ts';
import { commands } from '../shell.ts';
import { github } from '../sources.ts';

export const runPipefail = dockerfileRule({
  id: 'run-pipefail',
  severity: 'warning',
  title: 'A build stops when the first command of a pipe fails',
  why: 'The shell looks at the last command only: a download that fails is unpacked as nothing, and the image is built without it.',
  fix: 'Write `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` before it; `set -o pipefail` works in busybox, and not in the sh of Debian.',
  source: github('hadolint/hadolint/wiki/DL4006'),
  check: ({ dockerfile }) =>
    dockerfile.stages.flatMap((stage) => {
      const order = inheritedInstructions(dockerfile, stage);
      return stage.instructions
        .filter((run) => run.keyword === 'RUN' && commands(scriptOf(run)).some(({ piped }) => piped))
        .filter((run) => {
          const shell = effective(order.slice(0, order.indexOf(run)), 'SHELL')?.text ?? '';
          return !/pipefail/.test(shell + scriptOf(run)) && !run.heredocs.some((text) => /pipefail/.test(text));
        })
        .map(({ line }) => ({ line, message: 'a pipe without pipefail' }));
    }),
});
