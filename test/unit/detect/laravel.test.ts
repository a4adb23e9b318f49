import { describe, expect, it } from 'vitest';
import { entrypointProblems } from '../../../generators/answers/detect/entrypoints.ts';
import { allows } from '../../../generators/answers/detect/laravel/version.ts';
import type { DetectedLaravelApp } from '../../../generators/answers/detect/types.ts';
import { run } from '../../support/plan.ts';
import { detectIn, type Files, lineOf, refusalOf, repo, valuesOf } from './repo.ts';

const bootstrap = `<?php

return Application::configure(basePath: dirname(__DIR__))
    ->withRouting(
        web: __DIR__.'/../routes/web.php',
        health: '/up',
    )->create();
`;

/** A small Laravel app; what a test is about comes on top. */
function laravel(composer: object = {}, files: Files = {}): Files {
  return {
    'composer.json': {
      type: 'project',
      ...composer,
      require: { php: '^8.2', 'laravel/framework': '^12.0', ...requireOf(composer) },
    },
    artisan: '#!/usr/bin/env php\n',
    'bootstrap/app.php': bootstrap,
    'public/index.php': '<?php\n',
    ...files,
  };
}

const requireOf = (composer: object) => ('require' in composer ? (composer.require as object) : {});

async function laravelIn(files: Files): Promise<DetectedLaravelApp> {
  const { apps } = await detectIn(files);
  const [app] = apps;
  if (apps.length !== 1 || app?.stack !== 'laravel') throw new Error(`not one Laravel app: ${JSON.stringify(apps)}`);
  return app;
}

describe('what its tests are written for', () => {
  it.each<[string | undefined, object]>([
    ['pest', { 'pestphp/pest': '^4.0', 'phpunit/phpunit': '^12.0' }],
    ['phpunit', { 'phpunit/phpunit': '^12.0' }],
    [undefined, {}],
  ])('%s', async (tests, packages) => {
    const app = await laravelIn(laravel({ 'require-dev': packages }));
    expect(app.found.tests?.value).toBe(tests);
    expect(app.found.tests?.evidence.file).toBe(tests && 'composer.json');
  });
});

describe('what counts as a Laravel app', () => {
  it('a project with artisan that requires the framework', async () => {
    expect(await laravelIn(laravel())).toMatchObject({ name: 'app', path: '.', warnings: [] });
  });

  it.each<[string, Files]>([
    ['a package for Laravel', { 'composer.json': { require: { 'laravel/framework': '^12.0' } } }],
    [
      'another PHP project',
      { 'composer.json': { require: { 'symfony/framework-bundle': '^7.0' } }, 'bin/console': '' },
    ],
  ])('not %s', async (_, files) => {
    expect((await detectIn(files)).apps).toEqual([]);
  });

  it('its package.json is no app of its own, and another folder is', async () => {
    const files = laravel(
      {},
      {
        'package.json': { scripts: { build: 'vite build', start: 'node server.js' }, dependencies: { express: '5' } },
        'socket/package.json': { scripts: { start: 'node server.js' } },
        'socket/server.js': '',
      },
    );
    expect((await detectIn(files)).apps.map(({ name, stack }) => `${name}: ${stack}`)).toEqual([
      'app: laravel',
      'socket: node',
    ]);
  });

  it('without artisan it is refused, with the file and the way out', async () => {
    const { artisan: _, ...files } = laravel();
    const error = await refusalOf(files);
    expect(error.code).toBe('repo');
    expect(error.message).toBe('composer.json:5: a Laravel app, but there is no artisan');
    expect(error.hint).toContain('git checkout -- artisan');
  });

  it('a composer.json that is no JSON is refused with its place', async () => {
    const error = await refusalOf({ ...laravel(), 'composer.json': '{\n  "require": {\n    "php": "^8.2",\n  }\n}\n' });
    expect(error.message).toBe('composer.json:4:3: is not valid JSON');
    expect(error.hint).toContain('git checkout -- composer.json');
  });

  it('a composer.lock with an unfinished merge is refused', async () => {
    const error = await refusalOf(laravel({}, { 'composer.lock': '{\n<<<<<<< HEAD\n"packages": []\n' }));
    expect(error.message).toContain('composer.lock:2');
    expect(error.hint).toContain('composer update --lock');
  });
});

