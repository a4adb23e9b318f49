import type { FileCombination } from '../compose/model/index.ts';

/** What a compose project has, whoever wrote it: the document of `list stack --json`. */
export interface Inventory {
  readonly name: string;
  /** The folder of the compose files, from the repo. */
  readonly directory: string;
  /** Whether its answers are in `prodstack.yaml`. */
  readonly ours: boolean;
  readonly combinations: readonly FileCombination[];
  readonly services: readonly ServiceEntry[];
  readonly volumes: readonly VolumeEntry[];
  readonly networks: readonly NetworkEntry[];
  /** Names only. */
  readonly secrets: readonly string[];
  /** What the answers say beside that; only of a stack of ours. */
  readonly answers?: AnswersEntry;
  /** Other compose projects of the repo, by their base files. */
  readonly others: readonly string[];
  /** What is wrong with it, so that it may be incomplete here. */
  readonly problems: readonly string[];
}

export interface ServiceEntry {
  readonly name: string;
  /** What its image is known as: postgres, redis ...; absent for all else. */
  readonly kind?: string;
  readonly image?: string;
  /** The folder that it is built from. */
  readonly build?: string;
  /** What a stack of ours has it for: web, worker, migrate ... */
  readonly role?: string;
  readonly profiles: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly { readonly volume: string; readonly target: string }[];
  /** What differs between the combinations that have it, by their names. */
  readonly in: Readonly<Record<string, Placed>>;
}

/** A service in one combination. */
export interface Placed {
  /** As `docker ps` has them: `127.0.0.1:8080->80/tcp`. */
  readonly ports: readonly string[];
  /** Undefined: no limit. */
  readonly cpus?: string;
  /** In bytes. */
  readonly memory?: number;
}

export interface VolumeEntry {
  /** As Docker calls it in production. */
  readonly name: string;
  /** The key in the compose files. */
  readonly key: string;
  /** Whether Compose leaves it alone: `down -v` spares it. */
  readonly external: boolean;
  /** Whether what it holds cannot be made again; absent where only its owner knows. */
  readonly data?: boolean;
  readonly holds?: string;
  readonly services: readonly string[];
}

export interface NetworkEntry {
  readonly name: string;
  /** No way out. */
  readonly internal: boolean;
  readonly services: readonly string[];
}

export interface AnswersEntry {
  readonly apps: readonly {
    readonly name: string;
    readonly stack: string;
    readonly path: string;
    readonly uses: readonly string[];
  }[];
  readonly externals: readonly { readonly name: string; readonly mode: string; readonly provider?: string }[];
  readonly edge?: { readonly kind: string; readonly hostnames: Readonly<Record<string, readonly string[]>> };
  readonly backup?: {
    readonly engine: string;
    readonly to: string;
    readonly at: string;
    readonly timezone: string;
    readonly drill: string;
  };
  readonly targets: readonly string[];
}
