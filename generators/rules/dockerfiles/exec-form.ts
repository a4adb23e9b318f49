import { effective, type Instruction } from '../dockerfile.ts';
import { dockerfileRule } from '../dockerfile-rule.ts';
import { packageManagers, programName, shellScript } from '../shell.ts';
import { dockerDocs } from '../sources.ts';

export const execForm = dockerfileRule({
  id: 'exec-form',
  severity: 'warning',
  title: 'Images start their program directly',
  why: 'In the shell form, and behind npm, yarn or pnpm, the program is a child and never gets SIGTERM: requests and jobs are cut off at every deploy, after a wait of ten seconds.',
  fix: 'Write the exec form with the program itself: `CMD ["node", "server.js"]`.',
  source: dockerDocs('reference/build-checks/json-args-recommended/'),
  check: ({ shipped }) =>
    ['ENTRYPOINT', 'CMD'].flatMap((keyword) => {
      const instruction = effective(shipped, keyword);
      const message = instruction && wrongWith(instruction);
      return message === undefined ? [] : [{ line: instruction?.line ?? 1, message: `${keyword} ${message}` }];
    }),
});

function wrongWith({ exec }: Instruction): string | undefined {
  if (!exec) return 'is in the shell form';
  const program = programName(exec[0] ?? '');
  if (packageManagers.has(program)) return `starts ${program}, which starts the program`;
  const script = shellScript(exec);
  return script !== undefined && !/\bexec\b/.test(script) ? 'starts a shell that does not exec the program' : undefined;
}