describe('the PHP version', () => {
  it.each([
    ['^8.2', '8.5'],
    ['^8.1|^8.3', '8.5'],
    ['~8.3.0', '8.3'],
    ['8.4.*', '8.4'],
    ['>=8.2 <8.5', '8.4'],
    ['>=8.2,<8.4', '8.3'],
    ['8.2 - 8.4', '8.4'],
    ['8.3.12', '8.3'],
    ['*', '8.5'],
    ['>=8.3', '8.5'],
  ])('%s gives the newest that fits, %s', async (php, version) => {
    const files = laravel({ require: { php } });
    const app = await laravelIn(files);
    expect(app.found.version?.value).toBe(version);
    expect(lineOf(files, app.found.version)).toContain(`"php": "${php}"`);
  });

  it.each(['^7.4', '~8.2.0', '^9.0', '8.0.*', '<8.3'])('%s, which no image satisfies, is refused', async (php) => {
    const error = await refusalOf(laravel({ require: { php } }));
    expect(error.message).toBe(`composer.json:4: PHP "${php}" allows none of 8.3, 8.4, 8.5`);
  });

  it('a pinned platform counts before the range', async () => {
    const app = await laravelIn(laravel({ config: { platform: { php: '8.3.10' } } }));
    expect(app.found.version).toMatchObject({ value: '8.3', evidence: { file: 'composer.json' } });
  });

  it('a pinned platform at its end of life is told', async () => {
    const app = await laravelIn(laravel({ config: { platform: { php: '8.1.2' } } }));
    expect(app.found.version?.value).toBe('8.5');
    expect(app.warnings).toEqual([
      expect.stringMatching(/^PHP 8\.1\.2 \(composer\.json:\d+\) has no image that gets fixes/),
    ]);
  });

  it('every locked package has to allow it', async () => {
    const lock = {
      packages: [
        { name: 'a/b', require: { php: '>=8.2 <8.5' } },
        { name: 'c/d', require: { php: '^8.1' } },
      ],
    };
    expect((await laravelIn(laravel({}, { 'composer.lock': lock }))).found.version?.value).toBe('8.4');
  });

  it.each([
    ['!=8.3', '8.4', true],
    ['>8.3', '8.3', false],
    ['>8.3', '8.4', true],
    ['<=8.4', '8.4', true],
    ['<=8.4', '8.5', false],
    ['nonsense', '8.4', false],
  ] as const)('%s allows %s: %s', (constraint, version, expected) => {
    expect(allows(constraint, version)).toBe(expected);
  });
});

describe('extensions', () => {
  it('come from composer.json, the lockfile, known packages and code; what is there anyway is left out', async () => {
    const files = laravel(
      { require: { 'ext-json': '*', 'ext-bcmath': '*', 'intervention/image': '^3.0' } },
      {
        'composer.lock': {
          packages: [{ name: 'x/y', require: { 'ext-sodium': '*', 'ext-soap': '*', 'ext-zend-opcache': '*' } }],
        },
        'app/Price.php': '<?php\n// imagejpeg() is not called\nreturn Number::currency(1);\n',
      },
    );
    const app = await laravelIn(files);
    expect(app.found.extensions?.value).toEqual(['bcmath', 'gd', 'intl', 'soap']);
    expect(lineOf(files, app.found.extensions)).toContain('"ext-bcmath"');
  });

  it('none is no finding', async () => {
    expect((await laravelIn(laravel())).found.extensions).toBeUndefined();
  });
});

