import type { ExternalName } from '../../../answers/external-names.ts';
import { reachMail } from './mail.ts';
import { reachMqtt } from './mqtt.ts';
import { reachPostgres } from './postgres.ts';
import { reachRedis } from './redis.ts';
import { reachStorage } from './storage.ts';
import type { Reach, Visitor } from './types.ts';

/** How an app reaches each of the externals; undefined where the stack has none. */
export const reach: Readonly<Record<ExternalName, (visitor: Visitor) => Reach | undefined>> = {
  postgres: reachPostgres,
  redis: (visitor) => reachRedis(visitor, 'redis'),
  cache: (visitor) => reachRedis(visitor, 'cache'),
  mqtt: reachMqtt,
  storage: reachStorage,
  mail: reachMail,
};
