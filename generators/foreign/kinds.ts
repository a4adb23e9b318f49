/** What a service is, by the image that it runs. */

/** What services of anybody's are known as, with the names that their images have, whoever made them. */
const images = {
  postgres:
    /(?:^|\/)(?:postgres(?:ql)?|postgis|timescaledb(?:-ha)?|pgvector|pgvecto-rs|supabase-postgres|citus|pgduckdb|postgresql-repmgr)$/,
  pgbouncer: /(?:^|\/)pgbouncer$/,
  redis: /(?:^|\/)(?:redis(?:-stack(?:-server)?)?|valkey|keydb|dragonfly)$/,
  mysql: /(?:^|\/)(?:mysql(?:-server)?|mariadb|percona(?:-server)?)$/,
  mongo: /(?:^|\/)(?:mongo|mongodb(?:-community-server)?|percona-server-mongodb)$/,
  mqtt: /(?:^|\/)(?:eclipse-mosquitto|mosquitto|emqx|vernemq|hivemq4?|nanomq)$/,
  storage: /(?:^|\/)(?:minio|seaweedfs|garage|s3-ninja|rustfs)$/,
  mail: /(?:^|\/)(?:mailpit|mailhog|maildev|mailcatcher|inbucket|greenmail|smtp4dev)$/,
  caddy: /(?:^|\/)(?:caddy|caddy-docker-proxy)$/,
  traefik: /(?:^|\/)traefik$/,
  nginx: /(?:^|\/)(?:nginx|nginx-unprivileged|openresty|nginx-proxy|nginx-proxy-manager|swag)$/,
  cloudflare: /(?:^|\/)cloudflared$/,
  tailscale: /(?:^|\/)tailscale$/,
  haproxy: /(?:^|\/)haproxy$/,
} as const;

export type Kind = keyof typeof images;

/** Those that let the world in. */
export const edgeKinds: ReadonlySet<Kind> = new Set([
  'caddy',
  'traefik',
  'nginx',
  'cloudflare',
  'tailscale',
  'haproxy',
]);

/** Those that keep data for others, and need no way out. */
export const dataKinds: ReadonlySet<Kind> = new Set([
  'postgres',
  'pgbouncer',
  'redis',
  'mysql',
  'mongo',
  'mqtt',
  'storage',
]);

/** What an image is; undefined for everything else. The tag, the digest and whoever made it do not matter. */
export function kindOfImage(image: string | undefined): Kind | undefined {
  if (image === undefined) return undefined;
  // `${IMAGE:-postgres:16}` is what stands behind the sign.
  const plain = image.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_]*:?[-=]([^{}]*)\}/g, '$1');
  const name = plain.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return (Object.keys(images) as Kind[]).find((kind) => images[kind].test(name));
}
