import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import manifest from '../package.json' with { type: 'json' };
import { UserError } from './errors.ts';
import type { Io } from './io.ts';
import { visible } from './visible.ts';

function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new UserError('disk', 'The folder that this is run in has vanished.', {
      hint: 'Go to a folder that exists: cd',
      cause,
    });
  }
}

/** The real process as an `Io`. */
export function processIo(): Io {
  return {
    get cwd() {
      return currentFolder();
    },
    home: homedir(),
    today: new Date().toISOString().slice(0, 10),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    colors: process.stdout.isTTY === true,
    version: manifest.version,
    random: (bytes) => randomBytes(bytes),
    out: (output) => process.stdout.write(process.stdout.isTTY ? visible(output) : output),
    err: (output) => process.stderr.write(process.stderr.isTTY ? visible(output) : output),
    readStdin: () => text(process.stdin),
  };
}
