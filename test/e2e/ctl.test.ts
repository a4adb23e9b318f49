/** The wrapper, and what looks at a running stack: beside a real engine, with real data and a backup of it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, containers, ctl, docker, eventually, type Stack } from '../support/scenario.ts';
import { terminal } from '../support/terminal.ts';
import { startSystem, visit } from './system.ts';

const system = await startSystem({
  name: 'ctl',
  app: 'app',
  folder: '.',
  // The container starts no backup or drill by itself, which another one would have to wait for.
  args: ['--preset', 'node', '--set', 'backup.schedule=systemd'],
  backups: true,
  services: ['app', 'backup', 'postgres', 'redis'],
  health: '/health',
  visit: { method: 'GET', path: '/' },
  edit: { file: 'src/app.js', from: '', to: '', path: '/' },
});
const { stack } = system;
const volumes = (...names: readonly string[]) => names.map((name) => `${stack.name}_${name}`);
const data = volumes('backups', 'postgres-data', 'redis-data');

/** The volumes of the stack: name, and when each was made. */
async function volumesOf({ name }: Stack): Promise<readonly string[]> {
  const { stdout } = await docker(stack, 'volume', 'ls', '--quiet', '--filter', `name=^${name}_`);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What is there, so that nothing of it can be lost, or made anew, without a difference. */
async function everything(): Promise<unknown> {
  const { stdout } = await docker(
    stack,
    ...['volume', 'inspect', '--format', '{{.Name}} {{.CreatedAt}}', ...(await volumesOf(stack))],
  );
  return { volumes: stdout, containers: (await containers(stack)).map(({ Id, State }) => `${Id} ${State.StartedAt}`) };
}

const script = (name: string, ...args: readonly string[]) =>
  execa(join(stack.directory, 'scripts', name), args, { cwd: '/', reject: false, stdin: 'ignore' });

/** ctl in a terminal, with an answer to each question; its exit status and what it showed. */
async function typed(line: string, ...answers: readonly (readonly [question: string, answer: string])[]) {
  const screen = terminal([join(stack.directory, 'scripts/ctl'), ...line.split(' ')], '/', {
    program: 'bash',
    patience: 240,
  });
  for (const [question, answer] of answers) {
    await screen.until(question);
    screen.type(`${answer}\r`);
  }
  return { exitCode: await screen.ended(), screen: screen.screen() };
}

const noBackup = ['Take a backup before that?', 'n'] as const;
const asksName = `type ${stack.name}:`;

interface Verdict {
  readonly healthy: boolean;
  readonly checks: readonly { readonly check: string; readonly status: string; readonly text: string }[];
}

async function verify(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await script('verify', '--json', ...args);
  return { exitCode, stderr, ...(JSON.parse(stdout) as Verdict) };
}

describe('scripts/ctl', () => {
  it('made the volumes of data at the first start, and says on each what it is', async () => {
    const { stdout } = await docker(stack, 'volume', 'inspect', ...data);
    const labels = (JSON.parse(stdout) as { readonly Name: string; readonly Labels: Record<string, string> }[]).map(
      ({ Labels }) => Labels,
    );
    expect(labels).toEqual(
      data.map((name) => ({
        'prodstack.project': stack.name,
        'prodstack.volume': name.slice(stack.name.length + 1),
        'prodstack.holds': expect.stringMatching(/^[A-Za-z]/),
      })),
    );
  });

  it('the stack is well, as scripts/verify sees it', async () => {
    expect((await script('backup', 'now')).exitCode).toBe(0);
    await eventually(async () => {
      const { exitCode, healthy, checks } = await verify();
      const seen = checks.map(({ check, status }) => `${check} ${status}`);
      expect({ exitCode, healthy, failed: checks.filter(({ status }) => status === 'fail') }).toEqual({
        exitCode: 0,
        healthy: true,
        failed: [],
      });
      for (const check of ['engine', 'compose', 'services', 'postgres', 'app', 'ports', 'volumes', 'backups'])
        expect(seen).toContain(`${check} ok`);
      expect(checks.map(({ text }) => text).join('\n')).toMatch(/backups are on this host only.*key/s);
    });
  });

  const spellings = [
    'down -v',
    'down --volumes',
    'down --volume',
    'down -vt 5',
    'down -t5 -v',
    'down --rmi all -v',
    'down --remove-orphans --volumes=true',
    '--profile x down -v',
    `-p ${stack.name} down -v`,
    '--ansi never -f compose.yaml down postgres -v',
    'rm -fsv',
    `volume rm -f ${stack.name}_postgres-data`,
    'volume prune --all --force',
    'system prune --volumes --force',
  ];

  it('thirteen ways to type `down -v`, and one more, lose nothing', async () => {
    const before = await visit(system);
    const there = await everything();
    for (const line of spellings) {
      const { exitCode, stderr } = await script('ctl', ...line.split(' '));
      expect({ exitCode, stderr }, line).toEqual({ exitCode: 3, stderr: expect.stringContaining('no terminal') });
    }
    expect(await everything()).toEqual(there);
    // One of each kind, but for those that prune: they ask about all volumes of the engine, whoever has them.
    for (const line of spellings.filter((one) => / -vt|^-p|^rm|^volume rm/.test(one))) {
      const { exitCode, screen } = await typed(line, noBackup, [asksName, 'yes']);
      expect({ line, exitCode, screen }).toMatchObject({ exitCode: 3, screen: expect.stringMatching(/last backup/) });
    }
    expect(await everything()).toEqual(there);
    expect(await visit(system)).toBe(before + 1);
  });

  it('bare docker compose down -v loses nothing, with the files or by the name alone', async () => {
    const before = await visit(system);
    await compose(stack, 'down', '--volumes', '--timeout', '5');
    await docker({ ...stack, directory: tmpdir() }, 'compose', '--project-name', stack.name, 'down', '--volumes');
    expect(await containers(stack)).toEqual([]);
    expect(await volumesOf(stack)).toEqual(data);
    await ctl(stack, 'up', '--detach', '--wait', '--wait-timeout', '240');
    expect(await visit(system)).toBe(before + 1);
  });

  it('scripts/verify --restart shows that the data outlives the containers', async () => {
    const before = (await containers(stack)).map(({ Id }) => Id);
    const { exitCode, checks, stderr } = await verify('--restart', '--yes', '--timeout', '240');
    expect({ exitCode, last: checks.at(-1), stderr }).toMatchObject({
      exitCode: 0,
      last: { check: 'restart', status: 'ok', text: expect.stringMatching(/cluster and its [1-9]\d* tables/) },
    });
    const after = (await containers(stack)).map(({ Id }) => Id);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  it('scripts/verify names what is broken, and ends with 1', async () => {
    await compose(stack, 'stop', '--timeout', '1', 'app');
    const { exitCode, healthy, checks } = await verify('--timeout', '1');
    const failed = checks.filter(({ status }) => status === 'fail').map(({ check }) => check);
    expect({ exitCode, healthy, failed: new Set(failed) }).toEqual({
      exitCode: 1,
      healthy: false,
      failed: new Set(['app']),
    });
  });

  it('the name of the project takes the data, and never the backups', async () => {
    const { exitCode, screen } = await typed('down -v', ['Take a backup before that?', 'y'], [asksName, stack.name]);
    expect({ exitCode, screen }).toMatchObject({ exitCode: 0 });
    for (const name of volumes('postgres-data', 'redis-data', 'backup-work')) expect(screen).toContain(name);
    expect(screen).not.toContain(`${stack.name}_backups `);
    expect(await containers(stack)).toEqual([]);
    expect(await volumesOf(stack)).toEqual(volumes('backups'));
    const { stdout } = await script('backup', 'list', '--json');
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ id: expect.stringMatching(/^\d{8}T\d{6}Z$/) });
  });
});

describe('of what Compose would remove volumes with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-oracle-'));
  const project = `oracle-${process.pid}`;
  const volume = `${project}_data`;

  beforeAll(async () => {
    mkdirSync(join(folder, 'scripts'));
    const own = 'services: { a: { image: x, volumes: [data:/data] } }\nvolumes: { data: {} }\n';
    writeFileSync(join(folder, 'compose.yaml'), `name: ${project}\n${own}`);
    writeFileSync(join(folder, 'scripts/ctl'), readFileSync(join(stack.directory, 'scripts/ctl')), { mode: 0o755 });
    await execa('docker', ['volume', 'create', '--label', `com.docker.compose.project=${project}`, volume]);
  });

  afterAll(async () => {
    await execa('docker', ['volume', 'rm', '--force', volume]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('ctl asks before all, and before nothing else', async () => {
    const env = { COMPOSE_FILE: undefined, COMPOSE_PROJECT_NAME: undefined };
    const asked: string[] = [];
    for (const line of [
      ...['down', 'down -v', 'down -v=false', 'down -v=0', 'down -v=true', 'down -vt 5', 'down -vt5', 'down -t5 -v'],
      ...['down -t=5 -v', 'down -t 5', 'down --volumes', 'down --volume', 'down --volumes=F', 'down --volumes=T'],
      ...['down -v --volumes=false', 'down --volumes=false -v', 'down a -v', 'down -v a', 'down -- -v', 'down -hv'],
      ...['down -v --help', 'down -v --help=false', 'down --rmi all -v', 'down --rmi=local', 'down --timeout 5 -v'],
      ...['down --remove-orphans', '-v down -v', '--verbose down -v', `-p ${project} down -v`, `-p${project} down -v`],
      ...[`-p=${project} down -v`, '-f=compose.yaml down -v', '-fcompose.yaml down', '--ansi never down -v'],
      ...['--parallel 2 --progress plain down -v', '--profile x down -v', '--profile=x down', '--workdir . down -v'],
    ]) {
      const words = line.split(' ');
      const dry = await execa('docker', ['compose', '--dry-run', ...words], {
        cwd: folder,
        env,
        all: true,
        reject: false,
      });
      const run = await execa(join(folder, 'scripts/ctl'), words, { cwd: '/', env, reject: false, stdin: 'ignore' });
      const asks = run.exitCode === 3;
      expect({ line, asks }).toEqual({ line, asks: dry.all.includes(volume) });
      if (asks) asked.push(line);
    }
    expect(asked.length).toBeGreaterThan(20);
    expect((await execa('docker', ['volume', 'inspect', volume])).exitCode).toBe(0);
  });
});
