import { UserError } from '../errors.ts';
import { isLive, ruleTexts } from './rules.ts';

/** What of a list of words was probably meant by one of them. */
export type Near = (word: string, known: readonly string[]) => string | undefined;

/**
 * The ids of the rules that are asked: all, or only some, without those that are skipped. Live ones where what runs is
 * looked at.
 * @throws UserError `usage` for what is no rule, with all of them at once
 */
export function askedRules(
  only: readonly string[],
  skip: readonly string[],
  near: Near,
  live = false,
): ReadonlySet<string> {
  const ids = ruleTexts.map(({ id }) => id);
  const [wanted, unwanted] = [only, skip].map((words) =>
    words.flatMap((word) => word.split(',')).map((id) => id.trim()),
  );
  const unknown = [...(wanted ?? []), ...(unwanted ?? [])].filter((id) => !ids.includes(id));
  if (unknown.length > 0) {
    throw new UserError('usage', `There is no rule ${[...new Set(unknown)].join(', ')}.`, {
      problems: unknown.flatMap((id) => {
        const suggestion = near(id, ids);
        return suggestion === undefined ? [] : [{ path: id, message: 'is no rule', suggestion }];
      }),
      hint: 'All rules: create-prodstack list rules',
    });
  }
  const asleep = (wanted ?? []).filter((id) => isLive(id) && !live);
  if (asleep.length > 0) {
    throw new UserError('usage', `${asleep.join(', ')}: only what runs can tell.`, { hint: 'Add --live.' });
  }
  const asked = ids.filter(
    (id) => (live || !isLive(id)) && (wanted?.length ? wanted.includes(id) : true) && !unwanted?.includes(id),
  );
  if (asked.length === 0)
    throw new UserError('usage', 'No rule is left to ask.', { hint: '--skip has all that --only names.' });
  return new Set(asked);
}
