/** One use of a variable: `$NAME` or `${NAME:?message}`. */
export interface Interpolation {
  readonly name: string;
  readonly operator?: ':?' | '?' | ':-' | '-' | ':+' | '+';
  readonly operand?: string;
}

/** The variables that Compose puts into a value, those in defaults and messages included. `$$` is a dollar. */
export function interpolations(value: string): readonly Interpolation[] {
  const found: Interpolation[] = [];
  for (let at = value.indexOf('$'); at >= 0; at = value.indexOf('$', at)) {
    const rest = value.slice(at);
    const braced = /^\$\{([A-Za-z_]\w*)(:[?+-]|[?+-])?/.exec(rest);
    const bare = /^\$([A-Za-z_]\w*)/.exec(rest);
    if (rest.startsWith('$$')) at += 2;
    else if (braced?.[1] !== undefined) {
      const end = closingBrace(rest);
      const operand = rest.slice(braced[0].length, end);
      const operator = braced[2];
      found.push({ name: braced[1], ...(isOperator(operator) && { operator, operand }) }, ...interpolations(operand));
      at += end + 1;
    } else if (bare?.[1] !== undefined) {
      found.push({ name: bare[1] });
      at += bare[0].length;
    } else at++;
  }
  return found;
}

function isOperator(text: string | undefined): text is NonNullable<Interpolation['operator']> {
  return text !== undefined;
}

/** Where the brace that opens at index 1 is closed; the end where it is not. */
function closingBrace(text: string): number {
  let depth = 0;
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}
