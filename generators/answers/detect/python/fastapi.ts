import { fastapiApp } from '../../stacks/python.ts';
import { finding, place, settle, usablePort, type Warn } from '../findings.ts';
import { pickHealth } from '../health.ts';
import { join } from '../paths.ts';
import { find, findCalls, type Source } from '../source.ts';
import type { DetectedFastapiApp, Finding } from '../types.ts';
import { detectApplication } from './application.ts';
import { manifestOf, type PythonContext } from './context.ts';
import type { Deployment } from './deployment.ts';
import { detectEnvironment } from './environment.ts';
import { warnOfLoopback } from './loopback.ts';
import { detectManager } from './manager.ts';
import { detectAlembic } from './migrations.ts';
import { dependencyOf, type Project } from './project.ts';
import { healthRoutes } from './routes.ts';
import { detectSystemPackages } from './system-packages.ts';
import { databaseScheme } from './uses.ts';
import { detectVersion } from './version.ts';
import { detectWorkers } from './workers.ts';

/** Whether FastAPI is a dependency, and whether the sources make an app: else it may be that of a library. */
export function isFastapi({ project, sources }: PythonContext): { readonly named: boolean; readonly certain: boolean } {
  return {
    named: dependencyOf(project, 'fastapi', 'fastapi-slim') !== undefined,
    certain: sources.some((source) => !find(source, /\bFastAPI\s*\(/g).next().done),
  };
}

/** What the repo says of a FastAPI app. */
export function describeFastapi(context: PythonContext): DetectedFastapiApp['found'] {
  const { view, project, sources, deployment, warn } = context;
  const { app, appDir, file } = detectApplication(project, sources, deployment.launches, warn);
  const manager = detectManager(view, project, warn);
  const found = settle<DetectedFastapiApp['found']>(
    fastapiApp.entries,
    {
      path: finding(project.folder, manifestOf(context, 'fastapi', 'fastapi-slim')),
      ...manager,
      version: detectVersion(view, project, warn),
      systemPackages: detectSystemPackages(context),
      app,
      appDir,
      migrate: detectAlembic(context),
      databaseScheme: databaseScheme(project),
      port: detectPort(deployment, sources, warn),
      health: pickHealth(healthRoutes(sources, file)),
      workers: detectWorkers(context, appDir && join(project.folder, appDir.value)),
      ...detectEnvironment(context),
    },
    warn,
  );
  warnOfLoopback(context, 'uvicorn');
  warnOfMissingServer(project, warn);
  return found;
}

/** The port of an existing deployment, or of `uvicorn.run(...)` in the sources. */
export function detectPort({ port }: Deployment, sources: readonly Source[], warn: Warn): Finding<number> | undefined {
  if (port) return usablePort(port.digits, port.evidence, warn);
  for (const source of sources) {
    for (const { args, file, line } of findCalls(source, /\buvicorn\s*\.\s*run\s*\(/g)) {
      const value = args.find((arg) => /^port\s*=/.test(arg)) ?? '';
      const digits = /^port\s*=\s*(\d{2,5})$/.exec(value) ?? /["']PORT["']\s*,\s*["']?(\d{2,5})\b/.exec(value);
      if (digits?.[1]) return usablePort(digits[1], { file, line }, warn);
    }
  }
  return undefined;
}

/** The image starts uvicorn, which FastAPI alone does not bring. */
function warnOfMissingServer(project: Project, warn: Warn): void {
  const fastapi = dependencyOf(project, 'fastapi', 'fastapi-slim');
  const server = dependencyOf(project, 'uvicorn', 'fastapi-cli', 'uvicorn-worker');
  if (!fastapi || server || fastapi.extras.some((extra) => extra === 'standard' || extra === 'all')) return;
  const wayOut = 'add uvicorn, or fastapi[standard]';
  warn(`Nothing that is installed brings uvicorn, which starts the app (${place(fastapi.evidence)}): ${wayOut}`);
}
