import { settings } from './app-settings.ts';
import { backup } from './backup.ts';
import type { Block } from './block.ts';
import { caddy } from './edge/caddy.ts';
import { cloudflare } from './edge/cloudflare.ts';
import { nginx } from './edge/nginx.ts';
import { tailscale } from './edge/tailscale.ts';
import { traefik } from './edge/traefik.ts';
import { laravel } from './laravel.ts';
import { mail } from './mail.ts';
import { mqtt } from './mqtt.ts';
import { node } from './node.ts';
import { pgbouncer } from './pgbouncer.ts';
import { postgres } from './postgres.ts';
import { fastapi, python } from './python.ts';
import { redis } from './redis.ts';
import { staticSite } from './static.ts';
import { storage } from './storage.ts';

/** The catalogue, in the order in which services stand in the compose file. */
export const blocks: readonly Block[] = [
  node,
  fastapi,
  python,
  laravel,
  staticSite,
  settings,
  postgres,
  pgbouncer,
  redis,
  mqtt,
  storage,
  mail,
  backup,
  caddy,
  cloudflare,
  tailscale,
  traefik,
  nginx,
];
