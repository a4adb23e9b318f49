/** How one variable is used in a text. */
export interface VariableUse {
  readonly name: string;
  readonly operator?: ':?' | '?' | ':-' | '-' | ':+' | '+';
  /** What stands behind the operator: the default, the message. */
  readonly operand?: string;
  /** `blank`: it is not set and reads as ''. `missing`: it is required, and Compose stops. */
  readonly state: 'set' | 'default' | 'blank' | 'missing';
}

/** What a text can look up, and what it then says about its variables. */
export interface Lookup {
  readonly value: (name: string) => string | undefined;
  readonly used: (use: VariableUse) => void;
  /** What a variable reads as that is required and has no value. */
  readonly placeholder: (name: string) => string;
}

/** A text that Compose cannot interpolate. */
export class BadTemplate extends Error {}

type Operator = NonNullable<VariableUse['operator']>;

const name = '[_a-z][_a-z0-9]*';
const variable = new RegExp(`\\$(?:(\\$)|(${name})|\\{(?:(${name}(?::?[-+?][^\\n]*)?)\\}|))`, 'gi');
const operators: readonly Operator[] = [':?', '?', ':-', '-', ':+', '+'];
/** A bound for what is read again and again: no text of a person's has so many. */
const maxBraces = 500;

/**
 * A text with its variables replaced, exactly as Compose reads it (compose-go template.go): a braced expression goes
 * to the last brace of its line, the operator that stands first counts, defaults are interpolated themselves.
 * @throws BadTemplate for `${}`, `${a b}` and the like
 */
export function interpolate(text: string, lookup: Lookup): string {
  if (!text.includes('$')) return text;
  if (text.split('${').length > maxBraces) throw new BadTemplate();
  return text.replace(variable, (match: string, escaped?: string, named?: string, braced?: string) => {
    if (escaped) return '$';
    if (named) return plainUse(named, lookup);
    if (braced === undefined) throw new BadTemplate();
    const end = closingBrace(match);
    const own = end < 0 ? match : match.slice(0, end + 1);
    const rest = end < 0 ? '' : match.slice(end + 1);
    return expression(own, lookup) + interpolate(rest, lookup);
  });
}

function expression(text: string, lookup: Lookup): string {
  variable.lastIndex = 0;
  const found = variable.exec(text);
  variable.lastIndex = 0;
  const body = found?.[3];
  if (body === undefined) throw new BadTemplate();
  const operator = firstOperator(body);
  if (operator === undefined) return plainUse(body, lookup);
  const at = body.indexOf(operator);
  const called = body.slice(0, at);
  const operand = body.slice(at + operator.length);
  return withOperator(called, operator, operand, lookup);
}

function withOperator(called: string, operator: Operator, operand: string, lookup: Lookup): string {
  const value = lookup.value(called);
  const isThere = value !== undefined && (value !== '' || !operator.startsWith(':'));
  const use = (state: VariableUse['state']) => lookup.used({ name: called, operator, operand, state });
  // Compose interpolates the operand whether it is wanted or not.
  const other = interpolate(operand, lookup);
  if (operator.endsWith('+')) {
    use(value === undefined ? 'default' : 'set');
    return isThere ? other : (value ?? '');
  }
  if (isThere) {
    use('set');
    return value;
  }
  if (operator.endsWith('-')) {
    use('default');
    return other;
  }
  use('missing');
  return lookup.placeholder(called);
}

function plainUse(called: string, lookup: Lookup): string {
  const value = lookup.value(called);
  lookup.used({ name: called, state: value === undefined ? 'blank' : 'set' });
  return value ?? '';
}

function firstOperator(body: string): Operator | undefined {
  const found = operators.filter((one) => body.includes(one));
  return found.sort((one, other) => body.indexOf(one) - body.indexOf(other))[0];
}

/** Where the first brace is closed. As in Compose, the character behind an opening brace is not looked at. */
function closingBrace(text: string): number {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '}' && --open === 0) return at;
    if (text[at] === '{') {
      open++;
      at++;
    }
  }
  return -1;
}
