import { describe, expect, it } from 'vitest';
import type { Sources } from '../../../generators/answers/complete/types.ts';
import { complete } from '../../../generators/answers/complete.ts';
import { detect } from '../../../generators/answers/detect/index.ts';
import { presets } from '../../../generators/answers/presets.ts';
import type { Ui } from '../../../generators/answers/questions/ui.ts';
import { askAnswers } from '../../../generators/answers/questions.ts';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';
import { guide, readmeSection } from '../../../generators/plan/docs.ts';
import { resolve } from '../../../generators/stack/resolve.ts';
import { run, type Tree } from '../../support/plan.ts';
import { fastapi, repo } from '../detect/repo.ts';

async function sourcesOf(tree: Tree, more: Partial<Sources> = {}): Promise<Sources> {
  return {
    folder: 'shop',
    detected: await detect(repo(tree)),
    chosen: [],
    isVacant: (path) => Object.keys(tree).every((file) => path !== '.' && !file.startsWith(`${path}/`)),
    ...more,
  };
}

const inFolder = (folder: string, files: Readonly<Record<string, string | object>>): Tree =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, String(text)]));

const site = {
  stack: 'static',
  path: 'page',
  packageManager: 'npm',
  frozen: true,
  version: 24,
  build: 'build',
  dev: 'none',
  scripts: false,
  output: 'dist',
  fallback: true,
  devPort: 5173,
  port: 8080,
  health: '/healthz',
  uses: [],
};
const api = {
  stack: 'fastapi',
  path: 'api',
  packageManager: 'uv',
  frozen: true,
  version: '3.13',
  app: 'app.main:app',
  appDir: '.',
  migrate: 'none',
  databaseScheme: 'postgresql',
  port: 8000,
  health: '/health',
  uses: ['postgres'],
};
const answersWith = (apps: object, postgres: object = {}) => ({
  prodstack: 1,
  name: 'shop',
  apps,
  postgres: { mode: 'bundled', version: 18, ...postgres },
});

describe('a preset of several apps', () => {
  it.each([
    ['home-server', '/api', '/api/ready'],
    ['fastapi-managed', '/api/v1', '/api/v1/health'],
  ])('%s makes a backend below %s of its front end', async (name, route, health) => {
    const preset = presets[name]?.answers ?? {};
    const draft = complete(await sourcesOf({}, { preset }));
    expect(draft.starters.map(({ app, path, template }) => [app, path, template])).toEqual([
      ['backend', 'backend', 'fastapi'],
      ['frontend', 'frontend', 'static'],
    ]);
    const { apps } = validate(draft.answers);
    expect(apps['backend']).toMatchObject({ health, limits: { memory: '512M', reservation: '256M' } });
    expect(apps['frontend']).toMatchObject({ uses: ['backend'], proxy: { [route]: 'backend' } });
  });

  it('takes the app that is there for its own, whatever it is called', async () => {
    const preset = presets['home-server']?.answers ?? {};
    const draft = complete(await sourcesOf(inFolder('server', fastapi()), { preset }));
    expect(draft.starters.map(({ app }) => app)).toEqual(['frontend']);
    const { apps } = validate(draft.answers);
    expect(Object.keys(apps)).toEqual(['server', 'frontend']);
    expect(apps['server']?.limits).toEqual({ cpus: '1.0', memory: '512M', reservation: '256M' });
    expect(apps['frontend']).toMatchObject({ uses: ['server'], proxy: { '/api': 'server' } });
  });
});

describe('a static site', () => {
  it('is connected to no external, and nothing is assumed of its server', async () => {
    const tree = { 'page/index.html': '' };
    const chosen = [
      { apps: { page: { stack: 'static', path: 'page', build: 'none' } }, postgres: { mode: 'bundled' } },
    ];
    const draft = complete(await sourcesOf(tree, { chosen }));
    expect(validate(draft.answers).apps['page']).toMatchObject({ uses: [], output: '.' });
    expect(draft.assumptions.map(({ path }) => path)).toEqual(['apps.page.output', 'backup.to']);
    expect(draft.warnings).toEqual([]);
  });

  it.each([
    [{ uses: ['postgres'] }, 'apps.page.uses.0'],
    [{ proxy: { '/api': 'api' } }, 'apps.page.proxy./api'],
    [{ proxy: { '/api': { app: 'api', strip: true } } }, 'apps.page.proxy./api'],
    [{ proxy: { 'api/': 'api' }, uses: ['api'] }, 'apps.page.proxy.api/'],
    [{ assets: '../x' }, 'apps.page.assets'],
    [{ output: '../static' }, 'apps.page.output'],
    [{ buildVariables: ['VITE_API_TOKEN'] }, 'apps.page.buildVariables.0'],
  ])('is refused with %j', (more, path) => {
    const wrong = () => validate(answersWith({ api, page: { ...site, ...more } }));
    expect(wrong).toThrow(UserError);
    try {
      wrong();
    } catch (error) {
      expect((error as UserError).problems?.map((problem) => problem.path)).toEqual([path]);
    }
  });

  it('declares a variable of the build once, for all sites that read it', () => {
    const reads = { ...site, buildVariables: ['VITE_TITLE'] };
    const apps = { page: reads, admin: { ...reads, path: 'admin', port: 8081 } };
    const stack = resolve(validate(answersWith(apps)));
    const declared = stack.env.filter(({ name }) => name === 'VITE_TITLE');
    expect(declared).toMatchObject([{ kind: 'optional', default: '', group: 'Builds' }]);
    expect(declared[0]?.meaning).toContain('page and admin');
    for (const name of ['page', 'admin'])
      expect(stack.services.find((one) => one.name === name)?.build?.args).toEqual({
        VITE_TITLE: [{ variable: 'VITE_TITLE' }],
      });
  });
});

