import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Hash } from '../plan/types.ts';

const exact = new TextDecoder('utf-8', { ignoreBOM: true });

export function hashOf(bytes: Uint8Array): Hash {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The exact text of a file, byte order mark and line ends kept: encoding it again gives the same bytes.
 * @throws UserError `repo` when the bytes are not UTF-8
 */
export function decode(bytes: Uint8Array, path: string): string {
  if (isUtf16(bytes)) {
    throw new UserError('repo', `${path} is UTF-16, not UTF-8`, { hint: 'save it as UTF-8, then run again' });
  }
  if (!isUtf8(bytes)) {
    const offset = firstBadByte(bytes);
    const line = bytes.subarray(0, offset).filter((byte) => byte === 0x0a).length + 1;
    throw new UserError('repo', `${path} is not UTF-8: byte ${offset} (line ${line}) is the first wrong one`, {
      hint: 'save it as UTF-8, then run again',
    });
  }
  return exact.decode(bytes);
}

/** A byte order mark says so; without one, ASCII in UTF-16 has a NUL beside its first character. */
function isUtf16(bytes: Uint8Array): boolean {
  const [a, b] = bytes;
  if (a === undefined || b === undefined) return false;
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (a === 0) !== (b === 0);
}

/** The length of the longest start that a streaming decoder takes: it objects at the first wrong byte. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (middle <= bytes.length && startsWell(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function startsWell(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
