/**
 * Plays the provider of managed servers: PostgreSQL and Redis in a Compose project of their own, which speak TLS only,
 * with certificates of a private CA.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import images from '../../templates/images.json' with { type: 'json' };
import { ensureEngine, provideImages } from '../support/engine.ts';
import { eventually } from '../support/scenario.ts';

/** The names in the certificates, and those that are in none though the same servers answer to them. */
export const hosts = {
  postgres: 'db.provider.test',
  redis: 'cache.provider.test',
  other: 'other.provider.test',
  otherRedis: 'other-cache.provider.test',
};

/** As a careful person chooses them: what means something in addresses, shells and env files is all there. */
const password = (): string => `${randomBytes(6).toString('hex')}@:/?#%[]&=+ ~!*'()\\"`;

const composeFile = (folder: string) => `
services:
  postgres:
    image: ${images['postgres:17']}
    user: postgres
    # The key has to be its own, and its own only.
    command: [bash, -c, "install -m 0600 /certs/server.key /tmp/server.key && exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/certs/server.pem -c ssl_key_file=/tmp/server.key -c hba_file=/certs/pg_hba.conf -c log_connections=on"]
    environment: { POSTGRES_PASSWORD_FILE: /certs/administrator }
    volumes: ["${folder}:/certs:ro"]
    healthcheck: { test: [CMD, pg_isready, -h, 127.0.0.1], interval: 1s, retries: 60 }
  redis:
    image: ${images['redis:8']}
    user: redis
    command: [redis-server, /certs/redis.conf]
    volumes: ["${folder}:/certs:ro"]
    healthcheck: { test: [CMD-SHELL, "redis-cli --tls --cacert /certs/ca.pem -h 127.0.0.1 PING 2>&1 | grep -qE 'NOAUTH|PONG'"], interval: 1s, retries: 60 }
`;

