/** What happens to the files of a repo of somebody else's. */
import { applySplices, type Splice } from '../compose/edit/index.ts';
import { UserError } from '../errors.ts';
import type { Outcome } from '../plan/compare.ts';
import type { Mode, RelPath } from '../plan/types.ts';
import type { Repo } from './types.ts';

interface File {
  readonly path: RelPath;
  readonly why: string;
  readonly mode?: Mode;
}

/** A file of theirs with splices made in it. */
export function edited(repo: Repo, file: File, edits: readonly Splice[], hidden = false): Outcome | undefined {
  const existing = repo.raw(file.path);
  if (!existing || edits.length === 0) return undefined;
  const { path, why, mode = 0o644 } = file;
  const after = applySplices(existing.text, edits);
  return {
    path,
    why,
    mode,
    action: 'edit',
    planned: { kind: 'edit', path, edits: [...edits].sort((a, b) => a.offset - b.offset), expect: existing.hash, why },
    ...(!hidden && { texts: { before: existing.text, after } }),
  };
}

/**
 * A file that is new.
 * @throws UserError `repo` when another one is there: nothing of theirs is ever written over
 */
export function created(repo: Repo, file: File, content: string, hidden = false): Outcome {
  const existing = repo.raw(file.path);
  const { path, why, mode = 0o644 } = file;
  if (existing) {
    if (existing.text.replaceAll('\r\n', '\n') === content) return { path, why, mode, action: 'unchanged' };
    throw new UserError('repo', `${path} is there already, and is another file; nothing was changed.`, {
      hint: `Move ${path} away, or give what you add another name.`,
    });
  }
  return {
    path,
    why,
    mode,
    action: 'create',
    planned: { kind: 'create', path, content, mode, why },
    ...(!hidden && { texts: { before: '', after: content } }),
  };
}

/** A file of ours that goes, where it still is as we wrote it. */
export function deleted(repo: Repo, file: File, content: string): Outcome | undefined {
  const existing = repo.raw(file.path);
  if (!existing || existing.text.replaceAll('\r\n', '\n') !== content) return undefined;
  const { path, why, mode = 0o644 } = file;
  return {
    path,
    why,
    mode,
    action: 'delete',
    planned: { kind: 'delete', path, expect: existing.hash, why },
    texts: { before: existing.text, after: '' },
  };
}
