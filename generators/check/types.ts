import type { FileCombination } from '../compose/model/index.ts';
import type { Finding, RuleText } from '../rules/types.ts';

/** A finding that somebody has looked at and keeps, by a comment beside it. */
export interface IgnoredFinding extends Finding {
  readonly reason: string;
}

/** Compose files that were checked together. */
export interface CheckedProject {
  /** Relative to the folder that was checked; `.` for that itself. */
  readonly directory: string;
  readonly combinations: readonly FileCombination[];
}

/**
 * What a check found: the document of `--json`, whose keys stay as they are while `version` does. Paths are relative
 * to `directory`.
 */
export interface CheckReport {
  readonly command: 'check';
  readonly version: 1;
  /** The folder that was checked, absolute. */
  readonly directory: string;
  readonly projects: readonly CheckedProject[];
  /** How many files were looked at. */
  readonly files: number;
  /** The texts of the rules that findings name, by their id. */
  readonly rules: Readonly<Record<string, Omit<RuleText, 'id'>>>;
  /** What is to be done something about: worst first, then by place. */
  readonly findings: readonly Finding[];
  /** What a comment beside it says to leave. */
  readonly ignored: readonly IgnoredFinding[];
  /** What the file of known findings has. */
  readonly known: readonly Finding[];
  /** What the file of known findings has, and is there no more. */
  readonly fixed: readonly KnownFinding[];
  /** With `--fix`. */
  readonly fixes?: FixReport;
  /** What a person should know of the check itself. */
  readonly notes: readonly string[];
  readonly counts: {
    readonly error: number;
    readonly warning: number;
    readonly info: number;
    readonly ignored: number;
    readonly known: number;
    /** Rules that were asked, and those of them without a finding of any kind. */
    readonly rules: number;
    readonly hold: number;
  };
}

/** What `--fix` did. What it could not is among the findings of the report, which are those that are left. */
export interface FixReport {
  readonly dryRun: boolean;
  /** Whether anything was written. */
  readonly changed: boolean;
  readonly files: readonly {
    readonly path: string;
    readonly action: string;
    readonly mode: string;
    readonly why: string;
    readonly diff?: string;
  }[];
  readonly fixed: readonly Finding[];
  /** What has a fix that would change something else here, and what that is. */
  readonly refused: readonly { readonly finding: Finding; readonly reason: string }[];
}

/** A finding as the file of known findings keeps it: without its line, so that it survives when lines move. */
export interface KnownFinding {
  readonly rule: string;
  readonly file?: string;
  readonly service?: string;
  readonly message: string;
  /** How many of them there are in this file. */
  readonly count: number;
}
