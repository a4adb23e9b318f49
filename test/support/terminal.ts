import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { expect } from 'vitest';

/** A program in a real pseudo-terminal. */
export interface Terminal {
  /** All that was printed so far, without colours and cursor movements. */
  screen(): string;
  /** Waits until the text behind the last match has this. */
  until(text: string): Promise<void>;
  type(keys: string): void;
  /** The exit status, once it has ended. */
  ended(): Promise<number>;
}

export const keys = { enter: '\r', up: '\u001b[A', down: '\u001b[B', ctrlC: '\u0003' } as const;

/** Starts a program of Node, or another one, in a terminal of 40 lines and 140 columns. */
export function terminal(
  argv: readonly string[],
  cwd: string,
  {
    program = process.execPath,
    env = {},
    patience: seconds = 30,
  }: { readonly program?: string; readonly env?: NodeJS.ProcessEnv; readonly patience?: number } = {},
): Terminal {
  const patience = { timeout: seconds * 1000, interval: 20 } as const;
  const child = spawn(program, [...argv], {
    cols: 140,
    rows: 40,
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  let output = '';
  let exitCode: number | undefined;
  let seen = 0;
  child.onData((data) => {
    output += data;
  });
  child.onExit((exit) => {
    exitCode = exit.exitCode;
  });
  const screen = (): string => stripVTControlCharacters(output);
  return {
    screen,
    type: (text) => child.write(text),
    until: async (text) => {
      await expect.poll(() => screen().slice(seen), patience).toContain(text);
      seen = screen().indexOf(text, seen) + text.length;
    },
    ended: async () => {
      await expect.poll(() => exitCode, patience).toBeDefined();
      return exitCode ?? Number.NaN;
    },
  };
}
