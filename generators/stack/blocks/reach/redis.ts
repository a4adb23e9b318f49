import { part, value, variable } from '../../values.ts';
import type { Reach, Visitor } from './types.ts';

/** How an app reaches Redis, or the one for its cache; undefined where the stack has none. */
export function reachRedis({ answers }: Visitor, which: 'redis' | 'cache'): Reach | undefined {
  const redis = answers[which];
  if (!redis) return undefined;
  const prefix = which === 'redis' ? 'REDIS' : 'CACHE';
  if (redis.mode === 'managed') {
    const address = `${prefix}_URL`;
    return {
      parts: {
        url: value`rediss://${part(address, 'login')}@${part(address, 'address')}/0`,
        host: [part(address, 'host')],
        port: [part(address, 'port')],
        password: [part(address, 'password')],
      },
      waitFor: [part(address, 'address')],
      bundled: false,
    };
  }
  const service = redisService(which);
  const password = variable(`${prefix}_PASSWORD`);
  return {
    parts: {
      url: value`redis://:${password}@${service}:6379/0`,
      host: service,
      port: '6379',
      password: [password],
    },
    dependsOn: { [service]: 'service_healthy' },
    bundled: true,
  };
}

/** The container of each. */
export function redisService(which: 'redis' | 'cache'): string {
  return which === 'redis' ? 'redis' : 'redis-cache';
}
