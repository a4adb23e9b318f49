/**
 * The words of a command that is one string, as Compose splits it: quotes and backslashes, nothing expanded, and the
 * end at the first `;`, `&`, `|`, `<` or `>` (mattn/go-shellwords). Undefined for what it refuses.
 */
export function wordsOf(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = '';
  let hasWord = false;
  let escaped = false;
  let quote: '"' | "'" | undefined;
  let backtick = false;
  let substitution = false;
  for (const character of text) {
    if (escaped) {
      word += character;
      escaped = false;
      hasWord = true;
      continue;
    }
    if (character === '\\') {
      if (quote === "'") word += character;
      else escaped = true;
      continue;
    }
    const isInside = quote !== undefined || backtick || substitution;
    if (/[ \t\r\n]/.test(character)) {
      if (isInside) word += character;
      else if (hasWord) {
        words.push(word);
        word = '';
        hasWord = false;
      }
      continue;
    }
    if (character === '"' && quote !== "'" && !substitution) {
      hasWord ||= quote === '"';
      quote = quote === '"' ? undefined : '"';
      continue;
    }
    if (character === "'" && quote !== '"' && !substitution) {
      hasWord ||= quote === "'";
      quote = quote === "'" ? undefined : "'";
      continue;
    }
    if (character === '`' && quote === undefined && !substitution) backtick = !backtick;
    if (character === ')' && quote === undefined && !backtick) substitution = !substitution;
    if (character === '(' && quote === undefined && !backtick) {
      if (substitution || !word.endsWith('$')) return undefined;
      substitution = true;
      word += character;
      continue;
    }
    if (/[;&|<>]/.test(character) && !isInside) {
      if (character === '>' && /^\d/.test(word)) hasWord = false;
      break;
    }
    hasWord = true;
    word += character;
  }
  if (hasWord) words.push(word);
  return escaped || quote !== undefined || backtick || substitution ? undefined : words;
}
