import { folderOf, nameOf } from '../../../paths.ts';
import { pythonApp } from '../../stacks/python.ts';
import { finding, settle } from '../findings.ts';
import { record } from '../json.ts';
import { from, isInside, join } from '../paths.ts';
import { find } from '../source.ts';
import type { DetectedPythonApp, Evidence } from '../types.ts';
import { manifestOf, type PythonContext } from './context.ts';
import { detectEnvironment } from './environment.ts';
import { detectPort } from './fastapi.ts';
import { moduleName } from './import-root.ts';
import { warnOfLoopback } from './loopback.ts';
import { detectManager } from './manager.ts';
import { detectAlembic } from './migrations.ts';
import { dependencyOf } from './project.ts';
import { detectSystemPackages } from './system-packages.ts';
import { databaseScheme } from './uses.ts';
import { detectVersion } from './version.ts';
import { detectWorkers, type Worker } from './workers.ts';

/** Packages of programs that run on: chat bots, consumers, schedulers. */
const services = [
  ...['discord-py', 'py-cord', 'nextcord', 'disnake', 'python-telegram-bot', 'aiogram', 'pytelegrambotapi', 'telethon'],
  ...['pyrogram', 'slack-bolt', 'slack-sdk', 'tweepy', 'mastodon-py', 'irc', 'slixmpp', 'matrix-nio', 'twitchio'],
  ...['pika', 'aio-pika', 'aiokafka', 'confluent-kafka', 'kafka-python', 'nats-py', 'paho-mqtt', 'aiomqtt', 'faust'],
  ...['apscheduler', 'schedule', 'celery', 'rq', 'arq', 'dramatiq', 'huey', 'grpcio'],
  ...['aiohttp', 'tornado', 'starlette', 'sanic', 'litestar', 'quart', 'falcon', 'bottle', 'websockets'],
];
/** Frameworks of the above that listen. */
const listeners = ['aiohttp', 'tornado', 'starlette', 'sanic', 'litestar', 'quart', 'falcon', 'bottle', 'websockets'];

