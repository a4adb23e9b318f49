import type { TextEdit } from '../plan/types.ts';

/**
 * A text with edits made in it; all else stays as it is.
 * @throws RangeError when edits overlap, are out of order or out of range, or cut a character in two: a bug of ours
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let done = 0;
  for (const { offset, length, content } of edits) {
    if (!Number.isInteger(offset) || !Number.isInteger(length) || length < 0) {
      throw new RangeError(`an edit at ${offset} with length ${length}`);
    }
    if (offset < done) throw new RangeError(`an edit at ${offset} overlaps the one that ends at ${done}`);
    if (offset + length > text.length) {
      throw new RangeError(`an edit at ${offset} with length ${length} in a text of ${text.length}`);
    }
    result += text.slice(done, offset) + content;
    done = offset + length;
  }
  result += text.slice(done);
  // Half a surrogate pair would be written as a replacement character.
  if (!result.isWellFormed()) throw new RangeError('an edit cuts a character in two');
  return result;
}
