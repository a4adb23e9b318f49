/** Which variables that an app reads can be derived from its stack, whatever language it is in. */
import type { ExternalName } from '../external-names.ts';
import { finding } from './findings.ts';
import type { Evidence, Finding, Uses } from './types.ts';

/** A variable that an app reads, and where. */
export interface ReadVariable {
  readonly name: string;
  readonly evidence: Evidence;
  /** What an example env file has for it. */
  readonly example?: string;
}

/** What the stack can fill in. */
export interface DerivedVariables {
  /** The answer `variables`. */
  readonly variables: Finding<Record<string, string>> | undefined;
  /** The answer `secrets`. */
  readonly secrets: Finding<string[]> | undefined;
}

/** Prefixes of databases that are not the app's own: of a test run, of Prisma's shadow, of another kind. */
const foreign = '(?!(?:TEST|TESTING|SHADOW|MONGO|MONGODB|MYSQL|MARIADB|MSSQL|ORACLE|CLICKHOUSE|INFLUX|REDIS)_)';

/** What a variable holds, by its name: `DB_HOST` is the host of Postgres. The part is group 1; without one it is the URL. */
const meanings: readonly (readonly [RegExp, ExternalName])[] = [
  [
    new RegExp(
      `^(?:${foreign}[A-Z]+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQL|TYPEORM)_?(URL|URI|DSN|CONNECTION_STRING|PRISMA_URL|HOST|HOSTNAME|SERVER|PORT|NAME|DB|DATABASE|USER|USERNAME|PASSWORD|PASS)$`,
    ),
    'postgres',
  ],
  [/^DIRECT_URL$/, 'postgres'],
  [
    /^(?:(?!TEST_|TESTING_)[A-Z]+_)?(?:REDIS|VALKEY)_(URL|URI|DSN|CONNECTION_STRING|HOST|HOSTNAME|PORT|PASSWORD|PASS)$/,
    'redis',
  ],
  [/^(?:CELERY_|DRAMATIQ_|HUEY_)?(?:BROKER_URL|RESULT_BACKEND|RESULT_BACKEND_URL)$/, 'redis'],
  [/^(?:CELERY_BROKER|CELERY_BACKEND|CACHE_URL|CHANNELS_URL)$/, 'redis'],
  // Of the cache, where that has a server of its own (`complete/apps.ts`).
  [/^(?:(?:DJANGO|FLASK|APP)_CACHE|(?:REDIS|VALKEY)_CACHE)_(URL|URI|HOST|HOSTNAME|PORT|PASSWORD|PASS)$/, 'redis'],
  [
    /^(?:(?!TEST_|TESTING_)[A-Z]+_)?MQTT_(?:BROKER_|SERVER_|AUTH_|TLS_)?(URL|URI|HOST|HOSTNAME|SERVER|BROKER|PORT|USER|USERNAME|PASSWORD|PASS|CA|CAFILE|CA_FILE|CA_CERTS?)$/,
    'mqtt',
  ],
  [
    /^(?:AWS_S3|S3|MINIO|OBJECT_STORAGE)_(URL|ENDPOINT|ENDPOINT_URL|BUCKET|BUCKET_NAME|REGION|REGION_NAME|ACCESS_KEY|ACCESS_KEY_ID|SECRET_KEY|SECRET_ACCESS_KEY)$/,
    'storage',
  ],
  [/^AWS_(?:STORAGE_)?(BUCKET|BUCKET_NAME)$/, 'storage'],
  [/^(?:SMTP|MAIL|MAILER)_(URL|DSN|HOST|SERVER|PORT|USER|USERNAME|PASSWORD|PASS|FROM|FROM_ADDRESS)$/, 'mail'],
];
const parts: Readonly<Record<string, string>> = {
  ...{ HOST: 'host', HOSTNAME: 'host', SERVER: 'host', PORT: 'port' },
  ...{ NAME: 'name', DB: 'name', DATABASE: 'name', USER: 'user', USERNAME: 'user' },
  ...{ PASSWORD: 'password', PASS: 'password' },
  ...{ BUCKET: 'bucket', BUCKET_NAME: 'bucket', REGION: 'region', REGION_NAME: 'region' },
  ...{ ACCESS_KEY: 'key', ACCESS_KEY_ID: 'key', SECRET_KEY: 'secret', SECRET_ACCESS_KEY: 'secret' },
  ...{ FROM: 'from', FROM_ADDRESS: 'from' },
  ...{ BROKER: 'host', CA: 'ca', CAFILE: 'ca', CA_FILE: 'ca', CA_CERT: 'ca', CA_CERTS: 'ca' },
};
/** What every app gets anyway. */
const given = new Set([
  ...['DATABASE_URL', 'REDIS_URL'],
  ...['S3_ENDPOINT', 'S3_REGION', 'S3_BUCKET', 'AWS_BUCKET'],
  ...['SMTP_HOST', 'SMTP_PORT', 'SMTP_USER', 'SMTP_PASSWORD', 'MAIL_FROM'],
  ...['MQTT_URL', 'MQTT_HOST', 'MQTT_PORT', 'MQTT_USERNAME', 'MQTT_PASSWORD', 'MQTT_CA_FILE'],
]);

