import { describe, expect, it } from 'vitest';
import { entrypointProblems } from '../../../generators/answers/detect/entrypoints.ts';
import { merge } from '../../../generators/answers/map.ts';
import { run } from '../../support/plan.ts';
import { django, type Files, repo } from './repo.ts';

/** The problems with a repo when these answers about its app are laid over what was found. */
async function problemsOf(files: Files, app: object) {
  const found = (await run(files as Readonly<Record<string, string>>)).answers;
  const answers = merge(found, { apps: { app } }) as typeof found;
  return (await entrypointProblems(repo(files), answers, [])).map(({ path, message, suggestion }) => [
    path.replace('apps.app.', ''),
    message,
    suggestion,
  ]);
}

const shop = django({
  'shop/celery.py': 'from celery import Celery\napp = Celery("shop")\n',
  'jobs/__init__.py': '',
  'jobs/mailer.py': 'x = 1\n',
  'requirements.txt': 'Django==5.2.8\ngunicorn==23.0.0\ncelery==5.6.0\n',
});

describe('an entry point of a Python app', () => {
  it.each<[string, object]>([
    ['as it was found', {}],
    ['a program of a dependency', { workers: { a: { start: 'celery -A shop worker' } } }],
    ['a dependency that is run as a module', { workers: { a: { start: 'python -m celery -A shop worker' } } }],
    ['a module of its own', { workers: { a: { start: 'python -m jobs.mailer' } } }],
    ['a file of its own', { workers: { a: { start: 'python -u jobs/mailer.py' } } }],
    ['a module of Python', { workers: { a: { start: 'python -m http.server' } } }],
    ['a program of the image', { workers: { a: { start: 'sleep 60' } } }],
  ])('that is there is no problem: %s', async (_, app) => {
    expect(await problemsOf(shop, app)).toEqual([]);
  });

  it.each<[object, string, string, string | undefined]>([
    [{ app: 'shop.wsgy:application' }, 'app', 'names the module shop.wsgy', 'shop.wsgi:application'],
    [{ app: 'shop.wsgi:app' }, 'app', 'names app, which shop/wsgi.py does not have', undefined],
    [{ app: 'shop.wsgi:aplication' }, 'app', 'names aplication', 'shop.wsgi:application'],
    [{ settings: 'shop.setting' }, 'settings', 'names the module shop.setting', 'shop.settings'],
    [{ appDir: 'src' }, 'appDir', 'there is no src/manage.py', '.'],
    [{ server: 'uvicorn' }, 'server', 'nothing installs it: add it (a line uvicorn in requirements.txt)', undefined],
    [{ migrate: 'alembic' }, 'migrate', 'needs alembic.ini', undefined],
    [
      { workers: { a: { start: 'python worker.py' } } },
      'workers.a.start',
      'names the file worker.py, which is not there',
      undefined,
    ],
    [
      { workers: { a: { start: 'python mailer.py' } } },
      'workers.a.start',
      'names the file mailer.py',
      'jobs/mailer.py',
    ],
    [{ workers: { a: { start: 'python -m mailer' } } }, 'workers.a.start', 'names the module mailer', 'jobs.mailer'],
    [{ workers: { a: { start: 'python -m jobs' } } }, 'workers.a.start', 'without a __main__.py', undefined],
    [{ workers: { a: { start: 'celery -A shopp worker' } } }, 'workers.a.start', 'names the module shopp', 'shop'],
    [
      { workers: { a: { start: 'celery -A shop.celery:ap worker' } } },
      'workers.a.start',
      'names ap',
      'shop.celery:app',
    ],
    [
      { workers: { a: { start: 'python -m jobs.mailer', health: 'python check.py' } } },
      'workers.a.health',
      'check.py',
      undefined,
    ],
  ])('that is nowhere is a problem: %j', async (app, path, message, suggestion) => {
    expect(await problemsOf(shop, app)).toEqual([[path, expect.stringContaining(message), suggestion]]);
  });
});
