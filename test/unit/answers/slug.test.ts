import { expect, it } from 'vitest';
import { asProjectName, slug } from '../../../generators/answers/slug.ts';

it.each([
  ['Café_Bar 2', 'cafe-bar-2'],
  ['2nd.try-', 'nd-try'],
  ['-- --', ''],
  ['a-very-long-name', 'a-very'],
])('%s becomes %s', (name, word) => {
  expect(slug(name, word === 'a-very' ? 7 : 40)).toBe(word);
});

it.each(['', '42', 'postgres'])('a project that would be called %j is called app', (name) => {
  expect(asProjectName(name)).toBe('app');
});
