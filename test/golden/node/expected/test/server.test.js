import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { buildApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';

// Nothing listens on port 1, so these tests need no services.
const app = buildApp({
  databaseUrl: 'postgresql://nobody:hunter2@127.0.0.1:1/nothing',
  redisUrl: 'redis://127.0.0.1:1',
  logLevel: 'silent',
});
after(() => app.close());
app.get('/who', async (request) => ({ address: request.ip, scheme: request.protocol }));

test('/live answers without any service', async () => {
  const response = await app.inject('/live');
  assert.equal(response.statusCode, 200);
  assert.deepEqual(response.json(), { status: 'ok' });
});

test('/health says what is unreachable', async () => {
  const response = await app.inject('/health');
  assert.equal(response.statusCode, 503);
  const { status, checks } = response.json();
  assert.equal(status, 'error');
  assert.equal(checks.postgres, 'error: ECONNREFUSED');
  assert.match(checks.redis, /^error: /);
});

test('/ without its database fails and does not say why', async () => {
  const response = await app.inject('/');
  assert.equal(response.statusCode, 500);
  assert.deepEqual(response.json(), { error: 'internal error' });
});

test('the proxy in front says who asks and how', async () => {
  const forged = { 'x-forwarded-for': '203.0.113.66, 198.51.100.7', 'x-forwarded-proto': 'https' };
  const response = await app.inject({ url: '/who', headers: forged, remoteAddress: '172.20.0.2' });
  assert.deepEqual(response.json(), { address: '198.51.100.7', scheme: 'https' });
  const direct = await app.inject({ url: '/who', remoteAddress: '172.20.0.2' });
  assert.deepEqual(direct.json(), { address: '172.20.0.2', scheme: 'http' });
});

test('a missing setting is named', () => {
  assert.throws(() => loadConfig({ REDIS_URL: 'redis://redis' }), /DATABASE_URL is not set/);
});
