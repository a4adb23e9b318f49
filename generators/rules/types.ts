import type { FileCombination } from '../compose/model/index.ts';
import type { ComposeModel } from '../compose/model.ts';
import type { Repair } from './repairs/types.ts';

/**
 * `error`: it will leak, lose data or go down, or it does not start; `warning`: it will hurt on a bad day;
 * `info`: good to know.
 */
export type Severity = 'error' | 'warning' | 'info';

/** A file as it stands on the disk. Paths are relative to the project's folder, with forward slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
  /** The permission bits, where they are known. */
  readonly mode?: number;
}

export interface DockerfileText extends TextFile {
  /** The build context that it is used with, relative to the project's folder: `.` or `backend`. */
  readonly context: string;
  /** It makes an image that only developers and tests run. */
  readonly development?: boolean;
}

/** Compose files that are used together, and what they say together. */
export interface Combination extends FileCombination {
  /** What they include and extend. */
  readonly includes?: readonly string[];
  readonly model: ComposeModel;
}

/** Compose files that Compose refuses together. */
export interface RejectedCombination {
  readonly name: string;
  readonly files: readonly string[];
  /** What Compose said: a clause without a full stop. */
  readonly reason: string;
  /** Where, as far as it is known. */
  readonly file?: string;
  readonly line?: number;
  /** It is taken all the same, by some versions at least, or a part of it is ignored. */
  readonly tolerated?: boolean;
}

/** All that the rules look at: text and models, read by somebody else. */
export interface Project {
  /** The absolute folder that paths in the models start with; empty where they are relative already. */
  readonly directory: string;
  /** The folder whose `.env` Compose reads, where that may be another one than its files are in. */
  readonly envFolder?: string;
  readonly combinations: readonly Combination[];
  readonly rejected?: readonly RejectedCombination[];
  readonly composeFiles: readonly TextFile[];
  readonly dockerfiles: readonly DockerfileText[];
  readonly dockerignores: readonly TextFile[];
  /** The examples that are committed (`.env.example`), never a real `.env`. */
  readonly envFiles: readonly TextFile[];
  /** Env files with values for use that are in git all the same. */
  readonly committedEnvFiles?: readonly TextFile[];
  readonly scripts: readonly TextFile[];
  /** Text files that services mount, such as configuration. */
  readonly mountedFiles?: readonly TextFile[];
  /** The paths of all files, where they are known: those that are not looked into, too. */
  readonly files?: readonly string[];
  /** `2026-11-20`: what has reached its end of life by then counts as dead. Without it, what had when this was written. */
  readonly today?: string;
}

/** One place where a rule does not hold. */
export interface Violation {
  /** What is wrong here: a clause without a full stop. */
  readonly message: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  readonly service?: string;
  /** The name of the combination in which it is so. */
  readonly combination?: string;
}

export interface Rule {
  /** Kebab-case; stable, because people write it into their configuration. */
  readonly id: string;
  readonly severity: Severity;
  /** The obligation, in one sentence. */
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  /** Where it is documented or proved: a public URL. */
  readonly source: string;
  check(project: Project): readonly Violation[];
  /**
   * What puts a finding of this rule right, for `check --fix`: absent, or undefined for this finding, where somebody has to
   * decide something. Only what cannot change for the worse what works today, and cannot keep anything from starting.
   */
  repair?(project: Project, finding: Finding): Repair | undefined;
}

/** The texts of a rule, without what it does. */
export type RuleText = Omit<Rule, 'check' | 'repair'>;

/** A violation with its rule; the same one in several combinations is one finding. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly service?: string;
  readonly combinations: readonly string[];
}
