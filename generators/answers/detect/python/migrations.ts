import { nameOf } from '../../../paths.ts';
import { at, finding, place } from '../findings.ts';
import { record } from '../json.ts';
import { isInside, join } from '../paths.ts';
import type { Finding } from '../types.ts';
import type { PythonContext } from './context.ts';
import { dependencyOf } from './project.ts';

/** Alembic, when the app has both the package and its configuration. */
export function detectAlembic({ view, project, warn }: PythonContext): Finding<'alembic'> | undefined {
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

/** Flask-Migrate, where `flask db init` has been run; else Alembic by itself. */
export function detectFlaskMigrations(context: PythonContext): Finding<'flask' | 'alembic'> | undefined {
  const { view, project } = context;
  const migrate = dependencyOf(project, 'flask-migrate');
  const env = join(project.folder, 'migrations/env.py');
  if (!migrate || !view.has(env)) return detectAlembic(context);
  return finding('flask', at(env, 1));
}
