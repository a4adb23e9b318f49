/**
 * The Stack: what will run, resolved. No answers and no templates in it; overlays, env templates, docs and the
 * checks of the rendered text are all derived from here, so that nothing is decided twice.
 */
import type { Edge } from './edge-types.ts';

export type { Edge, Route } from './edge-types.ts';

/** A variable of `.env`, as a part of a value. */
export interface VarRef {
  readonly variable: string;
  /** A part of the address that it holds; cut out inside the container, by `with-env`. */
  readonly part?: AddressPart;
}

/**
 * The parts of `scheme://user:password@host:port/name?query`. As they are written there: `login` (user and password),
 * `address` (host and port), `name`; `query`, each setting with & in front and those about TLS left out. As they are
 * meant, without percent-encoding: the others.
 */
export type AddressPart = 'login' | 'address' | 'query' | 'host' | 'port' | 'name' | 'user' | 'password';

/** A value in a compose file: literal text, or text with variables in it. */
export type Value = string | readonly (string | VarRef)[];

export interface EnvVar {
  readonly name: string;
  /** What it is for: a sentence or two for `.env.example`. Empty where the variable before it speaks for both. */
  readonly meaning: string;
  /**
   * `secret`: required, never in an example, made at random once; `required`: no default exists;
   * `optional`: has a default that the compose files carry.
   */
  readonly kind: 'secret' | 'required' | 'optional';
  /** What a value looks like, where one has to be brought: said where it is missing. */
  readonly example?: string;
  /** Whether nobody may see it, though it is not made here: an address with a password in it. */
  readonly sensitive?: boolean;
  /** Whether what was encrypted with a secret has to be read long after: another value would lose it. */
  readonly lasting?: boolean;
  /** What a secret looks like: hex digits, or the base64 of 32 bytes that Laravel takes for a key. */
  readonly form?: 'hex' | 'key' | 'laravel-key';
  /** The value that holds when nothing is set; only with `optional`. */
  readonly default?: string;
  /** Where the default follows from the limits of a service; a target with other limits has another default. */
  readonly tuning?: Tuning;
  /** The heading it stands under. */
  readonly group: 'Stack' | 'Secrets' | 'Backups' | 'Builds' | 'Ports' | 'Limits';
  /** Whether only development uses it. */
  readonly development?: boolean;
  /** Whether a script of the stack reads it, and no compose file. */
  readonly inScript?: boolean;
  /** Whether only production uses it. */
  readonly production?: boolean;
  /** What development has for it in its example, where it is required and anything will do. */
  readonly developmentValue?: string;
  /** The targets that use it, where it is not all of them and the base. */
  readonly targets?: readonly string[];
}

/** Upper bounds for one container; each can be overridden in `.env`. */
export interface Limits {
  /** Cores, as Compose writes them: `1.0`. */
  readonly cpus: string;
  /** With a unit of Compose: `512M`. */
  readonly memory: string;
  readonly pids: number;
  /** Memory that the host keeps free for it; below `memory`. */
  readonly reservation: string;
  /** Memory below which it does not start, or dies in use: how small a host may be. Without it, the reservation. */
  readonly floor?: string;
  /** By how much its limits may grow on a host with room: what it can make use of. */
  readonly growth?: number;
  /** The figures that somebody chose: a target keeps them wherever they fit. */
  readonly chosen?: readonly ('cpus' | 'memory')[];
}

/** How a setting follows from the limits of a service: as many as there is room for, and what each of them gets. */
export interface Tuning {
  readonly service: string;
  /** `count`: how many run at one time; `share`: the memory of each of them. */
  readonly what: 'count' | 'share';
  /** Memory of the program around them. */
  readonly base: string;
  /** Memory that one of them is expected to take at least... */
  readonly each: string;
  /** ... and at most. */
  readonly most: string;
  /** How many of them keep a core busy. */
  readonly perCore: number;
  readonly least: number;
}

/** A secret that containers read from a file of its own, `secrets/<name>`. */
export interface Secret extends Pick<EnvVar, 'meaning' | 'form' | 'targets' | 'lasting'> {
  /** The file, and the name in compose files: `postgres_password`. */
  readonly name: string;
  /** What it would be called in `.env`. */
  readonly variable: string;
  /** Whether it is made at random; if not, the person brings it. */
  readonly made: boolean;
  /** Whether the file may be empty: what it is for works without it. */
  readonly optional?: boolean;
}

export interface Hardening {
  /** Writable folders under the read-only root. */
  readonly tmpfs: readonly string[];
}

/** A port of the container that a host address is bound to: on the loopback interface, unless `.env` says otherwise. */
export interface PublishedPort {
  /** The variable that holds the host's port. */
  readonly variable: string;
  readonly container: number;
  /** The variable that holds the host's address, for what others on the network may have to reach. */
  readonly address?: string;
  /** Whether a debugger listens there, and not what the container is for. */
  readonly debugger?: boolean;
  /** Whether it is on all addresses of the host: the world comes in there. */
  readonly public?: boolean;
  /** TCP without it. */
  readonly protocol?: 'udp';
}

