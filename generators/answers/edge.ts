/** The answers about the edge: what lets the world in. */
import * as v from 'valibot';
import { publicHost, publicPlace } from './host-names.ts';
import { appName, emailAddress, memory } from './names.ts';
import { limits } from './stacks/common.ts';

/** All kinds of edge, in the order in which they are offered. */
export const edgeKinds = ['caddy', 'cloudflare', 'tailscale', 'traefik', 'nginx'] as const;

const whichHost =
  'Which host leads to which app, by the name of the app: shop.example.com, a path of it (shop.example.com/api, which the app sees as it is), or a list of both.';

const hostnames = v.pipe(
  v.record(appName, v.union([publicPlace, v.pipe(v.array(publicPlace), v.minLength(1, 'must name a host'))])),
  v.minEntries(1, 'must be a map with at least one app'),
  v.description(
    `${whichHost} The longest path wins. The Reverb of an app named app is app-reverb; without a line of its own it is found at /app of the app.`,
  ),
);

const redirects = v.optional(
  v.pipe(
    v.record(publicHost, publicHost),
    v.description('Hosts that only lead to another one: {www.shop.example.com: shop.example.com}.'),
  ),
);

/** The largest body of a request, where nobody said another one. */
export const defaultUpload = '50M';

const upload = v.optional(v.pipe(memory, v.description('The largest body of a request: 50M.')));

const email = v.optional(
  v.pipe(emailAddress, v.description('Whom the certificate authority writes to when something is wrong.')),
);

/** What other kinds have and this one cannot: no answer at all, but known well enough to say why. */
function refused(why: string) {
  return v.optional(v.never(why));
}

/** The id of a tunnel of Cloudflare. */
const tunnelId = v.pipe(
  v.string('must be text'),
  v.regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    'must be the id of a tunnel, such as 6ff42ae2-765d-4adf-8112-31c55c1551ef: scripts/tunnel shows it',
  ),
);

const caddy = v.strictObject({
  hostnames,
  redirects,
  upload,
  certificates: v.optional(
    v.pipe(
      v.picklist(['acme', 'internal', 'files']),
      v.description(
        "Where certificates come from. acme: Let's Encrypt or ZeroSSL, by itself; internal: an authority of Caddy's own, whose root clients have to be given; files: docker/caddy/certs. Names that only exist here (nas, shop.internal) are always internal.",
      ),
    ),
  ),
  email,
  limits,
});

const traefik = v.strictObject({
  hostnames,
  redirects,
  // Its middleware `buffering` reads answers in whole too (Traefik documentation, "Buffering").
  upload: refused(
    'cannot be kept by Traefik, which would hold back event streams for it: leave it to the app, or use caddy or nginx',
  ),
  certificates: v.optional(
    v.pipe(
      v.picklist(['acme', 'files']),
      v.description("Where certificates come from. acme: Let's Encrypt, by itself; files: docker/traefik/certs."),
    ),
  ),
  email,
  limits,
});

const nginx = v.strictObject({
  hostnames: v.pipe(
    hostnames,
    v.description(
      `${whichHost} Certificates are brought: docker/nginx/certs has HOST.crt and HOST.key, or default.crt and default.key for all names without a pair of their own.`,
    ),
  ),
  redirects,
  upload,
  rate: v.optional(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number'),
      v.minValue(1, 'must be 1 or more'),
      v.maxValue(10_000, 'must be 10000 or less'),
      v.description('Requests in a second that one address may send; twice as many at once.'),
    ),
  ),
  limits,
});

const cloudflare = v.strictObject({
  hostnames,
  redirects,
  config: v.optional(
    v.pipe(
      v.picklist(['token', 'local']),
      v.description(
        'Where the tunnel has its rules from. token: the dashboard of Cloudflare; local: docker/cloudflared/config.yml, made from hostnames.',
      ),
    ),
  ),
  tunnel: v.optional(
    v.pipe(
      tunnelId,
      v.description('The id of the tunnel, with config: local; without it, whatever its credentials are for.'),
    ),
  ),
  limits,
});

const tailscale = v.strictObject({
  hostnames: v.pipe(
    hostnames,
    v.description(
      'Which path of the machine leads to which app: one name without dots, with paths where there are several apps: {dashboard: shop, api: shop/api}.',
    ),
  ),
  redirects: refused('lead nowhere: a node of a tailnet has one name, and is asked by no other'),
  funnel: v.optional(
    v.pipe(v.boolean(), v.description('Whether the whole world may come in, by Funnel; else the tailnet only.')),
  ),
  tailnet: v.optional(
    v.pipe(publicHost, v.description('The DNS name of the tailnet, so that apps know their address: tail1234.ts.net.')),
  ),
  limits,
});

export const edge = v.pipe(
  v.strictObject({
    caddy: v.optional(caddy),
    cloudflare: v.optional(cloudflare),
    tailscale: v.optional(tailscale),
    traefik: v.optional(traefik),
    nginx: v.optional(nginx),
  }),
  v.check(
    (kinds) => Object.values(kinds).filter((one) => one !== undefined).length === 1,
    `must have one key, the kind: ${edgeKinds.join(', ')}`,
  ),
);

/** Answers that stay when another kind is chosen: those that it has too. */
export function sharedAnswers(kind: string): readonly string[] {
  return kind === 'tailscale' ? ['hostnames'] : ['hostnames', 'redirects'];
}
