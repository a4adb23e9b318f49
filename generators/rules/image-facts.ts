import { type ImageReference, parseImage, versionOf } from './image.ts';

/** What a program is, where a rule cares. */
export type Family =
  | 'postgres'
  | 'redis'
  | 'mysql'
  | 'mongo'
  | 'memcached'
  | 'node'
  | 'python'
  | 'php'
  | 'ruby'
  | 'golang'
  | 'linux'
  | 'distroless'
  | 'caddy'
  | 'traefik'
  | 'nginx'
  | 'haproxy'
  | 'frankenphp'
  | 'serversideup'
  | 'cloudflared'
  | 'tailscale'
  | 'mosquitto'
  | 'pgbouncer'
  | 'prometheus'
  | 'grafana'
  | 'loki'
  | 'alloy'
  | 'object-storage'
  | 'mailcatcher'
  | 'socket-proxy';

/** Who PID 1 is: root; root until its entrypoint changes to a user of its own; or that user from the start. */
export type RunsAs = 'root' | 'drops' | 'user';

/** What is known of an image. What is absent is not known, and no rule guesses. */
export interface ImageFacts {
  readonly family: Family;
  /** Tools for probes that it surely lacks. */
  readonly lacks: readonly string[];
  /** Whether it surely has no shell, so that nothing but its own binaries can probe it. */
  readonly noShell: boolean;
  readonly runsAs?: RunsAs;
  /** Whether it brings a HEALTHCHECK of its own. */
  readonly probesItself: boolean;
  /** Whether nothing in it can probe it: a missing health check is no fault. */
  readonly cannotProbe: boolean;
}

interface Entry {
  readonly family: Family;
  readonly repository: RegExp;
  readonly runsAs?: RunsAs | ((tag: string) => RunsAs | undefined);
  /** `tools` given the tag: what it lacks, or no shell at all. */
  readonly lacks?: readonly string[] | ((tag: string) => readonly string[] | 'no shell');
  readonly probesItself?: boolean;
  readonly cannotProbe?: boolean;
}

const everything = ['curl', 'wget', 'nc'] as const;
/** Busybox brings wget and nc to Alpine, and nothing else brings curl. */
const busybox = ['curl'] as const;
const debianOrAlpine = (tag: string): readonly string[] => (tag.includes('alpine') ? busybox : everything);
const fullSlimOrAlpine = (tag: string): readonly string[] =>
  tag.includes('alpine') ? busybox : tag.includes('slim') ? everything : [];

