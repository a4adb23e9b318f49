/** What a Laravel app is told by its environment, and the variables of `.env` behind it. */
import { edgeOf, placesOf, publicHostsOf, publicUrlOf } from '../../answers/public.ts';
import type { Answers, LaravelApp } from '../../answers/schema.ts';
import { tuned } from '../targets/tuning.ts';
import type { EnvVar, Limits, Tuning, Value } from '../types.ts';
import { envPrefix, variable } from '../values.ts';
import { publishedPort } from './app.ts';
import { databaseOf } from './databases.ts';
import { reach } from './reach/index.ts';
import type { As } from './reach/types.ts';

type Queue = NonNullable<LaravelApp['queues']>[string];

/** How long a job of a queue may take, in seconds. */
export function queueSeconds({ timeout = 60 }: Pick<Queue, 'timeout'>): number {
  return timeout;
}

/**
 * Seconds after which a job counts as lost and is given to another worker: more than any job may take, or it would be
 * done twice (Laravel's documentation of queues, "Job expirations and timeouts").
 */
export function retryAfter(app: LaravelApp): number {
  return Math.max(90, ...Object.values(app.queues ?? {}).map((queue) => queueSeconds(queue) + 30));
}

/** Where Laravel's configuration reads the addresses of what the stack has. */
export function connectionVariables(answers: Answers, app: LaravelApp): Readonly<Record<string, string>> {
  return {
    DB_HOST: 'postgres.host',
    DB_PORT: 'postgres.port',
    DB_DATABASE: 'postgres.name',
    DB_USERNAME: 'postgres.user',
    DB_PASSWORD: 'postgres.password',
    // How TLS is verified is for addresses to say.
    ...(answers.postgres?.mode === 'managed' && { DB_URL: 'postgres.url' }),
    ...(app.uses.includes('redis') && {
      REDIS_HOST: 'redis.host',
      REDIS_PORT: 'redis.port',
      REDIS_PASSWORD: 'redis.password',
      ...(answers.redis?.mode === 'managed' && { REDIS_URL: 'redis.url' }),
    }),
    // Of the connection `cache` of config/database.php, which shares the host of the other one unless it reads these.
    REDIS_CACHE_HOST: 'cache.host',
    REDIS_CACHE_PORT: 'cache.port',
    REDIS_CACHE_PASSWORD: 'cache.password',
    // An address wins over a host, and that of the other one would here too.
    ...([answers.redis, answers.cache].some((one) => one?.mode === 'managed') && { REDIS_CACHE_URL: 'cache.url' }),
    MQTT_HOST: 'mqtt.host',
    MQTT_PORT: 'mqtt.port',
    // As php-mqtt/laravel-client calls them, and as configuration by hand mostly does.
    MQTT_AUTH_USERNAME: 'mqtt.user',
    MQTT_AUTH_PASSWORD: 'mqtt.password',
    MQTT_TLS_CA_FILE: 'mqtt.ca',
    MQTT_USERNAME: 'mqtt.user',
    MQTT_PASSWORD: 'mqtt.password',
    MQTT_CA_FILE: 'mqtt.ca',
  };
}

/** The settings that all PHP roles of the app share, beside the way to its data. */
export function settings(
  answers: Answers,
  name: string,
  app: LaravelApp,
  as: As = 'app',
): Readonly<Record<string, Value>> {
  const has = (external: 'postgres' | 'redis' | 'cache' | 'mqtt') =>
    answers[external] !== undefined && app.uses.includes(external);
  const keeper = has('redis') ? 'redis' : has('postgres') ? 'database' : undefined;
  const { queue = keeper, cache = has('cache') ? 'redis' : keeper, session = keeper } = app.drivers ?? {};
  const names = variables(name);
  return {
    APP_ENV: 'production',
    APP_DEBUG: 'false',
    APP_KEY: [variable(names.key)],
    APP_URL: [variable(names.url)],
    LOG_CHANNEL: 'stderr',
    LOG_LEVEL: [variable(names.logLevel)],
    ...(has('postgres') && { DB_CONNECTION: 'pgsql' }),
    // Laravel sets the search path itself, over that of the role; only the URL can tell it.
    ...(has('postgres') &&
      answers.postgres?.mode === 'bundled' &&
      answers.postgres.separate === 'schemas' && { DB_URL: schemaUrl(answers, name, app, as) }),
    ...((has('redis') || has('cache')) && { REDIS_CLIENT: app.redisClient ?? 'phpredis' }),
    ...(has('mqtt') && { MQTT_TLS_ENABLED: 'true' }),
    ...(queue !== undefined && { QUEUE_CONNECTION: queue }),
    ...(queue === 'redis' && { REDIS_QUEUE_RETRY_AFTER: String(retryAfter(app)) }),
    ...(queue === 'database' && { DB_QUEUE_RETRY_AFTER: String(retryAfter(app)) }),
    ...(cache !== undefined && { CACHE_STORE: cache }),
    ...(session !== undefined && { SESSION_DRIVER: session }),
    ...(app.reverb && {
      BROADCAST_CONNECTION: 'reverb',
      REVERB_APP_ID: name,
      REVERB_APP_KEY: [variable(names.reverbKey)],
      REVERB_APP_SECRET: [variable(names.reverbSecret)],
      REVERB_HOST: `${name}-reverb`,
      REVERB_PORT: String(app.reverb.port),
      REVERB_SCHEME: 'http',
    }),
  };
}

