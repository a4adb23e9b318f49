/** Keys and indices from the root. */
export type Path = readonly (string | number)[];

/** One wish for a YAML file. Indices of lists count in the text before, whatever else is asked for in the same call. */
export type Edit =
  /**
   * A key that is new, or whose value is replaced; parents that are missing are made. A map replaces a map key by key, so
   * that what is the same stays as it is.
   */
  | {
      readonly op: 'set';
      readonly path: Path;
      readonly value: unknown;
      /** The pair as YAML, `key: ...` with its comments, at column 0: written instead of `value`, which it must say. */
      readonly text?: string;
    }
  /** An item at the end of the list at `path`, which is made where it is absent; nothing where the list has it already. */
  | {
      readonly op: 'append';
      readonly path: Path;
      readonly value: unknown;
      /** The item as YAML, without its dash, at column 0. */
      readonly text?: string;
    }
  /** A pair or an item with the comment lines that belong to it; nothing where there is none. */
  | {
      readonly op: 'remove';
      readonly path: Path;
      /** The map or list that would be empty without it goes too. */
      readonly prune?: boolean;
    };

/** Replace `length` UTF-16 code units at `offset` by `content`. */
export interface Splice {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}
