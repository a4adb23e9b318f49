import { valuedOptions } from '../../node-options.ts';
import { finding, place } from '../findings.ts';
import { join } from '../paths.ts';
import type { Evidence, Finding } from '../types.ts';
import { binPath, carrierOf } from './bins.ts';
import { builtServer } from './built-servers.ts';
import { developmentLoader } from './command.ts';
import type { NodeContext } from './context.ts';
import { type Entry, findEntry } from './entry.ts';
import { migrates } from './migrate.ts';
import { nestEntry } from './nest.ts';
import { inPackage } from './package.ts';
import { follow, type Program, startScripts } from './scripts.ts';

const devScripts = ['dev', 'start:dev', 'develop'];

/** Programs that build pages, drive other programs or go to the background: none of them is the server itself. */
const noServer =
  /^(?:vite|react-scripts|ng|vue-cli-service|webpack|webpack-dev-server|parcel|expo|electron|electron-forge|react-native|gatsby|docusaurus|storybook|live-server|gulp|grunt|docker|docker-compose|concurrently|turbo|nx|lerna|moon|rush|make|just|npm-run-all2?|run-[ps]|wsrun|foreman|nf|nps|pm2|forever|cd|sh|bash|python3?|php|uvicorn|poetry|uv|npm|pnpm|yarn)$/;
const watchers = /^(?:nodemon|ts-node-dev|tsnd|node-dev|supervisor)$/;
/** Variables that the stack sets itself. */
const ownVariables = /^(?:NODE_ENV|PORT|HOST|HOSTNAME)=/;

export interface Commands {
  readonly start: Finding<string> | undefined;
  readonly dev: Finding<string> | undefined;
  /** The production command as its script writes it, for what its options tell. */
  readonly program: { readonly words: readonly string[]; readonly evidence: Evidence } | undefined;
}

/** Whether a package has a script that starts it. */
export function hasStart(scripts: Readonly<Record<string, string>>): boolean {
  return startScripts.some((name) => name in scripts);
}

/** Whether the start script of a package starts a program that may be a server. */
export function startsProgram(scripts: Readonly<Record<string, string>>): boolean {
  return startScripts.some((name) => {
    const first = follow(scripts, name)?.words[0];
    return first !== undefined && !noServer.test(first);
  });
}

/** The production command and the development command. */
export function detectCommands(context: NodeContext): Commands {
  const { view, pack, build, warn } = context;
  const script = startScripts.find((name) => name in pack.scripts);
  const program = script === undefined ? undefined : follow(pack.scripts, script);
  const watcher = program && developmentServer(program.words);
  const hint = watcher || program?.words[0] !== 'node' ? sourceWord(program?.words ?? []) : undefined;
  const entry = findEntry(view, pack, build, hint);
  const derived = deriveStart(context, entry);
  const dev = detectDev(context, entry, watcher ? script : undefined);

  if (script === undefined) {
    if (!derived && entry) {
      const file = join(pack.folder, entry.source);
      warn(`${file} is not compiled by any script: add a build script, and a start script that runs its result`);
    }
    return { start: derived, dev, program: undefined };
  }
  const evidence = inPackage(pack, 'scripts', program?.script ?? script);
  if (!program || watcher || noServer.test(program.words[0] ?? '')) {
    const what = watcher ? `is a development server (${watcher})` : 'is no plain command of one server';
    const wayOut = derived ? `${derived.value} is used` : 'write one that runs the app in production';
    warn(`The start script (${place(evidence)}) ${what}: ${wayOut}`);
    return { start: derived, dev, program: undefined };
  }
  const words = [...program.variables, ...program.words];
  const start = productionCommand(context, program, { evidence, what: 'start script', derived });
  return { start, dev, program: { words, evidence } };
}

/** The first word of a command that looks like a source. */
export function sourceWord(words: readonly string[]): string | undefined {
  return words.find((word) => /\.[cm]?[jt]s$/.test(word));
}

/** What a development server is called; undefined for any other program. */
export function developmentServer([first = '', second = '', ...rest]: readonly string[]): string | undefined {
  if (watchers.test(first)) return first;
  if (first === 'next' && (second === 'dev' || second === '')) return 'next dev';
  if (first === 'tsx' && second === 'watch') return 'tsx watch';
  if (!/^(?:node|bun|tsx|fastify)$/.test(first)) return undefined;
  const flag = [second, ...rest].find((word) => /^--(?:watch|hot)(?:$|=|-path)/.test(word));
  return flag && `${first} ${flag}`;
}

/** Where a command stands, and what could be in its place. */
interface Place {
  readonly evidence: Evidence;
  /** For texts: "start script". */
  readonly what: string;
  readonly derived: Finding<string> | undefined;
}

