import type { Place } from './tree.ts';

/** Something that Compose refuses in a file, or will not do as it is meant. */
export interface ComposeProblem extends Place {
  /** `error`: `docker compose` refuses the project. `warning`: it depends on its version, or is ignored. */
  readonly severity: 'error' | 'warning';
  /** What kind: stable, to tell them apart. */
  readonly code: ProblemCode;
  /** What is wrong: a clause without a full stop. */
  readonly message: string;
  /** The way out, in one sentence. */
  readonly hint: string;
}

export type ProblemCode =
  | 'syntax'
  | 'missing-file'
  | 'too-large'
  | 'empty'
  | 'shape'
  | 'unknown-key'
  | 'interpolation'
  | 'value'
  | 'undefined'
  | 'cycle'
  | 'conflict'
  | 'extends'
  | 'include'
  | 'merge'
  | 'obsolete';

/** Stops the reading of one file, service or value; what is around it is still read. */
export class Refused extends Error {
  readonly problem: ComposeProblem;
  constructor(code: ProblemCode, at: Place, message: string, hint: string) {
    super(message);
    this.name = 'Refused';
    this.problem = { severity: 'error', code, file: at.file, line: at.line, message, hint };
  }
}

export type Report = (problem: ComposeProblem) => void;

/** Does something that may be refused; reports why, and goes on without it. */
export function attempt<T>(report: Report, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    report(error.problem);
    return undefined;
  }
}
