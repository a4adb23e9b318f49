import { expect, test } from 'vitest';
import { applyEdits } from '../../../generators/disk/edits.ts';

test('edits replace, insert and remove, each at its offset in the original', () => {
  const edits = [
    { offset: 0, length: 1, content: 'A' },
    { offset: 3, length: 0, content: '+' },
    { offset: 3, length: 0, content: '-' },
    { offset: 4, length: 2, content: '' },
    { offset: 6, length: 0, content: '!' },
  ];
  expect(applyEdits('abcdef', edits)).toBe('Abc+-d!');
});

test('no edits change nothing', () => {
  expect(applyEdits('\uFEFFa\r\n', [])).toBe('\uFEFFa\r\n');
});

test('the byte order mark and CRLF outside of edits stay', () => {
  expect(applyEdits('\uFEFFa\r\nb\r\n', [{ offset: 4, length: 0, content: 'x\r\n' }])).toBe('\uFEFFa\r\nx\r\nb\r\n');
});

test.each([
  [
    'overlapping',
    [
      { offset: 0, length: 2, content: '' },
      { offset: 1, length: 1, content: '' },
    ],
  ],
  [
    'out of order',
    [
      { offset: 2, length: 0, content: '' },
      { offset: 1, length: 0, content: '' },
    ],
  ],
  ['before the start', [{ offset: -1, length: 0, content: '' }]],
  ['beyond the end', [{ offset: 3, length: 0, content: '' }]],
  ['longer than the text', [{ offset: 1, length: 2, content: '' }]],
  ['of a negative length', [{ offset: 1, length: -1, content: '' }]],
  ['at no whole offset', [{ offset: 0.5, length: 0, content: '' }]],
])('edits that are %s are refused', (_, edits) => {
  expect(() => applyEdits('ab', edits)).toThrow(RangeError);
});

test('an edit in the middle of a character is refused', () => {
  expect(() => applyEdits('a😀b', [{ offset: 2, length: 0, content: 'x' }])).toThrow('cuts a character in two');
});
