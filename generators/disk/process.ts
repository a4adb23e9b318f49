import { codeOf } from './errno.ts';

/**
 * Whether a process other than this one is alive. Our own number does not count: in a container the next run often
 * gets the number of the one that was killed, and a run holds its lock only while it writes.
 */
export function isOtherAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // it lives, and is somebody else's
  }
}
