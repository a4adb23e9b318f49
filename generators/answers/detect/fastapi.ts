import { fastapiApp } from '../stacks/python.ts';
import { detectApplication } from './fastapi/application.ts';
import { type Deployment, readDeployment } from './fastapi/deployment.ts';
import { detectManager } from './fastapi/manager.ts';
import { dependencyOf, type Project, readProject } from './fastapi/project.ts';
import type { Requirement } from './fastapi/requirements.ts';
import { healthRoutes } from './fastapi/routes.ts';
import { detectVersion } from './fastapi/version.ts';
import { at, finding, place, settle, usablePort, type Warn } from './findings.ts';
import { pickHealth } from './health.ts';
import { record } from './json.ts';
import { isInside, join, nameOf, parentOf } from './paths.ts';
import { find, findCalls, type Source } from './source.ts';
import type { DetectedFastapiApp, Evidence, Finding } from './types.ts';
import { sourcesOf, type View } from './view.ts';

const postgresDrivers = ['asyncpg', 'psycopg', 'psycopg2', 'psycopg2-binary', 'pg8000'];
const redisClients = ['redis', 'aioredis', 'arq'];

/** An app, and whether its sources make one: a mere dependency on FastAPI may also be that of a library. */
export interface FastapiCandidate {
  readonly app: Omit<DetectedFastapiApp, 'name'>;
  readonly certain: boolean;
}

/**
 * The FastAPI apps in folders that have a Python manifest; their names are given later, among all apps.
 * @throws UserError `repo` when a manifest or lockfile is broken
 */
export function detectFastapiApps(view: View, folders: readonly string[]): FastapiCandidate[] {
  return folders.flatMap((folder) => {
    const project = readProject(view, folder);
    const sources = sourcesOf(view, folder, 'python', folders);
    const named = dependencyOf(project, 'fastapi', 'fastapi-slim') !== undefined;
    const makesApp = sources.some((source) => !find(source, /\bFastAPI\s*\(/g).next().done);
    return named || makesApp ? [{ app: describe(view, project, sources), certain: makesApp }] : [];
  });
}

function describe(view: View, project: Project, sources: readonly Source[]): FastapiCandidate['app'] {
  const warnings: string[] = [];
  const warn = (text: string) => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const deployment = readDeployment(view, project.folder);
  const { app, appDir, file } = detectApplication(project, sources, deployment.launches, warn);
  const manager = detectManager(view, project, warn);
  const found = settle<DetectedFastapiApp['found']>(
    fastapiApp.entries,
    {
      path: finding(project.folder, manifestOf(view, project)),
      ...manager,
      version: detectVersion(view, project, warn),
      app,
      appDir,
      migrate: detectMigrations(view, project, warn),
      databaseScheme: databaseScheme(project),
      port: detectPort(deployment, sources, warn),
      health: pickHealth(healthRoutes(sources, file)),
    },
    warn,
  );
  warnOfMissingServer(project, warn);
  return { stack: 'fastapi', path: project.folder, found, uses: detectUses(project), warnings };
}

/** What shows that a folder is a Python project: its dependency on FastAPI, else any manifest. */
function manifestOf(view: View, project: Project): Evidence {
  const { pyproject, pipfile, requirementsFile } = project;
  const file = pyproject?.path ?? pipfile?.path ?? requirementsFile;
  return (
    dependencyOf(project, 'fastapi', 'fastapi-slim')?.evidence ?? {
      file: file ?? view.files.find((path) => parentOf(path) === project.folder) ?? project.folder,
    }
  );
}

/** Alembic, when the app has both the package and its configuration. */
function detectMigrations(view: View, project: Project, warn: Warn): Finding<'alembic'> | undefined {
  const alembic = dependencyOf(project, 'alembic');
  if (!alembic) return undefined;
  const ini = join(project.folder, 'alembic.ini');
  if (view.has(ini)) return finding('alembic', at(ini, 1));
  const { pyproject } = project;
  if (pyproject && 'alembic' in record(pyproject.data['tool']))
    return finding('alembic', at(pyproject.path, pyproject.line('tool.alembic')));
  const elsewhere = view.files.find((file) => nameOf(file) === 'alembic.ini' && isInside(file, project.folder));
  const what = elsewhere ? `${elsewhere} is not in the folder of the app` : `there is no ${ini}`;
  warn(`Alembic is a dependency (${place(alembic.evidence)}), but ${what}: no migrations are run`);
  return undefined;
}

/** The scheme that the database driver of the app expects in DATABASE_URL. */
function databaseScheme(project: Project): DetectedFastapiApp['found']['databaseScheme'] {
  const driver = driverOf(project);
  if (!driver) return undefined;
  const orm = dependencyOf(project, 'sqlalchemy', 'sqlmodel') !== undefined;
  const asyncpg = dependencyOf(project, 'asyncpg') ?? withExtra(project, /asyncpg/);
  if (orm && asyncpg) return finding('postgresql+asyncpg', asyncpg.evidence);
  const psycopg = dependencyOf(project, 'psycopg') ?? withExtra(project, /^postgresql-psycopg$/);
  if (orm && psycopg) return finding('postgresql+psycopg', psycopg.evidence);
  return finding('postgresql', driver.evidence);
}

function driverOf(project: Project): Requirement | undefined {
  return dependencyOf(project, ...postgresDrivers) ?? withExtra(project, /asyncpg|psycopg/);
}

function withExtra(project: Project, extra: RegExp): Requirement | undefined {
  return project.dependencies.find(({ extras }) => extras.some((one) => extra.test(one)));
}

function detectUses(project: Project): { readonly postgres?: Evidence; readonly redis?: Evidence } {
  const postgres = driverOf(project)?.evidence;
  const redis = (dependencyOf(project, ...redisClients) ?? withExtra(project, /^redis$/))?.evidence;
  return { ...(postgres && { postgres }), ...(redis && { redis }) };
}

/** The port of an existing deployment, or of `uvicorn.run(...)` in the sources. */
function detectPort({ port }: Deployment, sources: readonly Source[], warn: Warn): Finding<number> | undefined {
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