function schemaUrl(answers: Answers, name: string, app: LaravelApp, as: As): Value {
  const { url = '' } = reach.postgres({ answers, name, app, as, scheme: 'pgsql' })?.parts ?? {};
  return [...(typeof url === 'string' ? [url] : url), `?search_path=${databaseOf(answers, name, as).schema}`];
}

/** The variables of `.env` that belong to one app; of an app named `app` they have the names that Laravel gives them. */
function variables(name: string) {
  const prefix = envPrefix(name);
  return {
    key: `${prefix}_KEY`,
    url: `${prefix}_URL`,
    logLevel: `${prefix}_LOG_LEVEL`,
    reverbKey: `${prefix}_REVERB_KEY`,
    reverbSecret: `${prefix}_REVERB_SECRET`,
    websocketHost: `${prefix}_WEBSOCKET_HOST`,
    websocketPort: `${prefix}_WEBSOCKET_PORT`,
    websocketScheme: `${prefix}_WEBSOCKET_SCHEME`,
  };
}

/**
 * What is otherwise behind an edge: a developer's machine has none, and a browser that came by https gets its cookies
 * back by https only. Without an edge, Laravel looks at each request for that.
 */
export function behindEdge(
  answers: Answers,
  name: string,
  app: LaravelApp,
): { readonly production: Readonly<Record<string, Value>>; readonly development: Readonly<Record<string, Value>> } {
  if (placesOf(answers, name).length === 0) return { production: {}, development: {} };
  const { variable: port } = publishedPort(name, app);
  return {
    production: { SESSION_SECURE_COOKIE: 'true' },
    development: publicUrlOf(answers, name) === undefined ? {} : { APP_URL: ['http://localhost:', variable(port)] },
  };
}

/** The same as documented variables. */
export function settingsEnv(answers: Answers, name: string, app: LaravelApp): readonly EnvVar[] {
  const names = variables(name);
  const inBrowser = reverbInBrowser(answers, name, app);
  return [
    {
      name: names.key,
      meaning: `APP_KEY of ${name}: encrypts cookies, sessions and what the app encrypts. An app that has data keeps the key that it has. Whoever loses it loses all that; to change it, keep the old one in APP_PREVIOUS_KEYS.`,
      kind: 'secret',
      form: 'laravel-key',
      group: 'Secrets',
    },
    {
      name: names.url,
      meaning: `The address under which browsers reach ${name}: for links in mails and in what the console makes.`,
      kind: 'optional',
      default: publicUrlOf(answers, name) ?? `http://localhost:${app.port}`,
      group: 'Stack',
    },
    optional(names.logLevel, `What ${name} logs: debug, info, notice, warning, error.`, 'warning'),
    ...(app.reverb
      ? ([
          {
            name: names.reverbKey,
            meaning: `The key that browsers name to Reverb. They all see it: it is no secret, but must not be guessed.${inBrowser.length > 0 ? ' Written into the assets: a change needs a build.' : ''}`,
            kind: 'secret',
            group: 'Secrets',
          },
          {
            name: names.reverbSecret,
            meaning: 'What the app signs its messages to Reverb with.',
            kind: 'secret',
            group: 'Secrets',
          },
        ] as const)
      : []),
    ...inBrowser.map(({ name: of, meaning, fallback }) => optional(names[of], meaning, fallback)),
    ...otherBuildVariables(app).map((one) =>
      optional(`${envPrefix(name)}_${one}`, `${one}: written into the assets of ${name}. A change needs a build.`, ''),
    ),
  ];
}

function optional(name: string, meaning: string, fallback: string): EnvVar {
  return { name, meaning, kind: 'optional', default: fallback, group: 'Stack' };
}

/** Variables of the asset build that the stack knows the values of. */
const reverbVariables = {
  VITE_REVERB_APP_KEY: 'reverbKey',
  VITE_REVERB_HOST: 'websocketHost',
  VITE_REVERB_PORT: 'websocketPort',
  VITE_REVERB_SCHEME: 'websocketScheme',
} as const;