/** A file or folder of the repo in a container; one of the host, where the path begins with a slash. */
export interface MountedFile {
  readonly path: string;
  readonly target: string;
  /**
   * Whether it is no file of the plan but made or brought on the host. Compose then refuses to start without it; else
   * Docker would make an empty folder of its name.
   */
  readonly provided?: boolean;
}

export interface Service {
  readonly name: string;
  /** What the container is, for texts: "the app", "PostgreSQL 18". */
  readonly title: string;
  readonly role: 'web' | 'worker' | 'scheduler' | 'websocket' | 'migrate' | 'setup' | 'external' | 'backup' | 'edge';
  /** The folder under `templates/compose/` that has its fragments `base.yaml` and, where it differs there, `dev.yaml`. */
  readonly fragment: string;
  /** Values that only this fragment uses. Strings are quoted by the template. */
  readonly view: Readonly<Record<string, unknown>>;
  readonly image: Value;
  /** What development calls it, where it is built here. */
  readonly devImage?: string;
  readonly build?: {
    readonly context: string;
    readonly dockerfile: string;
    /** The stage of the Dockerfile that production builds; `production` without one. */
    readonly target?: string;
    /** Variables that the build writes into its result. */
    readonly args?: Readonly<Record<string, Value>>;
    /** Those that development has instead. */
    readonly devArgs?: Readonly<Record<string, Value>>;
  };
  /**
   * Words to run in the image: they end with 0 when the program that the service starts, and the file or module that
   * it names, are there. Must not start it, nor need anything else.
   */
  readonly check?: readonly string[];
  readonly environment: Readonly<Record<string, Value>>;
  /**
   * What becomes of secrets that come from files. `filled`: `with-env`, the entrypoint of the image, puts them in their
   * place in the environment; `file`: NAME becomes NAME_FILE, for an image or script that knows it; `uri`: NAME becomes
   * file:/run/secrets/name, for Tailscale. Without it, `file`.
   */
  readonly secretStyle?: 'filled' | 'file' | 'uri';
  /** The secrets that it reads from files; none where they come from the environment. */
  readonly secrets?: readonly string[];
  /** Those that it reads in production in addition. */
  readonly prodSecrets?: readonly string[];
  /** Environment that development has instead or in addition. */
  readonly devEnvironment: Readonly<Record<string, Value>>;
  /** Environment that production has in addition: what development does without, and so is not asked for. */
  readonly prodEnvironment?: Readonly<Record<string, Value>>;
  /** An optional env file for the app's own settings, from the repo's root. */
  readonly envFile?: string;
  readonly dependsOn: Readonly<
    Record<string, 'service_healthy' | 'service_completed_successfully' | 'service_started'>
  >;
  readonly networks: readonly string[];
  readonly volumes: readonly { readonly volume: string; readonly target: string; readonly readOnly?: boolean }[];
  /** Configuration files of this stack, read-only in the container; paths from the repo's root. */
  readonly files?: readonly MountedFile[];
  readonly ports: { readonly production: readonly PublishedPort[]; readonly development: readonly PublishedPort[] };
  readonly limits: Limits;
  /** The size of `/dev/shm`, where Docker's 64 MB are too few. */
  readonly sharedMemory?: Value;
  readonly hardening: Hardening;
  /** Whether it ends by itself with exit status 0. */
  readonly oneShot: boolean;
  /** Whether only development has it. */
  readonly development?: boolean;
  /** Whether only the production overlay has it. */
  readonly production?: boolean;
  /** The profile of Compose that it is started with; without it, always. Only beside `production`. */
  readonly profile?: string;
  /** Capabilities of the kernel that it keeps in production. */
  readonly capabilities?: readonly string[];
  /** What others read of it from Docker, in production. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether servers pull its image: what it is built from stands in overlays of its own. */
  readonly pulled?: boolean;
}

/** A volume. What nothing can make again is on an external one in production, so that `down -v` spares it. */
export interface Volume {
  readonly name: string;
  readonly holds: string;
  /** Whether it can be made again: then it is one of Compose's own. */
  readonly disposable?: boolean;
}

export interface Network {
  readonly name: string;
  /** No way in or out but through its containers. */
  readonly internal: boolean;
  readonly meaning: string;
}

/** A file beside the compose files that a block brings. */
export interface Artifact {
  readonly path: string;
  readonly template: string;
  readonly view: Readonly<Record<string, unknown>>;
  readonly mode: 0o644 | 0o755;
  readonly why: string;
}

/** Statements at the end of a PHP file of the user's, in marks. */
export type Part = Pick<Artifact, 'path' | 'template' | 'view' | 'why'>;

