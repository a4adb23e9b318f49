import { isData, mapOf, same } from '../../data.ts';
import type { Edit, Path } from './types.ts';
import type { Fresh } from './write.ts';

/** What is asked for at one place and below it; all edits of a call joined. */
export interface Want {
  /** The whole value is to be this. */
  set?: { readonly value: unknown; readonly text?: string };
  remove?: { readonly prune: boolean };
  readonly append: { readonly value: unknown; readonly text?: string }[];
  readonly children: Map<string, Want>;
}

/** No wish. */
export const nothing = (): Want => ({ append: [], children: new Map() });

/** Joins edits into one tree; a later one wins over an earlier one of the same place. */
export function wantOf(edits: readonly Edit[], editText: EditText = (text) => text): Want {
  const root = nothing();
  for (const edit of edits) place(root, edit, edit.path, editText);
  return root;
}

/** Edits somebody's text for a pair of `key`. */
type EditText = (text: string, key: string, edit: Edit) => string;

function place(want: Want, edit: Edit, path: Path, editText: EditText, last = ''): void {
  const [key, ...rest] = path;
  if (want.set && (key !== undefined || edit.op === 'append')) {
    // Below what the same call makes: a part of it.
    const { value, text } = want.set;
    want.set = {
      value: changed(value, edit, path),
      ...(text !== undefined && { text: editText(text, last, { ...edit, path: [last, ...path] }) }),
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
    place(child, edit, rest, editText, String(key));
    return;
  }
  const { op } = edit;
  if (op === 'append') {
    want.append.push(said(edit));
    return;
  }
  want.append.length = 0;
  want.children.clear();
  delete want.set;
  delete want.remove;
  if (op === 'remove') want.remove = { prune: edit.prune ?? false };
  else want.set = said(edit);
}

const said = ({ value, text }: Edit & { op: 'set' | 'append' }) => ({
  value: defined(value),
  ...(text !== undefined && { text }),
});

/** Data without the keys that have no value, which YAML cannot say. */
function defined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(defined);
  if (!isData(value)) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([key, one]) => [key, defined(one)]));
}

/** Data with one edit made. */
function changed(data: unknown, edit: Edit, path: Path): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    if (edit.op === 'remove') return undefined;
    if (edit.op === 'set') return edit.value;
    const items: readonly unknown[] = Array.isArray(data) ? data : [];
    return items.some((item) => same(item, edit.value)) ? items : [...items, edit.value];
  }
  if (Array.isArray(data)) {
    const items = data.map((item, index) => (index === Number(key) ? changed(item, edit, rest) : item));
    return items.filter((item) => item !== undefined);
  }
  const before = mapOf(data);
  const { [key]: old, ...others } = before;
  const value = changed(old, edit, rest);
  if (value === undefined) return others;
  return key in before ? { ...before, [key]: value } : { ...others, [key]: value };
}

/** Whether anything is to be there; what is only to go asks for nothing. */
export function asksFor({ set, append, children }: Want): boolean {
  return set !== undefined || append.length > 0 || [...children.values()].some(asksFor);
}

/** What is written where nothing is yet. */
export function freshOf({ set, append, children }: Want): Fresh {
  const written = ({ value, text }: { readonly value: unknown; readonly text?: string }): Fresh =>
    text === undefined ? { kind: 'value', value } : { kind: 'text', value, text };
  if (set) return written(set);
  if (append.length > 0) {
    const items = append.filter(({ value }, index) => append.findIndex((one) => same(one.value, value)) === index);
    return { kind: 'list', items: items.map(written) };
  }
  return {
    kind: 'map',
    pairs: [...children].flatMap(([key, child]) => (asksFor(child) ? [[key, freshOf(child)] as const] : [])),
  };
}
