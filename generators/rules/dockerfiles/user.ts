import { baseImageOf, effective, expand, type Instruction, scriptOf, variablesOf } from '../dockerfile.ts';
import { type DockerfileView, dockerfileRule } from '../dockerfile-rule.ts';
import { imageFacts } from '../image-facts.ts';
import { commands, programName } from '../shell.ts';
import { dockerDocs, github } from '../sources.ts';
import { isRootUser } from '../users.ts';

export const imageNonRoot = dockerfileRule({
  id: 'image-non-root',
  severity: 'warning',
  title: 'Images run as a user other than root',
  why: 'Root in the container is root for the kernel: one bug in either, or one writable mount, is enough to own the host.',
  fix: 'Make a user with a fixed number and switch to it at the end: `USER 1001:1001`.',
  source: dockerDocs('build/building/best-practices/#user'),
  check: (view) => {
    const { user, line } = finalUser(view);
    if (user !== undefined) return isRootUser(user) ? [{ line, message: `runs as ${user}` }] : [];
    const facts = imageFacts(baseImageOf(view.dockerfile, view.production));
    // Its entrypoint may still change the user.
    const changes = view.shipped.some((one) =>
      /\b(?:gosu|su-exec|setpriv)\b/.test([one.text, ...one.heredocs].join('\n')),
    );
    return facts?.runsAs === 'root' && !changes ? [{ line, message: 'runs as root: no USER' }] : [];
  },
});

export const imageUserFixed = dockerfileRule({
  id: 'image-user-fixed',
  severity: 'info',
  title: 'The user of an image has a fixed number',
  why: 'The number is what volumes and bind mounts know an owner by: when a rebuild picks another one, the app cannot write its data any more.',
  fix: 'Give it one: `useradd --uid 1001`, `adduser -u 1001`.',
  source: github('hadolint/hadolint/wiki/DL3066'),
  check: (view) => {
    const name = finalUser(view).user?.split(':')[0] ?? '';
    if (name === '' || /^\d+$/.test(name) || name.includes('$')) return [];
    return view.shipped
      .filter((run) => run.keyword === 'RUN' && addsWithoutNumber(run, name))
      .map(({ line }) => ({ line, message: `the user ${name} gets any number` }));
  },
});

function finalUser({ production, shipped }: DockerfileView): { readonly user?: string; readonly line: number } {
  const instruction = effective(shipped, 'USER');
  if (!instruction) return { line: production.line };
  return { user: expand(instruction.text, variablesOf(shipped)), line: instruction.line };
}

function addsWithoutNumber(run: Instruction, name: string): boolean {
  return commands(scriptOf(run)).some(
    ({ words }) =>
      /^(?:useradd|adduser)$/.test(programName(words[0] ?? '')) &&
      words.includes(name) &&
      // Busybox calls it -u, Debian's adduser --uid; short ones can be joined: -Du 1001.
      !words.some((word) => /^(?:-[A-Za-z]*u\d*|--uid(?:=.*)?)$/.test(word)),
  );
}