/** An app that does not exist yet: it gets the files of `templates/starter/<template>/`, and they are the user's. */
export interface Starter {
  readonly template: string;
  readonly path: string;
  /** The name of the app. */
  readonly name: string;
  /** The answers of the app, for its templates. */
  readonly app: Readonly<Record<string, unknown>>;
}

/** Patterns for a `.gitignore` or `.dockerignore`. Where the file exists, only what it lacks is added. */
export interface Ignore {
  readonly path: string;
  readonly why: string;
  readonly groups: readonly { readonly comment: string; readonly patterns: readonly string[] }[];
}

/** One entry of the troubleshooting guide. */
export interface GuideEntry {
  /** Also the template: `templates/docs/guide/<id>.md.hbs`. */
  readonly id: string;
  readonly view: Readonly<Record<string, unknown>>;
}

/** What is backed up, how and when: for scripts and texts. */
export interface Backup {
  readonly engine: 'restic' | 'files' | 'pitr' | 'laravel';
  readonly to: 'local' | 's3' | 'sftp';
  readonly at: string;
  readonly timezone: string;
  readonly keep: { readonly daily: number; readonly weekly: number; readonly monthly: number };
  readonly drill: 'daily' | 'weekly' | 'never';
  readonly schedule: 'stack' | 'systemd';
  /** What `BACKUP_WEBHOOK_URL` understands. */
  readonly webhook: 'slack' | 'discord' | 'generic';
  /** What each database is called in the names of files and variables. */
  readonly databases: readonly string[];
  /** Volumes with uploaded files that are part of it. */
  readonly uploads: readonly string[];
  /** Whether there are uploaded files that are no part of it. */
  readonly unsavedUploads: boolean;
  /** Whether somebody else runs the server. */
  readonly managed: boolean;
  /** The service of an app that makes them, with the engine `laravel`; the others are made by the service `backup`. */
  readonly madeBy?: string;
  /** Present where somebody else wrote the project. */
  readonly foreign?: ForeignBackup;
}

/** What scripts and texts about backups have to know of a project that somebody else wrote. */
export interface ForeignBackup {
  /** The service of the database. */
  readonly server: string;
  /** The services that have it open, or write to the files that are saved. */
  readonly clients: readonly string[];
  /** The compose files of production as COMPOSE_FILE has them, where plain `docker compose` takes others. */
  readonly composeFiles?: string;
  /** What is in no backup. */
  readonly leftOut: readonly { readonly volume: string; readonly holds: string }[];
  /** What else on the host is needed to start anew: files with secrets. */
  readonly keep: readonly string[];
  /** Whether files belong to users of their own, so that only root can put them back. */
  readonly asRoot: boolean;
}

/** What a block adds to the Stack. */
export interface Contribution {
  readonly services?: readonly Service[];
  readonly volumes?: readonly Volume[];
  readonly env?: readonly EnvVar[];
  readonly artifacts?: readonly Artifact[];
  readonly parts?: readonly Part[];
  readonly ignores?: readonly Ignore[];
  readonly guide?: readonly GuideEntry[];
  readonly backup?: Backup;
  readonly edge?: Edge;
}

/** Rotation of the log that Docker keeps of each container. */
export interface LogRotation {
  /** `10m`. */
  readonly size: string;
  readonly files: number;
}

/** A host that the stack runs on, with an overlay of its own. */
export interface Target {
  readonly name: string;
  /** What it is, for texts. */
  readonly title: string;
  /** What it has, where the limits are fitted into it. */
  readonly host?: { readonly memory: string; readonly cpus: string };
  /** What the limits come to, and the memory that is left for the system; only beside `host`. */
  readonly sums?: { readonly memory: string; readonly cpus: string; readonly system: string };
  /** Whether everything that is published is on the loopback interface, whatever production does. */
  readonly loopback: boolean;
  /** The stack as it is there: its services with limits that fit, its variables with the defaults that hold there. */
  readonly stack: Stack;
}

export interface Stack {
  readonly name: string;
  /** The base compose file; overlays are named after it: `compose.prod.yaml`, `docker-compose.prod.yml`. */
  readonly composeFile: string;
  readonly services: readonly Service[];
  readonly volumes: readonly Volume[];
  readonly networks: readonly Network[];
  /** When a container that has ended is started again. */
  readonly restart: 'unless-stopped' | 'always';
  /** Whether a Makefile is wanted. */
  readonly makefile: boolean;
  readonly env: readonly EnvVar[];
  readonly secretsFrom: 'env' | 'files' | 'infisical';
  /** Those that are files; the others are in `env`. */
  readonly secrets: readonly Secret[];
  readonly artifacts: readonly Artifact[];
  readonly parts: readonly Part[];
  readonly starters: readonly Starter[];
  /** One per path. */
  readonly ignores: readonly Ignore[];
  readonly guide: readonly GuideEntry[];
  readonly logs: LogRotation;
  readonly backup?: Backup;
  readonly edge?: Edge;
  readonly targets: readonly Target[];
}
