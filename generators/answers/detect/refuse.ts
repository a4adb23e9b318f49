import { UserError } from '../../errors.ts';
import { lineAt } from './source.ts';

/** The error about a file of the repo that cannot be understood, with the place in it and the way out. */
export function unreadable(path: string, text: string, offset: number, problem: string, wayOut?: string): UserError {
  const column = offset === 0 ? 1 : offset - text.lastIndexOf('\n', offset - 1);
  return unreadableAt(path, lineAt(text, offset), column, problem, wayOut);
}

/** The same for a place that a parser tells as line and column. */
export function unreadableAt(
  path: string,
  line: number,
  column: number,
  problem: string,
  wayOut = `Correct it, or bring back its last good state (git checkout -- ${path}), and run again.`,
): UserError {
  return new UserError('repo', `${path}:${line}:${column}: ${problem}`, { hint: wayOut });
}

/**
 * Refuses a lockfile that its package manager would refuse as well, long before an image build does.
 * @throws UserError `repo` for an empty file or one with the marks of an unfinished merge
 */
export function refuseBroken(path: string, text: string, remake: string): void {
  const wayOut = `Make it anew (${remake}), or bring back its last good state (git checkout -- ${path}), and run again.`;
  if (text.trim() === '') throw unreadable(path, text, 0, 'the lockfile is empty', wayOut);
  const conflict = text.search(/^(?:<{7}|>{7})(?: |$)/m);
  if (conflict >= 0) throw unreadable(path, text, conflict, 'an unfinished git merge left its marks', wayOut);
}
