/** What holds of every stack whose PostgreSQL and Redis somebody else runs. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { provideImages } from '../support/engine.ts';
import {
  compose,
  composeDev,
  containers,
  ctl,
  docker,
  eventually,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  remove,
  serviceOf,
  setPorts,
} from '../support/scenario.ts';
import { hosts, type Provider, startProvider } from './provider.ts';

export interface Managed {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether it migrates, and so comes as two roles. */
  readonly migrates: boolean;
  readonly health: string;
  /** What the app, or what starts it, says of a certificate that it does not trust, and of one for another host. */
  readonly refusal: RegExp;
  /** The same of Redis, where the app tells. */
  readonly redisRefusal?: RegExp;
  /** Where secrets are: `.env`, or one file each. */
  readonly secrets?: 'env' | 'files';
  /** Whether the overlay for development is started too. */
  readonly development?: boolean;
}

const caFile = 'certs/provider-ca.pem';
const database = 'shop';

/** Generates a stack and starts it before its servers are there. */
export async function reachesManagedServers(subject: Managed): Promise<void> {
  const stack = await newStack(subject.name);
  let provider: Provider;
  const first = subject.migrates ? 'app-migrate' : 'app';

  const settle = (values: Readonly<Record<string, string>>) => {
    if (subject.secrets !== 'files') {
      const lines = Object.entries(values).map(([name, value]) => `${name}='${value.replaceAll("'", '%27')}'`);
      appendFileSync(join(stack.directory, '.env'), `\n${lines.join('\n')}\n`);
      return;
    }
    mkdirSync(join(stack.directory, 'secrets'), { recursive: true });
    for (const [name, value] of Object.entries(values))
      writeFileSync(join(stack.directory, 'secrets', name.toLowerCase()), `${value}\n`, { mode: 0o644 });
  };
  const addresses = (host?: string, redisHost?: string) => ({
    DATABASE_URL: provider.address('app', database, host),
    ...(subject.migrates && { MIGRATION_DATABASE_URL: provider.address('app_migration', database, host) }),
    REDIS_URL: provider.redisAddress(redisHost),
  });
  const trust = (certificate: string) => writeFileSync(join(stack.directory, caFile), certificate);
  const logs = async (service: string) => {
    const { stdout, stderr } = await compose(stack, 'logs', '--no-color', service);
    return stdout + stderr;
  };
  const visit = async () => {
    const { status, body } = await http(stack.ports.app, '/', { accept: 'application/json' });
    expect(status, body).toBe(200);
    return (JSON.parse(body) as { visits: number }).visits;
  };
  /** The app as it is now told to be, started anew, without what starts before it. */
  const recreate = () => compose(stack, 'up', '--detach', '--no-deps', '--force-recreate', 'app');
  const isRefused = async (refusal = subject.refusal) => {
    await recreate();
    await eventually(async () => {
      await http(stack.ports.app, subject.health).catch(() => undefined);
      expect(await logs('app')).toMatch(refusal);
    });
    const answer = await http(stack.ports.app, subject.health).catch(() => ({ status: 0 }));
    expect(answer.status).not.toBe(200);
    expect((await inspect(stack, 'app')).State.Health?.Status).not.toBe('healthy');
  };

  beforeAll(async () => {
    provider = await startProvider();
    mkdirSync(join(stack.directory, dirname(caFile)));
    trust(provider.ca);
    try {
      const report = await generate(
        stack,
        ...subject.args,
        ...['postgres', 'redis'].flatMap((one) => ['--set', `${one}.mode=managed`, '--set', `${one}.ca=${caFile}`]),
        ...(subject.secrets === 'files' ? ['--set', 'secrets.from=files'] : []),
      );
      if (subject.secrets !== 'files') expect(report.warnings.join('\n')).toContain('.env has to have DATABASE_URL=');
      setPorts(stack);
      settle(addresses());
      await provideImages(stack.directory);
      await compose(stack, 'build');
      // Whom a provider gives: no superuser, but the owner of the database.
      await provider.sql('CREATE ROLE administrator CREATEROLE CREATEDB');
      await provider.sql(`CREATE DATABASE ${database} OWNER administrator`);
      for (const statement of rolesOf(stack.directory, provider, subject.migrates))
        await provider.sql(`SET ROLE administrator;\n${statement}`, database);
    } catch (error) {
      await keepArtifacts(stack, subject.name);
      throw error;
    }
  });

  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `${subject.name} ${task.name}`));
  });

  afterAll(async () => {
    // Its containers are in the networks of the stack.
    await provider?.remove();
    await remove(stack);
  });

  it('it waits for servers that are not there yet, says so, and comes up without a restart', async () => {
    await ctl(stack, 'create');
    const started = compose(stack, 'up', '--detach', '--wait', '--wait-timeout', '240');
    await eventually(async () =>
      expect(await logs(first)).toMatch(
        // The second where the machine's own resolver is slow.
        new RegExp(
          `with-env: waiting for ${hosts.postgres}:5432: (?:Name or service not known|Temporary failure in name)`,
        ),
      ),
    );
    await provider.admit(stack.name);
    await started;

    for (const { State, RestartCount, Name } of await containers(stack)) {
      expect(RestartCount, Name).toBe(0);
      if (State.Health) expect(State.Health.Status, Name).toBe('healthy');
    }
    expect((await http(stack.ports.app, subject.health)).status).toBe(200);
  });

  it('nothing of the servers is in the stack', async () => {
    const services = (await containers(stack)).map(serviceOf);
    expect(services).not.toContain('postgres');
    expect(services).not.toContain('redis');
    const { Image } = await inspect(stack, 'app');
    const baked = await docker(stack, 'run', '--rm', '--network', 'none', '--entrypoint', 'ls', Image, '/run/ca').catch(
      (error: { exitCode?: number }) => error,
    );
    expect(baked.exitCode).not.toBe(0);
  });

  it('it comes with TLS, as the role of the app', async () => {
    const before = await visit();
    expect(await visit()).toBe(before + 1);
    const visitors = (await provider.visitors()).filter((one) => one.startsWith('app'));
    expect(visitors.sort()).toEqual(
      (subject.migrates ? ['app', 'app_migration'] : ['app']).map((role) => `${role} ${database} SSL enabled`),
    );
    expect(Number((await provider.redis('INFO', 'keyspace')).match(/keys=(\d+)/)?.[1])).toBeGreaterThan(0);
  });

  if (subject.migrates) {
    it('migrations own the tables, and the app cannot change them', async () => {
      const owners = await provider.sql(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'",
        database,
      );
      expect(owners).toBe('app_migration');
      const refused = async (query: string) =>
        expect(provider.sql(query, database, 'app')).rejects.toThrow(/permission denied|must be owner/);
      await refused('CREATE TABLE mine ()');
      await refused('DROP TABLE visits');
      await refused('TRUNCATE visits');
    });
  }

  it('it survives a restart of the servers', async () => {
    const before = await visit();
    await provider.restart();
    await eventually(async () => expect(await visit()).toBeGreaterThan(before));
    expect((await inspect(stack, 'app')).RestartCount).toBe(0);
  });

  it('it refuses a server whose certificate another CA made', async () => {
    trust(provider.otherCa);
    await isRefused();
    trust(provider.ca);
  });

  it('it refuses a server whose certificate is for another host', async () => {
    settle(addresses(hosts.other));
    await isRefused();
    if (subject.redisRefusal) {
      settle(addresses(hosts.postgres, hosts.otherRedis));
      await isRefused(subject.redisRefusal);
    }
    settle(addresses());
    await compose(stack, 'up', '--detach', '--no-deps', '--force-recreate', '--wait', 'app');
  });

  if (subject.development) {
    it('development comes the same way', async () => {
      await compose(stack, 'stop', 'app');
      await composeDev(stack, 'create', '--build');
      await provider.admit(`${stack.name}-dev`);
      await composeDev(stack, 'up', '--detach', '--wait');
      expect((await http(stack.ports.development, subject.health)).status).toBe(200);
      await composeDev(stack, 'down', '--volumes', '--timeout', '1').catch(() => {});
    });
  }

  it('what it logs holds no password', async () => {
    const { stdout, stderr } = await compose(stack, 'logs', '--no-color');
    for (const secret of [provider.passwordOf('app'), encodeURIComponent(provider.passwordOf('app'))])
      expect((stdout + stderr).includes(secret)).toBe(false);
  });
}

/** The SQL of the stack's own guide, with the names and passwords of this provider. */
export function rolesOf(directory: string, provider: Provider, migrates: boolean): readonly string[] {
  const literal = (role: 'app' | 'app_migration') => `'${provider.passwordOf(role).replaceAll("'", "''")}'`;
  const guide = readFileSync(join(directory, 'docs/DOCKER_TROUBLESHOOTING.md'), 'utf8');
  const sql = /```sql\n(CREATE ROLE app_migration[\s\S]*?)```/.exec(guide)?.[1] ?? '';
  expect(sql).not.toBe('');
  return [
    sql
      .replace("app_migration LOGIN PASSWORD '…'", () => `app_migration LOGIN PASSWORD ${literal('app_migration')}`)
      .replace("app LOGIN PASSWORD '…'", () => `app LOGIN PASSWORD ${literal('app')}`)
      .replaceAll('"NAME"', `"${database}"`),
    // Without migrations, the app makes its tables itself.
    ...(migrates ? [] : ['GRANT CREATE ON SCHEMA public TO app']),
  ];
}
