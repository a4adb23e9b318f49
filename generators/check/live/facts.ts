/**
 * What an engine says of a stack, as far as live rules look at it. It is taken out of the engine's JSON here: no value of
 * an environment gets any further.
 */
import { looksSecret, passwordInUrl } from '../../rules/secret-keys.ts';
import type { Combination, Project } from '../../rules/types.ts';
import { shown } from './mask.ts';

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly service: string;
  /** Of `docker compose run`: not one of the service's own. */
  readonly isOneOff: boolean;
  /** What it was made from: absolute paths, in the order in which they are merged. */
  readonly configFiles: readonly string[];
  readonly envFiles: readonly string[];
  readonly workingDirectory: string;
  readonly configHash: string | undefined;
  /** As the compose file names it. */
  readonly image: string;
  readonly imageId: string;
  readonly command: readonly string[];
  /** Milliseconds since 1970, as all times here. */
  readonly created: number;
  readonly status: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** What the engine said when it could not be started. */
  readonly error: string;
  readonly started: number | undefined;
  readonly finished: number | undefined;
  /** How often the engine has started it again. */
  readonly restarts: number;
  readonly restartPolicy: string;
  readonly health: Health | undefined;
  readonly ports: readonly Binding[];
  readonly mounts: readonly { readonly volume: string; readonly writable: boolean }[];
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  /** In bytes; 0 without a limit. */
  readonly memoryLimit: number;
}

interface Health {
  readonly status: string;
  readonly failures: number;
  /** What the last check said that failed; fit to be shown. */
  readonly output: string | undefined;
}

/** A port of a container that the host listens on. */
export interface Binding {
  readonly target: number;
  readonly protocol: string;
  readonly address: string;
  readonly published: string;
}

/** What `backup status --json` says: who makes the backups knows best when one is too old. */
export interface BackupStatus {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** What the host of the engine has. */
export interface Host {
  /** When all of this was read. */
  readonly now: number;
  /** What the engine took for the time then. */
  readonly engineTime: number | undefined;
  /** In bytes. */
  readonly memory: number;
  /** Where the engine keeps its data, if that is a disk of this machine. */
  readonly disk: Disk | undefined;
}

export interface Disk {
  readonly path: string;
  readonly free: number;
  readonly size: number;
  readonly freeFiles: number;
  readonly files: number;
}

/** One running stack beside what its files say now. */
export interface LiveStack {
  readonly name: string;
  /** What the files of the repo are, for places and images. */
  readonly project: Project;
  /** The files it was made from, merged as they are now; undefined where Compose refuses them. */
  readonly combination: Combination | undefined;
  /** Why Compose refuses them. */
  readonly refused: string | undefined;
  readonly containers: readonly Container[];
  /** By service: of what the files say now. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The id of each image by the name that the files have for it; absent where there is none on the host. */
  readonly images: ReadonlyMap<string, string>;
  readonly volumes: ReadonlySet<string>;
  /** Running containers of other stacks that write to a volume of this one. */
  readonly strangers: readonly { readonly volume: string; readonly container: string }[];
  /** By container: the share of its memory limit that it uses. */
  readonly memory: ReadonlyMap<string, number>;
  /** By container: when the kernel killed a process of it for want of memory. */
  readonly kills: ReadonlyMap<string, readonly number[]>;
  /** By container: the users of its processes. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  /** By service; a text where it did not answer. */
  readonly backups: ReadonlyMap<string, BackupStatus | string>;
  readonly host: Host;
}

/** The parts of `docker inspect` that are read. */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Image: string;
  readonly RestartCount?: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly OOMKilled?: boolean;
    readonly Error?: string;
    readonly StartedAt?: string;
    readonly FinishedAt?: string;
    readonly Health?: {
      readonly Status: string;
      readonly FailingStreak: number;
      readonly Log?: readonly { readonly ExitCode: number; readonly Output: string }[] | null;
    };
  };
  readonly Config: {
    readonly Image: string;
    readonly Env?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: {
    readonly Memory?: number;
    readonly RestartPolicy?: { readonly Name?: string };
    readonly LogConfig?: { readonly Type?: string; readonly Config?: Readonly<Record<string, string>> | null };
  };
  readonly Mounts?: readonly { readonly Type: string; readonly Name?: string; readonly RW: boolean }[];
  readonly NetworkSettings?: {
    readonly Ports?: Readonly<
      Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
    > | null;
  };
}

/** The containers of an answer of `docker inspect`. */
export function readContainers(json: string): readonly Container[] {
  return (JSON.parse(json) as readonly Inspected[]).map(readContainer);
}

