/** The code of an error of the system (`ENOSPC`), undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What the disk said about `path`, in words: a sentence without a full stop. */
export function reasonOf(error: unknown, path: string): string {
  const code = codeOf(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk is full: cannot write to ${path}`;
    case 'EROFS':
      return `cannot write to ${path}: the file system is read-only`;
    case 'EACCES':
    case 'EPERM':
      return `cannot write to ${path}: permission denied`;
    case 'ENOENT':
      return `${path} vanished`;
    case 'EEXIST':
    case 'ENOTEMPTY':
      return `${path} was made by somebody else meanwhile`;
    case 'EFBIG':
      return `cannot write to ${path}: larger than the system allows`;
    case 'EXDEV':
      return `cannot write to ${path}: it lies on another file system than the folder it belongs to`;
    case undefined:
      return error instanceof Error ? error.message : String(error);
    default:
      return `cannot write to ${path}: ${code}`;
  }
}
