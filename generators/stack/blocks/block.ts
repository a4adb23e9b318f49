import type { Answers } from '../../answers/schema.ts';
import type { Contribution } from '../types.ts';

/**
 * One building block of the catalogue: this module, its templates, one line in `index.ts`. What it brings is
 * data; compose files, env templates, docs and scripts are derived from the Stack that all blocks make together.
 */
export interface Block {
  /** The name in `prodstack.yaml` and on the command line. */
  readonly name: string;
  readonly kind: 'app' | 'external' | 'edge';
  /** One line for `list blocks`. */
  readonly summary: string;
  /** What this block adds for these answers: nothing where they do not ask for it. Pure. */
  contribute(answers: Answers): readonly Contribution[];
}
