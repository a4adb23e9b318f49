import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setting } from '../src/config.ts';

test('a setting that is missing or empty falls back', () => {
  assert.equal(setting('PUBLIC_GREETING', 'Hello', {}), 'Hello');
  assert.equal(setting('PUBLIC_GREETING', 'Hello', { PUBLIC_GREETING: '' }), 'Hello');
  assert.equal(setting('PUBLIC_GREETING', 'Hello', { PUBLIC_GREETING: 'Moin' }), 'Moin');
});
