import { describe, expect, it } from 'vitest';
import { detectIn, type Files, fastapi, fastapiIn, lineOf, refusalOf } from './repo.ts';

const main = { 'main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n' };
const pyproject = (extra = '') =>
  `[project]\nname = "shop"\ndependencies = [\n  "fastapi[standard]>=0.120",\n]\n${extra}`;
const poetry =
  '[tool.poetry]\nname = "shop"\n\n[tool.poetry.dependencies]\npython = "^3.12"\nfastapi = { version = "^0.120", extras = ["standard"] }\n';
const pipfile = '[packages]\nfastapi = "*"\nuvicorn = "*"\n\n[requires]\npython_version = "3.12"\n';

describe('the package manager of a FastAPI app', () => {
  it.each<[string, Files, string, boolean, string]>([
    ['uv.lock', { 'pyproject.toml': pyproject(), 'uv.lock': 'version = 1\n' }, 'uv', true, 'uv.lock'],
    ['poetry.lock', { 'pyproject.toml': poetry, 'poetry.lock': '# x\n' }, 'poetry', true, 'poetry.lock'],
    ['Pipfile.lock', { Pipfile: pipfile, 'Pipfile.lock': { default: {} } }, 'pipenv', true, 'Pipfile.lock'],
    ['[tool.poetry]', { 'pyproject.toml': poetry }, 'poetry', false, 'pyproject.toml'],
    ['Pipfile', { Pipfile: pipfile }, 'pipenv', false, 'Pipfile'],
    ['[tool.uv]', { 'pyproject.toml': pyproject('\n[tool.uv]\npackage = false\n') }, 'uv', false, 'pyproject.toml'],
    ['[project]', { 'pyproject.toml': pyproject() }, 'uv', false, 'pyproject.toml'],
    ['requirements.txt', { 'requirements.txt': 'fastapi[standard]\n' }, 'pip', false, 'requirements.txt'],
    [
      'both, unlocked',
      { 'pyproject.toml': pyproject(), 'requirements.txt': 'fastapi==1\n' },
      'pip',
      true,
      'requirements.txt',
    ],
    [
      'both, locked',
      { 'pyproject.toml': pyproject(), 'requirements.txt': 'fastapi==1\n', 'uv.lock': 'version = 1\n' },
      'uv',
      true,
      'uv.lock',
    ],
  ])('is told by %s', async (_, files, manager, frozen, file) => {
    const { found, warnings } = await fastapiIn({ ...main, ...files });
    expect(found.packageManager?.value).toBe(manager);
    expect(found.packageManager?.evidence.file).toBe(file);
    expect(found.frozen?.value).toBe(frozen);
    expect(found.requirements?.value).toBe(manager === 'pip' ? 'requirements.txt' : undefined);
    expect(warnings).toEqual([]);
  });

  it('has the line of the table that tells it', async () => {
    const files = { ...main, 'pyproject.toml': pyproject('\n[tool.uv]\npackage = false\n') };
    expect(lineOf(files, (await fastapiIn(files)).found.packageManager)).toBe('[tool.uv]');
  });

  it('warns of two lockfiles and names both', async () => {
    const files = { ...main, 'pyproject.toml': poetry, 'poetry.lock': '# x\n', 'uv.lock': 'version = 1\n' };
    const { found, warnings } = await fastapiIn(files);
    expect(found.packageManager?.value).toBe('uv');
    expect(warnings).toEqual(['Two lockfiles: uv.lock and poetry.lock. uv is used: delete the other']);
  });

  it('warns of the lockfile of a uv workspace, which an image of one app does not have', async () => {
    const { found, warnings } = await fastapiIn({
      'pyproject.toml': '[tool.uv.workspace]\nmembers = ["backend"]\n',
      'uv.lock': 'version = 1\n\n[[package]]\nname = "fastapi"\n',
      'backend/pyproject.toml': pyproject(),
      'backend/main.py': main['main.py'],
    });
    expect(found.packageManager).toEqual({ value: 'uv', evidence: { file: 'uv.lock' } });
    expect(found.frozen?.value).toBe(false);
    expect(warnings).toEqual([
      expect.stringMatching(/^uv\.lock is shared by a uv workspace: an image of backend alone/),
    ]);
  });

  it('is not found, and that is told, where nothing says what to install', async () => {
    const { found, warnings } = await fastapiIn({
      ...main,
      'setup.cfg': '[options]\ninstall_requires =\n    fastapi\n    uvicorn\n',
    });
    expect(found.packageManager).toBeUndefined();
    expect(found.path?.evidence).toEqual({ file: 'setup.cfg', line: 3 });
    expect(warnings).toEqual([expect.stringContaining('nothing says what to install')]);
  });

  it.each<[Files, string]>([
    [{ 'pyproject.toml': '[project]\nname = \n' }, 'pyproject.toml:2:8: is not valid TOML'],
    [{ 'pyproject.toml': pyproject(), 'uv.lock': '' }, 'uv.lock:1:1: the lockfile is empty'],
    [{ 'pyproject.toml': poetry, 'poetry.lock': '# x\n<<<<<<< HEAD\n' }, 'poetry.lock:2:1: an unfinished git merge'],
    [{ Pipfile: pipfile, 'Pipfile.lock': '{' }, 'Pipfile.lock:1:2: is not valid JSON'],
    [{ Pipfile: '[packages\n' }, 'Pipfile:1:'],
  ])('is refused where a file is broken: %j', async (files, message) => {
    const error = await refusalOf({ ...main, ...files });
    expect(error.code).toBe('repo');
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/run again/);
  });
});