/** Calls of programs that do not end by themselves. */
const runsOn =
  /\bwhile\s+(?:True|1)\s*:|\b(?:run_forever|run_polling|start_polling|infinity_polling|serve_forever|loop_forever|start_consuming|run_until_complete|run_app)\s*\(/g;

interface Entry {
  readonly start: string;
  readonly appDir: string;
  readonly evidence: Evidence;
}

/** A program without a known web framework, and whether somebody has said how it is started. */
export interface Program {
  readonly entry: Entry;
  readonly worker: Worker | undefined;
  readonly certain: boolean;
}

/** The program of a folder that runs on; undefined for libraries, and for scripts that do their work and end. */
export function programOf(context: PythonContext): Program | undefined {
  const { project, sources, deployment } = context;
  const said = deployment.processes.find(
    ({ name, command }) =>
      /^(?:worker|bot|cmd|web)$/.test(name) && /^python[\d.]* (?:-u )?(?:-m )?[\w./]+$/.test(command),
  );
  if (said) {
    const start = said.command.replace(/ -u /, ' ').replace(/^python[\d.]+ /, 'python ');
    return { entry: { start, appDir: '.', evidence: said.evidence }, worker: undefined, certain: true };
  }
  const found = workersOf(context);
  const worker = found?.value['worker'];
  if (worker && found)
    return {
      entry: { start: worker.start, appDir: rootOf(context), evidence: found.evidence },
      worker,
      certain: false,
    };
  const isService =
    dependencyOf(project, ...services) !== undefined || sources.some((source) => !find(source, runsOn).next().done);
  const entry = isService ? entryOf(context) : undefined;
  return entry && { entry, worker: undefined, certain: false };
}

function workersOf(context: PythonContext) {
  return detectWorkers(context, join(context.project.folder, rootOf(context)));
}

/** `src` in a src layout. */
function rootOf({ project, sources }: PythonContext): string {
  const src = join(project.folder, 'src');
  return sources.length > 0 && sources.every(({ path }) => isInside(path, src)) ? 'src' : '.';
}

const files = ['main.py', 'bot.py', 'worker.py', 'app.py', 'run.py', 'server.py', 'consumer.py', 'scheduler.py'];

/** What starts the program: a package that can be run, a script of the project, or a file of a usual name. */
function entryOf({ project, sources }: PythonContext): Entry | undefined {
  const { folder, pyproject } = project;
  const root = sources.some(({ path }) => isInside(path, join(folder, 'src'))) ? join(folder, 'src') : folder;
  const appDir = from(folder, root);
  const usual = [root, folder].flatMap((base) => files.map((name) => join(base, name)));
  const file = usual.find((path) => sources.some((source) => source.path === path && isMain(source.code)));
  if (file) return { start: `python ${from(folder, file)}`, appDir, evidence: { file } };
  const packages = sources
    .map(({ path }) => path)
    .filter((path) => nameOf(path) === '__main__.py' && folderOf(folderOf(path)) === root);
  if (packages.length === 1 && packages[0])
    return { start: `python -m ${moduleName(root, folderOf(packages[0]))}`, appDir, evidence: { file: packages[0] } };
  const scripts = Object.values({
    ...record(record(pyproject?.data['project'])['scripts']),
    ...record(record(record(pyproject?.data['tool'])['poetry'])['scripts']),
  }).filter((target) => typeof target === 'string');
  const [module] = scripts.length === 1 ? String(scripts[0]).split(':') : [];
  const target = module && sources.find(({ path }) => path === `${join(root, module.replaceAll('.', '/'))}.py`);
  return target && isMain(target.code)
    ? { start: `python -m ${module}`, appDir, evidence: { file: target.path } }
    : undefined;
}

/** Whether a file does something when it is run. */
function isMain(code: string): boolean {
  return /__name__\s*==\s*["']__main__["']/.test(code) || /^[\w.]+\s*\([^\n]*\)\s*$|^while\s/m.test(code);
}

/** What the repo says of a program. */
export function describeProgram(context: PythonContext, { entry, worker }: Program): DetectedPythonApp['found'] {
  const { view, project, sources, deployment, warn } = context;
  const roles = workersOf(context);
  // The worker is the program itself.
  const others = Object.entries(roles?.value ?? {}).filter(([name]) => !(worker && name === 'worker'));
  const listens = dependencyOf(project, ...listeners) !== undefined;
  if (worker === undefined) warnOfLoopback(context);
  return settle<DetectedPythonApp['found']>(
    pythonApp.entries,
    {
      path: finding(project.folder, manifestOf(context)),
      framework: finding('none', entry.evidence),
      ...detectManager(view, project, warn),
      version: detectVersion(view, project, warn),
      systemPackages: detectSystemPackages(context),
      start: finding(entry.start, entry.evidence),
      appDir: finding(entry.appDir, entry.evidence),
      healthCommand: worker?.health === undefined ? undefined : finding(worker.health, entry.evidence),
      migrate: detectAlembic(context),
      databaseScheme: databaseScheme(project),
      ...(listens || deployment.port
        ? { port: detectPort(deployment, sources, warn) ?? portIn(context) }
        : { port: finding('none', entry.evidence), health: finding('none', entry.evidence) }),
      workers: roles && others.length > 0 ? finding(Object.fromEntries(others), roles.evidence) : undefined,
      ...detectEnvironment(context),
    },
    warn,
  );
}

/** A port that a program of its own listens on. */
function portIn({ sources }: PythonContext) {
  for (const source of sources) {
    for (const { group, line } of find(source, /\b(?:PORT|port)\b["']?\s*[,=:]\s*["']?(\d{4,5})\b/g))
      return finding(Number(group(1)), { file: source.path, line });
  }
  return undefined;
}
