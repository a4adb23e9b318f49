import { UserError } from '../../errors.ts';
import type { Path } from './types.ts';

/** Why an edit was not made: for those who can offer another way. */
export type RefusalCode =
  /** What several places share (an anchor, a merge key) would change for all of them, or be cut. */
  | 'shared'
  /** A comment would be lost. */
  | 'comment'
  /** The place has a form that new text cannot be put into safely. */
  | 'form'
  /** What is at the path is no map or list. */
  | 'kind'
  /** The text has what Compose's own reader takes for something else. */
  | 'characters'
  /** The result was not what was asked for. */
  | 'proof';

/** An edit that cannot be made without touching what stands around it. */
export class Refusal extends UserError {
  readonly reason: RefusalCode;
  readonly path: Path;

  constructor(reason: RefusalCode, path: Path, message: string, hint: string) {
    super('repo', message, { hint });
    this.name = 'Refusal';
    this.reason = reason;
    this.path = path;
  }
}
