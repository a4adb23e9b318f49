/** Reads the running stacks of a repo from the engine, for `check --live`. Nothing here changes anything. */
import {
  type BackupStatus,
  type Container,
  type Disk,
  type Host,
  type LiveStack,
  readBackupStatus,
  readContainers,
  readHashes,
  readKills,
  readMemory,
  readUsers,
} from './check/live/facts.ts';
import { shown } from './check/live/mask.ts';
import type { ComposeModel } from './compose/model.ts';
import { type Space, spaceAt } from './disk/space.ts';
import { UserError } from './errors.ts';
import type { Ended, Run } from './programs.ts';
import { composeEntries } from './rules/compose-text.ts';
import { within } from './rules/paths.ts';
import type { Combination, Project } from './rules/types.ts';

/** Whose running stacks are meant. */
export interface LiveTarget {
  /** The folder of the repo, absolute: as it was named, and without symbolic links. */
  readonly folders: readonly string[];
  /** What is in it, one for each compose project. */
  readonly projects: readonly Project[];
}

export interface Live {
  readonly stacks: readonly LiveStack[];
  /** What a person should know of how it was read. */
  readonly notes: readonly string[];
}

/** A container of the host, as `docker ps` shows it. */
interface Row {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly directory: string;
  readonly isRunning: boolean;
  readonly volumes: readonly string[];
}

type Docker = (
  args: readonly string[],
  options?: { readonly timeout?: number; readonly input?: string },
) => Promise<Ended>;

/**
 * The stacks that run, or ran, from files of the repo, and those that its files call by name.
 * @throws UserError `disk` where no engine answers, `repo` where no stack is there
 */
export async function readLive(
  target: LiveTarget,
  run: Run,
  now: () => number = Date.now,
  space: (path: string) => Space | undefined = spaceAt,
): Promise<Live> {
  const [cwd = '.'] = target.folders;
  const docker: Docker = (args, options) => run('docker', args, { cwd, timeout: 20_000, ...options });
  const rows = await rowsOf(docker);
  const names = [...new Set(rows.filter((row) => isOurs(row, target)).map(({ project }) => project))];
  if (names.length === 0) {
    throw new UserError('repo', 'There is no container of this repo.', {
      hint: 'Start it with: docker compose up --detach --wait. If it runs on another host, check there, or set DOCKER_HOST.',
    });
  }
  const endpoint = await endpointOf(docker);
  const isLocal = /^(?:unix|npipe):/.test(endpoint);
  const host = await hostOf(docker, now, isLocal ? space : () => undefined);
  const stacks = [];
  for (const name of names) stacks.push(await stackOf(name, rows, target, docker, host));
  const elsewhere = stacks.flatMap(({ name, containers: [first] }) =>
    first && !target.folders.some((folder) => within(folder, first.workingDirectory))
      ? [`${name} was started from ${first.workingDirectory}, and is compared with the files there.`]
      : [],
  );
  return { stacks, notes: [...(isLocal ? [] : [`The engine is that of ${shown(endpoint)}.`]), ...elsewhere] };
}

const columns = [
  '{{.ID}}',
  '{{.Names}}',
  '{{.Label "com.docker.compose.project"}}',
  '{{.Label "com.docker.compose.project.working_dir"}}',
  '{{.State}}',
  '{{.Mounts}}',
].join('\t');

async function rowsOf(docker: Docker): Promise<readonly Row[]> {
  const { stdout, stderr, exitCode } = await docker(['ps', '--all', '--no-trunc', '--format', columns]);
  if (exitCode !== 0) throw unreachable(stderr, exitCode);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', name = '', project = '', directory = '', state = '', mounts = ''] = line.split('\t');
      return { id, name, project, directory, isRunning: state === 'running', volumes: mounts.split(',') };
    });
}

function unreachable(stderr: string, exitCode: number): UserError {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  if (exitCode === 127) {
    return new UserError('disk', 'docker is not installed here, and --live needs it.', {
      hint: 'Run this on the host of the stack, or without --live.',
    });
  }
  const reason = exitCode === 124 ? 'it took too long' : shown(said);
  return new UserError('disk', `The Docker engine does not answer: ${reason}`, {
    hint: /permission denied/i.test(said)
      ? 'Run this as a user who may use Docker: sudo, or a member of the group docker.'
      : 'Start the engine, or see which one is meant: docker context ls. Without --live only files are read.',
  });
}

