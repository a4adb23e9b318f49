/**
 * What a name may be. Names travel into YAML, shell, Docker, Postgres and URLs, so they are kept to the
 * characters that all of these take as they are; free text (commands, routes) is quoted where it lands.
 */
import * as v from 'valibot';

/** Plain words that YAML 1.1 or 1.2 readers take for something else than a string. */
const yamlWords = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', 'nan', 'inf']);

/** Names that services, networks and scripts of a stack have, now or with a block that can be added. */
export const reservedNames: ReadonlySet<string> = new Set([
  'postgres',
  'postgres-setup',
  'redis',
  'redis-cache',
  'cache',
  'valkey',
  'storage-setup',
  'mqtt',
  'mosquitto',
  'mail',
  'storage',
  'pgbouncer',
  'backup',
  'migrate',
  'cloudflare',
  'cloudflared',
  'tailscale',
  'caddy',
  'traefik',
  'nginx',
  'proxy',
  'tunnel',
  'edge',
  'data',
  'prometheus',
  'grafana',
  'loki',
  'alloy',
  'infisical',
  'localhost',
  'default',
  'host',
  'none',
]);

const word = (what: string, longest: number) =>
  v.pipe(
    v.string(`must be text, in quotes if YAML reads it as something else`),
    v.maxLength(longest, `must have at most ${longest} characters`),
    v.regex(
      /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/,
      `must start with a letter and hold only a-z, 0-9 and single hyphens between them (it becomes ${what})`,
    ),
    v.check((name) => !yamlWords.has(name), 'is a word that YAML reads as a truth value or null'),
    // Valibot leaves these keys out of what it has checked.
    v.check((name) => name !== 'constructor' && name !== 'prototype', 'is a word that no map of answers can hold'),
  );

/** The Compose project: container, network and volume names start with it. */
export const projectName = word('part of container, network and volume names', 40);

/** An app: its service, host name and image are called like it. */
export const appName = v.pipe(
  word('a service and a host name', 30),
  v.check((name) => !reservedNames.has(name), 'is the name of a service that a stack has or can get'),
  v.check((name) => !name.endsWith('-migrate'), 'must not end in -migrate: that is the name of a role'),
  v.check(
    (name) => !/(?:^|-)migration$/.test(name),
    'must not end in migration: that is how the database calls the role of migrations',
  ),
);

/** Roles that have a name of their own in every stack. */
const fixedRoles = new Set(['migrate', 'scheduler', 'horizon', 'reverb', 'php', 'web', 'setup']);

/** A role of an app: its service is called `<app>-<role>`. */
export const roleName = v.pipe(
  word('part of a service name', 30),
  v.check((name) => !fixedRoles.has(name), 'is the name of a role that exists already'),
);

/** An environment variable. */
export const variableName = v.pipe(
  v.string('must be text'),
  v.maxLength(100, 'must have at most 100 characters'),
  v.regex(/^[A-Z][A-Z0-9_]*$/, 'must be a variable name such as DB_HOST, of A-Z, 0-9 and _'),
);

/** What the stack sets itself, or keeps under the name of the app in `.env`. */
const ownVariables =
  /^(?:PORT|HOST|HOSTNAME|NODE_ENV|(?:MIGRATION_)?DATABASE_URL|REDIS_URL|(?:POSTGRES|MIGRATION)_PASSWORD|REDIS_PASSWORD|MQTT_PASSWORD|WORKERS|ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|FORWARDED_ALLOW_IPS|WEB_CONCURRENCY|.*(?:_LIMIT|_RESERVATION|_PORT))$/;

/** A variable whose value is made at random, once. */
export const secretName = v.pipe(
  variableName,
  v.check((name) => !ownVariables.test(name), 'is set by the stack itself'),
);

/** A setting of the app. What only some stacks set, such as the hosts of Django, is compared where that is known. */
export const settingName = v.pipe(
  variableName,
  v.check((name) => name === 'ALLOWED_HOSTS' || !ownVariables.test(name), 'is set by the stack itself'),
);

/** A variable that a build reads and whose value everybody can see afterwards. */
export const buildVariable = v.pipe(
  variableName,
  v.check(
    // A public token, of a map service say, is made to be seen.
    (name) => !/SECRET|PASSWORD|PRIVATE|^(?!.*PUBLIC).*TOKEN/.test(name),
    'sounds like a secret: everybody could read it in the built files',
  ),
);

