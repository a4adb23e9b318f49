import { buildOf, factsOf } from '../builds.ts';
import { effective } from '../dockerfile.ts';
import { commands, packageManagers, programName, shellScript } from '../shell.ts';
import { github } from '../sources.ts';
import { argvOf, isLongRunning, type ServiceView, serviceRule } from '../view.ts';

export const init = serviceRule({
  id: 'init',
  severity: 'warning',
  title: 'Node runs under an init',
  why: 'Node is not made to be process 1: it reaps no children, and a signal that it does not handle does not end it, so every stop lasts until it is killed.',
  fix: 'Set `init: true`, or put tini or dumb-init into the image.',
  source: github('nodejs/docker-node/blob/main/docs/BestPractices.md#handling-kernel-signals'),
  scope: 'production',
  of: isLongRunning,
  at: ['init'],
  check: (view) =>
    factsOf(view.project, view.service)?.family === 'node' && !hasInit(view) ? 'Node is process 1' : undefined,
});

export const signalsArrive = serviceRule({
  id: 'signals-arrive',
  severity: 'warning',
  title: 'The first process passes SIGTERM to the program',
  why: 'A shell or a package manager in front of the program keeps the signal to itself: nothing shuts down cleanly, and every stop lasts until the kill.',
  fix: 'Run the program itself (`node server.js`), or `exec` it at the end of the shell script.',
  source: github('nodejs/docker-node/blob/main/docs/BestPractices.md#cmd'),
  scope: 'production',
  of: isLongRunning,
  at: ['command'],
  check: (view) => {
    const argv = argvOf(view.service);
    const program = programName(argv[0] ?? '');
    if (packageManagers.has(program)) return `${program} is the first process`;
    const script = shellScript(argv);
    // Bash becomes the program itself where that is all it has to run; the shells of Debian do not.
    if (script === undefined || (program === 'bash' && commands(script).length === 1)) return undefined;
    return !/\bexec\b/.test(script) && !hasInit(view)
      ? 'a shell is the first process and does not exec the program'
      : undefined;
  },
});

function hasInit({ project, service }: ServiceView): boolean {
  if (service.init) return true;
  const build = buildOf(project, service);
  const entrypoint = build && effective(build.instructions, 'ENTRYPOINT')?.text;
  return /\b(?:tini|dumb-init|catatonit|s6-svscan)\b|\/init\b/.test(`${service.entrypoint?.join(' ')} ${entrypoint}`);
}