/** Whether it was started from here, or has a name that a file here gives to its project. */
function isOurs({ project, directory }: Row, { folders, projects }: LiveTarget): boolean {
  if (project === '') return false;
  if (folders.some((folder) => directory !== '' && within(folder, directory))) return true;
  return projects.some(({ composeFiles }) =>
    composeFiles.some((file) =>
      composeEntries(file).some(({ path, value }) => path.length === 1 && path[0] === 'name' && value === project),
    ),
  );
}

async function endpointOf(docker: Docker): Promise<string> {
  const { stdout } = await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  return stdout.trim() || 'unix:';
}

async function hostOf(docker: Docker, now: () => number, space: (path: string) => Space | undefined): Promise<Host> {
  const before = now();
  const { stdout } = await docker(['info', '--format', '{{.MemTotal}}\t{{.SystemTime}}\t{{.DockerRootDir}}']);
  const after = now();
  const [memory = '', time = '', path = ''] = stdout.trim().split('\t');
  const found = path === '' ? undefined : space(path);
  const disk: Disk | undefined = found && { path, ...found };
  const engineTime = Date.parse(time);
  return {
    // The engine looks at its clock somewhere between.
    now: (before + after) / 2,
    engineTime: Number.isNaN(engineTime) ? undefined : engineTime,
    memory: Number(memory) || 0,
    disk,
  };
}

async function stackOf(
  name: string,
  rows: readonly Row[],
  target: LiveTarget,
  docker: Docker,
  host: Host,
): Promise<LiveStack> {
  const ids = rows.filter((row) => row.project === name).map(({ id }) => id);
  const { stdout } = await docker(['inspect', '--type', 'container', ...ids]);
  // One that has gone meanwhile is left out, and the rest is printed.
  const containers = readContainers(stdout.trim() === '' ? '[]' : stdout);
  const running = containers.filter(({ status }) => status === 'running').map(({ id }) => id);
  const { combination, refused, hashes, project } = await filesOf(name, containers, target, docker);
  const images = [...containers.map((one) => one.image), ...imagesOf(combination)];
  const volumes = await linesOf(docker, ['volume', 'ls', '--format', '{{.Name}}']);
  return {
    name,
    project,
    combination,
    refused,
    containers,
    hashes,
    images: await idsOf(docker, images),
    volumes: new Set(volumes),
    strangers: await strangersOf(name, rows, combination, docker),
    memory: running.length === 0 ? new Map() : await memoryOf(docker, running),
    kills: await killsOf(docker, name),
    users: new Map(await all(running, async (id) => [id, await usersOf(docker, id)] as const)),
    backups: await backupsOf(docker, containers),
    host,
  };
}

/** What the files say now that the newest container was made from. */
async function filesOf(name: string, containers: readonly Container[], target: LiveTarget, docker: Docker) {
  const [newest] = containers.filter(({ isOneOff }) => !isOneOff).toSorted((a, b) => b.created - a.created);
  const project = projectOf(newest, target);
  const nothing = { combination: undefined, refused: undefined, hashes: new Map<string, string>(), project };
  if (!newest) return nothing;
  const compose = ['compose', '--project-name', name, '--project-directory', newest.workingDirectory, '--profile', '*'];
  const files = [
    ...newest.envFiles.flatMap((file) => ['--env-file', file]),
    ...newest.configFiles.flatMap((file) => ['--file', file]),
  ];
  const config = await docker([...compose, ...files, 'config', '--format', 'json']);
  if (config.exitCode !== 0) {
    const said = config.stderr.trim().split('\n').at(-1) ?? '';
    return { ...nothing, refused: shown(said) || `docker compose config ended with status ${config.exitCode}` };
  }
  // `up` reads env files into the environment before it hashes a service, and `config --hash` does not: it is given what
  // is resolved already (Compose 2.40).
  const hash = await docker([...compose, '--file', '-', 'config', '--hash', '*'], { input: config.stdout });
  const paths = newest.configFiles.map((file) => relativeTo(target, file));
  const model = JSON.parse(config.stdout) as ComposeModel;
  const same = project.combinations.find((one) => one.files.join() === paths.join());
  const purpose = same?.purpose === 'development' ? 'development' : 'production';
  const combination: Combination = { name: paths.join(' + '), files: paths, purpose, model };
  return { ...nothing, combination, hashes: readHashes(hash.exitCode === 0 ? hash.stdout : '') };
}

