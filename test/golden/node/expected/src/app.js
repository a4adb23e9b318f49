import Fastify from 'fastify';
import { connectCache } from './cache.js';
import { connectDatabase } from './db.js';
import { within } from './within.js';

const probe = { logLevel: 'silent' }; // no line per request in the log

const page = (visits, lastVisit) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>shop</title>
<h1>shop</h1>
<p>Visits: ${visits}</p>
<p>Last visit: ${lastVisit ?? 'unknown'}</p>
</html>
`;

export function buildApp({ databaseUrl, redisUrl, logLevel }) {
  const app = Fastify({
    logger: { level: logLevel },
    // Proxies have private addresses here: the last address in X-Forwarded-For that is not theirs is the visitor's.
    trustProxy: ['loopback', 'uniquelocal'],
    forceCloseConnections: 'idle',
  });
  const db = connectDatabase(databaseUrl, app.log);
  const cache = connectCache(redisUrl, app.log);
  app.addHook('onClose', () => Promise.all([db.close(), cache.close()]));

  // A proxy keeps its connections open; while stopping, each answer is the last on its own.
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) reply.header('connection', 'close');
  });

  // The details of a server error are for the log, not for the visitor.
  app.setErrorHandler((err, request, reply) => {
    if (err.statusCode < 500) return reply.send(err);
    request.log.error({ err }, 'request failed');
    return reply.code(500).send({ error: 'internal error' });
  });

  app.get('/', async (request, reply) => {
    const visits = await db.countVisit();
    const lastVisit = await cache.swapLastVisit();
    reply.headers({ 'cache-control': 'no-store', vary: 'accept' });
    if (request.headers.accept?.includes('application/json')) return { visits };
    return reply.type('text/html; charset=utf-8').send(page(visits, lastVisit));
  });

  app.get('/live', probe, async () => ({ status: 'ok' }));

  app.get('/health', probe, async (_request, reply) => {
    const check = async (name, ping) => {
      try {
        await within(2_000, ping());
        return 'ok';
      } catch (err) {
        app.log.warn({ err }, `${name} is not healthy`);
        return `error: ${err.code ?? err.message}`;
      }
    };
    const [postgres, redis] = await Promise.all([
      check('postgres', db.ping),
      check('redis', cache.ping),
    ]);
    const healthy = postgres === 'ok' && redis === 'ok';
    reply.code(healthy ? 200 : 503);
    return { status: healthy ? 'ok' : 'error', checks: { postgres, redis } };
  });

  return app;
}
