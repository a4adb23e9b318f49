/** Edits of compose files as outcomes. */
import { editYaml } from '../compose/edit/index.ts';
import type { Outcome } from '../plan/compare.ts';
import type { FileEdits } from './connect.ts';
import { edited } from './outcomes.ts';
import type { Foreign } from './types.ts';

/** All edits of a file at once, as splices. */
export function composeOutcomes(foreign: Foreign, parts: readonly FileEdits[], why: string): readonly Outcome[] {
  const files = Map.groupBy(parts, ({ source }) => source);
  return [...files].flatMap(([{ path }, its]) => {
    const text = foreign.repo.raw(path)?.text ?? '';
    const edits = its.flatMap((one) => one.edits);
    const outcome = edited(foreign.repo, { path, why }, editYaml(text, edits, path));
    return outcome ? [outcome] : [];
  });
}
