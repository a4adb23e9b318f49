import { createClient } from 'redis';
import { within } from './within.js';

export function connectCache(url, log) {
  // Reconnects by itself, for ever; meanwhile commands fail at once.
  const client = createClient({ url, disableOfflineQueue: true });
  client.on('error', (err) => log.warn({ err }, 'Redis connection failed'));
  client.connect().catch(() => {}); // already reported by the listener

  return {
    ping: () => client.ping(),
    // Notes the time and returns the one noted before. Nice to have: null without Redis.
    async swapLastVisit() {
      try {
        const now = new Date().toISOString();
        return await within(500, client.set('wiki:last-visit', now, { GET: true }));
      } catch (err) {
        log.warn({ err }, 'the last visit is unknown');
        return null;
      }
    },
    close: () => client.destroy(),
  };
}
