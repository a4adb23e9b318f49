/** The answers about what apps need and do not contain: in a container of this stack, or run by somebody else. */
import * as v from 'valibot';
import type { ExternalName } from './external-names.ts';
import { bucketName, caSource, mqttTopic, roleName } from './names.ts';
import { limits } from './stacks/common.ts';

export const postgresVersions = [16, 17, 18] as const;
export const redisVersions = { redis: [7, 8], valkey: [8, 9] } as const;

/** Who runs a managed PostgreSQL. `generic`: anybody else. */
export const postgresProviders = ['rds', 'cloudsql', 'azure', 'digitalocean', 'neon', 'supabase', 'generic'] as const;

const bundled = v.pipe(v.literal('bundled'), v.description('bundled: a container of this stack.'));
const managed = v.pipe(v.literal('managed'), v.description('managed: somebody else runs it; .env has its address.'));

const ca = v.optional(
  v.pipe(
    caSource,
    v.description(
      'Who vouches for its certificate: system (the public authorities), or the CA file of the provider, from the root of the repo: certs/postgres-ca.pem.',
    ),
  ),
);

const separate = v.optional(
  v.pipe(
    v.picklist(['databases', 'schemas']),
    v.description(
      'Gives each app a database, or a schema, of its own, with a role that cannot reach the others; without it they share one.',
    ),
  ),
);

const bundledPostgres = v.strictObject({
  mode: bundled,
  version: v.pipe(v.picklist(postgresVersions), v.description('The PostgreSQL major version.')),
  timescaledb: v.optional(v.pipe(v.boolean(), v.description('Whether it is TimescaleDB.'))),
  separate,
  pooler: v.optional(
    v.pipe(
      v.picklist(['pgbouncer']),
      v.description(
        'pgbouncer: apps share few connections, transaction by transaction; migrations and dumps go past it.',
      ),
    ),
  ),
  upgradedFrom: v.optional(
    v.pipe(
      v.picklist(postgresVersions),
      v.description(
        'The major version whose data was moved to this one; without it, a version that cannot read what the volume holds is refused.',
      ),
    ),
  ),
  limits,
});

const managedPostgres = v.strictObject({
  mode: managed,
  provider: v.pipe(v.picklist(postgresProviders), v.description('Who runs it; generic: anybody else.')),
  version: v.pipe(v.picklist(postgresVersions), v.description('The PostgreSQL major version of the server.')),
  ca,
  pooled: v.optional(
    v.pipe(
      v.boolean(),
      v.description('Whether DATABASE_URL goes through a pooler that shares connections transaction by transaction.'),
    ),
  ),
  separate,
});

export const postgres = v.variant('mode', [bundledPostgres, managedPostgres]);

const bundledRedis = v.strictObject({
  mode: bundled,
  engine: v.pipe(v.picklist(['redis', 'valkey']), v.description('redis, or valkey, which is free software.')),
  version: v.pipe(
    v.picklist([...new Set([...redisVersions.redis, ...redisVersions.valkey])]),
    v.description('The major version: redis 7 or 8, valkey 8 or 9.'),
  ),
  keeps: v.optional(
    v.pipe(
      v.picklist(['queues', 'cache']),
      v.description(
        'queues: nothing is evicted, and it is kept on disk; cache: the least used goes first, and nothing is kept.',
      ),
    ),
  ),
  limits,
});

const managedRedis = v.strictObject({ mode: managed, ca });

/** Redis, or what speaks like it. */
export const redis = v.variant('mode', [bundledRedis, managedRedis]);

const topics = v.optional(v.array(mqttTopic));

export const mqtt = v.strictObject({
  mode: bundled,
  users: v.optional(
    v.pipe(
      v.record(
        roleName,
        v.strictObject({
          publish: v.pipe(topics, v.description('Topics that it may publish to, with + and #.')),
          subscribe: v.pipe(topics, v.description('Topics that it may subscribe to, with + and #.')),
        }),
      ),
      v.description(
        'Who else may connect, and to which topics: devices. An app that uses it may use all topics, unless it is named here too.',
      ),
    ),
  ),
  limits,
});

export const storage = v.variant('mode', [
  v.strictObject({
    mode: bundled,
    buckets: v.pipe(v.array(bucketName), v.minLength(1, 'must name a bucket'), v.description('Its buckets.')),
    limits,
  }),
  v.strictObject({ mode: managed, ca }),
]);

export const mail = v.strictObject({
  mode: v.pipe(
    v.literal('catcher'),
    v.description('catcher: development shows what apps send, and sends nothing; a server needs an account somewhere.'),
  ),
});

/** What apps can be connected to, beside each other. */
export const externals = {
  postgres: v.optional(v.pipe(postgres, v.description('The database.'))),
  redis: v.optional(
    v.pipe(redis, v.description('Redis or Valkey: queues, sessions, and the cache where it has none of its own.')),
  ),
  cache: v.optional(
    v.pipe(redis, v.description('A separate Redis or Valkey for the cache, which may lose what it holds.')),
  ),
  mqtt: v.optional(v.pipe(mqtt, v.description('Mosquitto, with TLS only.'))),
  storage: v.optional(v.pipe(storage, v.description('Object storage that speaks S3.'))),
  mail: v.optional(v.pipe(mail, v.description('Mail, in development.'))),
} satisfies Record<ExternalName, v.GenericSchema>;

/** The names of the answers that an external has in a mode; undefined for a mode, or an external, without any choice. */
export function answersOfMode(external: string, mode: unknown): readonly string[] | undefined {
  const choices = { postgres, redis, cache: redis, storage };
  if (!Object.hasOwn(choices, external)) return undefined;
  const { options } = choices[external as keyof typeof choices];
  const found = options.find(({ entries }) => v.is(entries.mode, mode));
  return found && Object.keys(found.entries);
}