/** The first match counts. Checked against the Dockerfiles of the images in August 2026. */
const entries: readonly Entry[] = [
  { family: 'postgres', repository: /^postgres$/, runsAs: 'drops', lacks: debianOrAlpine },
  {
    family: 'postgres',
    repository: /^(?:postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb(?:-ha)?)$/,
    runsAs: 'drops',
  },
  { family: 'redis', repository: /^(?:redis|valkey\/valkey|eqalpha\/keydb)$/, runsAs: 'drops', lacks: debianOrAlpine },
  { family: 'redis', repository: /^(?:redis\/redis-stack-server|dragonflydb\/dragonfly)$/ },
  { family: 'mysql', repository: /^(?:mysql|mariadb|percona)$/, runsAs: 'drops' },
  { family: 'mongo', repository: /^mongo$/, runsAs: 'drops' },
  { family: 'memcached', repository: /^memcached$/, runsAs: 'user', lacks: debianOrAlpine },
  { family: 'node', repository: /^node$/, runsAs: 'root', lacks: fullSlimOrAlpine },
  { family: 'python', repository: /^python$/, runsAs: 'root', lacks: fullSlimOrAlpine },
  { family: 'ruby', repository: /^ruby$/, runsAs: 'root', lacks: fullSlimOrAlpine },
  { family: 'golang', repository: /^golang$/, runsAs: 'root' },
  // The masters of FPM and Apache start as root and their workers do not.
  { family: 'php', repository: /^php$/, runsAs: (tag) => (/fpm|apache/.test(tag) ? 'drops' : 'root') },
  { family: 'linux', repository: /^(?:debian|ubuntu)$/, runsAs: 'root', lacks: everything },
  { family: 'linux', repository: /^(?:alpine|busybox)$/, runsAs: 'root', lacks: busybox },
  {
    family: 'distroless',
    repository: /^distroless\//,
    runsAs: (tag) => (tag.includes('nonroot') ? 'user' : 'root'),
    lacks: (tag) => (tag.includes('debug') ? busybox : 'no shell'),
  },
  { family: 'distroless', repository: /^scratch$/, lacks: () => 'no shell' },
  { family: 'caddy', repository: /^caddy$/, runsAs: 'root' },
  { family: 'traefik', repository: /^traefik$/, runsAs: 'root', lacks: busybox },
  { family: 'nginx', repository: /^nginx$/, runsAs: 'drops' },
  { family: 'nginx', repository: /^nginxinc\/nginx-unprivileged$/, runsAs: 'user' },
  { family: 'nginx', repository: /^(?:nginx\/nginx-unprivileged|openresty\/openresty|nginxproxy\/nginx-proxy)$/ },
  { family: 'haproxy', repository: /^haproxy$/, runsAs: 'user' },
  { family: 'frankenphp', repository: /^(?:dunglas|php)\/frankenphp$/, runsAs: 'root', probesItself: true },
  { family: 'serversideup', repository: /^serversideup\/php$/, runsAs: 'user', probesItself: true },
  { family: 'cloudflared', repository: /^cloudflare\/cloudflared$/, runsAs: 'user', lacks: () => 'no shell' },
  { family: 'tailscale', repository: /^tailscale\/tailscale$/, lacks: busybox },
  { family: 'mosquitto', repository: /^eclipse-mosquitto$/, runsAs: 'drops', lacks: busybox },
  { family: 'pgbouncer', repository: /^(?:edoburu|bitnami)\/pgbouncer$/, runsAs: 'user' },
  {
    family: 'prometheus',
    repository: /^prom\/prometheus$/,
    runsAs: 'user',
    lacks: (tag) => (tag.includes('distroless') ? 'no shell' : busybox),
  },
  { family: 'grafana', repository: /^grafana\/grafana(?:-oss|-enterprise)?$/, runsAs: 'user' },
  {
    family: 'loki',
    repository: /^grafana\/loki$/,
    runsAs: 'user',
    lacks: (tag) => (sinceLoki36(tag) ? 'no shell' : []),
  },
  { family: 'alloy', repository: /^grafana\/alloy$/, lacks: everything, cannotProbe: true },
  { family: 'object-storage', repository: /^dxflrs\/garage$/, lacks: () => 'no shell' },
  { family: 'object-storage', repository: /^(?:chrislusf\/seaweedfs|rustfs\/rustfs|minio\/minio)$/ },
  { family: 'mailcatcher', repository: /^(?:axllent\/mailpit|mailhog\/mailhog|maildev\/maildev)$/ },
  { family: 'socket-proxy', repository: /(?:^|\/)(?:docker-)?socket-proxy$/ },
];

function sinceLoki36(tag: string): boolean {
  const [major = 0, minor = 0] = versionOf(tag);
  return major > 3 || (major === 3 && minor >= 6);
}

/** What is known of an image, by its reference; undefined where nothing is. */
export function imageFacts(reference: string | undefined): ImageFacts | undefined {
  const image = reference === undefined ? undefined : parseImage(reference);
  const entry = image && entries.find((one) => one.repository.test(image.repository));
  if (!image || !entry) return undefined;
  const tag = image.tag ?? '';
  const runsAs = typeof entry.runsAs === 'function' ? entry.runsAs(tag) : entry.runsAs;
  const lacks = typeof entry.lacks === 'function' ? entry.lacks(tag) : (entry.lacks ?? []);
  return {
    family: entry.family,
    lacks: lacks === 'no shell' ? everything : lacks,
    noShell: lacks === 'no shell',
    ...(runsAs !== undefined && { runsAs }),
    probesItself: entry.probesItself ?? false,
    cannotProbe: entry.cannotProbe ?? false,
  };
}

const dataFamilies: ReadonlySet<Family> = new Set(['postgres', 'redis', 'mysql', 'mongo', 'memcached']);

/** Whether it is a database or a cache that only the apps of the stack should reach. */
export function isData(facts: ImageFacts | undefined): boolean {
  return facts !== undefined && dataFamilies.has(facts.family);
}

/** Languages and systems that an app is put on: an image of them runs whatever somebody put there. */
const runtimes: ReadonlySet<Family> = new Set(['node', 'python', 'php', 'ruby', 'golang', 'linux', 'distroless']);

export function isRuntime(facts: ImageFacts | undefined): boolean {
  return facts !== undefined && runtimes.has(facts.family);
}

/** The major version of a PostgreSQL in an image: `postgres:18.6`, `timescale/timescaledb:2.21.0-pg17`. */
export function postgresMajor(image: ImageReference): number | undefined {
  const named = /(?:^|-)pg(\d+)/.exec(image.tag ?? '')?.[1];
  if (named !== undefined) return Number(named);
  return /^(?:postgres|postgis\/postgis)$/.test(image.repository) ? versionOf(image.tag)[0] : undefined;
}
