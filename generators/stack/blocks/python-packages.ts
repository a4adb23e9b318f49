/** How each package manager of Python fills `/opt/venv` in an image. */
import tools from '../../../templates/tools.json' with { type: 'json' };
import type { FastapiApp, PythonApp } from '../../answers/schema.ts';

export interface PythonPackages {
  /** Whether uv is copied from its own image. */
  readonly uv: boolean;
  /** Puts the package manager into the stage that installs; absent where the image has it. */
  readonly setup?: string;
  /** The cache to keep between builds: it is in no layer. */
  readonly cache: string;
  /** Files that installs read; dependencies are installed anew only when one of them changes. */
  readonly manifests: readonly string[];
  /** The same as the sources and the target of a COPY. */
  readonly copy: string;
  readonly install: string;
  readonly installProduction: string;
}

/**
 * The commands that install the dependencies of this app, never the app itself: it is imported from its folder
 * (PYTHONPATH), so that a source edit installs nothing and no README or build backend is needed.
 */
export function pythonPackages(app: FastapiApp | PythonApp): PythonPackages {
  const requirements = app.requirements ?? 'requirements.txt';
  const folder = requirements.includes('/') ? requirements.slice(0, requirements.lastIndexOf('/')) : undefined;
  const manifests = lists(app, requirements);
  // Requirements files include each other, so all of them are copied.
  const pipCopy = folder ? `${folder} ./${folder}` : `${requirements} requirements*.txt ./`;
  const common = { manifests, copy: app.packageManager === 'pip' ? pipCopy : `${manifests.join(' ')} ./` };
  switch (app.packageManager) {
    case 'uv': {
      const install = `uv sync ${app.frozen ? '--locked ' : ''}--no-install-project`;
      return {
        ...common,
        uv: true,
        cache: '/root/.cache/uv',
        install,
        installProduction: `${install} --no-dev`,
      };
    }
    case 'poetry':
      return {
        ...common,
        uv: false,
        setup: `pip install ${tools.poetry}`,
        cache: '/root/.cache/pypoetry',
        install: 'poetry install --no-root --compile',
        installProduction: 'poetry install --no-root --compile --only main',
      };
    case 'pipenv': {
      const install = app.frozen ? 'pipenv sync' : 'pipenv install --skip-lock';
      return {
        ...common,
        uv: false,
        setup: `pip install ${tools.pipenv}`,
        cache: '/root/.cache/pipenv',
        install: app.frozen ? 'pipenv sync --dev' : `${install} --dev`,
        installProduction: install,
      };
    }
    case 'pip': {
      const install = `pip install --requirement ${requirements}`;
      return { ...common, uv: false, cache: '/root/.cache/pip', install, installProduction: install };
    }
  }
}

function lists(app: FastapiApp | PythonApp, requirements: string): readonly string[] {
  const lock = { uv: 'uv.lock', poetry: 'poetry.lock', pipenv: 'Pipfile.lock' };
  if (app.packageManager === 'pip') return [requirements];
  const manifest = app.packageManager === 'pipenv' ? 'Pipfile' : 'pyproject.toml';
  return app.frozen ? [manifest, lock[app.packageManager]] : [manifest];
}
