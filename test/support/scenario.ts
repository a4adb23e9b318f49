/**
 * The vocabulary of the end-to-end scenarios: what a person does with a generated stack, and what can be seen of
 * it. How that is done with Docker is said here, once.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa, type Options } from 'execa';
import { vi } from 'vitest';
import { ensureEngine, provideImages } from './engine.ts';
import { binOf, packedPrefix } from './packed.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(root, 'test/e2e/fixtures');

/** A folder with a stack in it, or soon. Its name is also the name of the Compose project. */
export interface Stack {
  readonly name: string;
  readonly directory: string;
  /** The name of its app, which is also the service. */
  readonly app: string;
  /** Free ports of this machine; `development` is for the app there, so that both overlays can run at once. */
  readonly ports: Readonly<Record<'app' | 'development' | 'postgres' | 'redis', number>>;
  /** Free ports for further variables of `.env`, such as `DASHBOARD_PORT`; `setPorts` adds what development publishes. */
  readonly more: Record<string, number>;
  /** Ports that nobody has been given yet. */
  readonly spare: number[];
  /** Whether it has the backups that a stack has unasked. */
  readonly backups: boolean;
}

/** What `--json` prints. */
export interface Report {
  readonly changed: boolean;
  readonly answers: {
    readonly apps: Readonly<Record<string, unknown>>;
    readonly postgres?: unknown;
    readonly redis?: unknown;
  };
  readonly detected: readonly {
    readonly path: string;
    readonly evidence: { readonly file: string };
  }[];
  readonly assumptions: readonly { readonly path: string }[];
  readonly warnings: readonly string[];
  readonly next: readonly string[];
}

