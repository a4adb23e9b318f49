/** What is known of a compose project that was not made by us. */
import type { FileCombination, Purpose } from '../compose/model/index.ts';
import type { ComposeModel, ComposeService } from '../compose/model.ts';
import type { Data } from '../data.ts';
import type { Hash, RelPath } from '../plan/types.ts';

/** What may be known of a repo: an `Observation`, or a folder in memory. */
export interface Repo {
  /** Where it is on disk, which the project is called after. */
  readonly root?: string;
  readonly files: readonly RelPath[];
  read(path: RelPath): string | undefined;
  raw(path: RelPath): { readonly text: string; readonly hash: Hash; readonly mode: number } | undefined;
}

/** One of the ways in which the files of a project are used together, with what they come to. */
export interface Combination extends FileCombination {
  readonly model: ComposeModel;
}

/** One compose file that things can be written into. */
export interface ComposeSource {
  readonly path: RelPath;
  readonly text: string;
  readonly data: Data;
  /** The folder that its relative paths count from. */
  readonly folder: RelPath;
  /** The file that includes it; undefined for one that `-f` names. */
  readonly includedBy?: RelPath;
  /** Whether it lies over another one wherever it is used. */
  readonly overlay: boolean;
  /** When it is used: `base` in production and development alike, and where nobody can tell. */
  readonly purpose: Purpose;
}

/** A compose project of anybody's, read and valid. */
export interface Foreign {
  readonly repo: Repo;
  /** The name of the Compose project. */
  readonly name: string;
  /** The project directory: `.env` is there, and relative paths count from it. */
  readonly directory: RelPath;
  readonly sources: readonly ComposeSource[];
  readonly combinations: readonly Combination[];
  /** The env file that Compose reads by itself, whether it exists or not. */
  readonly envFile: RelPath;
  readonly env: Readonly<Record<string, string>>;
}

/** A service of theirs in all its places. */
export interface TheirService {
  readonly name: string;
  /** Where it is declared, the lowest layer first. */
  readonly sources: readonly ComposeSource[];
  /** It as the combination for production has it, or the first that has it. */
  readonly model: ComposeService;
}
