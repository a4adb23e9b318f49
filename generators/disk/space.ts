import { statfsSync } from 'node:fs';

/** How much room a file system has; files are those that it could still hold, 0 of 0 where it counts none. */
export interface Space {
  readonly free: number;
  readonly size: number;
  readonly freeFiles: number;
  readonly files: number;
}

/** The room at a path; undefined where there is no such path here, such as one inside of a virtual machine. */
export function spaceAt(path: string): Space | undefined {
  try {
    const { bavail, blocks, bsize, ffree, files } = statfsSync(path);
    return { free: bavail * bsize, size: blocks * bsize, freeFiles: ffree, files };
  } catch {
    return undefined;
  }
}
