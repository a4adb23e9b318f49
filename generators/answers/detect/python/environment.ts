import { finding, place } from '../findings.ts';
import { find, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import type { PythonContext } from './context.ts';
import { dependencyOf } from './project.ts';

/** A place where a source reads a variable of the environment. */
export interface Read {
  readonly name: string;
  /** Whether the program ends with an error when it is not set. */
  readonly required: boolean;
  readonly evidence: Evidence;
  /** The rest of the line behind the name. */
  readonly rest: string;
}

// os.environ["X"], os.getenv("X"), environ.get("X"); env("X"), env.list("X") of django-environ and environs; config("X") of decouple.
const reading =
  /\b(?:(environ\s*\[)|(?:os\s*\.\s*)?(?:environ\s*\.\s*get|getenv)\s*\(|(env(?:\s*\.\s*\w+)?|config)\s*\()\s*["']([A-Z][A-Z0-9_]*)["'](?=([^\n]*))/g;

/** All variables that sources read, in the order in which they stand there. */
export function readsIn(sources: readonly Source[]): readonly Read[] {
  return sources.flatMap((source) =>
    [...find(source, reading)].map(({ group, line }) => {
      const rest = group(4);
      return {
        name: group(3),
        required: group(1) !== '' || (group(2) !== '' && !/^\s*,\s*(?:default\s*=|(?!cast\b|\w+\s*=)\S)/.test(rest)),
        evidence: { file: source.path, line },
        rest,
      };
    }),
  );
}

/** Where the value of a variable comes from, by its name: `DB_HOST` is the host of Postgres. */
const known: readonly (readonly [RegExp, 'postgres' | 'redis', (match: string) => string | undefined])[] = [
  [
    /^(?:[A-Z]+_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQL)_?(URL|URI|DSN|HOST|HOSTNAME|SERVER|PORT|NAME|DB|DATABASE|USER|USERNAME|PASSWORD|PASS)$/,
    'postgres',
    (part) => postgresParts[part],
  ],
  [/^SQLALCHEMY_DATABASE_(URL|URI)$/, 'postgres', () => 'url'],
  [/^(?:[A-Z]+_)?REDIS_(URL|URI|DSN|HOST|PORT|PASSWORD)$/, 'redis', (part) => redisParts[part]],
  [/^(?:CELERY_|DRAMATIQ_|HUEY_)?(?:BROKER_URL|RESULT_BACKEND|RESULT_BACKEND_URL)$/, 'redis', () => 'url'],
  [/^(?:CELERY_BROKER|CELERY_BACKEND|CACHE_URL|CHANNELS_URL)$/, 'redis', () => 'url'],
];
const postgresParts: Readonly<Record<string, string>> = {
  ...{ URL: 'url', URI: 'url', DSN: 'url' },
  ...{ HOST: 'host', HOSTNAME: 'host', SERVER: 'host', PORT: 'port' },
  ...{ NAME: 'name', DB: 'name', DATABASE: 'name', USER: 'user', USERNAME: 'user' },
  ...{ PASSWORD: 'password', PASS: 'password' },
};
const redisParts: Readonly<Record<string, string>> = {
  ...{ URL: 'url', URI: 'url', DSN: 'url' },
  ...{ HOST: 'host', PORT: 'port', PASSWORD: 'password' },
};
/** What every app gets anyway. */
const given = new Set(['DATABASE_URL', 'REDIS_URL']);

/** The source of a variable, such as `postgres.host`; undefined for what is not known by its name. */
export function sourceOf(name: string): string | undefined {
  for (const [pattern, external, part] of known) {
    const match = pattern.exec(name);
    const what = match && part(match[1] ?? '');
    if (what) return `${external}.${what}`;
  }
  return undefined;
}

/** The variables that tell the app where its Postgres and Redis are, beside the usual ones. */
export function detectVariables({
  project,
  sources,
  uses,
  warn,
}: PythonContext): Finding<Record<string, string>> | undefined {
  const reads = readsIn(sources).filter(({ name }) => !given.has(name));
  const found = new Map<string, string>();
  let evidence: Evidence | undefined;
  for (const read of reads) {
    const from = sourceOf(read.name);
    const external = from?.startsWith('postgres.') ? uses.postgres : uses.redis;
    if (from === undefined || external === undefined) continue;
    if (/amqps?:\/\//.test(read.rest)) {
      warn(`${read.name} (${place(read.evidence)}) is of RabbitMQ by default, which no stack has yet: it gets Redis`);
    }
    found.set(read.name, from);
    evidence ??= read.evidence;
  }
  // What `rq worker` itself asks for.
  const rq = dependencyOf(project, 'rq');
  if (rq && uses.redis) {
    found.set('RQ_REDIS_URL', 'redis.url');
    evidence ??= rq.evidence;
  }
  return evidence && finding(Object.fromEntries(found), evidence);
}

/** Variables that hold a secret which the app itself makes up; those of other services only their owners know. */
const ownSecret =
  /^(?:(?:DJANGO|FLASK|APP)_)?SECRET_KEY$|^(?:JWT|SESSION|COOKIE|CSRF|AUTH)_SECRET(?:_KEY)?$|^JWT_SIGNING_KEY$|^SECURITY_PASSWORD_SALT$/;
const assigned = /(?:\bSECRET_KEY|\bsecret_key|\[\s*["']SECRET_KEY["']\s*\])\s*=\s*([^\n]*)/g;

/** The secrets of the app itself that it reads from the environment. */
export function detectSecrets({ sources }: PythonContext): Finding<string[]> | undefined {
  const assignedNames = new Set(
    sources.flatMap((source) =>
      [...find(source, assigned)].flatMap(({ group }) => /["']([A-Z][A-Z0-9_]*)["']/.exec(group(1))?.[1] ?? []),
    ),
  );
  const reads = readsIn(sources).filter(
    ({ name }) => ownSecret.test(name) || (assignedNames.has(name) && /(?:SECRET|KEY|SALT|TOKEN)$/.test(name)),
  );
  const [first] = reads;
  return first && finding([...new Set(reads.map(({ name }) => name))], first.evidence);
}
