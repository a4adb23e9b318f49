import type { Block } from './block.ts';
import { fastapi } from './fastapi.ts';
import { node } from './node.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { staticSite } from './static.ts';

/** The catalogue, in the order in which services stand in the compose file. */
export const blocks: readonly Block[] = [node, fastapi, staticSite, postgres, redis];
