import * as v from 'valibot';
import { nameOf } from '../../../paths.ts';
import { command, roleName } from '../../names.ts';
import type { NodeApp } from '../../schema.ts';
import { at, finding, place } from '../findings.ts';
import { from, isInside, join } from '../paths.ts';
import { find, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import { binPath, carrierOf } from './bins.ts';
import { nodeFile } from './command.ts';
import type { NodeContext } from './context.ts';
import { compiledPath, sourceOf } from './entry.ts';
import { inPackage } from './package.ts';
import { follow, type Program } from './scripts.ts';
import { developmentServer, productionCommand, sourceWord } from './start.ts';

type Workers = NonNullable<NodeApp['workers']>;

interface Candidate {
  readonly role: string;
  readonly start: string;
  readonly dev: string | undefined;
  /** The source that it runs, from the app's folder. */
  readonly source: string | undefined;
  readonly evidence: Evidence;
}

const roleWords = 'worker|queue|job|cron|scheduler|consumer|processor';
const workerScript = new RegExp(`^(?:start[:-])?((?:${roleWords})s?(?:[:-][a-z0-9-]+)*)$`, 'i');
const production = /[:-](?:prod|production|start)$/;
/** Scripts that look after a worker, and are none. */
const other =
  /(?:^|[:-])(?:dev|develop|development|watch|debug|test|build|lint|local|ui|board|dashboard|list|clear)(?:$|[:-])/;
const workerFile = new RegExp(
  `^(?:src/)?(?:(?:[\\w-]*-)?(?:${roleWords})s?(?:/index)?|(?:${roleWords})s?/(?:worker|main))\\.[cm]?[jt]s$`,
);
/** Libraries whose workers and timers run in a process of their own. */
const libraries =
  /\b(?:from|import|require\s*\()\s*["'](?:bullmq|bull|bee-queue|pg-boss|graphile-worker|agenda|@hokify\/agenda|bree|node-cron|croner|cron|node-schedule|@temporalio\/worker|amqplib|kafkajs|@nestjs\/bullmq|@nestjs\/bull)["']/g;

/** Libraries of programs that wait for others, without listening themselves. */
const clients =
  /\b(?:from|import|require\s*\()\s*["'](?:discord\.js|telegraf|grammy|node-telegram-bot-api|tmi\.js|whatsapp-web\.js|matrix-bot-sdk|mqtt|nats)["']/g;

/** What shows that a program without a server is a worker or bot: it uses a queue, a timer or a chat. */
export function programEvidence({ sources }: NodeContext): Evidence | undefined {
  if (sources.some((source) => find(source, /\.\s*listen\s*\(|\b(?:serve|createServer)\s*\(/g).next().done === false))
    return undefined;
  const [first] = sources.flatMap((source) => [...find(source, libraries), ...find(source, clients)]);
  return first && at(first.file, first.line);
}

/**
 * The processes beside the server: scripts and Procfile lines that are called like one, and sources that use a queue
 * and that no other source imports.
 * @param start the production command of the server, which is none of them
 */
export function detectWorkers(context: NodeContext, start: string | undefined): Finding<Workers> | undefined {
  const named = [...fromScripts(context), ...fromProcfile(context)];
  const files = fromFiles(context).filter(({ source }) => !named.some((one) => one.source === source));
  const workers: Record<string, Workers[string]> = {};
  let evidence: Evidence | undefined;
  for (const one of [...named, ...files]) {
    const known = Object.values(workers).some((worker) => worker.start === one.start);
    if (known || one.start === start || Object.hasOwn(workers, one.role) || !isAnswer(context, one)) continue;
    workers[one.role] = { start: one.start, ...(one.dev !== undefined && { dev: one.dev }) };
    evidence ??= one.evidence;
  }
  return evidence && finding(workers, evidence);
}

/** What no answer can hold is told. */
function isAnswer({ warn }: NodeContext, { role, start, evidence }: Candidate): boolean {
  if (v.is(roleName, role) && v.is(command, start)) return true;
  warn(`The worker "${start}" (${place(evidence)}) is left out: it is no plain command`);
  return false;
}

function fromScripts(context: NodeContext): Candidate[] {
  const { pack } = context;
  return Object.keys(pack.scripts).flatMap((script) => {
    const role = other.test(script) ? undefined : roleOf(workerScript.exec(script)?.[1]);
    const program = role === undefined ? undefined : follow(pack.scripts, script);
    if (role === undefined || !program) return [];
    return candidate(context, { role, program, script, evidence: inPackage(pack, 'scripts', program.script) });
  });
}

/** The lines of a Procfile but `web` and `release`. */
function fromProcfile(context: NodeContext): Candidate[] {
  const { view, pack } = context;
  const file = join(pack.folder, 'Procfile');
  return (view.read(file) ?? '').split('\n').flatMap((text, index) => {
    const [, name = '', line = ''] = /^([A-Za-z][\w-]*)[ \t]*:[ \t]*(.+)$/.exec(text) ?? [];
    const role = /^(?:web|release)?$/.test(name) ? undefined : roleOf(name.replaceAll('_', '-'));
    const program = role === undefined ? undefined : follow({ ...pack.scripts, [file]: line }, file);
    if (role === undefined || !program) return [];
    return candidate(context, { role, program, script: name, evidence: at(file, index + 1) });
  });
}

/** `worker:email:prod` is the role worker-email; a name that every stack has already is another. */
function roleOf(name: string | undefined): string | undefined {
  const role = name?.toLowerCase().replace(production, '').replaceAll(':', '-');
  return role === 'scheduler' ? 'cron' : role;
}

interface Named {
  readonly role: string;
  readonly program: Program;
  readonly script: string;
  readonly evidence: Evidence;
}

function candidate(context: NodeContext, { role, program, script, evidence }: Named): Candidate[] {
  const { view, pack, build } = context;
  const isDevelopment = developmentServer(program.words) !== undefined;
  const [first = '', ...args] = program.words;
  const file = first === 'node' && !isDevelopment ? nodeFile(pack, args) : sourceWord(program.words);
  const source = file === undefined ? undefined : sourceOf(view, pack, file, build);
  const run = source === undefined ? undefined : builtFrom(context, source);
  const derived = run === undefined ? undefined : finding(`node ${run}`, evidence);
  const what = `${role} script`;
  const start = isDevelopment ? derived : productionCommand(context, program, { evidence, what, derived });
  if (!start) return [];
  const own = isDevelopment ? `${context.manager.name} run ${script}` : undefined;
  return [{ role, start: start.value, dev: own ?? developmentOf(context, script, role, source), source, evidence }];
}

/** Sources at the usual places. */
function fromFiles(context: NodeContext): Candidate[] {
  const { pack, sources, warn } = context;
  return sources.flatMap((one): Candidate[] => {
    const source = isInside(one.path, pack.folder) ? from(pack.folder, one.path) : '';
    const [line] = workerFile.test(source) ? find(one, libraries) : [];
    if (!line || sources.some((importer) => imports(importer, one))) return [];
    const evidence = { file: one.path, line: line.line };
    const run = builtFrom(context, source);
    if (run === undefined) {
      warn(`${place(evidence)} looks like a worker, and no build compiles it: set workers where it is one`);
      return [];
    }
    const role = roleOf(roleWord(source)) ?? 'worker';
    return [{ role, start: `node ${run}`, dev: developmentOf(context, role, role, source), source, evidence }];
  });
}

/** `src/queue/worker.ts` is the worker, `src/cron.ts` the cron. */
function roleWord(source: string): string {
  const name = nameOf(source).replace(/\.[cm]?[jt]s$/, '');
  const word = name === 'index' || name === 'main' ? nameOf(source.slice(0, source.lastIndexOf('/'))) : name;
  return word.replace(/s$/, '');
}

/** Whether one source takes another in, by a path that ends like it. */
function imports(importer: Source, { path }: Source): boolean {
  const stem = nameOf(path).replace(/\.[cm]?[jt]s$/, '');
  const name = stem === 'index' ? nameOf(path.slice(0, path.lastIndexOf('/'))) : stem;
  return (
    importer.path !== path &&
    [...importer.code.matchAll(/["'](?:\.{1,2}|[@~#])\/([^"'\n]{1,200})["']/g)].some(
      (match) => nameOf((match[1] ?? '').replace(/\.[cm]?[jt]s$/, '').replace(/\/index$/, '')) === name,
    )
  );
}

/** What production runs of a source: itself, or what the build makes of it. */
function builtFrom({ view, pack, build }: NodeContext, source: string): string | undefined {
  if (/\.[cm]?js$/.test(source)) return source;
  return build === undefined ? undefined : compiledPath(view, pack, source, build);
}

/** The development command of a worker: a script of its own, else its source, watched. */
function developmentOf(
  context: NodeContext,
  script: string,
  role: string,
  source: string | undefined,
): string | undefined {
  const { pack, manager } = context;
  const bases = [...new Set([script, script.replace(production, ''), role])];
  const names = bases.flatMap((base) => [
    `${base}:dev`,
    `dev:${base}`,
    `${base}:watch`,
    `start:dev:${base}`,
    `${base}-dev`,
  ]);
  const own = names.find((name) => name in pack.scripts);
  if (own !== undefined) return `${manager.name} run ${own}`;
  if (source === undefined) return undefined;
  if (/\.[cm]?js$/.test(source)) return `node --watch ${source}`;
  const tsx = carrierOf(context, 'tsx');
  return tsx && `${binPath(context, 'tsx', tsx.name)} watch ${source}`;
}
