/** What a person should know before a plan is carried out, and no answer can hold. */
import { addressWarnings } from './addresses.ts';
import type { Draft, Sources } from './answers/complete/types.ts';
import { isExternal } from './answers/external-names.ts';
import type { Answers, App } from './answers/schema.ts';
import { usersOf } from './answers/servers.ts';
import type { Observation } from './disk/observe.ts';
import { inFolder } from './paths.ts';
import type { Baseline } from './plan/baseline.ts';
import type { Outcome } from './plan/compare.ts';
import { secretWarnings } from './plan/secret-files.ts';
import { serverFiles } from './plan/targets.ts';
import { appEnvFile } from './stack/blocks/app.ts';
import { defaultOf } from './stack/queries.ts';
import { secretsFolder } from './stack/secrets.ts';
import type { EnvVar, Stack } from './stack/types.ts';
import { cloudflareWarnings } from './warnings/cloudflare.ts';
import { edgeWarnings, leftEdge } from './warnings/edge.ts';
import { proxyWarnings } from './warnings/proxied.ts';

/** Warnings about this repo and this plan, each a sentence or two. */
export function warningsFor(
  { observation, sources }: { readonly observation: Observation; readonly sources: Sources },
  {
    answers,
    stack,
    draft,
    baseline,
    outcomes,
    unset,
    former,
  }: {
    readonly answers: Answers;
    readonly stack: Stack;
    readonly draft: Draft;
    readonly baseline: Baseline;
    readonly outcomes: readonly Outcome[];
    /** Variables of `.env` that a person has yet to fill in. */
    readonly unset: readonly EnvVar[];
    /** The service of an edge that is no longer part of the stack. */
    readonly former: string | undefined;
  },
): readonly string[] {
  const all = [
    ...draft.warnings,
    ...missingExternals(answers),
    ...filledNulls(observation, stack),
    ...pooledDrivers(observation, answers),
    ...unreachedSettings(observation, answers, stack, sources),
    ...breakingChanges(answers, stack, baseline),
    ...addressWarnings(stack, unset, (path) => observation.read(path)),
    ...lostKeys(answers, stack, baseline),
    ...unreadCache(observation, answers),
    ...proxyWarnings(answers, sources.detected),
    ...unusedCache(answers),
    ...secretWarnings(stack, observation),
    ...openSecrets(observation, stack),
    ...unusedTargets(observation, stack),
    ...leftovers(observation, baseline, outcomes),
    ...sharedPorts(stack),
    ...leftEdge(former),
    ...edgeWarnings(answers),
    ...cloudflareWarnings(stack),
  ];
  // Two apps of one workspace say the same of it.
  return [...new Set(all)];
}

/** An app and a server that would want one port of the machine in development; for two apps, answers see to that. */
function sharedPorts(stack: Stack): readonly string[] {
  const taken = new Map<string, string>();
  return stack.services
    .flatMap(({ name, ports }) => ports.development.map(({ variable }) => ({ name, variable })))
    .flatMap(({ name, variable }) => {
      const port = defaultOf(stack, variable);
      const other = taken.get(port);
      taken.set(port, name);
      return other === undefined
        ? []
        : [`${other} and ${name} both want port ${port} of this machine in development: set ${variable} in .env.`];
    });
}

/** What was generated for other answers. Nobody's edits are taken away. */
function leftovers(observation: Observation, baseline: Baseline, outcomes: readonly Outcome[]): readonly string[] {
  const now = new Set(outcomes.map(({ path }) => path));
  const old = Object.keys(baseline).filter((path) => !now.has(path) && observation.raw(path) !== undefined);
  return old.length === 0
    ? []
    : [
        `No longer part of the stack, and left as it is: ${old.join(', ')}. Delete it; create-prodstack update does, where you did not change it.`,
      ];
}

/** The files of secrets are readable for containers, which run as other users: their folder must keep those out. */
function openSecrets(observation: Observation, { secrets }: Stack): readonly string[] {
  const mode = secrets.length === 0 ? undefined : observation.folderMode(secretsFolder);
  return mode === undefined || (mode & 0o077) === 0
    ? []
    : [`${secretsFolder}/ lets other users of this machine in, and its files are readable: chmod 700 ${secretsFolder}`];
}

