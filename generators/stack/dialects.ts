/**
 * How each driver is told to verify whom it talks to. No two say it alike, several take less than they were told without
 * a word, and some refuse what others need: so the settings of an address are never passed on, but written here.
 * Each was tried against a server with a certificate of a private CA: it connects, and refuses another CA and another
 * host name.
 */

/** What an app speaks to PostgreSQL with. */
export type DatabaseDriver =
  /** libpq and what follows it: psycopg (and Django, SQLAlchemy on it), asyncpg where an app gives it the address. */
  | 'libpq'
  /** SQLAlchemy over asyncpg. */
  | 'sqlalchemy-asyncpg'
  /** node-postgres, and what is on top of it: TypeORM, Knex, Sequelize, Drizzle, Prisma with its adapter. */
  | 'pg'
  /** postgres.js. */
  | 'postgres'
  /** The engine of Prisma: its migrations, and its clients without an adapter. */
  | 'prisma'
  /** PHP's PDO, as Laravel makes its connections. */
  | 'laravel';

/** What an app speaks to Redis with. */
export type RedisDriver = 'node' | 'python' | 'laravel';

/** What is verified, and against what. */
export interface Trust {
  /** The CA file in the container; without one, the public authorities. */
  readonly file?: string | undefined;
  readonly verify: 'verify-full' | 'verify-ca';
}

export interface Dialect {
  /** What stands behind the ? of the address. */
  readonly settings: readonly string[];
  /** For libraries that do not hear what the address says. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Debian's public authorities. By path: `system` is not known to all drivers, and wheels look elsewhere for it. */
const publicAuthorities = '/etc/ssl/certs/ca-certificates.crt';

/** @param pooled whether connections are shared by transactions: a prepared statement may be gone in the next one */
export function databaseDialect(driver: DatabaseDriver, { file, verify }: Trust, pooled: boolean): Dialect {
  switch (driver) {
    case 'libpq': {
      const root = file ?? publicAuthorities;
      return {
        settings: [`sslmode=${verify}`, `sslrootcert=${root}`],
        // Apps that take the address apart themselves lose its settings.
        environment: { PGSSLMODE: verify, PGSSLROOTCERT: root },
      };
    }
    case 'sqlalchemy-asyncpg':
      return {
        // Settings become arguments of a function that has no sslmode (sqlalchemy/sqlalchemy#6275).
        settings: [`ssl=${verify}`, ...(pooled ? ['prepared_statement_cache_size=0'] : [])],
        environment: { PGSSLROOTCERT: file ?? publicAuthorities },
      };
    case 'pg':
      return {
        settings:
          verify === 'verify-ca' && file !== undefined
            ? // Without the first one, every mode is verify-full.
              ['uselibpqcompat=true', 'sslmode=verify-ca', `sslrootcert=${file}`]
            : ['sslmode=verify-full', ...(file === undefined ? [] : [`sslrootcert=${file}`])],
        // For those who hand it over in parts.
        environment: { PGSSLMODE: verify, ...extraAuthority(file) },
      };
    case 'postgres':
      return {
        // What it does not know it sends to the server, which refuses it.
        settings: ['sslmode=verify-full', ...(pooled ? ['prepare=false'] : [])],
        environment: extraAuthority(file),
      };
    case 'prisma':
      return {
        // It knows neither verify-full nor sslrootcert, and verifies nothing without the second one
        // (prisma-engines, quaint/src/connector/postgres/url.rs).
        settings: [
          'sslmode=require',
          'sslaccept=strict',
          ...(file === undefined ? [] : [`sslcert=${file}`]),
          ...(pooled ? ['pgbouncer=true'] : []),
        ],
        environment: {},
      };
    case 'laravel': {
      const root = file ?? publicAuthorities;
      return {
        settings: [
          `sslmode=${verify}`,
          `sslrootcert=${root}`,
          // PDO::PGSQL_ATTR_DISABLE_PREPARES: parameters go with the statement, which gets no name.
          ...(pooled ? ['options[1000]=1'] : []),
        ],
        // config/database.php reads DB_SSLMODE from laravel/laravel 12.11.1 on; what makes a connection of its own, none.
        environment: { DB_SSLMODE: verify, PGSSLMODE: verify, PGSSLROOTCERT: root },
      };
    }
  }
}

export function redisDialect(driver: RedisDriver, file: string | undefined): Dialect {
  switch (driver) {
    case 'node':
      return { settings: [], environment: extraAuthority(file) };
    case 'python':
      return {
        // Celery insists on the first one; before version 6, redis-py compares no host name unless told to.
        settings: [
          'ssl_cert_reqs=required',
          'ssl_check_hostname=true',
          ...(file === undefined ? [] : [`ssl_ca_certs=${file}`]),
        ],
        environment: {},
      };
    case 'laravel':
      // The folder of the public authorities counts beside it.
      return { settings: [], environment: file === undefined ? {} : { SSL_CERT_FILE: file } };
  }
}

/** Node.js trusts it in addition to the public authorities that it brings. */
function extraAuthority(file: string | undefined): Dialect['environment'] {
  return file === undefined ? {} : { NODE_EXTRA_CA_CERTS: file };
}
