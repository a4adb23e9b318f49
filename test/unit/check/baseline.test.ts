import { describe, expect, it } from 'vitest';
import { compareWithKnown, knownOf, knownText, readKnown } from '../../../generators/check/baseline.ts';
import { UserError } from '../../../generators/errors.ts';
import type { Finding } from '../../../generators/rules/types.ts';

const all = new Set(['init', 'stop-grace', 'deps-before-sources']);
const found = (rule: string, line: number, message = 'is wrong', service = 'api'): Finding => ({
  rule,
  severity: 'warning',
  message,
  file: 'compose.yaml',
  line,
  service,
  combinations: ['compose.yaml'],
});

describe('known findings', () => {
  it('are written one on each line, sorted and counted, and read back', () => {
    const known = knownOf([found('stop-grace', 9), found('init', 3), found('stop-grace', 2)], [], all);
    const text = knownText(known);
    expect(text).toBe(
      [
        '{',
        '  "version": 1,',
        '  "findings": [',
        '    {"rule":"init","file":"compose.yaml","service":"api","message":"is wrong","count":1},',
        '    {"rule":"stop-grace","file":"compose.yaml","service":"api","message":"is wrong","count":2}',
        '  ]',
        '}',
        '',
      ].join('\n'),
    );
    expect(readKnown(text, 'known.json')).toEqual(known);
    expect(readKnown(knownText([]), 'known.json')).toEqual([]);
  });

  it('are known wherever they have moved', () => {
    const known = knownOf([found('deps-before-sources', 3, 'npm ci comes after the sources (line 2)')], [], all);
    const moved = found('deps-before-sources', 13, 'npm ci comes after the sources (line 12)');
    expect(compareWithKnown([moved], known, all)).toEqual({ fresh: [], known: [moved], fixed: [] });
  });

  it('are as many as they were: one more is new', () => {
    const known = knownOf([found('init', 1)], [], all);
    expect(compareWithKnown([found('init', 1), found('init', 5)], known, all).fresh).toEqual([found('init', 5)]);
    expect(compareWithKnown([found('init', 1, 'is wrong', 'web')], known, all).fresh).toHaveLength(1);
  });

  it('are fixed when they are gone, if their rule was asked', () => {
    const known = knownOf([found('init', 1), found('init', 2), found('stop-grace', 1)], [], all);
    expect(compareWithKnown([found('init', 1)], known, new Set(['init'])).fixed).toMatchObject([
      { rule: 'init', count: 1 },
    ]);
  });

  it('stay where their rule was not asked', () => {
    const known = knownOf([found('init', 1), found('stop-grace', 1)], [], all);
    expect(knownOf([], known, new Set(['init']))).toMatchObject([{ rule: 'stop-grace' }]);
  });

  it.each([
    ['', 'is no JSON'],
    ['null', 'has no version'],
    ['{"version":2,"findings":[]}', 'is of version 2'],
    ['{"version":1,"findings":{}}', 'is no list'],
    ['{"version":1,"findings":[{"rule":"init","message":"x","count":0}]}', 'is no list'],
    ['{"version":1,"findings":[null]}', 'is no list'],
  ])('are refused when they are none: %s', (text, says) => {
    expect(() => readKnown(text, 'known.json')).toThrow(UserError);
    expect(() => readKnown(text, 'known.json')).toThrow(says);
  });
});
