import { UserError } from '../../errors.ts';
import type { LaravelApp } from '../schema.ts';
import { laravelApp } from '../stacks/laravel.ts';
import { finding, place, settle, usesFound, type Warn } from './findings.ts';
import { record } from './json.ts';
import { detectAssets } from './laravel/assets.ts';
import { type Composer, readComposer, requirementOf } from './laravel/composer.ts';
import { detectExtensions } from './laravel/extensions.ts';
import { detectProxy } from './laravel/proxy.ts';
import { detectHealth, detectRoles } from './laravel/roles.ts';
import { readSettings, type Setting, type Settings } from './laravel/settings.ts';
import { detectVersion } from './laravel/version.ts';
import { join } from './paths.ts';
import { find, type Source } from './source.ts';
import type { DetectedLaravelApp, Evidence, Finding, Uses } from './types.ts';
import { foldersWith, sourcesOf, type View } from './view.ts';

/** Apps deeper in the repo than this are taken for examples of something. */
const deepest = 4;

/** Drivers that are for one developer's machine: on a server something else has to take their place. */
const forDevelopment = new Set(['sync', 'file', 'array', 'null', 'log', 'dynamodb-local']);

/**
 * The Laravel apps of a repo; their names are given later, among all apps.
 * @throws UserError `repo` when composer.json, a lockfile or package.json is broken, or artisan is missing
 */
export function detectLaravelApps(view: View): Omit<DetectedLaravelApp, 'name'>[] {
  const folders = foldersWith(view, /^composer\.json$/, deepest);
  return folders.flatMap((folder) => {
    const composer = readComposer(view, folder);
    return composer && isApp(view, composer) ? [describe(view, composer, folders)] : [];
  });
}

/** Whether a folder is a Laravel app, and not a package for Laravel. */
function isApp(view: View, { folder, json, require }: Composer): boolean {
  if (!('laravel/framework' in require)) return false;
  if (view.has(join(folder, 'artisan'))) return true;
  const looksLikeApp = json.data['type'] === 'project' || view.has(join(folder, 'bootstrap/app.php'));
  if (!looksLikeApp) return false;
  const artisan = join(folder, 'artisan');
  throw new UserError(
    'repo',
    `${place({ file: json.path, ...lineOf(json.line('require', 'laravel/framework')) })}: a Laravel app, but there is no ${artisan}`,
    {
      hint: `Every role but the web server is started by it. Bring it back (git checkout -- ${artisan}, or copy it from a new Laravel project), and run again.`,
    },
  );
}

const lineOf = (line: number | undefined) => (line === undefined ? {} : { line });

function describe(view: View, composer: Composer, folders: readonly string[]): Omit<DetectedLaravelApp, 'name'> {
  const warnings: string[] = [];
  const warn = (text: string) => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const { folder, json, lock } = composer;
  const sources = sourcesOf(view, folder, 'php', folders);
  const settings = readSettings(view, folder);
  const database = settings('DB_CONNECTION');
  const uses = detectUses(composer, sources, settings);
  const found = settle<DetectedLaravelApp['found']>(
    laravelApp.entries,
    {
      path: finding(folder, { file: json.path, ...lineOf(json.line('require', 'laravel/framework')) }),
      version: detectVersion(composer, warn),
      extensions: detectExtensions(composer, sources, database),
      frozen: finding(lock !== undefined, { file: lock?.path ?? json.path }),
      localPackages: detectLocalPackages(composer),
      assets: detectAssets(view, folder, warn),
      ...detectRoles(view, composer, sources, settings),
      health: detectHealth(folder, sources),
      drivers: detectDrivers(settings),
      redisClient: detectRedisClient(settings),
      tests: detectTests(composer),
    },
    warn,
  );
  warnOfDatabase(database, warn);
  warnOfPackages(view, composer, warn);
  const proxy = detectProxy(folder, sources);
  return { stack: 'laravel', path: folder, found, uses, warnings, ...(proxy && { proxy }) };
}

