import { UserError } from '../../errors.ts';
import { planEdits } from './plan.ts';
import { prove } from './prove.ts';
import { Refusal } from './refuse.ts';
import { type Source, sourceOf } from './source.ts';
import { applySplices } from './splices.ts';
import type { Edit, Splice } from './types.ts';
import { wantOf } from './want.ts';

export { changesBetween } from './changes.ts';
export { Refusal, type RefusalCode } from './refuse.ts';
export * from './services.ts';
export { applySplices } from './splices.ts';
export type { Edit, Path, Splice } from './types.ts';

/**
 * The splices that make edits in a YAML file of the user's: everything else stays byte for byte, comments included.
 * One call is proved as a whole: parsed again, the text says what it said before and what was asked for.
 * @throws UserError `repo` where the text is no YAML, or a `Refusal` where an edit cannot be made safely
 */
export function editYaml(text: string, edits: readonly Edit[], file: string): readonly Splice[] {
  if (edits.length === 0) return [];
  const before = sourceOf(text, file);
  const want = wantOf(edits, (own, key, edit) => applySplices(own, editYaml(own, [edit], `${file} (${key})`)));
  const plan = planEdits(before, want);
  if (plan.splices.length === 0) return [];
  prove(before, parsedAgain(applySplices(text, plan.splices), file), want, plan);
  return plan.splices;
}

function parsedAgain(text: string, file: string): Source {
  try {
    return sourceOf(text, file);
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new Refusal('proof', [], `${file}: what is new cannot be written there.`, 'Change it by hand.');
  }
}
