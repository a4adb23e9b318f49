import { finding, place } from '../findings.ts';
import { join } from '../paths.ts';
import type { Evidence, Finding } from '../types.ts';
import { binPath, carrierOf } from './bins.ts';
import type { NodeContext } from './context.ts';
import { type Entry, findEntry, presence } from './entry.ts';
import { inPackage } from './package.ts';
import { follow, type Program } from './scripts.ts';

const startScripts = ['start:prod', 'start:production', 'start'];
const devScripts = ['dev', 'start:dev', 'develop'];

/** Programs that build pages, drive other programs or go to the background: none of them is the server itself. */
const noServer =
  /^(?:vite|react-scripts|ng|vue-cli-service|webpack|webpack-dev-server|parcel|expo|electron|electron-forge|react-native|gatsby|docusaurus|storybook|live-server|gulp|grunt|docker|docker-compose|concurrently|turbo|nx|lerna|moon|rush|make|just|npm-run-all2?|run-[ps]|wsrun|foreman|nf|nps|pm2|forever|cd|sh|bash|python3?|php|uvicorn|poetry|uv|npm|pnpm|yarn)$/;
const watchers = /^(?:nodemon|ts-node-dev|tsnd|node-dev|supervisor)$/;
/** Options of node with a value of their own behind a blank. */
const valued = /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file)$/;
const loader = /^(?:-r|--require|--import|--loader|--experimental-loader)$/;
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
  const hint = watcher ? program?.words.find((word) => /\.[cm]?[jt]s$/.test(word)) : undefined;
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
  return { start: production(context, program, evidence, derived), dev, program: { words, evidence } };
}

/** What a development server is called; undefined for any other program. */
function developmentServer([first = '', second = '', ...rest]: readonly string[]): string | undefined {
  if (watchers.test(first)) return first;
  if (first === 'next' && (second === 'dev' || second === '')) return 'next dev';
  if (first === 'tsx' && second === 'watch') return 'tsx watch';
  if (!/^(?:node|bun|tsx|fastify)$/.test(first)) return undefined;
  const flag = [second, ...rest].find((word) => /^--(?:watch|hot)(?:$|=|-path)/.test(word));
  return flag && `${first} ${flag}`;
}

function production(
  context: NodeContext,
  program: Program,
  evidence: Evidence,
  derived: Finding<string> | undefined,
): Finding<string> | undefined {
  const { warn } = context;
  const script = `The start script (${place(evidence)})`;
  const steps = program.dropped.map((step) => `"${step}"`).join(', ');
  if (steps) warn(`${script} also runs ${steps}: left out of the start command, do it in a step of its own`);
  const settings = program.variables.filter((variable) => !ownVariables.test(variable));
  if (settings.length > 0) warn(`${script} sets ${settings.join(' ')}: left out, put it into the app's env file`);

  const [first = '', ...rest] = program.words;
  const bin = first.replace(/^(?:\.\/)?node_modules\/\.bin\//, '');
  if (first === 'node') return finding(nodeCommand(context, rest, evidence, derived), evidence);
  if (bin === 'nest' && rest[0] === 'start') return finding('node dist/main.js', evidence);
  if (first === 'bun') {
    warn(`${script} runs the app on Bun: the image has Node, so start it with node, or add bun to the dependencies`);
    return finding(program.words.join(' '), evidence);
  }
  const carrier = carrierOf(context, bin);
  if (!carrier) {
    warn(`${script} runs ${first}, which no dependency brings${derived ? `: ${derived.value} is used` : ''}`);
    return derived;
  }
  if (!carrier.production) {
    const better = derived ? `, or start with ${derived.value}` : '';
    warn(`${script} runs ${bin}, which is not there in production: move ${carrier.name} to dependencies${better}`);
  }
  const args = bin === 'next' ? withoutShellPort(rest) : rest;
  return finding([binPath(context, bin, carrier.name), ...args].join(' '), evidence);
}

/** A `node` command that runs as it is: its variables come from the stack, its file is there. */
function nodeCommand(
  { view, pack, build, warn }: NodeContext,
  args: readonly string[],
  evidence: Evidence,
  derived: Finding<string> | undefined,
): string {
  const script = `The start script (${place(evidence)})`;
  const words: string[] = [];
  let file: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    const value = valued.test(word) ? args[++index] : undefined;
    if (/^--env-file(?:=|$)/.test(word)) {
      warn(`${script} reads ${value ?? word.slice('--env-file='.length)}: left out, the stack sets the variables`);
      continue;
    }
    words.push(word, ...(value === undefined ? [] : [value]));
    if (loader.test(word.replace(/=.*/, ''))) warnOfLoader(pack, value ?? word.replace(/^[^=]*=/, ''), script, warn);
    if (/^(?:-e|--eval|-p|--print)$/.test(word)) file = '';
    if (value !== undefined || word.startsWith('-') || file !== undefined) continue;
    file = word.replace(/["']/g, '');
  }
  const { main } = pack.json.data;
  const target = file && join('.', file) === '.' ? (typeof main === 'string' ? main : 'index.js') : file;
  if (target && presence(view, pack, target, build) === 'missing') {
    const likely = derived && derived.value !== `node ${target}` ? `: ${derived.value} is likely right` : '';
    warn(`${script} runs ${target}, which is neither there nor made by the build${likely}`);
  }
  return ['node', ...words].join(' ');
}

/** `node --import tsx` needs tsx in production just as `tsx` does. */
function warnOfLoader(pack: NodeContext['pack'], module: string, script: string, warn: NodeContext['warn']): void {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? '';
  if (name in pack.devDependencies && !(name in pack.dependencies))
    warn(`${script} loads ${name}, which is not there in production: move it to dependencies`);
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
  if (framework === 'nest') return finding('node dist/main.js', inPackage(pack, 'dependencies', '@nestjs/core'));
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
