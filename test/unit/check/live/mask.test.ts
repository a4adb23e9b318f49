import { expect, test } from 'vitest';
import { shown } from '../../../../generators/check/live/mask.ts';

test.each([
  ['connect to postgres://app:hunter2@db/app failed', 'connect to postgres://app:***@db/app failed'],
  ['PASSWORD=hunter2 is wrong', 'PASSWORD=*** is wrong'],
  ['{"api_key": "abc-def", "a": 1}', '{"api_key": "***", "a": 1}'],
  ['Authorization: Bearer abcdefgh.ijk', 'Authorization: Bearer ***'],
  ['no route\n to host\u001b[31m', 'no route to host [31m'],
])('%j is shown as %j', (text, expected) => {
  expect(shown(text)).toBe(expected);
});

test('known secrets are struck out, the longest first; short ones would hide everything', () => {
  expect(shown('abcd-efgh and abcd, a', ['abcd', 'abcd-efgh', 'a'])).toBe('*** and ***, a');
});

test('text is cut to a line', () => {
  expect(shown('x'.repeat(500))).toHaveLength(160);
});
