import type { ScalarNode } from './tree.ts';

type Resolved = Pick<ScalarNode, 'value' | 'print'>;

const words: Readonly<Record<string, Resolved>> = {
  '': { value: null },
  '~': { value: null },
  null: { value: null },
  Null: { value: null },
  NULL: { value: null },
  true: { value: true },
  True: { value: true },
  TRUE: { value: true },
  false: { value: false },
  False: { value: false },
  FALSE: { value: false },
};
const special = /^(?:\.(?:nan|NaN|NAN)|[-+]?\.(?:inf|Inf|INF))$/;
const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const date = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;

/**
 * What a plain scalar means to Compose, which reads YAML with go-yaml v3: `yes`, `on` and `22:22` are strings, `0777`
 * and `0o777` octal, `1_000` is a number (go.yaml.in/yaml/v3 resolve.go).
 */
export function resolvePlain(text: string): Resolved {
  const word = Object.hasOwn(words, text) ? words[text] : undefined;
  if (word) return word;
  if (special.test(text)) return { value: text, print: printSpecial(text) };
  if (text.startsWith('.')) return float.test(text) ? floating(Number(text)) : { value: text };
  if (!/^[-+\d]/.test(text) || date.test(text)) return { value: text };
  const digits = text.replaceAll('_', '');
  const integer = integerOf(digits);
  if (integer !== undefined) return { value: Number(integer), print: integer.toString() };
  return float.test(digits) ? floating(Number(digits)) : { value: text };
}

function integerOf(text: string): bigint | undefined {
  const [, sign, digits = ''] = /^([-+]?)(.*)$/.exec(text) ?? [];
  const spelled = /^0(?:[xX][\da-fA-F]+|[oO][0-7]+|[bB][01]+)$|^(?:0|[1-9]\d*)$/.test(digits)
    ? digits
    : /^0[0-7]+$/.test(digits)
      ? `0o${digits.slice(1)}`
      : undefined;
  if (spelled === undefined) return undefined;
  const value = BigInt(spelled);
  const signed = sign === '-' ? -value : value;
  // Beyond 64 bits it is a floating point number, as far as it is decimal.
  return signed >= -(2n ** 63n) && signed < 2n ** 64n ? signed : undefined;
}

function floating(value: number): Resolved {
  return Number.isFinite(value) ? { value, print: printFloat(value) } : { value: String(value), print: String(value) };
}

/** A float as Go's `%v` prints it: the shortest digits, and an exponent from a million on. */
function printFloat(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return decimal(mantissa, power);
  const digits = String(Math.abs(power)).padStart(2, '0');
  return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`;
}

function decimal(mantissa: string, power: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
  const rest = digits.slice(power + 1);
  return sign + whole + (rest === '' ? '' : `.${rest}`);
}

function printSpecial(text: string): string {
  if (/nan/i.test(text)) return 'NaN';
  return text.startsWith('-') ? '-Inf' : '+Inf';
}