describe('apps with databases of their own', () => {
  it.each(['databases', 'schemas'] as const)('have roles that are like no other: %s', (separate) => {
    // Named as the owner of all is, and as what every server has.
    const apps = { app: api, template1: { ...api, path: 'b', port: 8001 }, 'pg-x': { ...api, path: 'c', port: 8002 } };
    const { services } = resolve(validate(answersWith(apps, { separate })));
    const setup = services.find(({ name }) => name === 'postgres-setup');
    expect(setup?.view['command']).toEqual([
      'sh',
      '/setup.sh',
      separate,
      'app_app:APP_POSTGRES_PASSWORD:APP_MIGRATION_PASSWORD:app',
      'app_template1:TEMPLATE1_POSTGRES_PASSWORD:TEMPLATE1_MIGRATION_PASSWORD:app',
      'app_pg_x:PG_X_POSTGRES_PASSWORD:PG_X_MIGRATION_PASSWORD:app',
    ]);
    const url = services.find(({ name }) => name === 'pg-x')?.environment['DATABASE_URL'];
    const database = separate === 'databases' ? 'app_pg_x' : 'app';
    expect(url).toEqual([
      'postgresql',
      '://',
      'app_pg_x',
      ':',
      { variable: 'PG_X_POSTGRES_PASSWORD' },
      '@',
      'postgres',
      ':',
      '5432',
      '/',
      database,
    ]);
  });

  it('are asked for only where two apps share a server', async () => {
    const two = { ...inFolder('a', withDatabase()), ...inFolder('b', withDatabase()) };
    const one = inFolder('a', withDatabase());
    expect(await asked(await sourcesOf(two))).toEqual({
      postgres: { mode: 'bundled', version: 18, separate: 'schemas' },
    });
    expect(await asked(await sourcesOf(one))).toEqual({ postgres: { mode: 'bundled', version: 18 } });
  });

  it('are what the guide speaks of', async () => {
    const said = { apps: { api, b: { ...api, path: 'b', port: 8001 } }, postgres: { mode: 'bundled', version: 18 } };
    const input = { 'api/x': '', 'b/x': '', 'prodstack.yaml': JSON.stringify({ prodstack: 1, name: 'shop', ...said }) };
    const { stack } = await run(input);
    expect(guide(stack)).not.toContain('app_api');
    const after = resolve(validate(answersWith(said.apps, { separate: 'databases' })));
    expect(guide(after)).toContain('| `api` | `app_api` | `app_api` | `app_api_migration` |');
    expect(guide(after)).toContain('for database in app app_api app_b postgres template1');
  });
});

describe('the texts about several apps', () => {
  const stack = resolve(validate(answersWith({ api, page: { ...site, uses: ['api'], proxy: { '/api': 'api' } } })));

  it('name each once, with its address', () => {
    const text = readmeSection(stack);
    expect(text).toMatch(/^- `api` answers at <http:\/\/127\.0\.0\.1:8000>/m);
    expect(text).toMatch(/^- `page` answers at <http:\/\/127\.0\.0\.1:8080>.*PUBLIC_/m);
  });

  it('stop and ask only whom it concerns', () => {
    const text = guide(stack);
    expect(text).toContain('docker compose stop api\n');
    expect(text).not.toMatch(/docker compose stop.* page/);
    expect(text).not.toMatch(/undefined|127\.0\.0\.1:>/);
  });
});

function withDatabase(): Readonly<Record<string, string>> {
  return {
    ...(fastapi() as Record<string, string>),
    'requirements.txt': 'fastapi==0.120.1\nuvicorn==0.38.0\nasyncpg==0.30.0\n',
  };
}

/** What somebody answers who confirms everything and wants schemas. */
async function asked(sources: Sources): Promise<unknown> {
  const ui: Ui = {
    say: () => {},
    input: async (question) => question.default ?? 'shop',
    confirm: async (question) => question.default,
    select: async (question) => {
      const [first] = question.choices;
      const schemas = question.choices.find(({ value }) => value === 'schemas');
      return (schemas ?? question.choices.find(({ value }) => value === question.default) ?? first)?.value as never;
    },
  };
  const { postgres } = (await askAnswers(ui, sources)) as { readonly postgres?: unknown };
  return { postgres };
}
