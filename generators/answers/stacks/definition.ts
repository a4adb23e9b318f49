import type * as v from 'valibot';

/** Answers in the making. */
export type Values = Record<string, unknown>;

/** An app that is made where none exists: the files of `templates/starter/<template>/` and the answers that fit them. */
export interface StarterDefinition {
  /** For the question which starter is wanted. */
  readonly title: string;
  readonly template: string;
  /** All answers but `stack` and `path`. */
  readonly answers: Values;
}

/** All that the answers of one stack of apps consist of, but their detection. */
export interface StackDefinition {
  /** For texts: "No Node app was found". */
  readonly title: string;
  /** What `version` is the version of. */
  readonly runtime: string;
  readonly schema: v.GenericSchema & { readonly entries: Readonly<Record<string, v.GenericSchema>> };
  /** Answers that only somebody gives who has such an app, found or not. */
  readonly describedBy: readonly string[];
  /** What an existing app gets where neither a person nor the repo says it. */
  readonly fallbacks: Values;
  /** Answers whose fallback is no guess about the repo, and not worth telling. */
  readonly untold?: (values: Values) => readonly string[];
  /** Answers that follow from others, where they are still open. */
  readonly late?: (
    values: Values,
  ) => readonly { readonly key: string; readonly value: unknown; readonly reason: string }[];
  /** What may be asked, in this order, with the question; the rest follows from the repo. */
  readonly askable: Readonly<Record<string, string>>;
  /** Whether such an app has an answer at all, as far as its answers tell; without it, every app has all of them. */
  readonly has?: (key: string, values: Values) => boolean;
  /** The first one is made unless the answers given fit another. */
  readonly starters: readonly StarterDefinition[];
}
