import type { Answers, App } from '../../../answers/schema.ts';
import type { Service, Value } from '../../types.ts';

/** How an app reaches one of the externals. */
export interface Reach {
  /** What can be told of it, by the names that the answer `variables` has for it: `url`, `host`. */
  readonly parts: Readonly<Record<string, Value>>;
  /** The same where production and development are told different things; `parts` has nothing of it then. */
  readonly overlays?: Readonly<Record<'production' | 'development', Readonly<Record<string, Value>>>>;
  /** Environment beside what is derived from the parts: for the libraries below the app. */
  readonly environment?: Readonly<Record<string, Value>>;
  /** Whom the app waits for in its own stack. */
  readonly dependsOn?: Service['dependsOn'];
  /** Whether it is a container of this stack, and so in the network of the data. */
  readonly bundled: boolean;
  /** The network that it is in, if another one. */
  readonly network?: 'storage' | 'app';
  /** The `host:port` that an app waits for before it starts: what is managed can be in no `depends_on`. */
  readonly waitFor?: Value;
  /** Files that the app needs to trust it. */
  readonly files?: Service['files'];
}

/** As whom an app comes: a migration may do more than the app. */
export type As = 'app' | 'migration';

/** Who asks. */
export interface Visitor {
  readonly answers: Answers;
  readonly name: string;
  readonly app: App;
  /** The scheme of a database URL that its driver expects. */
  readonly scheme: string;
  readonly as: As;
}
