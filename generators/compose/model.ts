/**
 * The merged model of one combination of compose files, as `docker compose config --format json` prints it:
 * interpolated (a literal `$` stays doubled), short forms expanded, paths absolute, sizes in bytes as strings.
 * Only what the rules read; everything may be absent, and Compose prints some keys as null.
 */
export interface ComposeModel {
  readonly name?: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, ComposeNetwork | null>>;
  readonly volumes?: Readonly<Record<string, ComposeVolume | null>>;
  readonly secrets?: Readonly<Record<string, ComposeFileObject>>;
  readonly configs?: Readonly<Record<string, ComposeFileObject>>;
  /** What the host of a target has, where an overlay says so. */
  readonly 'x-host'?: { readonly memory?: string; readonly cpus?: string | number };
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: ComposeBuild;
  /** A program of somebody's that runs the service instead of a container. */
  readonly provider?: { readonly type?: string };
  readonly platform?: string;
  /** Null where the image decides; a list where a file gives one, whatever form it was written in. */
  readonly command?: readonly string[] | null;
  readonly entrypoint?: readonly string[] | null;
  /** Null: passed through from the shell that runs Compose. */
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly env_file?: readonly { readonly path: string; readonly required?: boolean }[];
  readonly depends_on?: Readonly<Record<string, ComposeDependency>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly ports?: readonly ComposePort[];
  readonly expose?: readonly string[];
  readonly volumes?: readonly ComposeMount[];
  readonly healthcheck?: ComposeHealthcheck;
  readonly restart?: string;
  readonly deploy?: ComposeDeploy | null;
  readonly logging?: ComposeLogging;
  readonly init?: boolean;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly network_mode?: string;
  readonly pid?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly userns_mode?: string;
  readonly cgroup?: string;
  readonly shm_size?: string;
  readonly extra_hosts?: readonly string[];
  readonly stop_grace_period?: string;
  readonly stop_signal?: string;
  readonly container_name?: string;
  readonly secrets?: readonly ComposeReference[];
  readonly configs?: readonly ComposeReference[];
  readonly develop?: unknown;
  readonly profiles?: readonly string[];
  readonly scale?: number;
  readonly cpus?: number | string;
  readonly mem_limit?: string;
  readonly mem_reservation?: string;
  readonly pids_limit?: number;
}

export interface ComposeBuild {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string | null>>;
  readonly secrets?: readonly ComposeReference[];
  readonly platforms?: readonly string[];
}

export interface ComposeDependency {
  readonly condition: string;
  readonly required?: boolean;
  readonly restart?: boolean;
}

export interface ComposePort {
  readonly target: number;
  /** A port or a range; absent where the engine picks one. */
  readonly published?: string;
  readonly host_ip?: string;
  readonly protocol?: string;
  readonly mode?: string;
}

export interface ComposeMount {
  readonly type: string;
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface ComposeHealthcheck {
  readonly test?: readonly string[];
  readonly interval?: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly start_period?: string;
  readonly start_interval?: string;
  readonly disable?: boolean;
}

export interface ComposeDeploy {
  readonly mode?: string;
  readonly replicas?: number;
  readonly endpoint_mode?: string;
  readonly update_config?: unknown;
  readonly rollback_config?: unknown;
  /** Compose prints an empty one wherever there is `deploy`. */
  readonly placement?: Readonly<Record<string, unknown>>;
  readonly restart_policy?: {
    readonly condition?: string;
    readonly delay?: string;
    readonly window?: string;
    readonly max_attempts?: number;
  };
  readonly resources?: {
    readonly limits?: { readonly cpus?: number | string; readonly memory?: string; readonly pids?: number };
    readonly reservations?: { readonly cpus?: number | string; readonly memory?: string };
  };
}

export interface ComposeLogging {
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
}

export interface ComposeReference {
  readonly source?: string;
  readonly target?: string;
}

export interface ComposeNetwork {
  readonly name?: string;
  readonly internal?: boolean;
  readonly external?: boolean;
}

export interface ComposeVolume {
  readonly name?: string;
  readonly external?: boolean;
}

/** A secret or a config: where its content comes from. */
export interface ComposeFileObject {
  readonly name?: string;
  readonly file?: string;
  readonly environment?: string;
  readonly content?: string;
  readonly external?: boolean;
}
