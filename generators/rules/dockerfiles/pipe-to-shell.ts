import { scriptOf } from '../dockerfile.ts';
import { dockerfileRule, everyInstruction } from '../dockerfile-rule.ts';
import { commands, isShell, programName } from '../shell.ts';
import { dockerDocs } from '../sources.ts';

export const noPipeToShell = dockerfileRule({
  id: 'no-pipe-to-shell',
  severity: 'warning',
  title: 'No build runs a script straight from the network',
  why: 'Nobody knows what it will run tomorrow, and a download that breaks off runs half of it; the pipe hides the error.',
  fix: 'Copy the program from an image with a version, or download a release, compare its checksum, and run it.',
  source: dockerDocs('build/building/best-practices/#using-pipes'),
  check: ({ dockerfile }) =>
    [...everyInstruction(dockerfile)]
      .map(([, instruction]) => instruction)
      .filter((run) => run.keyword === 'RUN' && pipesToShell(scriptOf(run)))
      .map(({ line }) => ({ line, message: 'a download is piped into a shell' })),
});

function pipesToShell(script: string): boolean {
  let isDownload = false;
  for (const { words, piped } of commands(script)) {
    const program = programName(words[0] ?? '');
    if (piped && isDownload && (isShell(program) || /^python3?$/.test(program))) return true;
    isDownload = /^(?:curl|wget)$/.test(program) || (piped && isDownload);
  }
  return /\b(?:ba|da|z)?sh\s+(?:-c\s+"\$\(|<\()\s*(?:curl|wget)\b/.test(script);
}