describe('what it is connected to', () => {
  const env = (...lines: string[]) => ({ '.env.example': `${lines.join('\n')}\n` });

  it('Postgres and Redis, as the example of the env file says', async () => {
    const app = await laravelIn(
      laravel({}, env('DB_CONNECTION=pgsql', 'QUEUE_CONNECTION=redis', 'SESSION_DRIVER=database', 'CACHE_STORE=file')),
    );
    expect(app.uses).toEqual({ postgres: { file: '.env.example', line: 1 }, redis: { file: '.env.example', line: 2 } });
    // A file is no cache for several containers; the rest is kept as it is.
    expect(app.found.drivers?.value).toEqual({ queue: 'redis', session: 'database' });
    expect(app.warnings).toEqual([]);
  });

  it('what the skeleton says of Redis is no use of it', async () => {
    const app = await laravelIn(
      laravel(
        {},
        env('DB_CONNECTION=pgsql', 'REDIS_HOST=127.0.0.1', 'REDIS_CLIENT=phpredis', 'QUEUE_CONNECTION=database'),
      ),
    );
    expect(app.uses.redis).toBeUndefined();
  });

  it('the defaults of config/ count where there is no example', async () => {
    const app = await laravelIn(
      laravel(
        {},
        {
          'config/database.php':
            "<?php\nreturn ['default' => env('DB_CONNECTION', 'pgsql'), 'redis' => ['client' => env('REDIS_CLIENT', 'predis')]];\n",
        },
      ),
    );
    expect(app.uses.postgres).toEqual({ file: 'config/database.php', line: 2 });
    expect(app.found.redisClient?.value).toBe('predis');
  });

  it.each([
    [{ require: { 'predis/predis': '^2' } }, {}],
    [{ require: { 'laravel/horizon': '^5' } }, {}],
    [{}, { 'app/Hits.php': "<?php\nRedis::incr('hits');\n" }],
  ])('Redis, because of a client', async (composer, files) => {
    expect((await laravelIn(laravel(composer, files))).uses.redis).toBeDefined();
  });

  it('SQLite gives way to Postgres, and that is told', async () => {
    const app = await laravelIn(laravel({}, env('DB_CONNECTION=sqlite')));
    expect(app.uses.postgres).toEqual({ file: '.env.example', line: 1 });
    expect(app.warnings).toEqual([expect.stringContaining('DB_CONNECTION is sqlite (.env.example:1)')]);
  });

  it('MySQL stays, with its driver, and that is told', async () => {
    const app = await laravelIn(laravel({}, env('DB_CONNECTION=mysql')));
    expect(app.uses.postgres).toBeUndefined();
    expect(app.found.extensions?.value).toEqual(['pdo_mysql']);
    expect(app.warnings).toEqual([expect.stringContaining('this stack offers PostgreSQL only')]);
  });
});

