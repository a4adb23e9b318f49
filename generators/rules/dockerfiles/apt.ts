import { type Instruction, scriptOf } from '../dockerfile.ts';
import { dockerfileRule } from '../dockerfile-rule.ts';
import { commands, programName } from '../shell.ts';
import { dockerDocs } from '../sources.ts';

export const aptClean = dockerfileRule({
  id: 'apt-clean',
  severity: 'info',
  title: 'Images contain no packages and lists of apt that nobody asked for',
  why: 'Recommended packages and package lists make the image larger, and give scanners and intruders more to find.',
  fix: 'Write `apt-get install -y --no-install-recommends ... && rm -rf /var/lib/apt/lists/*`, or mount a cache at /var/lib/apt and /var/cache/apt.',
  source: dockerDocs('build/building/best-practices/#apt-get'),
  // Only what is shipped: a build stage may be as large as it likes.
  check: ({ shipped }) =>
    shipped
      .filter((one) => one.keyword === 'RUN' && installs(one))
      .flatMap((run) => {
        const script = scriptOf(run);
        const isCached = run.flags.some(
          (flag) => flag.includes('type=cache') && /\/var\/(?:lib|cache)\/apt/.test(flag),
        );
        return [
          ...(/--no-install-recommends|Install-Recommends[="']*(?:false|0)/i.test(script)
            ? []
            : [{ line: run.line, message: 'no --no-install-recommends' }]),
          ...(isCached || /\brm\b[^&;\n]*\/var\/lib\/apt\/lists/.test(script)
            ? []
            : [{ line: run.line, message: 'the package lists stay in the image' }]),
        ];
      }),
});

function installs(run: Instruction): boolean {
  return commands(scriptOf(run)).some(
    ({ words }) => /^(?:apt-get|apt)$/.test(programName(words[0] ?? '')) && words.includes('install'),
  );
}
