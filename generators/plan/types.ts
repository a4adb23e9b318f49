/** A path relative to the target folder, with forward slashes, never leaving it. */
export type RelPath = string;

/** Hex SHA-256 of a file's bytes. */
export type Hash = string;

/** Replace `length` UTF-16 code units of the file's text at `offset` by `content`. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

/** 0444 is for secrets that containers read as other users; their folder is closed to everybody else. */
export type Mode = 0o444 | 0o600 | 0o644 | 0o755;

/** A file of ours as it should be. */
export interface PlannedText {
  readonly path: RelPath;
  readonly content: string;
  readonly why: string;
  /** 0644 without it. */
  readonly mode?: Mode;
}

/** One file that will change. A plan is a list of them: data, decided; the disk only obeys. */
export type PlannedFile =
  | {
      readonly kind: 'create';
      readonly path: RelPath;
      readonly content: string;
      readonly mode: Mode;
      readonly why: string;
      /** The hash of the file that this one replaces; absent where none may exist. */
      readonly replaces?: Hash;
    }
  | {
      readonly kind: 'edit';
      readonly path: RelPath;
      /** Sorted by offset, not overlapping; offsets count in the text as it is on disk. */
      readonly edits: readonly TextEdit[];
      /** The hash that the file must still have. */
      readonly expect: Hash;
      readonly why: string;
    }
  | {
      readonly kind: 'delete';
      readonly path: RelPath;
      /** The hash that the file must still have. A folder that is empty without it goes, too. */
      readonly expect: Hash;
      readonly why: string;
    };