/** Where the value of a variable comes from, such as `postgres.host`; undefined for what is not known by its name. */
export function sourceOf(name: string): string | undefined {
  for (const [pattern, external] of meanings) {
    const match = pattern.exec(name);
    if (match) return `${external}.${parts[match[1] ?? ''] ?? 'url'}`;
  }
  return undefined;
}

/** Keys that an app makes up for itself; those of other people's services have their name in them. */
const ownSecret =
  /^(?:SECRET|(?:(?:DJANGO|FLASK|APP)_)?SECRET_KEY|SECRET_KEY_BASE|JWT_SIGNING_KEY|SECURITY_PASSWORD_SALT|(?:(?:[A-Z0-9]+_)?(?:JWT|SESSION|COOKIE|CSRF|REFRESH_TOKEN)|(?:(?:APP|API|JWT|BETTER)_)?(?:AUTH|NEXTAUTH|APP|LINK|SIGNING|HASH|TOKEN|ACCESS_TOKEN|PAYLOAD))_(?:SECRET(?:_KEY)?|SALT|PEPPER))$/;
const placeholder =
  /^(?:|<.*>|\$\{.*\}|x+|\*+|\.+|secret|supersecret|.*(?:change|replace)[-_ ]?(?:me|this|it).*|(?:your|my|some|a)[-_ ].*|.*(?:secret|key)[-_ ]?(?:here|goes[-_ ]here)|todo|none)$/i;

/**
 * What an app's variables are filled with.
 * @param uses the externals that it has clients for
 * @param isKey whether more than its name says of a variable that it is a key of the app itself
 */
export function deriveVariables(
  read: readonly ReadVariable[],
  uses: Uses,
  isKey: (name: string) => boolean = () => false,
): DerivedVariables {
  const known = read.flatMap(({ name, evidence }) => {
    const source = given.has(name) ? undefined : sourceOf(name);
    const external = source?.split('.')[0] as keyof typeof uses | undefined;
    return source === undefined || external === undefined || uses[external] === undefined
      ? []
      : [{ name, source, evidence }];
  });
  // An example that is no placeholder stands for a value that somebody has given.
  const secrets = read.filter(
    ({ name, example }) => (ownSecret.test(name) || isKey(name)) && placeholder.test(example?.trim() ?? ''),
  );
  return {
    variables:
      known[0] && finding(Object.fromEntries(known.map(({ name, source }) => [name, source])), known[0].evidence),
    secrets: secrets[0] && finding([...new Set(secrets.map(({ name }) => name))], secrets[0].evidence),
  };
}

/** What example env files are called, the usual name first. */
export const exampleFiles = ['.env.example', '.env.sample', '.env.template', '.env.dist'] as const;

/** The variables of an example env file of an app. */
export function exampleVariables(file: string, text: string): readonly ReadVariable[] {
  return text.split('\n').flatMap((line, index) => {
    const [, name, value = ''] = /^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const example = value.replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1\s*$/, '$2');
    return [{ name, evidence: { file, line: index + 1 }, example }];
  });
}
