import type { Sources } from '../complete/types.ts';
import type { Answers } from '../schema.ts';
import type { Values } from '../stacks/definition.ts';

/** The keys from the root of the answers: `['apps', 'api', 'uses']`. */
export type Place = readonly string[];

/** What is to be added, as the command line names it. */
export interface AddWords {
  readonly block: string;
  readonly name?: string;
  /** The apps that it is for; undefined where nobody says so, and it follows from what was found. */
  readonly apps?: readonly string[] | undefined;
}

/** A stack as its answers have it, before a change. */
export interface Present {
  readonly sources: Sources;
  readonly answers: Answers;
}

/** What the words of `add` come to, before it is known what is there already. */
export interface Wish {
  /** For texts: "redis", "the worker mail of api". */
  readonly title: string;
  /** Where its own answers stand. */
  readonly places: readonly Place[];
  readonly patch: Values;
  /** The external that these apps are connected to. */
  readonly connects?: { readonly external: string; readonly apps: readonly string[] };
  /** The app that does not exist yet and gets a starter. */
  readonly starting?: string;
}

/** A change of the answers. */
export interface Change {
  readonly title: string;
  /** To be laid over the answers that were said: null takes one away. Empty where nothing changes. */
  readonly patch: Values;
  readonly starting: readonly string[];
  /** Sentences for a person. */
  readonly notes: readonly string[];
}
