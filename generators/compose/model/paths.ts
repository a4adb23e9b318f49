import { clean } from '../../paths.ts';

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