const isReverbVariable = (name: string): name is keyof typeof reverbVariables => Object.hasOwn(reverbVariables, name);

/** What of the address of Reverb the assets hold, for browsers: the published port here, the public host on a server. */
function reverbInBrowser(answers: Answers, name: string, app: LaravelApp) {
  const { reverb } = app;
  if (!reverb) return [];
  const [host] = publicHostsOf(answers, `${name}-reverb`);
  const { variable: port } = publishedPort(`${name}-reverb`, reverb);
  const all = [
    {
      name: 'websocketHost',
      meaning:
        'Where browsers reach Reverb: host, port, and https behind TLS. Written into the assets: a change needs a build.',
      fallback: host ?? 'localhost',
      development: 'localhost',
    },
    {
      name: 'websocketPort',
      meaning: '',
      fallback: host === undefined ? String(reverb.port) : '443',
      development: [variable(port)],
    },
    {
      name: 'websocketScheme',
      meaning: '',
      fallback: host === undefined ? 'http' : 'https',
      development: 'http',
    },
  ] as const;
  const wanted = (app.assets?.buildVariables ?? []).flatMap((one) =>
    isReverbVariable(one) ? [reverbVariables[one] as string] : [],
  );
  return all.filter((one) => wanted.includes(one.name));
}

function otherBuildVariables(app: LaravelApp): readonly string[] {
  return (app.assets?.buildVariables ?? []).filter((one) => !(app.reverb && isReverbVariable(one)));
}

/** What the asset build is given; PUBLIC_, because some of it is called a key and is none that needs hiding. */
export function buildArguments(name: string, app: LaravelApp): Readonly<Record<string, Value>> {
  const names = variables(name);
  return Object.fromEntries(
    (app.assets?.buildVariables ?? []).map((one) => [
      `PUBLIC_${one}`,
      [variable(app.reverb && isReverbVariable(one) ? names[reverbVariables[one]] : `${envPrefix(name)}_${one}`)],
    ]),
  );
}

/** What it is given in development, where browsers come by the published port of Reverb and not by the edge. */
export function developmentBuildArguments(
  answers: Answers,
  name: string,
  app: LaravelApp,
): Readonly<Record<string, Value>> {
  if (edgeOf(answers) === undefined) return {};
  const own = new Map<string, Value>(reverbInBrowser(answers, name, app).map((one) => [one.name, one.development]));
  return Object.fromEntries(
    (app.assets?.buildVariables ?? []).flatMap((one) => {
      const value = isReverbVariable(one) ? own.get(reverbVariables[one]) : undefined;
      return value === undefined ? [] : [[`PUBLIC_${one}`, value]];
    }),
  );
}

/** Whether Xdebug does anything. */
export function xdebugEnv(name: string): EnvVar {
  return {
    ...optional(
      `${envPrefix(name)}_XDEBUG_MODE`,
      `What Xdebug does for ${name} in development: off, debug, develop, profile, coverage. It calls the IDE on port 9003 of this machine.`,
      'off',
    ),
    development: true,
  };
}

/** The variables that say how many requests run at one time, and how much memory each may take. */
export function serverVariables(
  name: string,
  server: LaravelApp['server'],
): { readonly count: string; readonly share: string } {
  const prefix = envPrefix(name);
  return { count: `${prefix}_${server === 'fpm' ? 'CHILDREN' : 'THREADS'}`, share: `${prefix}_PHP_MEMORY` };
}

/** The same as documented variables, with what fits into the limits of the server. */
export function serverEnv(name: string, server: LaravelApp['server'], limits: Limits): readonly EnvVar[] {
  const names = serverVariables(name, server);
  const what = server === 'fpm' ? 'Processes of php-fpm' : 'Threads of FrankenPHP';
  const tuning = (of: Tuning['what']): Tuning => ({
    service: server === 'fpm' ? `${name}-php` : name,
    what: of,
    // The server itself, and the compiled code that all share.
    base: '128M',
    each: '96M',
    most: '256M',
    perCore: 2,
    // One would let a slow request hold up the health check.
    least: 2,
  });
  const entry = (of: Tuning['what'], meaning: string): EnvVar => ({
    name: names[of],
    meaning,
    kind: 'optional',
    default: tuned(tuning(of), limits),
    tuning: tuning(of),
    group: 'Limits',
  });
  return [
    entry(
      'count',
      `${what} of ${name}: requests at one time. Times the memory that each may take, it must fit into the memory limit.`,
    ),
    entry('share', ''),
  ];
}
