import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countVisit } from '../src/visits.ts';

test('the number of visits comes from the backend', async () => {
  const asked: unknown[] = [];
  const text = await countVisit(async (url) => {
    asked.push(url);
    return Response.json({ visits: 7 });
  });
  assert.deepEqual(asked, ['/api/']);
  assert.equal(text, 'Visits: 7');
});

test('a backend that fails leaves the page as it is, and says so', async () => {
  assert.equal(await countVisit(async () => new Response('', { status: 502 })), 'Visits: unknown (502)');
  assert.equal(await countVisit(() => Promise.reject(new TypeError('fetch failed'))), 'Visits: unknown (no answer)');
});
