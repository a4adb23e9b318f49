/** Paths with forward slashes, as on the machines that compose files are for. */

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

/** A path without `.`, empty parts and the `..` that can be resolved: as Go's path.Clean. */
export function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isAbsolute(path)) parts.push(part);
  }
  const joined = parts.join('/');
  return isAbsolute(path) ? `/${joined}` : joined || '.';
}

/** A path as seen from a folder; an absolute one stays. */
export function within(folder: string, path: string): string {
  return clean(isAbsolute(path) ? path : `${folder}/${path}`.replace(/^\//, isAbsolute(folder) ? '/' : ''));
}

export function folderOf(path: string): string {
  const at = path.lastIndexOf('/');
  if (at < 0) return '.';
  return at === 0 ? '/' : path.slice(0, at);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether a build context is no folder here: a URL, a git address, `service:name`. */
export function isRemoteContext(context: string): boolean {
  return context.includes('://') || /^(?:service:|github\.com\/|git@)/.test(context);
}

/** Whether a file is somewhere else: a URL, a git address, an OCI artifact. */
export function isRemoteFile(path: string): boolean {
  return /^(?:https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/|oci:\/\/)/.test(path);
}

/** The way from one folder to another; both relative, or both absolute. */
export function relative(from: string, to: string): string {
  const [here, there] = [from, to].map((path) =>
    clean(path)
      .split('/')
      .filter((part) => part !== '' && part !== '.'),
  );
  let shared = 0;
  while (shared < (here?.length ?? 0) && here?.[shared] === there?.[shared]) shared++;
  const up = (here ?? []).slice(shared).map(() => '..');
  return [...up, ...(there ?? []).slice(shared)].join('/') || '.';
}
