import {
  chainOf,
  type Dockerfile,
  type Instruction,
  inheritedInstructions,
  type Stage,
  scriptOf,
  variablesOf,
} from './dockerfile.ts';
import { type Ecosystem, tools } from './install-tools.ts';
import { type Command, commands, programName } from './shell.ts';

/** A command of a RUN that installs the dependencies of the app. */
export interface Install {
  readonly ecosystem: Ecosystem;
  /** The command, to be shown. */
  readonly command: string;
  /** What keeps it from installing exactly what the lockfile says, if anything does. */
  readonly loose?: string;
  readonly run: Instruction;
}

/** The installs that a stage does itself, in order. */
export function installsOf(dockerfile: Dockerfile, stage: Stage): readonly Install[] {
  const inherited = inheritedInstructions(dockerfile, stage);
  return stage.instructions
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap((run) => {
      const before = inherited.slice(0, inherited.indexOf(run));
      return commands(scriptOf(run)).flatMap((command) => install(command, run, before) ?? []);
    });
}

/** All installs of a Dockerfile. */
export function everyInstall(dockerfile: Dockerfile): readonly Install[] {
  return dockerfile.stages.flatMap((stage) => installsOf(dockerfile, stage));
}

/** Whether a stage or one that it is built on installs dependencies before this instruction. */
export function installedBefore(dockerfile: Dockerfile, stage: Stage, instruction: Instruction): boolean {
  const order = inheritedInstructions(dockerfile, stage);
  const at = order.indexOf(instruction);
  return chainOf(dockerfile, stage)
    .flatMap((one) => installsOf(dockerfile, one))
    .some(({ run }) => order.indexOf(run) < at);
}

function install(command: Command, run: Instruction, before: readonly Instruction[]): Install | undefined {
  const words = withoutLaunchers(command.words);
  const tool = tools.get(words[0] ?? '');
  const loose = tool?.judge({
    words,
    variables: variablesOf(before),
    brings: (file) => [...before, run].some((one) => brings(one, file)),
  });
  if (!tool || loose === undefined) return undefined;
  return { ecosystem: tool.ecosystem, command: words.join(' '), ...(loose !== null && { loose }), run };
}

/** `python -m pip` and `corepack pnpm` are pip and pnpm. */
function withoutLaunchers(words: readonly string[]): readonly string[] {
  const [first = '', second, third] = words;
  const program = programName(first);
  if (/^python\d?(?:\.\d+)?$/.test(program) && second === '-m' && third !== undefined) return words.slice(2);
  if (program === 'corepack' && second !== undefined && tools.has(second)) return words.slice(1);
  return [program, ...words.slice(1)];
}

function brings({ keyword, flags, text }: Instruction, file: string): boolean {
  // `poetry.lock*` brings it where it exists; `COPY . .` brings everything.
  const stem = file.slice(0, file.lastIndexOf('.'));
  if (keyword === 'COPY' || keyword === 'ADD')
    return text.includes(file) || /^(?:\.\/?|\*) /.test(text) || text.includes(`${stem}.*`);
  return keyword === 'RUN' && flags.some((flag) => flag.startsWith('--mount=type=bind') && flag.includes(file));
}
