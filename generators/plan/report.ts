import type { Action, Outcome } from './compare.ts';

/** Whether something happens to a file, or stands in the way of that. */
export function isChange({ action }: Outcome): boolean {
  return !quiet.has(action);
}

const quiet: ReadonlySet<Action> = new Set(['unchanged', 'kept', 'deleted', 'missing']);

/** One line per file: what happens, its mode, its path, and why it exists. */
export function planText(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map((one) => one.path.length));
  return outcomes
    .map(({ action, mode, path, why }) => `${action.padEnd(9)} ${mode.toString(8)} ${path.padEnd(width)}  ${why}\n`)
    .join('');
}
