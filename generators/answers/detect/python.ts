import { isInside } from './paths.ts';
import type { PythonContext } from './python/context.ts';
import { readDeployment } from './python/deployment.ts';
import { describeDjango, managePy } from './python/django.ts';
import { describeFastapi, isFastapi } from './python/fastapi.ts';
import { describeFlask, isFlask } from './python/flask.ts';
import { describeProgram, programOf } from './python/program.ts';
import { readProject } from './python/project.ts';
import { detectProxy } from './python/proxy.ts';
import { detectUses } from './python/uses.ts';
import type { DetectedFastapiApp, DetectedPythonApp } from './types.ts';
import { sourcesOf, type View } from './view.ts';

/** An app, and how sure it is one: a mere dependency on a framework may also be that of a library. */
export interface PythonCandidate {
  readonly app: Omit<DetectedFastapiApp, 'name'> | Omit<DetectedPythonApp, 'name'>;
  /** `program`: something that runs, which only counts where there is no other app. */
  readonly certain: boolean;
  readonly kind: 'app' | 'program';
}

/**
 * The Python apps in folders that have a manifest; their names are given later, among all apps.
 * @throws UserError `repo` when a manifest or lockfile is broken
 */
export function detectPythonApps(view: View, folders: readonly string[]): PythonCandidate[] {
  return folders.flatMap((folder) => {
    // A folder whose manifests belong to one above it, as requirements/ do, is read with that.
    const project = readProject(view, folder);
    const warnings: string[] = [];
    const warn = (text: string) => {
      if (!warnings.includes(text)) warnings.push(text);
    };
    const sources = sourcesOf(view, folder, 'python', folders);
    const uses = detectUses(project);
    const context: PythonContext = { view, project, sources, deployment: readDeployment(view, folder), uses, warn };
    const proxy = detectProxy(context);
    const shared = { path: folder, uses, warnings, ...(proxy && { proxy }) };
    const manage = managePy(context);
    if (manage !== undefined)
      return [candidate({ ...shared, stack: 'python', found: describeDjango(context, manage) }, true)];
    const fastapi = isFastapi(context);
    if (fastapi.certain || (fastapi.named && !isFlask(context)))
      return [candidate({ ...shared, stack: 'fastapi', found: describeFastapi(context) }, fastapi.certain)];
    if (isFlask(context)) return [candidate({ ...shared, stack: 'python', found: describeFlask(context) }, true)];
    const program = programOf(context);
    if (!program || folders.some((other) => other !== folder && isInside(folder, other) && other !== '.')) return [];
    const found = describeProgram(context, program);
    return [{ app: { ...shared, stack: 'python', found }, certain: program.certain, kind: 'program' }];
  });
}

function candidate(app: PythonCandidate['app'], certain: boolean): PythonCandidate {
  return { app, certain, kind: 'app' };
}
