import { describe, expect, it } from 'vitest';
import { detectIn, express, type Files, fastapi, lineOf, pythonIn } from './repo.ts';

const flask = (files: Files): Files => ({ 'requirements.txt': 'flask==3.1.2\ngunicorn==23.0.0\n', ...files });

describe('a Flask app', () => {
  it.each<[string, Files, string, string]>([
    ['an object', { 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' }, 'app:app', '.'],
    [
      'a factory',
      {
        'store/__init__.py': 'from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app\n',
      },
      'store:create_app()',
      '.',
    ],
    [
      'a factory with a default',
      { 'store/__init__.py': 'from flask import Flask\ndef create_app(config=None):\n    return Flask(__name__)\n' },
      'store:create_app()',
      '.',
    ],
    [
      'an object of a factory, before the factory',
      {
        'wsgi.py': 'from store import create_app\napp = create_app()\n',
        'store/__init__.py': 'from flask import Flask\ndef create_app():\n    return Flask(__name__)\n',
      },
      'wsgi:app',
      '.',
    ],
    [
      'a src layout',
      { 'src/store/__init__.py': 'from flask import Flask\napp = Flask(__name__)\n' },
      'store:app',
      'src',
    ],
    [
      'what its Procfile says',
      {
        Procfile: 'web: gunicorn "other:make()"\n',
        'app.py': 'from flask import Flask\napp = Flask(__name__)\n',
        'other.py': 'from flask import Flask\ndef make():\n    return Flask(__name__)\n',
      },
      'other:make()',
      '.',
    ],
  ])('is found as %s', async (_, files, app, appDir) => {
    const { found } = await pythonIn(flask(files));
    expect([found.app?.value, found.appDir?.value]).toEqual([app, appDir]);
    expect(found.framework?.value).toBe('flask');
  });

  it('with a factory that needs something is told so', async () => {
    const { found, warnings } = await pythonIn(
      flask({ 'app.py': 'from flask import Flask\ndef create_app(config):\n    return Flask(__name__)\n' }),
    );
    expect(found.app).toBeUndefined();
    expect(warnings[0]).toBe(
      'app.py:2: create_app() needs arguments (config), which a server has none for: give them defaults',
    );
  });

  it('has the health route of a blueprint with its prefix', async () => {
    const { found } = await pythonIn(
      flask({
        'app.py':
          'from flask import Flask\nfrom routes import api\napp = Flask(__name__)\napp.register_blueprint(api, url_prefix="/api")\n',
        'routes.py':
          'from flask import Blueprint\napi = Blueprint("api", __name__)\n@api.route("/health")\ndef h(): ...\n',
      }),
    );
    expect(found.health).toEqual({ value: '/api/health', evidence: { file: 'routes.py', line: 3 } });
  });

  it('migrates with Flask-Migrate where it has migrations, and with Alembic where it has that', async () => {
    const app = { 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' };
    const migrate = { ...app, 'requirements.txt': 'flask\nflask-migrate\n', 'migrations/env.py': 'x = 1\n' };
    expect((await pythonIn(flask(migrate))).found.migrate?.value).toBe('flask');
    const alembic = { ...app, 'requirements.txt': 'flask\nalembic\n', 'alembic.ini': '[alembic]\n' };
    expect((await pythonIn(flask(alembic))).found.migrate?.value).toBe('alembic');
  });
});

describe('a plain program', () => {
  const bot = { 'requirements.txt': 'discord.py==2.6.4\n' };
  it.each<[string, Files, string, string]>([
    ['a file', { 'bot.py': 'import x\nif __name__ == "__main__":\n    x.run()\n' }, 'python bot.py', '.'],
    ['a package that can be run', { 'harbour/__main__.py': 'import x\nx.run()\n' }, 'python -m harbour', '.'],
    ['a package in src', { 'src/harbour/__main__.py': 'import x\nx.run()\n' }, 'python -m harbour', 'src'],
    [
      'its Procfile',
      { Procfile: 'worker: python -u jobs/run.py\n', 'jobs/run.py': 'x = 1\n' },
      'python jobs/run.py',
      '.',
    ],
  ])('is found as %s', async (_, files, start, appDir) => {
    const { found } = await pythonIn({ ...bot, ...files });
    expect([found.framework?.value, found.start?.value, found.appDir?.value]).toEqual(['none', start, appDir]);
    expect([found.port?.value, found.health?.value]).toEqual(['none', 'none']);
  });

  it.each<[string, Files]>([
    ['a library', { 'pyproject.toml': '[project]\nname = "x"\ndependencies = ["httpx"]\n', 'src/x/__init__.py': '' }],
    [
      'a script that does its work and ends',
      { 'requirements.txt': 'pandas\n', 'main.py': 'import pandas\nif __name__ == "__main__":\n    print(1)\n' },
    ],
    ['the tools of a library', { ...bot, 'x/__init__.py': '', 'scripts/main.py': 'while True:\n    pass\n' }],
  ])('is not %s', async (_, files) => {
    expect((await detectIn(files)).apps).toEqual([]);
  });

  it('does not count beside an app', async () => {
    const program = { 'tools/requirements.txt': 'schedule\n', 'tools/main.py': 'import x\nwhile True:\n    x()\n' };
    const stacks = async (files: Files) => (await detectIn({ ...files, ...program })).apps.map(({ stack }) => stack);
    expect(await stacks(express())).toEqual(['node']);
    expect(await stacks(fastapi())).toEqual(['fastapi']);
    expect(await stacks({})).toEqual(['python']);
  });

  it('that listens on its own loopback interface is warned of, with the line', async () => {
    const { warnings, found } = await pythonIn({
      'requirements.txt': 'aiohttp==3.13.2\n',
      'main.py':
        'from aiohttp import web\n\nif __name__ == "__main__":\n    web.run_app(app, host="127.0.0.1", port=9000)\n',
    });
    expect(warnings).toEqual([
      "main.py:4: the app listens on its own container's loopback interface only: use 0.0.0.0",
    ]);
    expect(found.port?.value).toBe(9000);
  });
});

describe('workers', () => {
  const celery = (source: string, requirements = 'fastapi==1\nuvicorn==1\ncelery[redis]==5.6.0\n'): Files => ({
    ...fastapi(),
    'requirements.txt': requirements,
    'jobs/celery.py': source,
  });
  const plain = 'from celery import Celery\n\napp = Celery("jobs")\n';

  it('of Celery are found by its object, and beat by a schedule', async () => {
    const files = celery(`${plain}app.conf.beat_schedule = {}\n`);
    const [app] = (await detectIn(files)).apps;
    const workers = app && 'workers' in app.found ? app.found.workers : undefined;
    expect(workers?.value).toEqual({
      worker: {
        start: 'celery -A jobs worker --loglevel INFO --concurrency 2 --hostname worker@celery',
        health: 'celery -A jobs inspect ping --destination worker@celery --timeout 5',
      },
      beat: { start: 'celery -A jobs beat --loglevel INFO --schedule /tmp/celerybeat-schedule --pidfile=' },
    });
    expect(lineOf(files, workers)).toBe('app = Celery("jobs")');
  });

  it.each([
    ['an object of another name', 'from celery import Celery\nqueue = Celery("x")\n', 'jobs.celery:queue'],
    ['what a factory gives', 'from x import make_celery\ncelery = make_celery(app)\n', 'jobs'],
    ['an extension of Flask', 'celery_app = app.extensions["celery"]\n', 'jobs.celery:celery_app'],
  ])('of Celery may be %s', async (_, source, target) => {
    const [app] = (await detectIn(celery(source))).apps;
    const start = app && 'workers' in app.found ? app.found.workers?.value['worker']?.start : '';
    expect(start).toContain(`celery -A ${target} worker `);
  });

  it.each<[string, Files, string]>([
    [
      'RQ with its queues',
      {
        'requirements.txt': 'fastapi\nuvicorn\nrq\n',
        'jobs.py': 'from rq import Queue\nq = Queue("mails", connection=r)\n',
      },
      'rq worker mails',
    ],
    [
      'arq',
      { 'requirements.txt': 'fastapi\nuvicorn\narq\n', 'jobs.py': 'class WorkerSettings:\n    functions = []\n' },
      'arq jobs.WorkerSettings',
    ],
    [
      'Dramatiq',
      {
        'requirements.txt': 'fastapi\nuvicorn\ndramatiq\n',
        'jobs.py': 'import dramatiq\n@dramatiq.actor\ndef f(): ...\n',
      },
      'dramatiq jobs --processes 1 --threads 4',
    ],
    ['a Procfile', { Procfile: 'web: uvicorn main:app\nworker: python -m jobs\n', 'jobs.py': '' }, 'python -m jobs'],
  ])('of %s', async (_, files, start) => {
    const [app] = (await detectIn({ ...fastapi(), ...files })).apps;
    expect(app && 'workers' in app.found ? app.found.workers?.value['worker']?.start : '').toBe(start);
  });
});

describe('Debian packages', () => {
  it.each<[string, object | undefined]>([
    ['psycopg[binary]', undefined],
    ['psycopg2-binary', undefined],
    ['Pillow\nlxml\ncryptography\nnumpy', undefined],
    ['psycopg', { run: ['libpq5'] }],
    ['psycopg\npsycopg-binary', undefined],
    ['psycopg[c]', { build: ['gcc', 'libc6-dev', 'libpq-dev'], run: ['libpq5'] }],
    ['psycopg2', { build: ['gcc', 'libc6-dev', 'libpq-dev'], run: ['libpq5'] }],
    ['SQLAlchemy[postgresql]', { build: ['gcc', 'libc6-dev', 'libpq-dev'], run: ['libpq5'] }],
    ['weasyprint', { run: ['libpango-1.0-0', 'libpangoft2-1.0-0', 'libharfbuzz-subset0'] }],
    ['opencv-python-headless', undefined],
    ['git+https://example.com/x.git', { build: ['git', 'ca-certificates'] }],
  ])('for %j are those that no wheel brings', async (packages, expected) => {
    const [app] = (await detectIn(fastapi({ 'requirements.txt': `fastapi\nuvicorn\n${packages}\n` }))).apps;
    expect(app && 'systemPackages' in app.found ? app.found.systemPackages?.value : undefined).toEqual(expected);
  });
});
