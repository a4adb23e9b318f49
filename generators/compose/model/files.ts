/** What a repo holds, read when asked for; an observation of the disk fits. */
export interface Files {
  /** Relative to the root, with forward slashes. */
  readonly files: readonly string[];
  /** The text of a file, undefined where there is none. */
  read(path: string): string | undefined;
}