/** A program as a production command. What is left out of it, or replaced, is told. */
export function productionCommand(
  context: NodeContext,
  program: Program,
  { evidence, what, derived }: Place,
): Finding<string> | undefined {
  const { warn } = context;
  const script = `The ${what} (${place(evidence)})`;
  const steps = program.dropped.filter((step) => !migrates(context, step)).map((step) => `"${step}"`);
  if (steps.length > 0)
    warn(`${script} also runs ${steps.join(', ')}: left out of the start command, do it in a step of its own`);
  const settings = program.variables.filter((variable) => !ownVariables.test(variable));
  if (settings.length > 0) warn(`${script} sets ${settings.join(' ')}: left out, put it into the app's env file`);

  const [first = '', ...rest] = program.words;
  const bin = first.replace(/^(?:\.\/)?node_modules\/\.bin\//, '');
  const missing = (module: string) => {
    if (derived) warn(`${script} needs ${module}, which is not there in production: ${derived.value} is used`);
    return derived;
  };
  if (first === 'node') {
    const late = developmentLoader(context.pack, rest);
    return (late === undefined ? undefined : missing(late)) ?? finding(nodeCommand(rest, script, warn), evidence);
  }
  if (bin === 'nest' && rest[0] === 'start') return finding(`node ${nestEntry(context)}`, evidence);
  if (first === 'bun') {
    warn(`${script} runs the app on Bun: the image has Node, so start it with node, or add bun to the dependencies`);
    return finding(program.words.join(' '), evidence);
  }
  const carrier = carrierOf(context, bin);
  if (!carrier) {
    warn(`${script} runs ${first}, which no dependency brings${derived ? `: ${derived.value} is used` : ''}`);
    return derived;
  }
  const args = bin === 'next' ? withoutShellPort(rest) : rest;
  const command = finding([binPath(context, bin, carrier.name), ...args].join(' '), evidence);
  return carrier.production ? command : (missing(carrier.name) ?? command);
}

/** A `node` command that runs as it is: its variables come from the stack. */
function nodeCommand(args: readonly string[], script: string, warn: NodeContext['warn']): string {
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    const value = valuedOptions.test(word) ? args[++index] : undefined;
    if (/^--env-file(?:=|$)/.test(word)) {
      warn(`${script} reads ${value ?? word.slice('--env-file='.length)}: left out, the stack sets the variables`);
      continue;
    }
    words.push(word, ...(value === undefined ? [] : [value]));
  }
  return ['node', ...words].join(' ');
}

/** `-p $PORT` says to Next what it reads from PORT anyway. */
function withoutShellPort(args: readonly string[]): readonly string[] {
  return args.filter((word, index) => !word.includes('$') && !(word.startsWith('-') && args[index + 1]?.includes('$')));
}

/** The command that follows from what is there, without a start script. */
function deriveStart(context: NodeContext, entry: Entry | undefined): Finding<string> | undefined {
  const { pack, framework } = context;
  if (framework === 'next') {
    const carrier = carrierOf(context, 'next')?.name ?? 'next';
    const list = 'next' in pack.dependencies ? 'dependencies' : 'devDependencies';
    return finding(`${binPath(context, 'next', carrier)} start`, inPackage(pack, list, 'next'));
  }
  if (framework === 'nest')
    return finding(`node ${nestEntry(context)}`, inPackage(pack, 'dependencies', '@nestjs/core'));
  const built = builtServer(context);
  if (built) return built;
  return entry?.run === undefined ? undefined : finding(`node ${entry.run}`, { file: join(pack.folder, entry.source) });
}

/** The development command: a script through the package manager, else the entry, watched. */
function detectDev(
  context: NodeContext,
  entry: Entry | undefined,
  watchingScript: string | undefined,
): Finding<string> | undefined {
  const { pack, framework, manager } = context;
  const script = devScripts.find((name) => name in pack.scripts && !/^\s*docker\b/.test(pack.scripts[name] ?? ''));
  const run = script ?? watchingScript;
  if (run) return finding(`${manager.name} run ${run}`, inPackage(pack, 'scripts', run));
  const [bin, ...args] =
    framework === 'next' ? ['next', 'dev'] : framework === 'nest' ? ['nest', 'start', '--watch'] : [];
  const carrier = bin && carrierOf(context, bin);
  if (bin && carrier)
    return finding([binPath(context, bin, carrier.name), ...args].join(' '), { file: pack.json.path });
  if (!entry) return undefined;
  const evidence = { file: join(pack.folder, entry.source) };
  const tsx = /ts$/.test(entry.source) ? carrierOf(context, 'tsx') : undefined;
  return finding(`${tsx ? `${binPath(context, 'tsx', tsx.name)} watch` : 'node --watch'} ${entry.source}`, evidence);
}