describe('roles', () => {
  it('none, where nothing asks for one', async () => {
    expect(valuesOf(await laravelIn(laravel()))).toEqual({
      path: '.',
      version: '8.5',
      frozen: false,
      migrate: 'none',
      health: '/up',
    });
  });

  it('a queue worker for what is queued, with its queues and the longest time that a job may take', async () => {
    const files = laravel(
      {},
      {
        'app/Jobs/Send.php':
          "<?php\n\nclass Send extends Job implements Contract, ShouldQueue\n{\n    public $queue = 'mail';\n    public int $timeout = 300;\n}\n",
        'app/Jobs/Import.php': '<?php\n\nclass Import implements ShouldQueue\n{\n    public $timeout = 120;\n}\n',
        'routes/web.php': "<?php\nSend::dispatch()->onQueue('high');\n// ->onQueue('never')\n",
        'config/queue.php': "<?php\nreturn ['default' => env('QUEUE_CONNECTION', 'database')];\n",
      },
    );
    const app = await laravelIn(files);
    expect(app.found.queues?.value).toEqual({ queue: { queues: ['high', 'mail', 'default'], timeout: 300 } });
    expect(lineOf(files, app.found.queues)).toContain('implements ShouldQueue');
    expect(app.found.drivers?.value).toEqual({ queue: 'database' });
  });

  it('Horizon takes the place of workers', async () => {
    const files = laravel(
      { require: { 'laravel/horizon': '^5.0' } },
      { 'app/Jobs/A.php': '<?php\nclass A implements ShouldQueue {}\n' },
    );
    const app = await laravelIn(files);
    expect(app.found.horizon?.value).toBe(true);
    expect(lineOf(files, app.found.horizon)).toContain('laravel/horizon');
    expect(app.found.queues).toBeUndefined();
  });

  it('Reverb, which a package may bring', async () => {
    const lock = '{\n  "packages": [\n    {\n      "name": "laravel/reverb"\n    }\n  ]\n}\n';
    const app = await laravelIn(laravel({}, { 'composer.lock': lock }));
    expect(app.found.reverb).toEqual({ value: { port: 8081 }, evidence: { file: 'composer.lock', line: 4 } });
  });

  it.each<[string, Files]>([
    ['routes/console.php', { 'routes/console.php': "<?php\nSchedule::command('x')->daily();\n" }],
    [
      'routes/console.php',
      { 'routes/console.php': "<?php\nArtisan::command('x', fn () => 1)->purpose('x')->hourly();\n" },
    ],
    ['bootstrap/app.php', { 'bootstrap/app.php': bootstrap.replace('->create', '->withSchedule(fn () => 1)->create') }],
    ['app/Console/Kernel.php', { 'app/Console/Kernel.php': "<?php\n$schedule->command('x');\n" }],
  ])('the scheduler, from %s', async (file, files) => {
    const app = await laravelIn(laravel({}, files));
    expect(app.found.scheduler).toMatchObject({ value: true, evidence: { file } });
  });

  it('no scheduler for a command that is only scheduled in a comment', async () => {
    const app = await laravelIn(laravel({}, { 'routes/console.php': "<?php\n# Schedule::command('x')->daily();\n" }));
    expect(app.found.scheduler).toBeUndefined();
  });

  it('migrations where there are some', async () => {
    const app = await laravelIn(laravel({}, { 'database/migrations/0001_x.php': '<?php\n' }));
    expect(app.found.migrate).toEqual({ value: 'artisan', evidence: { file: 'database/migrations/0001_x.php' } });
  });

  it.each<[string, Files, string]>([
    ['the route of the framework', {}, '/up'],
    [
      'a route of its own',
      { 'bootstrap/app.php': '<?php\n', 'routes/api.php': "<?php\nRoute::get('health', fn () => 'ok');\n" },
      '/api/health',
    ],
    ['none', { 'bootstrap/app.php': '<?php\n' }, 'none'],
  ])('health: %s', async (_, files, health) => {
    expect((await laravelIn(laravel({}, files))).found.health?.value).toBe(health);
  });
});

describe('assets', () => {
  const pack = { scripts: { build: 'vite build' }, devDependencies: { vite: '^7.0.0' }, engines: { node: '22' } };

  it('are built by the package manager of the lockfile', async () => {
    const app = await laravelIn(
      laravel(
        {},
        {
          'package.json': pack,
          'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
          '.env.example': 'VITE_APP_NAME=x\nVITE_API_SECRET=x\n',
          'resources/js/app.js': 'start(import.meta.env.VITE_REVERB_HOST);\n',
        },
      ),
    );
    expect(app.found.assets).toEqual({
      value: {
        packageManager: 'pnpm@10',
        frozen: true,
        version: 22,
        build: 'build',
        buildVariables: ['VITE_APP_NAME', 'VITE_REVERB_HOST'],
        php: false,
      },
      evidence: { file: 'package.json', line: 3 },
    });
  });

  it.each<[string, Files]>([
    ['Wayfinder', { 'package.json': { ...pack, devDependencies: { '@laravel/vite-plugin-wayfinder': '^0.1' } } }],
    [
      'a plugin that runs artisan',
      { 'package.json': pack, 'vite.config.ts': "run({ run: ['php', 'artisan', 'ziggy:generate'] })\n" },
    ],
    [
      'a script that runs artisan',
      { 'package.json': { scripts: { build: 'php artisan ziggy:generate && vite build' } } },
    ],
  ])('have PHP for %s', async (_, files) => {
    const app = await laravelIn(laravel({}, { ...files, 'package-lock.json': {} }));
    expect(app.found.assets?.value).toMatchObject({ packageManager: 'npm', php: true });
  });

  it('a missing lockfile is told', async () => {
    const app = await laravelIn(laravel({}, { 'package.json': pack }));
    expect(app.found.assets?.value.frozen).toBe(false);
    expect(app.warnings).toEqual([expect.stringMatching(/^package\.json has no lockfile/)]);
  });

  it.each<[string, Files]>([
    ['without package.json', {}],
    ['without a build', { 'package.json': { scripts: { lint: 'eslint .' } } }],
  ])('none %s', async (_, files) => {
    expect((await laravelIn(laravel({}, files))).found.assets).toBeUndefined();
  });
});

