import { createTwoFilesPatch } from 'diff';
import { baselineFile } from './baseline.ts';
import type { Outcome } from './compare.ts';
import { isChange } from './report.ts';

/** A unified diff of what would change in one file; files with secrets show none. Empty where nothing changes. */
export function unifiedDiff(outcome: Outcome): string {
  const { path, texts } = outcome;
  if (!isChange(outcome) || (texts && texts.before === texts.after)) return '';
  if (!texts) return path === baselineFile ? '' : `${path}: has secrets, so its text is not shown\n`;
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, texts.before, texts.after, undefined, undefined, {
    context: 3,
  });
  // The first line is a rule for eyes that git does not print.
  return patch.split('\n').slice(1).join('\n');
}

/** A diff with the colours of git's. */
export function colored(diff: string): string {
  const color = (line: string): string => {
    if (line.startsWith('+++') || line.startsWith('---')) return `\u001b[1m${line}\u001b[0m`;
    if (line.startsWith('@@')) return `\u001b[36m${line}\u001b[0m`;
    if (line.startsWith('+')) return `\u001b[32m${line}\u001b[0m`;
    if (line.startsWith('-')) return `\u001b[31m${line}\u001b[0m`;
    return line;
  };
  return diff.split('\n').map(color).join('\n');
}
