import { caFile } from '../../../answers/providers.ts';
import { redisDialect } from '../../dialects.ts';
import { envPrefix, part, value, variable } from '../../values.ts';
import { authority } from './authority.ts';
import { redisDriver } from './drivers.ts';
import type { Reach, Visitor } from './types.ts';

/** How an app reaches Redis, or the one for its cache; undefined where the stack has none. */
export function reachRedis({ answers, app }: Visitor, which: 'redis' | 'cache'): Reach | undefined {
  const redis = answers[which];
  if (!redis) return undefined;
  const prefix = envPrefix(which);
  if (redis.mode === 'managed') {
    const address = `${prefix}_URL`;
    const { target, files } = authority(caFile(redis));
    const driver = redisDriver(app);
    const { settings, environment } = redisDialect(driver, target);
    const query = settings.length > 0 ? [`?${settings.join('&')}`] : [];
    const server = value`rediss://${part(address, 'login')}@${part(address, 'address')}`;
    return {
      parts: {
        // Laravel has databases of its own for queues and cache, which one in the address would make the same: the cache
        // is cleared by emptying its database.
        url: driver === 'laravel' ? server : [...server, '/', part(address, 'name'), ...query],
        host: [part(address, 'host')],
        port: [part(address, 'port')],
        password: [part(address, 'password')],
      },
      environment,
      waitFor: [part(address, 'address')],
      files,
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
