/** Files that were generated and no longer are: gone, left, or at another path. */
import type { Recorded } from '../baseline.ts';
import type { Disk, Outcome } from '../compare.ts';
import type { Intended } from '../intend.ts';
import { mergedOutcome } from './file.ts';
import { unixLines } from './lines.ts';
import { similarity } from './similar.ts';

/**
 * A file that is generated at another path than before, and that the user has edited: with these edits it goes there,
 * where both changes go together.
 */
export function withFollowers(
  outcomes: readonly Outcome[],
  former: readonly Outcome[],
  repo: Disk,
  recorded: Recorded,
): readonly Outcome[] {
  const followed = new Map<Outcome, Outcome>();
  const come = outcomes.map((outcome): Outcome => {
    const { records, path, mode, planned } = outcome;
    if (outcome.action !== 'create' || records?.kind !== 'file' || planned?.kind !== 'create') return outcome;
    for (const one of former) {
      const base = recorded.files[one.path];
      const existing = repo.raw(one.path);
      if (one.action !== 'kept' || followed.has(one) || base === undefined || !existing) continue;
      if (similarity(base, records.text) < enough) continue;
      const merged = mergedOutcome({ path: one.path, content: records.text, mode, why: outcome.why }, existing, {
        text: base,
        mode,
      });
      if (merged.action !== 'merge' || merged.texts === undefined) continue;
      followed.set(one, {
        ...one,
        action: 'delete',
        planned: { kind: 'delete', path: one.path, expect: existing.hash, why: `it is ${path} now` },
        texts: { before: existing.text, after: '' },
        notes: [`it is ${path} now, with your edits`],
      });
      const content = merged.texts.after;
      return { ...outcome, planned: { ...planned, content }, texts: { before: '', after: content } };
    }
    return outcome;
  });
  return [...come, ...former.map((one) => followed.get(one) ?? one)];
}

/** What is the same in two files that are one. */
const enough = 0.6;

/** What was generated for other answers: gone where nobody touched it. */
export function formerFiles(intended: readonly Intended[], repo: Disk, recorded: Recorded): readonly Outcome[] {
  const wanted = new Set(intended.map(({ path }) => path));
  return Object.entries(recorded.files).flatMap(([path, base]): readonly Outcome[] => {
    const at = recorded.moved[path] ?? path;
    const existing = wanted.has(path) ? undefined : repo.raw(at);
    if (!existing) return [];
    const file = { path: at, mode: recorded.modes?.[path] ?? 0o644, why: 'no longer part of the stack' } as const;
    const isTheirs = unixLines(existing.text) !== base;
    // A baseline of version 1 has no checksum: whoever edited it could make any file one of ours.
    if (isTheirs || recorded.program === undefined)
      return [
        {
          ...file,
          action: 'kept',
          notes: [
            `no longer part of the stack, and left because ${isTheirs ? 'you changed it' : 'nothing proves that it is ours'}: delete it if you do not need it`,
          ],
        },
      ];
    return [
      {
        ...file,
        action: 'delete',
        planned: { kind: 'delete', path: at, expect: existing.hash, why: file.why },
        texts: { before: existing.text, after: '' },
      },
    ];
  });
}
