import { describe, expect, it } from 'vitest';
import { suggest } from '../../../generators/answers/suggest.ts';
import { isLive, ruleTexts } from '../../../generators/check/rules.ts';
import { askedRules } from '../../../generators/check/select.ts';
import { UserError } from '../../../generators/errors.ts';

describe('the rules that are asked', () => {
  it('are all, some, or all but some', () => {
    const ofFiles = ruleTexts.filter(({ id }) => !isLive(id)).length;
    expect(askedRules([], [], suggest).size).toBe(ofFiles);
    expect(askedRules([], [], suggest, true).size).toBe(ruleTexts.length);
    expect([...askedRules(['init,literal-secret', 'non-root'], ['init'], suggest)]).toEqual([
      'literal-secret',
      'non-root',
    ]);
    expect(askedRules([], ['init'], suggest).size).toBe(ofFiles - 1);
  });

  it('are never none: a check of nothing would always pass', () => {
    expect(() => askedRules(['init'], ['init'], suggest)).toThrow('No rule is left to ask.');
  });

  it('must exist: all that do not are named, with what was probably meant', () => {
    let error: unknown;
    try {
      askedRules(['limit-memory'], ['xyzzy'], suggest);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      code: 'usage',
      message: 'There is no rule limit-memory, xyzzy.',
      problems: [{ path: 'limit-memory', suggestion: 'limits-memory' }],
    });
  });
});