/** Laravel's `.env` says `null` for no password. The stack has one, and so has it then. */
function filledNulls(observation: Observation, stack: Stack): readonly string[] {
  const text = observation.read('.env') ?? '';
  return stack.env
    .filter(
      ({ kind, name }) => kind === 'secret' && new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*null[ \\t]*$`, 'm').test(text),
    )
    .map(
      ({ name }) =>
        `.env: ${name} is null and gets a value, which the stack needs. A server on this machine without a password then refuses what is run outside of Docker: use that of the stack (development publishes it on 127.0.0.1), or set the password there.`,
    );
}

function missingExternals(answers: Answers): readonly string[] {
  return Object.entries(answers.apps).flatMap(([name, app]) =>
    app.uses
      .filter((key) => isExternal(key) && answers[key] === undefined)
      .map((key) => `apps.${name} uses ${key}, and the stack has none: its variables are not set.`),
  );
}

/** What a pooler that gives a connection to another client after each transaction asks of an app; proved for each. */
function pooledDrivers(observation: Observation, answers: Answers): readonly string[] {
  const { postgres } = answers;
  if (postgres?.mode !== 'bundled' || postgres.pooler === undefined) return [];
  const why = 'PgBouncer gives a connection to another client after each transaction';
  return usersOf(answers, 'postgres').flatMap(([name, app]) => {
    if (app.stack === 'laravel' && app.version === '8.3')
      return [
        `apps.${name}: ${why}, and PHP 8.3 ends its prepared statements by SQL. Take 8.4, or set PDO::ATTR_EMULATE_PREPARES => true in the options of pgsql in config/database.php.`,
      ];
    if (app.stack !== 'python' || app.framework !== 'django' || app.settings === undefined) return [];
    const module = `${[app.path, app.appDir].filter((part) => part !== '.').join('/')}/${app.settings.replaceAll('.', '/')}`;
    const texts = [`${module}.py`, `${module}/__init__.py`].map((file) => observation.read(file.replace(/^\//, '')));
    return texts.some((text) => text !== undefined && !text.includes('DISABLE_SERVER_SIDE_CURSORS'))
      ? [
          `apps.${name}: ${why}, and .iterator() of Django keeps a cursor longer. Set "DISABLE_SERVER_SIDE_CURSORS": True in DATABASES["default"].`,
        ]
      : [];
  });
}

/** An app's own `.env` is read by nobody inside a container. Said until the file for it exists. */
function unreachedSettings(
  observation: Observation,
  answers: Answers,
  stack: Stack,
  { file }: Sources,
): readonly string[] {
  if (file !== undefined) return [];
  const ours = new Set(stack.env.map((variable) => variable.name));
  return Object.entries(answers.apps).flatMap(([name, app]) => {
    const target = appEnvFile(name);
    const own = stack.services.filter((service) => service.envFile === target);
    // What the compose file says itself, an env file cannot change.
    const said = new Set([
      ...own.flatMap((service) => Object.keys(service.environment)),
      // These are read when the image is built.
      ...(('buildVariables' in app ? app.buildVariables : undefined) ?? []),
      ...((app.stack === 'laravel' ? app.assets?.buildVariables : undefined) ?? []),
    ]);
    const source = app.path === '.' ? '.env' : `${app.path}/.env`;
    const text = observation.read(source);
    if (text === undefined || own.length === 0 || observation.raw(target)) return [];
    const names = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=/gm)]
      .map((match) => match[1] ?? '')
      .filter((one) => !ours.has(one) && !said.has(one) && !one.startsWith('COMPOSE_'));
    if (names.length === 0) return [];
    return [
      `${source} does not reach the container of ${name}. Copy what it needs to ${target}: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}`,
    ];
  });
}

/** A `.env` that is there keeps its choice of files, and goes on as a server of no target. */
function unusedTargets(observation: Observation, stack: Stack): readonly string[] {
  const [first] = stack.targets;
  const chosen = /^[ \t]*COMPOSE_FILE[ \t]*=[ \t]*(\S+)/m.exec(observation.read('.env') ?? '')?.[1];
  if (!first || chosen !== serverFiles(stack)) return [];
  return [`.env: COMPOSE_FILE names no target. For ${first.title}: COMPOSE_FILE=${serverFiles(stack, first)}`];
}

/** Changes of a stack that may hold data already. */
function breakingChanges(answers: Answers, stack: Stack, baseline: Baseline): readonly string[] {
  const before = baseline[stack.composeFile] ?? '';
  const name = /^name: (\S+)$/m.exec(before)?.[1];
  const warnings: string[] = [];
  if (name !== undefined && name !== answers.name) {
    warnings.push(
      `The stack was named ${name}: its containers go on under that name (docker compose --project-name ${name} down), and its volumes ${name}_... are not those of ${answers.name}.`,
    );
  }
  const wasShared = /"\/setup\.sh", "shared"/.test(before);
  if (wasShared && answers.postgres?.separate !== undefined) {
    warnings.push(
      `Each app starts with an empty ${answers.postgres.separate === 'databases' ? 'database' : 'schema'} of its own; what they shared stays where it is (docs/DOCKER_TROUBLESHOOTING.md, "permission denied for schema", says how to move it).`,
    );
  }
  const wasBundled = /^ {2}postgres:$/m.test(before);
  if (wasBundled && answers.postgres?.mode === 'managed') {
    warnings.push(
      // The compose files do not know the service any more.
      `The PostgreSQL of the stack goes, and its data stays in the volume ${name ?? answers.name}_postgres-data. Its container runs until the next start: before that, dump it (docker exec "$(docker ps --quiet --filter label=com.docker.compose.project=${name ?? answers.name} --filter label=com.docker.compose.service=postgres)" pg_dump --no-owner --no-privileges -U postgres app > app.sql; where apps have databases of their own, each of them), and load it into the managed one as the role of the migrations.`,
    );
  }
  if (!wasBundled && /"\$\{DATABASE_URL:\?|^ {2}database_url:$/m.test(before) && answers.postgres?.mode === 'bundled') {
    warnings.push(
      `The data of the managed PostgreSQL stays there: the one of the stack begins with what the volume ${answers.name}_postgres-data holds, or with nothing. Dump the managed one (pg_dump --no-owner --no-privileges), and load that as the role of the migrations.`,
    );
  }
  return warnings;
}

/** Jobs and sessions in a Redis that may drop them, or that the one of the new answers cannot read or does not see. */
function lostKeys(answers: Answers, stack: Stack, baseline: Baseline): readonly string[] {
  const warnings: string[] = [];
  const { redis } = answers;
  const queues = usersOf(answers, 'redis').filter(([, app]) => keepsJobs(app));
  if (redis?.mode === 'bundled' && redis.keeps === 'cache' && queues.length > 0)
    warnings.push(
      `redis keeps a cache only: when it is full or restarts, jobs and sessions of ${queues.map(([name]) => name).join(', ')} are lost. Leave out redis.keeps, and add a cache of its own: --set cache.mode=bundled`,
    );
  const before = /^ {2}redis:\n(?: {4}.*\n)*? {4}image: (?:(redis)|valkey\/(valkey)):(\d+)/m.exec(
    baseline[stack.composeFile] ?? '',
  );
  if (!before || redis?.mode !== 'bundled' || redis.keeps === 'cache') return warnings;
  const [engine, version] = [before[1] ?? before[2], Number(before[3])];
  if (engine !== redis.engine)
    warnings.push(
      `${titleOf(redis.engine)} starts empty, on a volume of its own: let the jobs in ${titleOf(engine)} ${version} be done first. They stay on its volume.`,
    );
  else if (redis.version < version)
    warnings.push(
      `${titleOf(engine)} ${redis.version} cannot read what ${titleOf(engine)} ${version} has written, and does not start: let its jobs be done, then make a new volume.`,
    );
  return warnings;
}

const titleOf = (engine: string | undefined): string => (engine === 'valkey' ? 'Valkey' : 'Redis');

/** Whether an app that uses Redis has something there that it must find again. */
function keepsJobs(app: App): boolean {
  const workers = 'workers' in app ? Object.keys(app.workers ?? {}) : [];
  const isQueue = app.stack === 'laravel' && (app.drivers?.queue ?? 'redis') === 'redis';
  const isSession = app.stack === 'laravel' && (app.drivers?.session ?? 'redis') === 'redis';
  return workers.length > 0 || isQueue || isSession;
}

/** A cache that was added later: the apps say themselves what they use. */
function unusedCache(answers: Answers): readonly string[] {
  if (!answers.cache || usersOf(answers, 'cache').length > 0) return [];
  return ['No app uses the cache: add cache to uses: of those that shall, in prodstack.yaml.'];
}

/** Laravel's cache is on the Redis of all else, unless its configuration reads where its own is. */
function unreadCache(observation: Observation, answers: Answers): readonly string[] {
  return usersOf(answers, 'cache').flatMap(([name, app]) => {
    if (app.stack !== 'laravel' || !answers.cache) return [];
    const file = inFolder(app.path, 'config/database.php');
    // The address of a managed one wins over hosts, also over that of the cache.
    const isManaged = [answers.redis, answers.cache].some((one) => one?.mode === 'managed');
    const read = isManaged ? /['"]REDIS_CACHE_URL['"]/ : /['"]REDIS_CACHE_(?:HOST|URL)['"]/;
    if (read.test(observation.read(file) ?? '')) return [];
    const settings = isManaged
      ? "'url' => env('REDIS_CACHE_URL')"
      : "'host' => env('REDIS_CACHE_HOST', env('REDIS_HOST')), and port and password likewise (REDIS_CACHE_PORT, REDIS_CACHE_PASSWORD)";
    return [
      `${file} (php artisan config:publish database makes it) has the cache of ${name} on the Redis of queues and sessions: give its connection cache ${settings}.`,
    ];
  });
}
