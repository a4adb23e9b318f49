import type { Warn } from '../findings.ts';
import type { Source } from '../source.ts';
import type { View } from '../view.ts';
import type { Framework } from './framework.ts';
import type { Manager } from './manager.ts';
import type { Package } from './package.ts';
import type { Workspace } from './workspace.ts';

/** What is known of a Node app while the rest is being found out. */
export interface NodeContext {
  readonly view: View;
  readonly pack: Package;
  readonly workspace: Workspace | undefined;
  readonly manager: Manager;
  readonly framework: Framework;
  /** What the build script runs. */
  readonly build: string | undefined;
  readonly sources: readonly Source[];
  readonly warn: Warn;
}
