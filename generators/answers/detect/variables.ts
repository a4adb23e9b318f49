/** Which variables that an app reads can be derived from its stack, whatever language it is in. */
import { finding } from './findings.ts';
import type { Evidence, Finding } from './types.ts';

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

const postgres = '(?:TYPEORM|DB|PG|POSTGRES|POSTGRESQL|DATABASE)';
const redis = '(?:(?:QUEUE|BULL|BULLMQ|CACHE|SESSION)_)?(?:REDIS|VALKEY)';

/** Names that say what they hold; those that every stack sets anyway are not among them. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^(?:${postgres}_HOST(?:NAME)?|PGHOST)$`), 'postgres.host'],
  [new RegExp(`^(?:${postgres}_PORT|PGPORT)$`), 'postgres.port'],
  [new RegExp(`^(?:${postgres}_(?:NAME|DATABASE|DB)|PGDATABASE)$`), 'postgres.name'],
  [new RegExp(`^(?:${postgres}_USER(?:NAME)?|PGUSER)$`), 'postgres.user'],
  [new RegExp(`^(?:${postgres}_(?:PASSWORD|PASS)|PGPASSWORD)$`), 'postgres.password'],
  [
    new RegExp(`^(?:(?!DATABASE_URL$)${postgres}_(?:URL|URI|DSN|CONNECTION_STRING|PRISMA_URL)|DIRECT_URL)$`),
    'postgres.url',
  ],
  [new RegExp(`^${redis}_HOST(?:NAME)?$`), 'redis.host'],
  [new RegExp(`^${redis}_PORT$`), 'redis.port'],
  [new RegExp(`^${redis}_(?:PASSWORD|PASS)$`), 'redis.password'],
  [new RegExp(`^(?!REDIS_URL$)${redis}_(?:URL|URI|DSN|CONNECTION_STRING)$`), 'redis.url'],
  [/^CELERY_(?:BROKER_URL|RESULT_BACKEND)$/, 'redis.url'],
];

/** Keys that an app makes up for itself; those of other people's services have their name in them. */
const ownSecret =
  /^(?:SECRET|SECRET_KEY|SECRET_KEY_BASE|(?:[A-Z0-9]+_)?(?:JWT|SESSION|COOKIE|CSRF|AUTH|NEXTAUTH|APP|LINK|SIGNING|HASH|TOKEN|REFRESH_TOKEN|ACCESS_TOKEN|PAYLOAD)_(?:SECRET(?:_KEY)?|SALT|PEPPER))$/;
const placeholder =
  /^(?:|<.*>|\$\{.*\}|x+|\*+|\.+|secret|supersecret|.*(?:change|replace)[-_ ]?(?:me|this|it).*|(?:your|my|some|a)[-_ ].*|.*(?:secret|key)[-_ ]?(?:here|goes[-_ ]here)|todo|none)$/i;

/**
 * What an app's variables are filled with.
 * @param uses the externals that it has clients for
 */
export function deriveVariables(
  read: readonly ReadVariable[],
  uses: { readonly postgres?: unknown; readonly redis?: unknown },
): DerivedVariables {
  const known = read.flatMap(({ name, evidence }) => {
    const source = meanings.find(([pattern]) => pattern.test(name))?.[1];
    const external = source?.split('.')[0] as keyof typeof uses | undefined;
    return source === undefined || external === undefined || uses[external] === undefined
      ? []
      : [{ name, source, evidence }];
  });
  const secrets = read.filter(
    ({ name, example }) => ownSecret.test(name) && placeholder.test(example?.trim() ?? 'set'),
  );
  return {
    variables:
      known[0] && finding(Object.fromEntries(known.map(({ name, source }) => [name, source])), known[0].evidence),
    secrets: secrets[0] && finding([...new Set(secrets.map(({ name }) => name))], secrets[0].evidence),
  };
}

/** The variables of an example env file of an app. */
export function exampleVariables(file: string, text: string): readonly ReadVariable[] {
  return text.split('\n').flatMap((line, index) => {
    const [, name, value = ''] = /^[ \t]*(?:export[ \t]+)?([A-Z][A-Z0-9_]*)[ \t]*=[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const example = value.replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1\s*$/, '$2');
    return [{ name, evidence: { file, line: index + 1 }, example }];
  });
}
