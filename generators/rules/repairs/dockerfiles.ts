/** What puts Dockerfiles right. What an instruction does stays the same, or it fails as it stands. */
import type { Splice } from '../../compose/edit/types.ts';
import {
  chainOf,
  type Dockerfile,
  dockerfileOf,
  effective,
  type Instruction,
  type Stage,
  scriptOf,
} from '../dockerfile.ts';
import { type DockerfileView, dockerfileViews, everyInstruction } from '../dockerfile-rule.ts';
import { commands, isShell, packageManagers, programName } from '../shell.ts';
import type { DockerfileText } from '../types.ts';
import { lines, type Range, replaceIn } from './text.ts';
import type { Repairer } from './types.ts';

interface Found {
  readonly view: DockerfileView;
  readonly stage: Stage;
  readonly instruction: Instruction;
  /** Where the instruction stands, heredocs not counted. */
  readonly range: Range;
  readonly message: string;
}

/** Repairs the instruction that a finding points to. */
function instructionRepair(splice: (found: Found) => Splice | undefined): Repairer {
  return (project, { file: path, line, message }) => {
    for (const view of dockerfileViews(project).filter(({ file }) => file.path === path)) {
      const hit = [...everyInstruction(view.dockerfile)].find(([, one]) => one.line === line);
      if (!hit) continue;
      const [stage, instruction] = hit;
      const range = lines(view.file.text, instruction.line, instruction.lastLine);
      const found = splice({ view, stage, instruction, range, message });
      return found && { kind: 'text', file: view.file.path, splices: [found] };
    }
    return undefined;
  };
}

/** Words that mean the same with a shell and without. */
const plainWord = /^[\w@%+=:,./-]+$/;

/** What only a shell has. */
const builtins = new Set([
  'cd',
  'exec',
  'export',
  'source',
  'set',
  'unset',
  'ulimit',
  'umask',
  'eval',
  'trap',
  'wait',
  'time',
]);

/**
 * A program with plain arguments, found in PATH: a script without a shebang, which a shell would run itself, has a path.
 * Where there is an entrypoint it gets other arguments then, so only without one.
 */