/** Where the value of a derived variable comes from: `postgres.host`, `redis.url`, `api.url`. */
export const source = v.pipe(
  v.string('must be text'),
  v.regex(
    /^[a-z][a-z0-9-]*\.[a-zA-Z]+$/,
    'must be an external or app and what is wanted of it, such as postgres.host or api.url',
  ),
);

/** Cores, as Compose writes them. */
export const cores = v.pipe(
  v.string('must be text, in quotes'),
  v.regex(
    /^(?:[1-9][0-9]{0,2}(?:\.[0-9]{1,2})?|0\.[0-9]{0,1}[1-9])$/,
    'must be a number of cores in quotes, such as "1.5"',
  ),
);

/** An amount of memory, as Compose writes it. */
export const memory = v.pipe(
  v.string('must be text'),
  v.regex(/^[1-9][0-9]{0,5}[MG]$/, 'must be an amount of memory such as 512M or 2G'),
);

/** A route prefix that is passed on: `/api`. */
export const routePrefix = v.pipe(
  v.string('must be text'),
  v.regex(/^\/[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/, 'must be a path such as /api, without a slash at the end'),
);

/** An email address, as a certificate authority takes it. */
export const emailAddress = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^[A-Za-z0-9._%+-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'must be an email address'),
);

/** A folder that a build fills; unlike others it may be hidden: `.vitepress/dist`. */
export const outputFolder = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^(?:\.|\.?[A-Za-z0-9_@][A-Za-z0-9_.@-]*(?:\/\.?[A-Za-z0-9_@][A-Za-z0-9_.@-]*)*)$/,
    'must be a path inside the app such as dist, of letters, digits and . _ @ -',
  ),
);

/** A folder below the root of a site: `assets`, `_app/immutable`. */
export const assetFolder = v.pipe(
  v.string('must be text'),
  v.maxLength(100, 'must have at most 100 characters'),
  v.regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/, 'must be a folder of the built site such as assets'),
);

/** A queue, or a queue connection, of Laravel. */
export const queueName = v.pipe(
  v.string('must be text'),
  v.maxLength(60, 'must have at most 60 characters'),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, 'must be a queue name of letters, digits and _ . : -'),
);

/** A driver that Laravel knows by name: `redis`, `database`, `sqs`. */
export const driverName = v.pipe(
  v.string('must be text'),
  v.maxLength(60, 'must have at most 60 characters'),
  v.regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'must be the name of a driver such as redis or database'),
);

/** A PHP extension, as docker-php-ext-install and PECL call it. */
export const phpExtension = v.pipe(
  v.string('must be text'),
  v.regex(/^[a-z][a-z0-9_]{1,30}$/, 'must be the name of a PHP extension such as gd or redis'),
);

/** A package of Debian. */
export const debianPackage = v.pipe(
  v.string('must be text'),
  v.maxLength(60, 'must have at most 60 characters'),
  v.regex(/^[a-z0-9][a-z0-9.+-]+$/, 'must be the name of a Debian package such as libpq5'),
);

/** A Python module: `shop.settings.production`. */
export const moduleName = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/, 'must be a module such as shop.settings'),
);

/** A folder inside the repo, with forward slashes: `.`, `backend`, `apps/api`. */
export const folder = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^(?:\.|[A-Za-z0-9_@][A-Za-z0-9_.@-]*(?:\/[A-Za-z0-9_@][A-Za-z0-9_.@-]*)*)$/,
    'must be a path inside the repo such as backend or apps/api, of letters, digits and . _ @ -',
  ),
);

/** A folder that installs of Node packages read; Yarn's have a name with a dot. */
export const installFolder = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^(?:\.yarn\/)?[A-Za-z0-9_@][A-Za-z0-9_.@-]*(?:\/[A-Za-z0-9_@][A-Za-z0-9_.@-]*)*$/,
    'must be a folder such as patches or .yarn/patches, of letters, digits and . _ @ -',
  ),
);

/** A route: what a health check asks for. No quotes, blanks or `$`: it goes into a probe's source text. */
export const healthPath = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path such as /health, of letters, digits and . _ ~ / -, or none'),
);

