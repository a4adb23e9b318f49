import { describe, expect, it } from 'vitest';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';

const node = {
  stack: 'node',
  path: '.',
  framework: 'express',
  packageManager: 'npm',
  frozen: true,
  version: 24,
  build: 'none',
  start: 'node server.js',
  dev: 'node --watch server.js',
  scripts: false,
  port: 3000,
  health: '/health',
  uses: ['postgres'],
};
const good = { prodstack: 1, name: 'shop', apps: { app: node }, postgres: { mode: 'bundled', version: 18 } };

function problems(input: unknown) {
  try {
    validate(input);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

const withApp = (more: object) => ({ ...good, apps: { app: { ...node, ...more } } });
const named = (name: string) => ({ ...good, apps: { [name]: node } });

describe('validation', () => {
  it('takes good answers as they are', () => {
    expect(validate(good)).toEqual(good);
  });

  it('takes a Python program without a port, and refuses a framework without one', () => {
    const python = {
      ...{ stack: 'python', path: '.', packageManager: 'uv', frozen: true, version: '3.13', appDir: '.' },
      ...{ migrate: 'none', databaseScheme: 'postgresql', port: 'none', health: 'none', uses: [] },
    };
    const withPython = (more: object) => ({ ...good, apps: { app: { ...python, ...more } } });
    expect(problems(withPython({ framework: 'none', start: 'python bot.py' }))).toEqual([]);
    expect(problems(withPython({ framework: 'flask', app: 'shop:app' }))).toEqual([
      { path: 'apps.app.port', value: 'none', message: 'must be a number: flask listens on it' },
    ]);
  });

  it('takes an app at the root of its workspace, and refuses one that the workspace does not have', () => {
    const workspace = { path: '.', packages: ['packages/lib'], needs: ['packages/lib'] };
    expect(problems(withApp({ workspace }))).toEqual([]);
    expect(problems(withApp({ path: 'apps/web', workspace }))).toEqual([
      expect.objectContaining({ path: 'apps.app.workspace.packages' }),
    ]);
  });

  it('reports all problems at once, each with path, value, what is allowed and a near match', () => {
    const found = problems({
      ...good,
      name: 'My Shop',
      postgres: { mode: 'bundled', version: 15 },
      redis: { mode: 'bundeld', version: 8 },
      apps: { app: { ...node, port: 80, frameworks: 'x' } },
    });
    expect(found.map((one) => one.path).sort()).toEqual([
      'apps.app.frameworks',
      'apps.app.port',
      'name',
      'postgres.version',
      'redis.mode',
    ]);
    expect(found.find((one) => one.path === 'postgres.version')).toMatchObject({
      value: '15',
      message: 'must be one of 16, 17, 18',
    });
    expect(found.find((one) => one.path === 'apps.app.frameworks')).toMatchObject({ suggestion: 'framework' });
    expect(found.find((one) => one.path === 'apps.app.port')?.message).toContain('1024');
    expect(found.find((one) => one.path === 'redis.mode')).toMatchObject({ suggestion: 'bundled' });
  });

  it.each([
    ['a wrong type', withApp({ port: '3000' }), 'apps.app.port', 'must be a number'],
    ['a port out of range', withApp({ port: 70000 }), 'apps.app.port', '65535'],
    ['half a port', withApp({ port: 3000.5 }), 'apps.app.port', 'whole'],
    ['an unknown stack', withApp({ stack: 'nodejs' }), 'apps.app.stack', 'node, fastapi, python, laravel, static'],
    ['a version without an image', withApp({ version: 21 }), 'apps.app.version', '22, 24, 26'],
    [
      'a version at its end of life',
      withApp({ version: 20 }),
      'apps.app.version',
      'is end of life since 2026-04-30: must',
    ],
    ['a missing start', withApp({ start: undefined }), 'apps.app.start', 'is missing'],
    ['a health route with a quote', withApp({ health: "/h'" }), 'apps.app.health', 'none'],
    [
      'shell syntax in a command',
      withApp({ start: 'node x.js && rm -rf /' }),
      'apps.app.start',
      'without shell syntax',
    ],
    ['a variable in a command', withApp({ start: 'node $X' }), 'apps.app.start', 'without shell syntax'],
    ['an open quote', withApp({ start: 'node "x.js' }), 'apps.app.start', 'quotes closed'],
    ['a folder that leaves the repo', withApp({ path: '../x' }), 'apps.app.path', 'inside the repo'],
    ['an absolute folder', withApp({ path: '/etc' }), 'apps.app.path', 'inside the repo'],
    ['a folder like an option', withApp({ path: '-rf' }), 'apps.app.path', 'inside the repo'],
    ['no apps', { ...good, apps: {} }, 'apps', 'map'],
    ['apps as a list', { ...good, apps: [] }, 'apps', 'map'],
    ['an answer of a newer version', { ...good, prodstack: 2 }, 'prodstack', 'must be 1'],
    ['an unknown block', { ...good, postgress: {} }, 'postgress', 'not an answer'],
    ['nothing at all', null, 'the answers', 'map'],
  ])('refuses %s', (_what, input, path, message) => {
    const found = problems(input);
    expect(found.map((one) => one.path)).toContain(path);
    expect(found.find((one) => one.path === path)?.message).toContain(message);
  });

  it.each([
    'no',
    'on',
    'null',
    'true',
    'y',
    '1e3',
    '3d',
    'a"b',
    "a'b",
    'a\nb',
    'a$b',
    'a{{b',
    '..',
    '-rf',
    'a--b',
    'a-',
    'A',
    'a_b',
    'a b',
    '🦊',
    'x'.repeat(300),
    '',
  ])('refuses %j as the name of a project and of an app', (name) => {
    expect(problems({ ...good, name }).map((one) => one.path)).toEqual(['name']);
    expect(problems(named(name)).map((one) => one.path)).toEqual([`apps.${name}`]);
  });

  it.each(['postgres', 'redis', 'data', 'backup', 'caddy', 'api-migrate'])(
    'refuses %s as the name of an app: a service has it',
    (name) => {
      expect(problems(named(name)).map((one) => one.path)).toEqual([`apps.${name}`]);
    },
  );

  it('refuses two apps with one port or one folder', () => {
    const two = { ...good, apps: { api: node, web: { ...node } } };
    expect(problems(two).map((one) => one.path)).toEqual(['apps.web.port', 'apps.web.path']);
  });

  it('takes secrets, which two apps may call the same', () => {
    const api = { ...node, secrets: ['JWT_SECRET'] };
    expect(problems({ ...good, apps: { api, web: { ...api, port: 3001, path: 'web' } } })).toEqual([]);
  });

  it.each([
    ['what the stack sets', { app: { ...node, secrets: ['DATABASE_URL'] } }, 'apps.app.secrets.0', 'the stack itself'],
    ['one twice', { app: { ...node, secrets: ['A_KEY', 'A_KEY'] } }, 'apps.app.secrets.1', 'apps.app.secrets.0'],
    [
      'one that is derived too',
      { app: { ...node, secrets: ['A_KEY'], variables: { A_KEY: 'postgres.host' } } },
      'apps.app.secrets.0',
      'apps.app.variables.A_KEY',
    ],
    [
      'two that .env would hold under one name',
      { api: { ...node, secrets: ['V2_KEY'] }, 'api-v2': { ...node, port: 3001, path: 'v2', secrets: ['KEY'] } },
      'apps.api-v2.secrets.0',
      'apps.api.secrets.0',
    ],
  ])('refuses as a secret %s', (_what, apps, path, message) => {
    const found = problems({ ...good, apps });
    expect(found.map((one) => one.path)).toEqual([path]);
    expect(found[0]?.message).toContain(message);
  });
});