describe('what is told', () => {
  it.each<[object, Files, RegExp]>([
    [{ require: { 'laravel/framework': '^10.0' } }, {}, /^Laravel \^10\.0 \(composer\.json:5\) gets no security fixes/],
    [{ require: { 'laravel/octane': '^2.0' } }, {}, /^Octane \(composer\.json:6\) is not used/],
    [{ require: { 'spatie/laravel-pdf': '^1.0' } }, {}, /needs Chromium/],
    [{}, { 'auth.json': '{}' }, /^auth\.json is kept out of the image/],
  ])('%j', async (composer, files, warning) => {
    expect((await laravelIn(laravel(composer, files))).warnings).toEqual([expect.stringMatching(warning)]);
  });

  it.each(['^11.0', '^12.0|^13.0', '13.*'])('nothing of Laravel %s', async (version) => {
    expect((await laravelIn(laravel({ require: { 'laravel/framework': version } }))).warnings).toEqual([]);
  });

  it('path repositories are part of what is installed', async () => {
    const app = await laravelIn(
      laravel({
        repositories: [
          { type: 'path', url: './packages/*' },
          { type: 'path', url: '../outside' },
          { type: 'vcs', url: 'x' },
        ],
      }),
    );
    expect(app.found.localPackages?.value).toEqual(['packages']);
  });
});

describe('entry points of a Laravel app', () => {
  async function problemsOf(files: Files, changes: object = {}): Promise<readonly string[]> {
    const tree = Object.fromEntries(Object.keys(files).map((path) => [path, repo(files).read(path) ?? '']));
    const { answers } = await run(tree, { apps: { app: changes } });
    return (await entrypointProblems(repo(files), answers, [])).map(({ path, message }) => `${path}: ${message}`);
  }

  it('a whole app has none', async () => {
    expect(await problemsOf(laravel())).toEqual([]);
  });

  it.each<[object, string]>([
    [
      { horizon: true },
      'apps.app.horizon: needs the package laravel/horizon, which composer.json does not require: composer require laravel/horizon',
    ],
    [
      { reverb: { port: 8081 } },
      'apps.app.reverb: needs the package laravel/reverb, which composer.json does not require: composer require laravel/reverb',
    ],
    [
      { frozen: true },
      'apps.app.frozen: says that there is a lockfile, and there is no composer.lock: make it with composer update, and commit it',
    ],
    [{ localPackages: ['packages'] }, 'apps.app.localPackages: is a folder that does not exist, or has no files'],
    [
      { assets: { packageManager: 'npm', frozen: false, version: 24, build: 'build', php: false } },
      'apps.app.assets: needs package.json, which does not exist',
    ],
  ])('%j without what it needs', async (changes, problem) => {
    expect(await problemsOf(laravel(), changes)).toEqual([problem]);
  });

  it('a missing front controller', async () => {
    const { 'public/index.php': _, ...files } = laravel();
    expect(await problemsOf(files)).toEqual(['apps.app.path: holds no Laravel app: public/index.php is missing']);
  });

  it('a script that package.json does not have, with the likely right one', async () => {
    const files = laravel({}, { 'package.json': { scripts: { build: 'vite build' } }, 'package-lock.json': {} });
    const tree = Object.fromEntries(Object.keys(files).map((path) => [path, repo(files).read(path) ?? '']));
    const { answers } = await run(tree, {
      apps: { app: { assets: { packageManager: 'npm', frozen: true, version: 24, build: 'built', php: false } } },
    });
    expect(await entrypointProblems(repo(files), answers, [])).toEqual([
      { path: 'apps.app.assets.build', value: 'built', message: 'is no script of package.json', suggestion: 'build' },
    ]);
  });
});