/** Postgres where it is configured, or SQLite, whose place it takes; Redis where something is kept in it or speaks to it. */
function detectUses(composer: Composer, sources: readonly Source[], settings: Settings): Uses {
  const database = settings('DB_CONNECTION');
  const postgres = database && /^(?:pgsql|sqlite)$/.test(database.value) ? database.evidence : undefined;
  const kept = [
    'QUEUE_CONNECTION',
    'CACHE_STORE',
    'CACHE_DRIVER',
    'SESSION_DRIVER',
    'BROADCAST_CONNECTION',
    'BROADCAST_DRIVER',
  ]
    .map(settings)
    .find((setting) => setting?.value === 'redis')?.evidence;
  const redis =
    kept ??
    requirementOf(composer, 'laravel/horizon', 'predis/predis', 'ext-redis') ??
    inCode(sources, /\bRedis::\w+\s*\(/g);
  const mqtt = requirementOf(composer, 'php-mqtt/laravel-client', 'php-mqtt/client');
  const storage = requirementOf(composer, 'league/flysystem-aws-s3-v3');
  const mailer = settings('MAIL_MAILER');
  const mail = mailer?.value === 'smtp' ? mailer.evidence : undefined;
  return usesFound({ postgres, redis, mqtt, storage, mail });
}

function inCode(sources: readonly Source[], pattern: RegExp): Evidence | undefined {
  for (const source of sources) for (const { file, line } of find(source, pattern)) return { file, line };
  return undefined;
}

/** What the app keeps where, as far as that is meant for a server too. */
function detectDrivers(settings: Settings): Finding<NonNullable<LaravelApp['drivers']>> | undefined {
  const wanted = {
    queue: settings('QUEUE_CONNECTION'),
    cache: settings('CACHE_STORE') ?? settings('CACHE_DRIVER'),
    session: settings('SESSION_DRIVER'),
  };
  const kept = Object.entries(wanted).filter(
    (entry): entry is [string, Setting] => entry[1] !== undefined && !forDevelopment.has(entry[1].value),
  );
  const [first] = kept;
  return first && finding(Object.fromEntries(kept.map(([key, { value }]) => [key, value])), first[1].evidence);
}

function detectRedisClient(settings: Settings): Finding<'phpredis' | 'predis'> | undefined {
  const client = settings('REDIS_CLIENT');
  return client?.value === 'predis' ? finding('predis', client.evidence) : undefined;
}

function detectTests({ json }: Composer): Finding<'pest' | 'phpunit'> | undefined {
  const packages = record(json.data['require-dev']);
  const of = (tests: 'pest' | 'phpunit', name: string) =>
    name in packages ? finding(tests, { file: json.path, ...lineOf(json.line('require-dev', name)) }) : undefined;
  return of('pest', 'pestphp/pest') ?? of('phpunit', 'phpunit/phpunit');
}

/** Folders of path repositories, which an install needs beside the manifests. */
function detectLocalPackages({ json }: Composer): Finding<string[]> | undefined {
  const repositories = Object.values(record(json.data['repositories']))
    .concat(json.data['repositories'] ?? [])
    .flat();
  const folders = repositories
    .map(record)
    .filter(({ type, url }) => type === 'path' && typeof url === 'string')
    .map(({ url }) =>
      String(url)
        .replace(/^\.\//, '')
        .replace(/\/?\*.*$/, '')
        .replace(/\/$/, ''),
    )
    .filter((folder) => folder !== '' && !folder.startsWith('.') && !folder.startsWith('/'));
  return folders.length > 0
    ? finding([...new Set(folders)], { file: json.path, ...lineOf(json.line('repositories')) })
    : undefined;
}

function warnOfDatabase(database: Setting | undefined, warn: Warn): void {
  if (!database) return;
  const where = `DB_CONNECTION is ${database.value} (${place(database.evidence)})`;
  if (database.value === 'sqlite')
    warn(
      `${where}: a file in a container is lost with it, and several containers need one database. On a server PostgreSQL takes its place: test your migrations on it`,
    );
  else if (database.value !== 'pgsql')
    warn(
      `${where}: this stack offers PostgreSQL only. To go on with another server, put DB_CONNECTION, DB_HOST, DB_PORT, DB_DATABASE, DB_USERNAME and DB_PASSWORD into the env file of the app`,
    );
}

/** What packages need that the image does not give them. */
function warnOfPackages(view: View, composer: Composer, warn: Warn): void {
  const { folder, json, require } = composer;
  const framework = require['laravel/framework'] ?? '';
  const majors = [...framework.matchAll(/(?<![.\d])(\d+)(?=[.\s|*]|$)/g)].map((match) => Number(match[1]));
  const line = json.line('require', 'laravel/framework');
  if (majors.length > 0 && Math.max(...majors) < 11)
    warn(
      `Laravel ${framework} (${place({ file: json.path, ...lineOf(line) })}) gets no security fixes any more: 11 to 13 are what this stack is made for`,
    );
  const octane = requirementOf(composer, 'laravel/octane');
  if (octane) warn(`Octane (${place(octane)}) is not used: each request starts afresh, which every app can do`);
  const chromium = requirementOf(composer, 'spatie/browsershot', 'spatie/laravel-pdf');
  if (chromium) warn(`Browsershot (${place(chromium)}) needs Chromium and Node.js, which the image does not have`);
  if (view.has(join(folder, 'auth.json')))
    warn(
      `${join(folder, 'auth.json')} is kept out of the image, and with it out of the build: packages of private repositories cannot be installed there`,
    );
}
