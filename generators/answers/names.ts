/**
 * What a name may be. Names travel into YAML, shell, Docker, Postgres and URLs, so they are kept to the
 * characters that all of these take as they are; free text (commands, routes) is quoted where it lands.
 */
import * as v from 'valibot';

/** Plain words that YAML 1.1 or 1.2 readers take for something else than a string. */
const yamlWords = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', 'nan', 'inf']);

/** Names that services, networks and scripts of a stack have, now or with a block that can be added. */
export const reservedNames: ReadonlySet<string> = new Set([
  'postgres',
  'redis',
  'valkey',
  'mqtt',
  'mosquitto',
  'mail',
  'storage',
  'pgbouncer',
  'backup',
  'migrate',
  'cloudflare',
  'cloudflared',
  'tailscale',
  'caddy',
  'traefik',
  'nginx',
  'proxy',
  'tunnel',
  'edge',
  'data',
  'prometheus',
  'grafana',
  'loki',
  'alloy',
  'infisical',
  'localhost',
  'default',
  'host',
  'none',
]);

const word = (what: string, longest: number) =>
  v.pipe(
    v.string(`must be text, in quotes if YAML reads it as something else`),
    v.maxLength(longest, `must have at most ${longest} characters`),
    v.regex(
      /^[a-z](?:[a-z0-9]|-(?=[a-z0-9]))*$/,
      `must start with a letter and hold only a-z, 0-9 and single hyphens between them (it becomes ${what})`,
    ),
    v.check((name) => !yamlWords.has(name), 'is a word that YAML reads as a truth value or null'),
  );

/** The Compose project: container, network and volume names start with it. */
export const projectName = word('part of container, network and volume names', 40);

/** An app: its service, host name and image are called like it. */
export const appName = v.pipe(
  word('a service and a host name', 30),
  v.check((name) => !reservedNames.has(name), 'is the name of a service that a stack has or can get'),
  v.check((name) => !name.endsWith('-migrate'), 'must not end in -migrate: that is the name of a role'),
);

/** A folder inside the repo, with forward slashes: `.`, `backend`, `apps/api`. */
export const folder = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^(?:\.|[A-Za-z0-9_@][A-Za-z0-9_.@-]*(?:\/[A-Za-z0-9_@][A-Za-z0-9_.@-]*)*)$/,
    'must be a path inside the repo such as backend or apps/api, of letters, digits and . _ @ -',
  ),
);

/** A route: what a health check asks for. No quotes, blanks or `$`: it goes into a probe's source text. */
export const healthPath = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(/^\/[A-Za-z0-9._~/-]*$/, 'must be a path such as /health, of letters, digits and . _ ~ / -, or none'),
);

/** A command: words and quoted words; no shell syntax (checked again where it is split: `command.ts`). */
export const command = v.pipe(
  v.string('must be text'),
  v.minLength(1, 'must not be empty'),
  v.maxLength(300, 'must have at most 300 characters'),
  // Printable ASCII without what a shell, Compose or a template would read as more than text.
  v.regex(
    /^[A-Za-z0-9 ._/:=@,+%*"'[\]-]+$/,
    'must be one plain command without shell syntax (no $, `, |, &, ;, <, >, (, ), {, }, \\ or line breaks)',
  ),
);

/** A script of package.json. */
export const scriptName = v.pipe(
  v.string('must be text'),
  v.maxLength(100, 'must have at most 100 characters'),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9:._-]*$/, 'must be the name of a script in package.json'),
);

/** `module.path:attribute`, or `module.path:factory()`-free: a plain attribute. */
export const moduleApp = v.pipe(
  v.string('must be text'),
  v.maxLength(200, 'must have at most 200 characters'),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$/,
    'must be module:attribute such as app.main:app',
  ),
);

/** A package manager of Node with an optional version. */
export const packageManager = v.pipe(
  v.string('must be text'),
  v.regex(
    /^(?:npm|pnpm|yarn|bun)(?:@[0-9]+(?:\.[0-9]+){0,2})?$/,
    'must be npm, pnpm, yarn or bun, with a version if wanted: pnpm@10.12.1',
  ),
);