export interface Provider {
  /** The CA of its certificates, and one that made none of them. */
  readonly ca: string;
  readonly otherCa: string;
  /** The addresses of a new database, as the provider shows them, for a role with each of these names. */
  readonly address: (role: Role, database: string, host?: string) => string;
  readonly redisAddress: (host?: string) => string;
  /** The password of a role, as it is meant. */
  readonly passwordOf: (role: Role) => string;
  /** Runs SQL as the administrator, or as a role; returns what it prints. */
  readonly sql: (query: string, database?: string, role?: Role) => Promise<string>;
  /** Who was let in to the database so far: user, database and whether it came with TLS. */
  readonly visitors: () => Promise<readonly string[]>;
  readonly redis: (...command: readonly string[]) => Promise<string>;
  /** Lets the networks of a Compose project reach it, by its names, once there are as many. */
  readonly admit: (project: string, least?: number) => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

type Role = 'app' | 'app_migration';

/** Starts it. */
export async function startProvider(): Promise<Provider> {
  if (!(await ensureEngine())) throw new Error('No Docker Engine with Compose answers: this test cannot run.');
  const name = `provider-${randomBytes(2).toString('hex')}`;
  const directory = join(mkdtempSync(join(tmpdir(), 'prodstack-e2e-')), name);
  const certs = join(directory, 'certs');
  mkdirSync(certs, { recursive: true });
  const passwords: Readonly<Record<Role, string>> = { app: password(), app_migration: password() };
  const redisPassword = password();
  await makeCertificates(certs);
  const write = (file: string, text: string) => writeFileSync(join(certs, file), text, { mode: 0o644 });
  write('administrator', password());
  write('pg_hba.conf', 'local all all trust\nhostssl all all all scram-sha-256\n');
  write(
    'redis.conf',
    [
      'port 0',
      'tls-port 6379',
      'tls-cert-file /certs/server.pem',
      'tls-key-file /certs/server.key',
      'tls-ca-cert-file /certs/ca.pem',
      'tls-auth-clients no',
      'maxmemory-policy noeviction',
      `requirepass "${redisPassword.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    ].join('\n'),
  );
  writeFileSync(join(directory, 'compose.yaml'), composeFile(certs));
  await provideImages(directory);
  const compose = (...args: readonly string[]) =>
    execa('docker', ['compose', '--project-name', name, ...args], { cwd: directory });
  await compose('up', '--detach', '--wait');

  const sql = async (query: string, database = 'postgres', role?: Role) => {
    const as = role === undefined ? ['-U', 'postgres'] : ['-U', role, '-h', hosts.postgres];
    const psql = ['psql', ...as, '-d', database, '-v', 'ON_ERROR_STOP=1', '-qtA'];
    const env =
      role === undefined
        ? []
        : ['-e', `PGPASSWORD=${passwords[role]}`, '-e', 'PGSSLMODE=verify-full', '-e', 'PGSSLROOTCERT=/certs/ca.pem'];
    const done = await execa('docker', ['compose', '--project-name', name, 'exec', '-T', ...env, 'postgres', ...psql], {
      cwd: directory,
      input: query,
    });
    return done.stdout.trim();
  };

  return {
    ca: readFileSync(join(certs, 'ca.pem'), 'utf8'),
    otherCa: readFileSync(join(certs, 'other.pem'), 'utf8'),
    // With what providers put behind it.
    address: (role, database, host = hosts.postgres) =>
      `postgresql://${role}:${encodeURIComponent(passwords[role])}@${host}:5432/${database}?sslmode=require&channel_binding=require`,
    redisAddress: (host = hosts.redis) => `rediss://default:${encodeURIComponent(redisPassword)}@${host}:6379`,
    passwordOf: (role) => passwords[role],
    sql,
    visitors: async () => {
      const { stdout } = await compose('logs', '--no-log-prefix', 'postgres');
      const lines = stdout.matchAll(
        /connection authorized: user=(\S+) database=(\S+)[^\n]*?( SSL enabled)?(?: \(|$)/gm,
      );
      return [...new Set([...lines].map(([, user, name, tls]) => `${user} ${name}${tls ?? ''}`))];
    },
    redis: async (...command) => {
      const cli = [
        'redis-cli',
        '--tls',
        '--cacert',
        '/certs/ca.pem',
        '-h',
        hosts.redis,
        '--no-auth-warning',
        ...command,
      ];
      const env = ['-e', `REDISCLI_AUTH=${redisPassword}`];
      return (await compose('exec', '-T', ...env, 'redis', ...cli)).stdout;
    },
    admit: async (project, least = 1) => {
      const filter = `label=com.docker.compose.project=${project}`;
      const { stdout } = await execa('docker', ['network', 'ls', '--filter', filter, '--format', '{{.Name}}']);
      const networks = stdout.split('\n').filter((one) => one !== '');
      if (networks.length < least) throw new Error(`${project} has ${networks.length} networks`);
      for (const network of networks) {
        for (const server of ['postgres', 'redis'] as const) {
          const aliases = [hosts[server], server === 'postgres' ? hosts.other : hosts.otherRedis];
          const options = aliases.flatMap((alias) => ['--alias', alias]);
          await execa('docker', ['network', 'connect', ...options, network, `${name}-${server}-1`]);
        }
      }
    },
    restart: async () => {
      await compose('restart', '--timeout', '5');
      await eventually(() => compose('up', '--detach', '--wait'));
    },
    remove: async () => {
      await compose('down', '--volumes', '--timeout', '1');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A CA with the certificate of both servers, and another CA. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: readonly string[]) => execa('openssl', args, { cwd: folder });
  // Without a usage, Python from 3.13 on refuses a CA.
  const usage = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  const key = (file: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${file}.key`];
  const authority = (file: string) =>
    openssl('req', '-x509', ...key(file), '-days', '2', '-subj', `/CN=${file}`, ...usage, '-out', `${file}.pem`);
  await authority('ca');
  await authority('other');
  const names = `subjectAltName=DNS:${hosts.postgres},DNS:${hosts.redis}`;
  await openssl('req', ...key('server'), '-subj', '/CN=servers', '-addext', names, '-out', 'server.csr');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-copy_extensions', 'copy'];
  await openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
  await execa('chmod', ['a+r', 'server.key'], { cwd: folder });
}
