import type { ExternalName } from '../external-names.ts';
import type { App, FastapiApp, LaravelApp, NodeApp, PythonApp, StaticApp } from '../schema.ts';

/**
 * What detection may know of a repo: handed in, so that nothing here touches the disk.
 * Paths are relative to the target folder, with forward slashes.
 */
export interface Repo {
  /** Every file of the repo but those in folders that hold no sources (node_modules, .git, .venv, dist ...). */
  readonly files: readonly string[];
  /**
   * The text of a file, without a byte order mark and with LF line ends; undefined where there is none.
   * @throws UserError `repo` when it cannot be read or is not UTF-8, with its path
   */
  read(path: string): string | undefined;
}

/** Where a finding comes from: shown as "pnpm, from pnpm-lock.yaml". Lines count from 1. */
export interface Evidence {
  readonly file: string;
  readonly line?: number;
}

/** One answer that the repo itself gives. */
export interface Finding<T> {
  readonly value: T;
  readonly evidence: Evidence;
}

type Findings<A extends App> = {
  readonly [K in keyof A as K extends 'stack' | 'uses' | 'limits' ? never : K]?: Finding<NonNullable<A[K]>>;
};

/** The clients in the dependencies of an app that say which externals it uses. */
export type Uses = { readonly [K in ExternalName]?: Evidence };

/** What the code of an app makes of a proxy in front of it. */
export interface BehindProxy {
  /** Where it says whom it believes, or where it would have to. */
  readonly evidence: Evidence;
  /** What is to be added for it to see visitors; undefined where it does. */
  readonly missing?: string;
  /** What would be better than believing whatever a visitor has sent to a proxy that adds to it. */
  readonly careless?: string;
}

interface DetectedOf<A extends App> {
  readonly name: string;
  readonly stack: A['stack'];
  readonly path: string;
  readonly found: Findings<A>;
  readonly uses: Uses;
  /** Other apps of the repo that it asks for something. */
  readonly calls?: readonly string[];
  /** Absent where it is no matter of the code. */
  readonly proxy?: BehindProxy;
  /** Things that the person should know and that no answer can hold. */
  readonly warnings: readonly string[];
}

export type DetectedNodeApp = DetectedOf<NodeApp>;
export type DetectedFastapiApp = DetectedOf<FastapiApp>;
export type DetectedPythonApp = DetectedOf<PythonApp>;
export type DetectedLaravelApp = DetectedOf<LaravelApp>;
export type DetectedStaticApp = DetectedOf<StaticApp>;
export type DetectedApp =
  | DetectedNodeApp
  | DetectedFastapiApp
  | DetectedPythonApp
  | DetectedLaravelApp
  | DetectedStaticApp;

export interface Detected {
  readonly apps: readonly DetectedApp[];
}
