import { closest, distance } from 'fastest-levenshtein';

/**
 * The word of `known` that was probably meant by `word`, for "did you mean".
 * @returns undefined when nothing is near: a wrong guess is worse than none
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 60) return undefined;
  const lower = word.toLowerCase();
  const best = closest(lower, [...known]);
  const isNear = distance(lower, best) <= Math.max(1, Math.floor(best.length / 3));
  // Swapped letters count as two changes, but are one slip.
  return isNear || letters(lower) === letters(best) ? best : undefined;
}

function letters(word: string): string {
  return [...word].sort().join('');
}
