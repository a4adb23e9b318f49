import type { Edit, Path } from './types.ts';

/** What is asked for at one place and below it; all edits of a call joined. */
export interface Want {
  /** The whole value is to be this. */
  set?: { readonly value: unknown; readonly text?: string };
  remove?: { readonly prune: boolean };
  readonly append: { readonly value: unknown; readonly text?: string }[];
  readonly children: Map<string, Want>;
}

export const nothing = (): Want => ({ append: [], children: new Map() });

/** Joins edits into one tree; a later one wins over an earlier one of the same place. */
export function wantOf(edits: readonly Edit[], fold: (text: string, key: string, edit: Edit) => string): Want {
  const root = nothing();
  for (const edit of edits) place(root, edit, edit.path, fold);
  return root;
}

type Fold = Parameters<typeof wantOf>[1];

function place(want: Want, edit: Edit, path: Path, fold: Fold, last?: string): void {
  const [key, ...rest] = path;
  if (want.set && (key !== undefined || edit.op === 'append')) {
    // Below what the same call makes: a part of it.
    const { value, text } = want.set;
    const below = { ...edit, path: [last ?? '', ...path] };
    want.set = {
      value: changed(value, edit, path),
      ...(text !== undefined && last !== undefined && { text: fold(text, last, below) }),
    };
    return;
  }
  if (key !== undefined) {
    const child = want.children.get(String(key)) ?? nothing();
    want.children.set(String(key), child);
    if (child.remove && (rest.length > 0 || edit.op === 'append')) {
      delete child.remove;
      child.set = { value: undefined };
    }
    place(child, edit, rest, fold, String(key));
    return;
  }
  if (edit.op === 'append') {
    want.append.push({ value: edit.value, ...(edit.text !== undefined && { text: edit.text }) });
    return;
  }
  want.append.length = 0;
  want.children.clear();
  delete want.set;
  delete want.remove;
  if (edit.op === 'remove') want.remove = { prune: edit.prune ?? false };
  else want.set = { value: edit.value, ...(edit.text !== undefined && { text: edit.text }) };
}

/** Data with one edit made. */
function changed(value: unknown, edit: Edit, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (edit.op === 'remove') return undefined;
    if (edit.op === 'set') return edit.value;
    return [...(Array.isArray(value) ? value : []), edit.value];
  }
  const copy: Record<string | number, unknown> = Object.assign(Array.isArray(value) ? [] : {}, value);
  const inner = changed(copy[key], edit, rest);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}
