import { once } from './once.ts';
import type { DockerfileText } from './types.ts';

export interface Instruction {
  /** In capitals: `RUN`. */
  readonly keyword: string;
  /** `--mount=type=cache,target=/root/.npm`, in order. */
  readonly flags: readonly string[];
  /** What follows the flags, continuation lines joined and comments between them dropped. */
  readonly text: string;
  /** The bodies of its heredocs. */
  readonly heredocs: readonly string[];
  /** The words of the exec form; absent in the shell form. */
  readonly exec?: readonly string[];
  /** From 1: where it starts. */
  readonly line: number;
  /** Where it ends, the bodies of its heredocs not counted. */
  readonly lastLine: number;
}

export interface Stage {
  readonly name?: string;
  /** What it is built from, global arguments filled in: an image or the name of an earlier stage. */
  readonly from: string;
  /** Of its FROM. */
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface Directive {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export interface Dockerfile {
  /** `# syntax=`, `# escape=`, `# check=`: comments with a meaning, before everything else. */
  readonly directives: readonly Directive[];
  readonly stages: readonly Stage[];
}

export const dockerfileOf: (file: DockerfileText) => Dockerfile = once((file) => parseDockerfile(file.text));

export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const directives = readDirectives(lines);
  const continuation = directives.find((one) => one.name === 'escape')?.value === '`' ? '`' : '\\';
  return { directives, stages: stagesOf(readInstructions(lines, continuation)) };
}

/** Only the first lines are directives; any other comment ends them. */
function readDirectives(lines: readonly string[]): readonly Directive[] {
  const directives: Directive[] = [];
  for (const [index, line] of lines.entries()) {
    const found = /^#\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!found) break;
    directives.push({ name: (found[1] ?? '').toLowerCase(), value: found[2] ?? '', line: index + 1 });
  }
  return directives;
}

function readInstructions(lines: readonly string[], continuation: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length; ) {
    if (/^\s*(?:#.*)?$/.test(lines[index] ?? '')) {
      index++;
      continue;
    }
    const start = index;
    let logical = '';
    for (let goesOn = true; goesOn && index < lines.length; index++) {
      const line = lines[index] ?? '';
      // Comments and empty lines between continued ones belong to no instruction.
      if (index > start && /^\s*(?:#.*)?$/.test(line)) continue;
      const trimmed = line.trimEnd();
      goesOn = trimmed.endsWith(continuation);
      logical += goesOn ? `${trimmed.slice(0, -1)}\n` : line;
    }
    const found = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(logical);
    if (!found) continue;
    const keyword = (found[1] ?? '').toUpperCase();
    const { flags, rest } = splitFlags(found[2] ?? '');
    const lastLine = index;
    const bodies = ['RUN', 'COPY', 'ADD'].includes(keyword) ? heredocs(lines, index, rest) : { texts: [], used: 0 };
    index += bodies.used;
    const exec = execWords(rest);
    instructions.push({
      keyword,
      flags,
      // Joined by spaces: a continued line is the same line for a shell, too.
      text: rest.replaceAll(/\s*\n\s*/g, ' ').trim(),
      heredocs: bodies.texts,
      ...(exec && { exec }),
      line: start + 1,
      lastLine,
    });
  }
  return instructions;
}

function splitFlags(text: string): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  let rest = text.trimStart();
  for (let flag = /^--[a-z][\w-]*(?:=\S*)?(?=\s)/.exec(rest); flag; flag = /^--[a-z][\w-]*(?:=\S*)?(?=\s)/.exec(rest)) {
    flags.push(flag[0]);
    rest = rest.slice(flag[0].length).trimStart();
  }
  return { flags, rest };
}

function heredocs(
  lines: readonly string[],
  from: number,
  text: string,
): { readonly texts: readonly string[]; readonly used: number } {
  const texts: string[] = [];
  let index = from;
  for (const [, dash, , word] of text.matchAll(/(?<!<)<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
    const body: string[] = [];
    for (; index < lines.length; index++) {
      const line = lines[index] ?? '';
      if ((dash ? line.replace(/^\t+/, '') : line) === word) break;
      body.push(line);
    }
    index++;
    texts.push(body.join('\n'));
  }
  return { texts, used: Math.max(index - from, 0) };
}

/** The words of `["a", "b"]`; undefined where it is something else. */
export function execWords(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Docker, too, takes what is no JSON for the shell form.
  }
  return undefined;
}

function stagesOf(instructions: readonly Instruction[]): readonly Stage[] {
  const globals = new Map<string, string>();
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    const current = stages.at(-1);
    if (instruction.keyword === 'FROM') {
      const found = /^(\S+)(?:\s+AS\s+(\S+))?/i.exec(instruction.text);
      const name = found?.[2];
      stages.push({
        ...(name !== undefined && { name }),
        from: expand(found?.[1] ?? '', globals),
        line: instruction.line,
        instructions: [],
      });
    } else if (current) current.instructions.push(instruction);
    else if (instruction.keyword === 'ARG') {
      for (const [name, value] of assignments(instruction.text)) globals.set(name, expand(value ?? '', globals));
    }
  }
  return stages;
}

/** `NAME=value OTHER="a b"` of ARG, ENV and LABEL; the value is undefined where there is no equals sign. */
export function assignments(text: string): readonly (readonly [name: string, value: string | undefined])[] {
  // The old form: ENV NAME the whole rest.
  const old = /^([A-Za-z_]\w*)\s+([^=\s][^=]*)$/.exec(text);
  if (old?.[1] !== undefined) return [[old[1], old[2]]];
  return [...text.matchAll(/([A-Za-z_][\w.-]*)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|[^\s\\])*))?/g)].map((found) => [
    found[1] ?? '',
    found[2]?.replace(/^(["'])(.*)\1$/s, '$2'),
  ]);
}

/** Fills in `$NAME`, `${NAME}` and `${NAME:-default}`; what is not known stays as it is. */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?-([^}]*))?\})/g,
    (whole, bare: string | undefined, braced: string | undefined, fallback: string | undefined) =>
      values.get(bare ?? braced ?? '') || (fallback ?? whole),
  );
}

