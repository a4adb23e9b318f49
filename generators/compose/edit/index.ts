import { UserError } from '../../errors.ts';
import { splicesOf } from './draft.ts';
import { planEdits } from './plan.ts';
import { prove, unproven } from './prove.ts';
import { CannotEdit, Refusal } from './refuse.ts';
import { type Source, sourceOf } from './source.ts';
import { applySplices } from './splices.ts';
import type { Edit, Splice } from './types.ts';
import { wantOf } from './want.ts';

export { changesBetween } from './changes.ts';
export { Refusal } from './refuse.ts';
export * from './services.ts';
export { applySplices } from './splices.ts';
export type { Edit, Splice } from './types.ts';

/**
 * The splices that make edits in a YAML file of the user's: everything else stays byte for byte, comments included.
 * One call is proved as a whole: parsed again, the text says what it said before and what was asked for.
 * @throws UserError `repo` where the text is no YAML, or a `Refusal` where an edit cannot be made safely
 */
export function editYaml(text: string, edits: readonly Edit[], file: string): readonly Splice[] {
  if (edits.length === 0) return [];
  const before = sourceOf(text, file);
  try {
    checkCharacters(text);
    const want = wantOf(edits, (own, key, edit) => applySplices(own, editYaml(own, [edit], `${file} (${key})`)));
    const draft = planEdits(before, want);
    const splices = splicesOf(draft);
    const [first] = splices;
    if (first) prove(before, parsedAgain(applySplices(text, splices), file, first.offset), want, splices, draft);
    return splices;
  } catch (cause) {
    throw cause instanceof CannotEdit ? new Refusal(cause, edits, text, file) : cause;
  }
}

/** What ends a line for Compose's reader, which is one of YAML 1.1, and not for that of YAML 1.2, or the other way round. */
function checkCharacters(text: string): void {
  const at = text.search(/\r(?!\n)|[\u0085\u2028\u2029]/);
  if (at === -1) return;
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  throw new CannotEdit(
    'characters',
    [],
    `the character U+${code} ends a line for some readers of YAML and not for others`,
    at,
  );
}

function parsedAgain(text: string, file: string, offset: number): Source {
  try {
    return sourceOf(text, file);
  } catch (cause) {
    throw cause instanceof UserError ? unproven(offset) : cause;
  }
}