/** The parts of `docker inspect` that scenarios look at. */
export interface Container {
  readonly Id: string;
  readonly Image: string;
  readonly Name: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly Image: string; readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: {
    readonly NanoCpus: number;
    readonly Memory: number;
    readonly MemoryReservation: number;
    readonly PidsLimit: number | null;
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly ReadonlyRootfs: boolean;
    readonly Privileged: boolean;
    readonly CapAdd: readonly string[] | null;
    readonly CapDrop: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly RestartPolicy: { readonly Name: string };
    readonly Tmpfs?: Readonly<Record<string, string>>;
    readonly PidMode: string;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Tries until it holds. Nothing here ever waits for a fixed time.
 * @throws whatever the last try threw, once the time is over
 */
export function eventually<T>(assertion: () => T | Promise<T>, seconds = 60): Promise<T> {
  return vi.waitFor(assertion, { timeout: seconds * 1000, interval: 200 });
}

/**
 * A new folder for a stack, outside of the repo: empty, or holding a copy of a fixture.
 * @throws Error where no Docker Engine answers
 */
export async function newStack(
  name: string,
  {
    fixture,
    app = 'app',
    more = [],
    backups = false,
  }: {
    readonly fixture?: string;
    readonly app?: string;
    readonly more?: readonly string[];
    readonly backups?: boolean;
  } = {},
): Promise<Stack> {
  if (!(await ensureEngine())) throw new Error('No Docker Engine with Compose answers: this test cannot run.');
  const unique = `${name}-${randomBytes(2).toString('hex')}`;
  const directory = join(mkdtempSync(join(tmpdir(), 'prodstack-e2e-')), unique);
  mkdirSync(directory);
  if (fixture !== undefined) cpSync(join(fixtures, fixture), directory, { recursive: true });
  const [own, development, postgres, redis] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const others = await Promise.all(more.map(async (variable) => [variable, await freePort()] as const));
  return {
    name: unique,
    directory,
    app,
    ports: { app: own, development, postgres, redis },
    more: Object.fromEntries(others),
    spare: await Promise.all(Array.from({ length: 8 }, freePort)),
    backups,
  };
}

/** Runs the packed program; what it exits with is for the caller to judge. */
export async function prodstack(
  cwd: string,
  ...args: readonly string[]
): Promise<{ readonly exitCode?: number; readonly stdout: string; readonly stderr: string }> {
  const prefix = await packedPrefix();
  return execa(process.execPath, [join(prefix, binOf(prefix)), ...args], { cwd, reject: false, stdin: 'ignore' });
}

/**
 * Generates the stack, as somebody in the folder above would.
 * @throws Error unless the exit status is 0
 */
export async function generate(stack: Stack, ...args: readonly string[]): Promise<Report> {
  // One container less, for tests that are about something else.
  const without = stack.backups || args.some((one) => one.startsWith('backup')) ? [] : ['--set', 'backup.engine=none'];
  const run = await prodstack(dirname(stack.directory), stack.name, '--yes', '--json', ...without, ...args);
  if (run.exitCode !== 0) throw new Error(`exit status ${run.exitCode}\n${run.stderr}`);
  return JSON.parse(run.stdout) as Report;
}

/** Adds the ports to the `.env` that was generated. */
export function setPorts(stack: Stack): void {
  const { app, postgres, redis } = stack.ports;
  const fixed = { [portVariable(stack)]: app, POSTGRES_PORT: postgres, REDIS_PORT: redis };
  // Debuggers, the mail catcher and the like: two stacks in development must not want the same.
  const overlay = readFileSync(join(stack.directory, 'compose.dev.yaml'), 'utf8');
  for (const [, variable = ''] of overlay.matchAll(/\$\{([A-Z0-9_]+_PORT):-\d+\}:/g))
    if (!(variable in fixed)) stack.more[variable] ??= stack.spare.pop() ?? 0;
  const lines = [
    ...Object.entries(fixed).map(([variable, port]) => `${variable}=${port}`),
    ...Object.entries(stack.more).map(([variable, port]) => `${variable}=${port}`),
  ];
  appendFileSync(join(stack.directory, '.env'), `\n${lines.join('\n')}\n`);
}

function portVariable(stack: Stack): string {
  return `${stack.app.toUpperCase().replaceAll('-', '_')}_PORT`;
}

/** Types the commands that a report ends with into a shell, where the program was called. */
export async function follow(stack: Stack, report: Report): Promise<void> {
  await provideImages(stack.directory);
  await execa('sh', ['-ec', report.next.join('\n')], { cwd: dirname(stack.directory), env: plain });
}

/** `docker compose` in the folder of the stack. */
export function compose(stack: Stack, ...args: readonly string[]) {
  return docker(stack, 'compose', ...args);
}

/** The wrapper that the stack has for it; from another folder, and without a terminal. */
export function ctl(stack: Stack, ...args: readonly string[]) {
  return execa(join(stack.directory, 'scripts/ctl'), args, { cwd: '/', env: plain, stdin: 'pipe' } satisfies Options);
}

/** The same with the overlay for development, and a port of its own. */
export function composeDev(stack: Stack, ...args: readonly string[]) {
  const env = { ...plain, [portVariable(stack)]: String(stack.ports.development) };
  const files = ['compose', '-f', 'compose.yaml', '-f', 'compose.dev.yaml'];
  return execa('docker', [...files, ...args], { cwd: stack.directory, env } satisfies Options);
}

/** `docker` in the folder of the stack. */
export function docker(stack: Stack, ...args: readonly string[]) {
  return execa('docker', args, { cwd: stack.directory, env: plain, stdin: 'pipe' } satisfies Options);
}

/** Every container of the stack, ended ones included. */
export async function containers(stack: Stack, using = compose): Promise<readonly Container[]> {
  const { stdout } = await using(stack, 'ps', '--all', '--quiet');
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length === 0) return [];
  return JSON.parse((await docker(stack, 'inspect', ...ids)).stdout) as Container[];
}

/**
 * The container of a service.
 * @throws Error where there is none
 */
export async function inspect(stack: Stack, service: string, using = compose): Promise<Container> {
  const all = await containers(stack, using);
  const found = all.find((one) => serviceOf(one) === service);
  if (!found) throw new Error(`${service} has no container; there are: ${all.map(serviceOf).join(', ')}`);
  return found;
}

export function serviceOf(container: Container): string {
  return container.Config.Labels['com.docker.compose.service'] ?? '';
}

/** The answer to one query in the bundled Postgres, without any decoration. */
export async function sql(stack: Stack, query: string): Promise<string> {
  const psql = ['psql', '-U', 'postgres', '-d', 'app', '--tuples-only', '--no-align', '--command', query];
  return (await compose(stack, 'exec', '-T', 'postgres', ...psql)).stdout.trim();
}

/** Holds a table in a transaction, so that who wants to read it has to wait. */
export async function lockTable(stack: Stack, table: string): Promise<{ readonly release: () => Promise<void> }> {
  const psql = compose(stack, 'exec', '-T', 'postgres', 'psql', '-U', 'postgres', '-d', 'app');
  psql.stdin.write(`BEGIN; LOCK TABLE ${table};\n`);
  const held = `SELECT count(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = '${table}'::regclass`;
  await eventually(async () => {
    if ((await sql(stack, held)) !== '1') throw new Error(`${table} is not locked`);
  });
  return {
    release: async () => {
      psql.stdin.end('COMMIT;\n');
      await psql;
    },
  };
}

/**
 * One request on a connection of its own.
 * @throws Error when nobody answers within `patience` milliseconds, if given
 */
export function http(
  port: number,
  path: string,
  {
    method = 'GET',
    accept = '*/*',
    headers = {},
    patience,
  }: {
    readonly method?: string;
    readonly accept?: string;
    readonly headers?: OutgoingHttpHeaders;
    readonly patience?: number;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers: { accept, ...headers }, agent: false };
    const sent = request(options, async (response) => {
      try {
        const chunks = await response.toArray();
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString(),
          headers: response.headers,
        });
      } catch (error) {
        reject(error);
      }
    });
    sent.once('error', reject);
    if (patience !== undefined) sent.setTimeout(patience, () => sent.destroy(new Error('nobody answers')));
    sent.end();
  });
}