/** The stage of this name; stages can also be called by number. */
export function stageNamed(dockerfile: Dockerfile, name: string): Stage | undefined {
  const lower = name.toLowerCase();
  return (
    dockerfile.stages.findLast((stage) => stage.name?.toLowerCase() === lower) ??
    (/^\d+$/.test(name) ? dockerfile.stages[Number(name)] : undefined)
  );
}

/** The stages that a stage is built on, the first one first and itself last. */
export function chainOf(dockerfile: Dockerfile, stage: Stage): readonly Stage[] {
  const before = dockerfile.stages.slice(0, dockerfile.stages.indexOf(stage));
  const parent = before.findLast((one) => one.name?.toLowerCase() === stage.from.toLowerCase());
  return parent ? [...chainOf(dockerfile, parent), stage] : [stage];
}

/** The image that a stage is built on in the end. */
export function baseImageOf(dockerfile: Dockerfile, stage: Stage): string {
  return chainOf(dockerfile, stage)[0]?.from ?? stage.from;
}

/** The stage that servers run: the one called so, else the last. */
export function productionStage(dockerfile: Dockerfile): Stage | undefined {
  return dockerfile.stages.findLast((stage) => /^prod(?:uction)?$/i.test(stage.name ?? '')) ?? dockerfile.stages.at(-1);
}

/** What a stage and all that it is built on do, in order. */
export function inheritedInstructions(dockerfile: Dockerfile, stage: Stage): readonly Instruction[] {
  return chainOf(dockerfile, stage).flatMap((one) => one.instructions);
}

/** The last instruction of a kind: the one that holds for the image. */
export function effective(instructions: readonly Instruction[], keyword: string): Instruction | undefined {
  return instructions.findLast((one) => one.keyword === keyword);
}

/** The shell script that a RUN runs: heredocs included, the exec form as one command. */
export function scriptOf(run: Instruction): string {
  return [run.exec?.map((word) => `'${word}'`).join(' ') ?? run.text, ...run.heredocs].join('\n');
}

/** The values of ARG and ENV at the end of these instructions, as far as they are written down. */
export function variablesOf(instructions: readonly Instruction[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { keyword, text } of instructions) {
    if (keyword !== 'ARG' && keyword !== 'ENV') continue;
    for (const [name, value] of assignments(text)) if (value !== undefined) values.set(name, expand(value, values));
  }
  return values;
}
