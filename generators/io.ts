import type { Ambient } from './plan/intend.ts';

/** What a verb may use of the process around it: handed in by `cli.ts`, `plopfile.ts` and the tests. */
export interface Io extends Ambient {
  readonly cwd: string;
  readonly home: string;
  /** `2026-11-20`: for what has an end of life. */
  readonly today: string;
  /** Whether a person can be asked: standard input is a terminal. */
  readonly interactive: boolean;
  /** Whether standard output shows colours: it is a terminal. */
  readonly colors: boolean;
  /** What was asked for: with `--json` one document, else text. */
  out(text: string): void;
  /** Texts for a person that must not mix with what was asked for. */
  err(text: string): void;
  readStdin(): Promise<string>;
}
