import { describe, expect, it } from 'vitest';
import { BadTemplate, interpolate, type VariableUse } from '../../../../generators/compose/model/interpolate.ts';

const env: Readonly<Record<string, string>> = { SET: 'value', EMPTY: '', lower: 'x' };

function read(text: string): { readonly text: string; readonly uses: readonly VariableUse[] } {
  const uses: VariableUse[] = [];
  const lookup = {
    value: (name: string) => env[name],
    used: (use: VariableUse) => uses.push(use),
    placeholder: (name: string) => `<${name}>`,
  };
  return { text: interpolate(text, lookup), uses };
}

describe('a text with variables', () => {
  it.each([
    ['$SET ${SET}-$SET_', 'value value-'],
    ['${UNSET:-a} ${UNSET-b} ${EMPTY:-c} ${EMPTY-d}', 'a b c '],
    ['${SET:+a} ${EMPTY:+b} ${EMPTY+c} ${UNSET+d}', 'a  c '],
    ['${SET:?m} ${EMPTY?m} ${EMPTY:?m} ${UNSET?}', 'value  <EMPTY> <UNSET>'],
    ['${UNSET:-${OTHER:-${SET}}}', 'value'],
    ['${UNSET:-{"a": {"b": 1}}}', '{"a": {"b": 1}}'],
    ['${UNSET:-a}}', 'a}'],
    ['$$SET $${SET} $1 $ 5$', '$SET ${SET} $1 $ 5$'],
    ['${UNSET:-a?b-c:+d}', 'a?b-c:+d'],
    ['${lower}', 'x'],
    ['a\n${UNSET:-x}\n${SET}', 'a\nx\nvalue'],
  ])('%j reads as %j', (text, expected) => {
    expect(read(text).text).toBe(expected);
  });

  it.each(['${}', '${A B}', '${A', '${A:-b', '${1}', 'x ${-}', '${A!b}'])('%j is refused', (text) => {
    expect(() => read(text)).toThrow(BadTemplate);
  });

  it('says how each variable is used', () => {
    expect(read('${SET:?why} $UNSET ${A:-${B}} ${C:?set it}').uses).toEqual([
      { name: 'SET', operator: ':?', operand: 'why', state: 'set' },
      { name: 'UNSET', state: 'blank' },
      { name: 'B', state: 'blank' },
      { name: 'A', operator: ':-', operand: '${B}', state: 'default' },
      { name: 'C', operator: ':?', operand: 'set it', state: 'missing' },
    ]);
  });

  it('is not read for ever', () => {
    const start = performance.now();
    expect(() => read('${A:-'.repeat(100_000))).toThrow(BadTemplate);
    read(`${'${A:-x}'.repeat(400)}`);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