describe('the requirements of a FastAPI app with pip', () => {
  it.each([
    ['fastapi==0.120.1\nuvicorn==0.38.0\n', true],
    ['# all\n\nfastapi[standard]==0.120.1 ; python_version > "3.8"  # why\n--index-url https://x\n', true],
    ['fastapi==0.120.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n', true],
    ['fastapi===0.120.1\n', true],
    ['fastapi==0.120.1\nuvicorn\n', false],
    ['fastapi>=0.120\n', false],
    ['fastapi==0.120.*\n', false],
    ['fastapi==0.120.1,!=1\n', false],
    ['fastapi==0.120.1\n-e .\n', false],
    ['fastapi==0.120.1\nhttps://example.com/x.whl\n', false],
  ])('%j are exact: %s', async (text, frozen) => {
    const { found } = await fastapiIn({ ...main, 'requirements.txt': text });
    expect(found.frozen?.value).toBe(frozen);
  });

  it.each([
    ['requirements/prod.txt'],
    ['requirements/production.txt'],
    ['requirements-prod.txt'],
    ['requirements.txt'],
  ])('for production are those of %s', async (file) => {
    const { found } = await fastapiIn({
      ...main,
      'requirements.txt': 'fastapi\nuvicorn\npytest\n',
      [file]: 'fastapi==1\nuvicorn==1\n',
    });
    expect(found.requirements).toEqual({ value: file, evidence: { file } });
    expect(found.frozen?.value).toBe(true);
    expect(found.path?.evidence).toEqual({ file, line: 1 });
  });

  it('are followed into the files that they include', async () => {
    const files = {
      ...main,
      'requirements/prod.txt': '-r base.txt\ngunicorn==23\n',
      'requirements/base.txt': '-r prod.txt\nfastapi==1\nuvicorn\n',
    };
    const { found, warnings } = await fastapiIn(files);
    expect(found.requirements?.value).toBe('requirements/prod.txt');
    expect(found.frozen?.value).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('are named from the folder of the app', async () => {
    const { found } = await fastapiIn({
      'backend/main.py': main['main.py'],
      'backend/requirements/prod.txt': 'fastapi==1\nuvicorn==1\n',
    });
    expect(found.requirements?.value).toBe('requirements/prod.txt');
    expect(found.path?.value).toBe('backend');
  });
});

describe('the Python version', () => {
  it.each([
    ['.python-version', '3.12\n', '3.12'],
    ['.python-version', '# ours\n3.14.1\n', '3.14'],
    ['.python-version', 'cpython-3.12.3\n', '3.12'],
    ['runtime.txt', 'python-3.14.0\n', '3.14'],
  ])('is the pin of %s (%j)', async (file, text, version) => {
    const { found } = await fastapiIn(fastapi({ [file]: text }));
    expect(found.version?.value).toBe(version);
    expect(found.version?.evidence).toEqual({ file, line: text.startsWith('#') ? 2 : 1 });
  });

  it.each([
    ['>=3.11', '3.13'],
    ['>=3.12,<3.13', '3.12'],
    ['==3.12.*', '3.12'],
    ['>=3.11,<3.14', '3.13'],
    ['~=3.12', '3.13'],
    ['~=3.12.0', '3.12'],
    ['>=3.14', '3.14'],
    ['>3.13', '3.13'],
    ['<=3.13', '3.12'],
    ['>=3.10, <4', '3.13'],
    ['>=3.11,!=3.13.*', '3.14'],
    ['>= 3.12 , < 3.13', '3.12'],
    ['>=2.7', '3.13'],
  ])('is the best one that requires-python %j allows', async (range, version) => {
    const files = {
      ...main,
      'pyproject.toml': `[project]\nname = "x"\nrequires-python = "${range}"\ndependencies = ["fastapi[standard]"]\n`,
    };
    const { found } = await fastapiIn(files);
    expect(found.version?.value).toBe(version);
    expect(lineOf(files, found.version)).toContain('requires-python');
  });

  it.each([
    ['^3.12', '3.13'],
    ['~3.12', '3.12'],
    ['3.12.*', '3.12'],
    ['>=3.11,<4.0', '3.13'],
    ['^3.12 || ^3.14', '3.13'],
    ['*', '3.13'],
  ])('is the best one that Poetry %j allows', async (range, version) => {
    const files = { ...main, 'pyproject.toml': poetry.replace('^3.12', range) };
    const { found } = await fastapiIn(files);
    expect(found.version?.value).toBe(version);
    expect(lineOf(files, found.version)).toBe(`python = "${range}"`);
  });

  it('is that of the Pipfile', async () => {
    const files = { ...main, Pipfile: pipfile };
    const { found } = await fastapiIn(files);
    expect(found.version?.value).toBe('3.12');
    expect(lineOf(files, found.version)).toBe('python_version = "3.12"');
  });

  it.each([
    ['3.9\n', 'Python 3.9 (.python-version:1) is end of life; 3.13 is used: test your app on it'],
    ['3.10.4\n', 'Python 3.10.4 (.python-version:1) is end of life; 3.13 is used: test your app on it'],
    [
      '3.11\n',
      'Python 3.11 (.python-version:1) is not offered (3.12, 3.13, 3.14 are); 3.13 is used: test your app on it',
    ],
    ['2.7\n', 'Python 2.7 (.python-version:1) is end of life; 3.13 is used: test your app on it'],
  ])('is never an unsupported one silently: .python-version %j', async (text, warning) => {
    const { found, warnings } = await fastapiIn(fastapi({ '.python-version': text }));
    expect(found.version).toBeUndefined();
    expect(warnings).toEqual([warning]);
  });

  it('is that of the root of the repo where the folder of the app has none', async () => {
    const { found } = await fastapiIn({
      '.python-version': '3.12\n',
      'api/main.py': main['main.py'],
      'api/requirements.txt': 'fastapi\nuvicorn\n',
    });
    expect(found.version?.evidence.file).toBe('.python-version');
  });
});

describe('what counts as a FastAPI app', () => {
  it.each<[string, Files]>([
    ['a manifest that names it', { 'requirements.txt': 'FastAPI\nuvicorn\n', 'main.py': '' }],
    ['sources that make one beside a manifest that does not', { 'requirements.txt': '-r deps.in\n', ...main }],
  ])('%s', async (_, files) => {
    expect((await detectIn(files)).apps).toHaveLength(1);
  });

  it.each<[string, Files]>([
    ['sources without a manifest', main],
    [
      'a comment',
      { 'requirements.txt': '# fastapi\nflask\n', 'main.py': '# app = FastAPI()\n"""\napp = FastAPI()\n"""\n' },
    ],
    [
      'a project with another framework',
      { 'pyproject.toml': '[project]\nname = "fastapi-like"\ndependencies = ["fastapi-utils", "flask"]\n' },
    ],
    [
      'tests and examples',
      {
        'requirements.txt': 'flask\n',
        'tests/main.py': main['main.py'],
        'examples/requirements.txt': 'fastapi\n',
        'examples/main.py': main['main.py'],
      },
    ],
  ])('not %s', async (_, files) => {
    expect((await detectIn(files)).apps).toEqual([]);
  });

  it('not a library beside an app that uses it', async () => {
    const { apps } = await detectIn({
      'api/requirements.txt': 'fastapi\nuvicorn\n',
      'api/main.py': main['main.py'],
      'lib/pyproject.toml': '[project]\nname = "lib"\ndependencies = ["fastapi"]\n',
      'lib/lib/__init__.py': 'from fastapi import Request\n',
    });
    expect(apps.map(({ path }) => path)).toEqual(['api']);
  });
});

describe('what a FastAPI app depends on', () => {
  const withRequirements = (...names: string[]) =>
    fastapi({ 'requirements.txt': ['fastapi', 'uvicorn', ...names, ''].join('\n') });

  it.each([
    [['sqlalchemy', 'asyncpg'], 'postgresql+asyncpg'],
    [['SQLModel', 'asyncpg'], 'postgresql+asyncpg'],
    [['sqlalchemy[postgresql_asyncpg]'], 'postgresql+asyncpg'],
    [['sqlalchemy', 'psycopg[binary]'], 'postgresql+psycopg'],
    [['sqlalchemy', 'psycopg2-binary'], 'postgresql'],
    [['asyncpg'], 'postgresql'],
    [['psycopg'], 'postgresql'],
    [['pg8000'], 'postgresql'],
    [['sqlalchemy', 'aiosqlite'], undefined],
  ])('%j means the database scheme %s', async (names, scheme) => {
    const files = withRequirements(...names);
    const { found, uses } = await fastapiIn(files);
    expect(found.databaseScheme?.value).toBe(scheme);
    expect(uses.postgres === undefined).toBe(scheme === undefined);
    if (uses.postgres) expect(lineOf(files, { evidence: uses.postgres })).toBe(names.at(-1));
  });

  it.each(['redis', 'aioredis', 'arq', 'celery[redis]', 'Redis>=5'])('%s means Redis', async (name) => {
    const files = withRequirements(name);
    const { uses } = await fastapiIn(files);
    expect(lineOf(files, uses.redis && { evidence: uses.redis })).toBe(name);
  });

  it('is read from pyproject with the lines of the dependencies, not of the name', async () => {
    const text =
      '[project]\nname = "redis-shop"\ndescription = "with redis"\ndependencies = [\n  # redis, too\n  "fastapi[standard]", "Redis>=5",\n  "psycopg_binary",\n]\n';
    const files = { ...main, 'pyproject.toml': text };
    const { uses } = await fastapiIn(files);
    expect(uses.redis).toEqual({ file: 'pyproject.toml', line: 6 });
    expect(uses.postgres).toBeUndefined();
  });

  it('Alembic migrates where it is installed and configured', async () => {
    const { found, warnings } = await fastapiIn({ ...withRequirements('alembic'), 'alembic.ini': '[alembic]\n' });
    expect(found.migrate).toEqual({ value: 'alembic', evidence: { file: 'alembic.ini', line: 1 } });
    expect(warnings).toEqual([]);
  });

  it('Alembic may be configured in pyproject', async () => {
    const files = {
      ...main,
      'pyproject.toml':
        '[project]\nname = "x"\ndependencies = ["fastapi[standard]", "alembic>=1.16"]\n\n[tool.alembic]\nscript_location = "x"\n',
    };
    expect(lineOf(files, (await fastapiIn(files)).found.migrate)).toBe('[tool.alembic]');
  });

  it('Alembic without its configuration is told', async () => {
    const { found, warnings } = await fastapiIn(withRequirements('alembic'));
    expect(found.migrate).toBeUndefined();
    expect(warnings).toEqual([
      'Alembic is a dependency (requirements.txt:3), but there is no alembic.ini: no migrations are run',
    ]);
    const other = await fastapiIn({ ...withRequirements('alembic'), 'app/db/alembic.ini': '' });
    expect(other.warnings[0]).toContain('app/db/alembic.ini is not in the folder of the app');
  });

  it('an alembic.ini alone means nothing', async () => {
    expect((await fastapiIn(fastapi({ 'alembic.ini': '' }))).found.migrate).toBeUndefined();
  });

  it.each(['fastapi', 'fastapi[x]==1'])('%s alone brings no server, which is told', async (name) => {
    const { warnings } = await fastapiIn({ ...main, 'requirements.txt': `${name}\n` });
    expect(warnings).toEqual([
      'Nothing that is installed brings uvicorn, which starts the app (requirements.txt:1): add uvicorn, or fastapi[standard]',
    ]);
  });

  it.each(['fastapi[standard]', 'fastapi[all]', 'fastapi\nuvicorn[standard]', 'fastapi\nfastapi-cli'])(
    '%j brings a server',
    async (text) => {
      expect((await fastapiIn({ ...main, 'requirements.txt': `${text}\n` })).warnings).toEqual([]);
    },
  );
});