function readContainer({
  Id,
  Name,
  Created,
  Image,
  RestartCount = 0,
  State,
  Config,
  HostConfig,
  Mounts = [],
  NetworkSettings,
}: Inspected): Container {
  const label = (name: string): string | undefined => Config.Labels?.[`com.docker.compose.${name}`];
  const secrets = secretsOf(Config.Env ?? []);
  const failed = State.Health?.Log?.findLast(({ ExitCode }) => ExitCode !== 0);
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    project: label('project') ?? '',
    service: label('service') ?? '',
    isOneOff: label('oneoff') === 'True',
    configFiles: listOf(label('project.config_files')),
    envFiles: listOf(label('project.environment_file')),
    workingDirectory: label('project.working_dir') ?? '',
    configHash: label('config-hash'),
    image: Config.Image,
    imageId: Image,
    command: Config.Cmd ?? [],
    created: Date.parse(Created),
    status: State.Status,
    exitCode: State.ExitCode,
    oomKilled: State.OOMKilled === true,
    error: shown(State.Error ?? '', secrets),
    started: timeOf(State.StartedAt),
    finished: timeOf(State.FinishedAt),
    restarts: RestartCount,
    restartPolicy: HostConfig.RestartPolicy?.Name || 'no',
    health:
      State.Health === undefined || State.Health.Status === 'none'
        ? undefined
        : {
            status: State.Health.Status,
            failures: State.Health.FailingStreak,
            output: failed && (shown(failed.Output, secrets) || `exit status ${failed.ExitCode}`),
          },
    ports: bindingsOf(NetworkSettings?.Ports ?? {}),
    mounts: Mounts.flatMap(({ Type, Name: volume, RW }) =>
      Type === 'volume' && volume !== undefined ? [{ volume, writable: RW }] : [],
    ),
    logging: { driver: HostConfig.LogConfig?.Type ?? '', options: HostConfig.LogConfig?.Config ?? {} },
    memoryLimit: HostConfig.Memory ?? 0,
  };
}

/** The values that must not be shown: a program may print its own password when it fails. */
function secretsOf(env: readonly string[]): readonly string[] {
  return env.flatMap((one) => {
    const at = one.indexOf('=');
    const value = one.slice(at + 1);
    return looksSecret(one.slice(0, at)) ? [value] : (passwordInUrl(value) ?? []);
  });
}

/** Compose joins paths by commas, which a path may have itself. */
function listOf(label: string | undefined): readonly string[] {
  return label ? label.split(/,(?=\/|[A-Za-z]:[\\/])/) : [];
}

/** The engine writes year 1 for never. */
function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return time > 0 ? time : undefined;
}

function bindingsOf(ports: NonNullable<NonNullable<Inspected['NetworkSettings']>['Ports']>): readonly Binding[] {
  return Object.entries(ports).flatMap(([key, bindings]) => {
    const [target = '', protocol = 'tcp'] = key.split('/');
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      target: Number(target),
      protocol,
      address: HostIp,
      published: HostPort,
    }));
  });
}

/** The lines of what `--format json` prints: one document on each. Some commands print one list instead. */
export function readLines<T>(text: string): readonly T[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => JSON.parse(line) as T | T[]);
}

/** By the first 12 figures of a container's id: the share of its memory limit in use, from `docker stats`. */
export function readMemory(text: string): ReadonlyMap<string, number> {
  const lines = readLines<{ readonly ID: string; readonly MemPerc: string }>(text);
  return new Map(lines.map(({ ID, MemPerc }) => [ID.slice(0, 12), Number.parseFloat(MemPerc) / 100]));
}

/** By container: when it ran out of memory, from `docker events`. */
export function readKills(text: string): ReadonlyMap<string, readonly number[]> {
  const kills = new Map<string, number[]>();
  for (const { id, time } of readLines<{ readonly id: string; readonly time: number }>(text)) {
    kills.set(id, [...(kills.get(id) ?? []), time * 1000]);
  }
  return kills;
}

/** The users of the processes in a table of `docker top ID -eo uid,pid`. */
export function readUsers(text: string): readonly string[] {
  const [, ...rows] = text.split('\n').filter((line) => line.trim() !== '');
  return [...new Set(rows.map((row) => row.trim().split(/\s+/)[0] ?? ''))];
}

/** By service, from `docker compose config --hash '*'`. */
export function readHashes(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').flatMap((line) => {
    const [service, hash] = line.trim().split(/\s+/);
    return service !== undefined && hash !== undefined ? [[service, hash] as const] : [];
  });
  return new Map(lines);
}

/** What a backup says of itself; undefined where that is no such document. */
export function readBackupStatus(text: string): BackupStatus | undefined {
  try {
    const { problems, warnings } = JSON.parse(text) as Partial<BackupStatus>;
    const clean = (lines: readonly unknown[]): readonly string[] => lines.map((line) => shown(String(line)));
    if (Array.isArray(problems) && Array.isArray(warnings))
      return { problems: clean(problems), warnings: clean(warnings) };
  } catch {
    // It says what is wrong in words.
  }
  return undefined;
}
