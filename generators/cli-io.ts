import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { text } from 'node:stream/consumers';
import manifest from '../package.json' with { type: 'json' };
import type { Io } from './io.ts';

/** The real process as an `Io`. */
export function processIo(): Io {
  return {
    cwd: process.cwd(),
    home: homedir(),
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    version: manifest.version,
    random: (bytes) => randomBytes(bytes),
    out: (output) => process.stdout.write(output),
    err: (output) => process.stderr.write(output),
    readStdin: () => text(process.stdin),
  };
}