export const execForm = instructionRepair(({ view, instruction, range, message }) => {
  const words = instruction.text.split(/\s+/);
  const [program = ''] = words;
  const isPlain = words.every((word) => plainWord.test(word)) && /^[A-Za-z][\w.+-]*$/.test(program);
  const hasOther =
    effective(view.shipped, 'ENTRYPOINT') !== undefined || effective(view.shipped, 'SHELL') !== undefined;
  if (message !== 'CMD is in the shell form' || instruction.keyword !== 'CMD' || !isPlain || hasOther) return undefined;
  if (builtins.has(program) || isShell(program) || packageManagers.has(programName(program))) return undefined;
  // Comments between its lines would go.
  if (instruction.line !== instruction.lastLine) return undefined;
  const exec = `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
  return replaceIn(view.file.text, range, /(?<=^\s*\S+\s+)\S.*?(?=\s*$)/, exec);
});

/** Names of what COPY and ADD treat alike for sure: folders, and files that are no archives. */
const noArchive =
  /^\.$|\/$|\.(?:json|lock|toml|ya?ml|xml|ini|cfg|conf|env|txt|md|html|css|[cm]?[jt]sx?|py|php|rb|go|rs|sh|sql)$/;

export const noAddForCopy = instructionRepair(({ view, instruction, range }) => {
  const sources = (instruction.exec ?? instruction.text.split(/\s+/)).slice(0, -1);
  const isSame = instruction.flags.every((flag) => /^--(?:chown|chmod|link)\b/.test(flag));
  return isSame && sources.every((source) => noArchive.test(source) && !/[*?[]/.test(source))
    ? replaceIn(view.file.text, range, /(?<=^\s*)ADD\b/i, 'COPY')
    : undefined;
});

/** Without it this PHP does not build; and the others on the list are to stay. */
export const noOpcacheInstall = instructionRepair(({ view, instruction, range }) => {
  const installs = commands(scriptOf(instruction)).filter(({ words }) => words[0]?.endsWith('docker-php-ext-install'));
  const [words = []] = installs.map((one) => one.words.slice(1).filter((word) => !word.startsWith('-')));
  const isOnce = (view.file.text.slice(range.start, range.end).match(/\bopcache\b/g) ?? []).length === 1;
  return installs.length === 1 && words.length > 1 && isOnce
    ? replaceIn(view.file.text, range, /(?:[ \t]*\\\r?\n)?[ \t]+opcache(?=[ \t\r\n]|$)/, '')
    : undefined;
});

/** Lists that a later install in the same image would need stay, and so do those of what does not end in a plain command. */
export const aptClean = instructionRepair(({ view, stage, instruction, range, message }) => {
  if (message !== 'the package lists stay in the image' || instruction.exec || instruction.heredocs.length > 0)
    return undefined;
  const all = chainOf(view.dockerfile, stage)
    .concat(view.dockerfile.stages.filter((one) => isBuiltOn(view.dockerfile, one, stage)))
    .flatMap(({ instructions }) => instructions.filter(({ keyword }) => keyword === 'RUN'));
  const needs = all.some((run) => installsByApt(run) && !/\bapt(?:-get)?\s+(?:-\S+\s+)*update\b/.test(scriptOf(run)));
  const last = view.file.text.slice(range.start, range.end);
  // After `;`, `&` or `||` it would belong to something else.
  const isPlain = !/\|\||[;&#]\s*$|[`]/.test(instruction.text) && !/#/.test(last) && /[\w"'.*/]\s*$/.test(last);
  return needs || !isPlain
    ? undefined
    : { offset: range.start + last.trimEnd().length, length: 0, content: ' && rm -rf /var/lib/apt/lists/*' };
});

function installsByApt(run: Instruction): boolean {
  return commands(scriptOf(run)).some(
    ({ words }) => /^apt(?:-get)?$/.test(programName(words[0] ?? '')) && words.includes('install'),
  );
}

function isBuiltOn(dockerfile: Dockerfile, one: Stage, base: Stage): boolean {
  return one !== base && chainOf(dockerfile, one).includes(base);
}

/** What every BuildKit has built in since it is one: the line pulls the same again. */
export const noSyntaxLine: Repairer = (project, { file: path, line }) => {
  const file = project.dockerfiles.find((one) => one.path === path);
  const directive = file && dockerfileOf(file).directives.find((one) => one.line === line);
  if (!file || directive?.name !== 'syntax' || !/^docker\/dockerfile:1(?:\.\d+)*$/.test(directive.value))
    return undefined;
  if (!isOfOldest(file)) return undefined;
  const { start, end } = lines(file.text, directive.line);
  const rest = /^\r?\n/.exec(file.text.slice(end))?.[0].length ?? 0;
  return { kind: 'text', file: file.path, splices: [{ offset: start, length: end - start + rest, content: '' }] };
};

/** Only what Docker 20.10 has (dockerfile 1.2): no heredocs, newer flags, checks, or expansions such as `${x#y}`. */
function isOfOldest(file: DockerfileText): boolean {
  const dockerfile = dockerfileOf(file);
  const flags =
    /^--(?:from=|chown=|chmod=|platform=|mount=type=(?:cache|bind|secret|ssh|tmpfs)\b|interval=|timeout=|start-period=|retries=)/;
  return (
    dockerfile.directives.every(({ name }) => name !== 'check') &&
    [...everyInstruction(dockerfile)].every(
      ([, { keyword, flags: own, heredocs, text }]) =>
        own.every((flag) => flags.test(flag)) &&
        heredocs.length === 0 &&
        !/\$\{\w+(?:[#%/]|:?[?])/.test(keyword === 'RUN' ? '' : text) &&
        !(keyword === 'ADD' && /\.git\b|^git@|^https?:/.test(text)),
    )
  );
}
