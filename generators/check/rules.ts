/** Rules that are about a check itself, and all that a check can ask. */
import { rules } from '../rules/index.ts';
import type { RuleText } from '../rules/types.ts';
import { liveRules } from './live/index.ts';

const docs = 'https://github.com/create-prodstack/create-prodstack#check-any-repo';

export const ignoreComment: RuleText = {
  id: 'ignore-comment',
  severity: 'warning',
  title: 'Every comment that leaves out a rule is needed, and says why',
  why: 'What is left out without a reason nobody dares to look at again; what is left out and no longer found hides the next one.',
  fix: 'Write `# prodstack-ignore RULE: reason` on the line, above it, or above the service, and remove it with its cause.',
  source: docs,
};

/** Every rule with its texts, in the order in which `list rules` shows them. */
export const ruleTexts: readonly RuleText[] = [...rules, ignoreComment, ...liveRules].map(
  ({ id, severity, title, why, fix, source }) => ({ id, severity, title, why, fix, source }),
);

/** Whether a rule is about what runs, and asked with `--live` only. */
export function isLive(id: string): boolean {
  return liveRules.some((rule) => rule.id === id);
}
