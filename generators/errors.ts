/** One thing that is wrong with what a person gave: where, what, and what would be right. */
export interface Problem {
  /** Where: an answer's path (`apps.app.port`), a file (`prodstack.yaml:3:5`) or a flag (`--set`). */
  readonly path: string;
  /** The offending value, already shortened for printing; absent where something is missing. */
  readonly value?: string;
  /** A sentence without a full stop: what is wrong and what is allowed. */
  readonly message: string;
  /** A near match: "did you mean ...?" */
  readonly suggestion?: string;
}

/**
 * Every way in which a run can end that is not a bug. The code decides the exit status:
 *
 * | code | exit | meaning |
 * |---|---|---|
 * | `conflict` | 1 | files of the user's stand in the way and were left |
 * | `usage` | 2 | an unknown command, option, preset or block |
 * | `answers` | 2 | answers that are wrong or missing |
 * | `target` | 2 | the target is no folder that can be generated into |
 * | `repo` | 2 | a file of the user's repo cannot be understood |
 * | `disk` | 3 | the disk refused (full, read-only, vanished); nothing was changed |
 * | `tool` | 3 | another program (git, docker) failed; nothing was changed |
 * | `cancelled` | 130 | the person said no, or pressed Ctrl-C |
 */
export type ErrorCode = 'conflict' | 'usage' | 'answers' | 'target' | 'repo' | 'disk' | 'tool' | 'cancelled';

const exitCodes: Readonly<Record<ErrorCode, number>> = {
  conflict: 1,
  usage: 2,
  answers: 2,
  target: 2,
  repo: 2,
  disk: 3,
  tool: 3,
  cancelled: 130,
};

/** An error to show to the person who runs us: no stack trace, a message and the way out. */
export class UserError extends Error {
  readonly code: ErrorCode;
  /** What to do about it: one line, or several. */
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    extra: { readonly hint?: string; readonly problems?: readonly Problem[]; readonly cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = 'UserError';
    this.code = code;
    this.hint = extra.hint;
    this.problems = extra.problems ?? [];
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}
