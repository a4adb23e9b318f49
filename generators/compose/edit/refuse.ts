import { UserError } from '../../errors.ts';
import type { Edit, Path } from './types.ts';
import { inline } from './write.ts';

/** Why an edit was not made: for those who can offer another way. */
export type RefusalCode =
  /** What several places share (an anchor, a merge key) would change for all of them, or be cut. */
  | 'shared'
  /** A comment would be lost. */
  | 'comment'
  /** The place has a form that new text cannot be put into safely. */
  | 'form'
  /** What is at the path is no map or no list. */
  | 'kind'
  /** The text has what Compose's own reader takes for something else. */
  | 'characters'
  /** The result was not what was asked for. */
  | 'proof';

/** Why something cannot be edited, before there is a sentence for people. */
export class CannotEdit extends Error {
  readonly reason: RefusalCode;
  readonly path: Path;
  readonly offset: number;
  /** What to know about the way out. */
  readonly way: string | undefined;

  constructor(reason: RefusalCode, path: Path, why: string, offset: number, way?: string) {
    super(why);
    this.reason = reason;
    this.path = path;
    this.offset = offset;
    this.way = way;
  }
}

/** An edit that cannot be made without touching what stands around it; nothing was changed. */
export class Refusal extends UserError {
  readonly reason: RefusalCode;
  /** The edit that was refused, or one of those that were. */
  readonly path: Path;

  constructor({ reason, path, message, offset, way }: CannotEdit, edits: readonly Edit[], text: string, file: string) {
    const edit = edits.find((one) => isBelow(one.path, path) || isBelow(path, one.path));
    const at = path.length > 0 ? path : (edit?.path ?? path);
    const line = text.slice(0, offset).split('\n').length;
    super('repo', `${file}:${line}: ${at.join('.')} cannot be changed safely: ${message}.`, {
      hint: [wayOut(file, at, edit), ...(way === undefined ? [] : [way])].join('\n'),
    });
    this.name = 'Refusal';
    this.reason = reason;
    this.path = at;
  }
}

const isBelow = (path: Path, above: Path): boolean => above.every((key, index) => String(path[index]) === String(key));

/** What a person can do instead. */
function wayOut(file: string, path: Path, edit: Edit | undefined): string {
  const [section, name, ...rest] = edit?.path ?? path;
  if (edit?.op === 'set' && section === 'services' && name !== undefined && rest.length === 0) {
    const own = `compose.${name}.yaml`;
    return `Put ${name} into a file of its own, ${own}, and name it in ${file}:\ninclude:\n  - ${own}`;
  }
  const where = (edit?.path ?? path).join('.');
  if (edit?.op === 'set') return `Write it into ${file} by hand: ${where}: ${inline(edit.value)}`;
  if (edit?.op === 'append') return `Write it into ${file} by hand, one more item of ${where}: ${inline(edit.value)}`;
  return `Remove ${where} from ${file} by hand.`;
}
