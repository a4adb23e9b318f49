import type { Detected, Evidence } from '../detect/types.ts';

/** Where answers come from; later ones win: preset, file, chosen. */
export interface Sources {
  /** The base name of the target folder: the default for `name`. */
  readonly folder: string;
  readonly detected: Detected;
  readonly preset?: Readonly<Record<string, unknown>>;
  /** What the preset makes in an empty folder: one starter for all its apps, whose answers are complete. */
  readonly presetStarter?: { readonly template: string; readonly path: string };
  /** What `prodstack.yaml` of the target holds. */
  readonly file?: unknown;
  /** What `--config`, `--set` and the prompts say, in that order. */
  readonly chosen: readonly unknown[];
  /** Apps that get a starter although the stack exists. */
  readonly starting?: readonly string[];
  /** Whether a folder (`.` or `backend`) has no files that an app could consist of. */
  readonly isVacant: (path: string) => boolean;
}

/** A value that nobody chose and the repo does not tell: to be shown, so that it can be corrected. */
export interface Assumption {
  readonly path: string;
  readonly value: string;
  readonly reason: string;
}

/** A value that the repo itself gave. */
export interface Detection {
  readonly path: string;
  readonly value: string;
  readonly evidence: Evidence;
}

export interface Draft {
  /** All answers, not yet validated. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly assumptions: readonly Assumption[];
  readonly detections: readonly Detection[];
  readonly warnings: readonly string[];
  /** The apps that do not exist yet and get a starter. */
  readonly starters: readonly DraftStarter[];
}

/** An app that will be made. Apps that one template makes together have its path in common. */
export interface DraftStarter {
  readonly app: string;
  /** Where the template goes. */
  readonly path: string;
  readonly template: string;
  /** The externals that it is written for. */
  readonly uses: readonly string[];
}

/** A draft in the making. */
export interface Notes {
  readonly assumptions: Assumption[];
  readonly detections: Detection[];
  readonly warnings: string[];
  readonly starters: DraftStarter[];
  readonly ports: Set<unknown>;
  /** What the answers call the apps that were found, by the names that detection gave them. */
  readonly names: Map<string, string>;
}