/** The project of the repo that has the files of a container; an empty one for files from elsewhere. */
function projectOf(container: Container | undefined, target: LiveTarget): Project {
  const files = (container?.configFiles ?? []).map((file) => relativeTo(target, file));
  const found = target.projects.find(({ composeFiles }) => composeFiles.some(({ path }) => files.includes(path)));
  const directory = target.folders.at(-1) ?? '';
  if (found) return { ...found, directory };
  return {
    directory,
    combinations: [],
    composeFiles: [],
    dockerfiles: [],
    dockerignores: [],
    envFiles: [],
    scripts: [],
  };
}

function relativeTo({ folders }: LiveTarget, path: string): string {
  const folder = folders.find((one) => path.startsWith(`${one}/`));
  return folder === undefined ? path : path.slice(folder.length + 1);
}

function imagesOf(combination: Combination | undefined): readonly string[] {
  return Object.values(combination?.model.services ?? {}).flatMap(({ image }) => image ?? []);
}

async function linesOf(docker: Docker, args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await docker(args);
  return stdout.split('\n').filter((line) => line !== '');
}

async function idsOf(docker: Docker, references: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await all([...new Set(references)], async (reference) => {
    const { stdout, exitCode } = await docker(['image', 'inspect', '--format', '{{.Id}}', reference]);
    return exitCode === 0 ? [[reference, stdout.trim()] as const] : [];
  });
  return new Map(found.flat());
}

/** Who else writes to the volumes of a stack. */
async function strangersOf(
  name: string,
  rows: readonly Row[],
  combination: Combination | undefined,
  docker: Docker,
): Promise<LiveStack['strangers']> {
  const own = new Set(Object.values(combination?.model.volumes ?? {}).flatMap((one) => one?.name ?? []));
  const others = rows.filter((row) => row.isRunning && row.project !== name && row.volumes.some((one) => own.has(one)));
  if (others.length === 0) return [];
  const { stdout } = await docker(['inspect', '--type', 'container', ...others.map(({ id }) => id)]);
  return readContainers(stdout.trim() === '' ? '[]' : stdout).flatMap((container) =>
    container.mounts
      .filter(({ volume, writable }) => writable && own.has(volume))
      .map(({ volume }) => ({ volume, container: container.name })),
  );
}

async function memoryOf(docker: Docker, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { stdout, exitCode } = await docker(['stats', '--no-stream', '--format', 'json', ...ids]);
  return exitCode === 0 ? readMemory(stdout) : new Map();
}

/** The engine remembers the last few hundred events. */
async function killsOf(docker: Docker, name: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const filters = ['--filter', 'event=oom', '--filter', `label=com.docker.compose.project=${name}`];
  const { stdout, exitCode } = await docker([
    'events',
    ...['--since', '24h', '--until', '0s'],
    ...filters,
    ...['--format', 'json'],
  ]);
  return exitCode === 0 ? readKills(stdout) : new Map();
}

async function usersOf(docker: Docker, id: string): Promise<readonly string[]> {
  const { stdout, exitCode } = await docker(['top', id, '-eo', 'uid,pid']);
  return exitCode === 0 ? readUsers(stdout) : [];
}

/** Asks those that make backups as `scripts/verify` does: how old one may be is decided in one place. */
async function backupsOf(
  docker: Docker,
  containers: readonly Container[],
): Promise<ReadonlyMap<string, BackupStatus | string>> {
  const own = containers.filter(
    ({ command: [program, verb], status, isOneOff }) =>
      program === 'backup' && verb === 'schedule' && status === 'running' && !isOneOff,
  );
  const answers = await all(own, async ({ id, service }) => {
    // It asks the storage, and gives that a minute.
    const { stdout, stderr, exitCode } = await docker(['exec', id, 'backup', 'status', '--json'], { timeout: 90_000 });
    const said = exitCode === 124 ? 'it took too long' : stderr.trim().split('\n').at(-1);
    return [service, readBackupStatus(stdout) ?? shown(said || `exit status ${exitCode}`)] as const;
  });
  return new Map(answers);
}

/** Some at a time: each is a process, and a stack may have many containers. */
async function all<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += 4) results.push(...(await Promise.all(items.slice(at, at + 4).map(work))));
  return results;
}