/**
 * A port of the loopback interface that nobody listens on, and that nobody is given until the stack takes it: below those
 * that Linux chooses itself, for connections too, and from a range that the tests which run at the same time do not use.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + portsOfEach * (worker % 4) + (nextPort++ % portsOfEach);
    if (await isFree(port)) return port;
  }
}

const worker = Number(process.env['VITEST_POOL_ID'] ?? 1);
const portsOfEach = 5_000;
let nextPort = randomInt(portsOfEach);

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Keeps what tells why a scenario failed, in `test/artifacts/<scenario>`. */
export async function keepArtifacts(stack: Stack, scenario: string): Promise<void> {
  const folder = join(root, 'test/artifacts', scenario.replace(/[^a-z0-9]+/gi, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const keep = async (file: string, text: () => Promise<string>) =>
    writeFileSync(join(folder, file), await text().catch((error: unknown) => String(error)));
  for (const [overlay, using] of Object.entries({ production: compose, development: composeDev })) {
    await keep(`${overlay}.logs.txt`, async () => (await using(stack, 'logs', '--no-color', '--timestamps')).stdout);
    await keep(`${overlay}.ps.txt`, async () => (await using(stack, 'ps', '--all')).stdout);
    await keep(`${overlay}.inspect.json`, async () => JSON.stringify(await containers(stack, using), null, 2));
  }
  cpSync(stack.directory, join(folder, 'directory'), { recursive: true });
}

/** A scenario with a stack of its own: artifacts are kept if it fails, and nothing is left behind in any case. */
export async function withStack(stack: Stack, scenario: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    await keepArtifacts(stack, scenario);
    throw error;
  } finally {
    await remove(stack);
  }
}

/** Takes away all that a stack has left behind: containers, networks, volumes, images, its folder. */
export async function remove(stack: Stack): Promise<void> {
  const all = ['down', '--volumes', '--remove-orphans', '--timeout', '1'];
  await composeDev(stack, ...all).catch(() => {}); // not generated, or not valid: nothing is there
  await compose(stack, ...all).catch(() => {});
  const names = async (kind: string, filter: string, format: string) => {
    const { stdout } = await execa('docker', [kind, 'ls', '--filter', filter, '--format', format]);
    return stdout.split('\n').filter((name) => name !== '');
  };
  const volumes = await names('volume', `name=^${stack.name}_`, '{{.Name}}');
  if (volumes.length > 0) await execa('docker', ['volume', 'rm', ...volumes]);
  // Not by id: another stack's image may have the same content, and so the same id.
  const images = await names('image', `reference=${stack.name}-*`, '{{.Repository}}:{{.Tag}}');
  if (images.length > 0) await execa('docker', ['image', 'rm', ...images]);
  rmSync(dirname(stack.directory), { recursive: true, force: true });
}

/** An environment in which only the stack's own `.env` speaks to Compose. */
const plain = { COMPOSE_FILE: undefined, COMPOSE_PROJECT_NAME: undefined, COMPOSE_PROFILES: undefined };