/** A command: words and quoted words; no shell syntax (checked again where it is split: `command.ts`). */
export const command = v.pipe(
  v.string('must be text'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(300, 'must have at most 300 characters'),
  // Printable ASCII without what a shell, Compose or a template would read as more than text.
  v.regex(
    /^[A-Za-z0-9 ._/:=@,+%*"'[\]-]+$/,
    'must be one plain command without shell syntax (no $, `, |, &, ;, <, >, (, ), {, }, \\ or line breaks)',
  ),
);

/** A script of package.json. */
export const scriptName = v.pipe(
  v.string('must be text'),
  v.maxLength(100, 'must have at most 100 characters'),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9:._-]*$/, 'must be the name of a script in package.json'),
);

/** `module.path:attribute`. */
export const moduleApp = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$/,
    'must be module:attribute such as app.main:app',
  ),
);

/** `module.path:attribute`, or `module.path:factory()`. */
export const moduleAppOrFactory = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*(?:\(\))?$/,
    'must be module:attribute or module:factory() such as shop.wsgi:application',
  ),
);

/** A package manager of Node with an optional version. */
export const packageManager = v.pipe(
  v.string('must be text'),
  v.regex(
    /^(?:npm|pnpm|yarn|bun)(?:@[0-9]+(?:\.[0-9]+){0,2})?$/,
    'must be npm, pnpm, yarn or bun, with a version if wanted: pnpm@10.12.1',
  ),
);

/** Who vouches for the certificate of a managed server: the public authorities, or a file of the repo. */
export const caSource = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^(?:system|[A-Za-z0-9_@][A-Za-z0-9_.@-]*(?:\/[A-Za-z0-9_@][A-Za-z0-9_.@-]*)*\.(?:pem|crt|cer))$/,
    'must be system, or a file in the repo such as certs/postgres-ca.pem (.pem, .crt or .cer)',
  ),
);

/** A topic of MQTT, or a pattern of topics. */
export const mqttTopic = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^(?:[A-Za-z0-9_.:-]+|\+)(?:\/(?:[A-Za-z0-9_.:-]+|\+))*(?:\/#)?$|^#$/,
    'must be a topic such as sensors/+/state or sensors/#, of letters, digits and . _ : -',
  ),
);

/** A bucket, as Amazon S3 allows them, without dots: those break TLS. */
export const bucketName = v.pipe(
  v.string('must be text'),
  v.regex(
    /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    'must be the name of a bucket: 3 to 63 of a-z, 0-9 and hyphens, the first and last no hyphen',
  ),
);

/** Where images are kept: a registry, and what stands before the name of the image. */
export const imagePrefix = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)*$/,
    'must be a registry and a path such as ghcr.io/acme, in lower case and without a tag',
  ),
);

/** A target becomes a file name: `compose.small.yaml`. */
export const targetName = v.pipe(
  word('part of a file name', 30),
  v.check((name) => !['dev', 'prod', 'build', 'override'].includes(name), 'is the name of another overlay'),
);

/** A size as Docker's log options have it. */
export const logSize = v.pipe(
  v.string('must be text'),
  v.regex(/^[1-9][0-9]{0,4}[kmg]$/, 'must be a size such as 10m'),
);

/** A line of text for people, in comments. */
export const sentence = v.pipe(
  v.string('must be text'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(300, 'must have at most 300 characters'),
  // `{{` is where containers have something filled in.
  v.regex(/^(?!.*\{\{)[\x20-\x7e\xa0-\uffff]*$/, 'must be one line of text, without {{'),
);

/** The default of a setting: it lands in `.env` and in compose files, where these characters are what they are. */
export const settingValue = v.pipe(
  v.string('must be text, in quotes if YAML reads it as something else'),
  v.maxLength(300, 'must have at most 300 characters'),
  v.regex(/^[A-Za-z0-9 ._/:=@,+*~?&%-]*$/, 'must be of letters, digits, blanks and . _ / : = @ , + * ~ ? & % -'),
);

/** A time of day on a clock of 24 hours. */
export const timeOfDay = v.pipe(
  v.string('must be text, in quotes: YAML may read 02:00 as a number'),
  v.regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time of day such as "02:00"'),
);

/** Those that Debian's tzdata has: names of the past such as US/Eastern are in a package of their own. */
const zoneAreas = 'Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc';

/** A time zone by its IANA name. */
export const timeZone = v.pipe(
  v.string('must be text'),
  v.regex(
    new RegExp(`^(?:UTC|(?:${zoneAreas})(?:/[A-Za-z0-9_+-]+){1,2})$`),
    'must be UTC, or a time zone such as Europe/Berlin',
  ),
  v.check(isZone, 'is no time zone that is known'),
);

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
