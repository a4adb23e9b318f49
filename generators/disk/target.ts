import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { codeOf } from './errno.ts';
import { nearestExisting } from './paths.ts';

const elsewhere = 'give a folder of its own, such as: create-prodstack shop';

/**
 * The absolute real path of the folder to work in. It need not exist yet.
 * @throws UserError `target` for the root of a drive, the home folder, a file in the way, or what cannot be read
 */
export function resolveTarget(directory: string, env: { readonly cwd: string; readonly home: string }): string {
  if (directory.includes('\0')) throw new UserError('target', 'the folder has a NUL character in its name');
  const wanted = resolve(env.cwd, directory);
  const { path, exists } = realPathOf(wanted);

  if (path === parse(path).root) {
    throw new UserError('target', `${path} is the root of the whole disk, not a project`, { hint: elsewhere });
  }
  if (env.home !== '' && isSame(path, resolve(env.home))) {
    throw new UserError('target', `${path} is your home folder, not a project`, { hint: elsewhere });
  }
  if (exists) assertReadable(path);
  return path;
}

function realPathOf(wanted: string): { readonly path: string; readonly exists: boolean } {
  try {
    const { existing, missing } = nearestExisting(wanted);
    if (!statSync(existing).isDirectory()) {
      throw new UserError('target', `${existing} is a file, not a folder`, { hint: elsewhere });
    }
    // native: it also gives the true upper and lower case on file systems that ignore it.
    return { path: join(realpathSync.native(existing), ...missing), exists: missing.length === 0 };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    // Something is at `existing`, and yet stat finds nothing: a symlink to nowhere.
    const why = codeOf(cause) === 'ENOENT' ? 'is a symlink that leads nowhere' : 'cannot be read';
    throw new UserError('target', `${wanted} ${why} (${codeOf(cause) ?? String(cause)})`, { hint: elsewhere, cause });
  }
}

function isSame(path: string, home: string): boolean {
  if (path === home) return true;
  try {
    const a = statSync(path);
    const b = statSync(home);
    return a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false; // one of them does not exist
  }
}

function assertReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch (cause) {
    throw new UserError('target', `${path} cannot be read (${codeOf(cause) ?? String(cause)})`, {
      hint: 'check its owner and permissions: ls -ld shows them',
      cause,
    });
  }
}
