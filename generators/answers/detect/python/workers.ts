/** Queue workers and schedulers, as their libraries show in the sources. */
import { folderOf } from '../../../paths.ts';
import { splitCommand } from '../../command.ts';
import { finding, place } from '../findings.ts';
import { from, isInside, join } from '../paths.ts';
import { find, findCalls, literal, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import type { PythonContext } from './context.ts';
import { importRoot, moduleName } from './import-root.ts';
import { dependencyOf } from './project.ts';

export interface Worker {
  readonly start: string;
  readonly health?: string;
}

interface FoundWorker extends Worker {
  readonly name: string;
  readonly evidence: Evidence;
}

/**
 * The worker roles of an app, by name. What a role imports is found from the same folder as the app is.
 * @param root the folder that the imports of the app start from, where it is known
 */
export function detectWorkers(context: PythonContext, root?: string): Finding<Record<string, Worker>> | undefined {
  const found = [...celery(context, root), ...rq(context), ...arq(context, root), ...dramatiq(context, root)];
  const all = found.length > 0 ? found : procfileWorkers(context);
  const [first] = all;
  if (!first) return undefined;
  const workers = all.map(({ name, evidence: _, ...worker }) => [name, worker] as const);
  return finding(Object.fromEntries(workers), first.evidence);
}

const celeryObject =
  /^(\w+)[ \t]*(?::[^=\n]{1,60})?=[ \t]*(?:(?:celery\s*\.\s*)?Celery\s*\(|\w*(?:make|create|init)_?celery\w*\s*\(|\w+\s*\.\s*extensions\s*\[\s*["']celery["']\s*\])/gm;
const schedule =
  /\b(?:beat_schedule|CELERY_BEAT_SCHEDULE|CELERYBEAT_SCHEDULE|add_periodic_task|periodic_task)\b|\bcrontab\s*\(/g;

function celery(context: PythonContext, root: string | undefined): FoundWorker[] {
  const { project, sources, warn } = context;
  const dependency = dependencyOf(project, 'celery');
  if (!dependency) return [];
  const [object] = sources
    .flatMap((source) => [...find(source, celeryObject)].map(({ group, line }) => ({ source, name: group(1), line })))
    .sort((a, b) => rank(a.source) - rank(b.source));
  if (!object) {
    if (sources.some(({ code }) => /\bCelery\s*\(|\bshared_task\b/.test(code)))
      warn(
        `Celery is a dependency (${place(dependency.evidence)}), but no Celery object was found at the top of a module: name the worker in prodstack.yaml (workers: {worker: {start: celery -A MODULE worker}})`,
      );
    return [];
  }
  const { source, name, line } = object;
  const module = moduleFrom(context, source, root);
  const app = celeryTarget(module, name);
  const evidence = { file: source.path, line };
  // A name of its own, not the host's, so that the health check can ask for it.
  const node = 'worker@celery';
  const worker: FoundWorker = {
    name: 'worker',
    // By default Celery starts a process per CPU of the host.
    start: `celery -A ${app} worker --loglevel INFO --concurrency 2 --hostname ${node}`,
    health: `celery -A ${app} inspect ping --destination ${node} --timeout 5`,
    evidence,
  };
  return [worker, ...beat(context, app)];
}

/** `shop/celery.py` is found by the name of its package. */
function celeryTarget(module: string, name: string): string {
  const isUsual = name === 'app' || name === 'celery';
  return isUsual && module.endsWith('.celery') ? module.replace(/\.celery$/, '') : `${module}:${name}`;
}

function beat({ project, sources }: PythonContext, app: string): FoundWorker[] {
  const database = dependencyOf(project, 'django-celery-beat');
  const redis = dependencyOf(project, 'celery-redbeat');
  const used = sources.flatMap((source) =>
    [...find(source, schedule)].map(({ line }): Evidence => ({ file: source.path, line })),
  );
  const evidence = database?.evidence ?? redis?.evidence ?? used[0];
  if (!evidence) return [];
  // The root file system is read-only.
  const state = database
    ? '--scheduler django_celery_beat.schedulers:DatabaseScheduler'
    : redis
      ? '--scheduler redbeat.RedBeatScheduler'
      : '--schedule /tmp/celerybeat-schedule';
  return [{ name: 'beat', start: `celery -A ${app} beat --loglevel INFO ${state} --pidfile=`, evidence }];
}

function rq({ project, sources }: PythonContext): FoundWorker[] {
  const django = dependencyOf(project, 'django-rq');
  const plain = dependencyOf(project, 'rq', 'flask-rq2');
  const dependency = django ?? plain;
  if (!dependency) return [];
  const named = sources.flatMap((source) => [
    ...[...findCalls(source, /\b(?:Queue|get_queue)\s*\(/g)].map(({ args }) => literal(args[0])),
    ...[...findCalls(source, /@(?:django_rq\s*\.\s*)?job\s*\(/g)].map(({ args }) => literal(args[0])),
  ]);
  const queues = [...new Set(named.filter((name) => name !== undefined && /^[\w.-]+$/.test(name)))];
  const list = (queues.length > 0 ? queues : ['default']).join(' ');
  const start = django ? `python ${managePlace(project.folder, sources)} rqworker ${list}` : `rq worker ${list}`;
  return [{ name: 'worker', start, evidence: dependency.evidence }];
}

function arq(context: PythonContext, root: string | undefined): FoundWorker[] {
  if (!dependencyOf(context.project, 'arq')) return [];
  for (const source of context.sources) {
    for (const { group, line } of find(source, /^class[ \t]+(\w*WorkerSettings)\b/gm)) {
      const start = `arq ${moduleFrom(context, source, root)}.${group(1)}`;
      return [{ name: 'worker', start, health: `${start} --check`, evidence: { file: source.path, line } }];
    }
  }
  return [];
}

function dramatiq(context: PythonContext, root: string | undefined): FoundWorker[] {
  const { project, sources } = context;
  const django = dependencyOf(project, 'django-dramatiq');
  if (django) {
    const start = `python ${managePlace(project.folder, sources)} rundramatiq --processes 1 --threads 4`;
    return [{ name: 'worker', start, evidence: django.evidence }];
  }
  if (!dependencyOf(project, 'dramatiq')) return [];
  const actors = sources.flatMap((source) => {
    const [found] = find(source, /@(?:dramatiq\s*\.\s*)?actor\b/g);
    return found ? [{ module: moduleFrom(context, source, root), file: source.path, line: found.line }] : [];
  });
  const [first] = actors;
  if (!first) return [];
  const start = `dramatiq ${actors.map(({ module }) => module).join(' ')} --processes 1 --threads 4`;
  return [{ name: 'worker', start, evidence: { file: first.file, line: first.line } }];
}

/** `worker: python -m shop.worker` of a Procfile; more than plain words is left to the person. */
function procfileWorkers({ deployment }: PythonContext): FoundWorker[] {
  return deployment.processes
    .filter(({ name }) => /^(?:worker|beat|clock|bot|consumer)$/.test(name))
    .filter(({ command }) => /^[A-Za-z0-9 ._/:=@,+-]+$/.test(command) && splitCommand(command) !== undefined)
    .map(({ name, command, evidence }) => ({ name, start: command, evidence }));
}

/** The shallow ones first; a file that is called after the library before others. */
function rank({ path }: Source): number {
  return (/(?:^|\/)celery(?:_app)?\.py$/.test(path) ? 0 : 100) + path.split('/').length;
}

function moduleFrom({ project, sources }: PythonContext, { path }: Source, root: string | undefined): string {
  const base = root !== undefined && isInside(path, root) ? root : importRoot(project.folder, sources, path);
  return moduleName(base, path);
}

/** The manage.py of a project, from its folder. */
export function managePlace(folder: string, sources: readonly Source[]): string {
  const files = sources.map(({ path }) => path).filter((path) => /(?:^|\/)manage\.py$/.test(path));
  const [nearest = join(folder, 'manage.py')] = files.sort((a, b) => a.length - b.length);
  const place = from(folder, folderOf(nearest));
  return place === '.' ? 'manage.py' : `${place}/manage.py`;
}
