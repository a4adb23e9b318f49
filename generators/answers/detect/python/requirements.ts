import { folderOf } from '../../../paths.ts';
import { at } from '../findings.ts';
import { join } from '../paths.ts';
import type { Evidence } from '../types.ts';
import type { View } from '../view.ts';

/** A dependency of a Python app. */
export interface Requirement {
  /** In lower case, with hyphens. */
  readonly name: string;
  readonly extras: readonly string[];
  /** Whether it allows one version only. */
  readonly exact: boolean;
  readonly evidence: Evidence;
}

/** `fastapi[standard]==0.120.1 ; python_version > "3"`; undefined for what names no package. */
export function parseRequirement(text: string, evidence: Evidence): Requirement | undefined {
  const match = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*([^;]*)/.exec(text.trim());
  if (!match) return undefined;
  const [, name = '', extras = '', specifier = ''] = match;
  return {
    name: normalise(name),
    extras: extras.split(',').map(normalise),
    exact: /^\(?={2,3}\s*[^\s,*]+\)?\s*$/.test(specifier.replace(/\s--\w.*$/, '')),
    evidence,
  };
}

/** Names of packages are the same with `-`, `_` or `.`, in any case. */
export function normalise(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[-_.]+/g, '-');
}

/** The requirements of a file and of those that it includes. */
export function readRequirements(view: View, file: string, seen: readonly string[] = []): Requirement[] {
  if (seen.includes(file)) return [];
  return logicalLines(view.read(file) ?? '').flatMap(({ text, line }): Requirement[] => {
    const included = /^(?:-r|--requirement)[\s=]*(\S+)/.exec(text)?.[1];
    if (included) return readRequirements(view, join(folderOf(file), included), [...seen, file]);
    // A folder or an address: installed, but not exact and without a name to know it by.
    if (/^(?:-e\b|--editable|\.|\/|[a-z+]+:\/\/|git\+)/.test(text))
      return [{ name: '', extras: [], exact: false, evidence: at(file, line) }];
    const requirement = text.startsWith('-') ? undefined : parseRequirement(text, at(file, line));
    return requirement ? [requirement] : [];
  });
}

/** Lines without comments and with their continuations; each with the number of its first. */
function logicalLines(text: string): { readonly text: string; readonly line: number }[] {
  const lines: { text: string; line: number }[] = [];
  let open = false;
  text.split('\n').forEach((raw, index) => {
    const part = raw.replace(/(?:^|\s)#.*$/, '').trim();
    const last = lines.at(-1);
    if (open && last) last.text = `${last.text} ${part}`.replace(/\\$/, '').trim();
    else lines.push({ text: part.replace(/\\$/, '').trim(), line: index + 1 });
    open = part.endsWith('\\');
  });
  return lines.filter((line) => line.text !== '');
}
