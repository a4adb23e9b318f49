/** What a person may get wrong about the edge, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../../generators/answers/complete.ts';
import { troubleWithHost } from '../../../generators/answers/host-names.ts';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';

const web = {
  stack: 'node',
  path: '.',
  framework: 'express',
  packageManager: 'npm',
  frozen: true,
  version: 24,
  build: 'none',
  start: 'node server.js',
  dev: 'node --watch server.js',
  scripts: false,
  port: 3000,
  health: '/health',
  uses: [],
};
const laravel = {
  stack: 'laravel',
  path: 'shop',
  server: 'frankenphp',
  version: '8.4',
  extensions: [],
  frozen: true,
  migrate: 'none',
  reverb: { port: 8081 },
  drivers: {},
  queues: { mail: {} },
  port: 8090,
  health: '/up',
  uses: [],
};
const bot = {
  stack: 'python',
  framework: 'none',
  path: 'bot',
  packageManager: 'uv',
  frozen: true,
  version: '3.13',
  appDir: '.',
  start: 'python bot.py',
  migrate: 'none',
  databaseScheme: 'postgresql',
  port: 'none',
  health: 'none',
  uses: [],
};
const apps = {
  dashboard: { ...web, workers: { mail: { start: 'node mail.js' } } },
  api: { ...web, path: 'api', port: 3001 },
  shop: laravel,
  bot,
};
const good = { prodstack: 1, name: 'shop', apps };
const withEdge = (edge: unknown) => ({ ...good, edge });
const withHosts = (hostnames: unknown, more: object = {}) => withEdge({ caddy: { hostnames, ...more } });

function problems(input: unknown) {
  try {
    validate(input);
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  return [];
}

const dashboard = 'shop.example.com';

describe('hosts that are right', () => {
  it.each([
    { dashboard },
    { dashboard: 'localhost' },
    { dashboard: 'nas.lan' },
    { dashboard: 'xn--mnchen-3ya.de' },
    { dashboard: ['a.example.com', 'b.example.com/x/Y_z-1'] },
    { dashboard, api: `${dashboard}/api` },
    { shop: dashboard, 'shop-reverb': 'ws.example.com' },
    { shop: dashboard, api: `${dashboard}/api` },
  ])('%j', (hostnames) => {
    expect(problems(withHosts(hostnames))).toEqual([]);
  });

  it('lead to each kind of edge', () => {
    const hostnames = { dashboard };
    for (const edge of [
      { caddy: { hostnames, email: 'ops@example.com', upload: '50M', certificates: 'internal' } },
      { traefik: { hostnames, certificates: 'files' } },
      { nginx: { hostnames, rate: 5 } },
      { cloudflare: { hostnames } },
    ])
      expect(problems(withEdge(edge)), JSON.stringify(edge)).toEqual([]);
  });
});

describe('what was typed in the place of a host', () => {
  it.each([
    ['https://shop.example.com', 'must be without https://, such as shop.example.com, or shop.example.com/api'],
    [
      'shop.example.com:443',
      'must be without a port, such as shop.example.com, or shop.example.com/api: https is on 443',
    ],
    ['Shop.Example.com', 'must be in lower case: shop.example.com'],
    ['shop.example.com.', 'must not end in a dot: shop.example.com'],
    ['shop_1.example.com', 'must be without _, which no certificate may have in the name of a host: use a hyphen'],
    [
      '*.example.com',
      'must name each host by itself: a wildcard leads to no app (a certificate may have one, where you bring it)',
    ],
    ['192.0.2.7', 'must be a name: certificates are made out to names, not to addresses'],
    ['192.0.2.7:443', 'must be a name: certificates are made out to names, not to addresses'],
    ['[2001:db8::1]', 'must be a name: certificates are made out to names, not to addresses'],
    ['::1', 'must be a name: certificates are made out to names, not to addresses'],
    ['münchen.de', 'must be in the letters that DNS has: xn--mnchen-3ya.de'],
    ['shop.example.com/', 'must not end in a slash: shop.example.com'],
    ['shop.example.com/api/', 'must not end in a slash: shop.example.com/api'],
    ['shop.example.com//api', 'must have one slash between the parts of its path'],
    [
      'shop.example.com/api/*',
      'must have a path of letters, digits, _ and -, such as shop.example.com/api: what is below it goes there too',
    ],
    [
      'shop.example.com?a=b',
      'must be without ? and # and what follows them, such as shop.example.com, or shop.example.com/api',
    ],
    ['me@example.com', 'must be the name of a host without a user, such as shop.example.com, or shop.example.com/api'],
    [
      'a.example.com, b.example.com',
      'must be the name of a host without blanks, such as shop.example.com, or shop.example.com/api',
    ],
    ['a.example.com,b.example.com', 'must be one host: several are a list, [shop.example.com, api.example.com]'],
    ['', 'must be the name of a host without blanks, such as shop.example.com, or shop.example.com/api'],
    ['shop..example.com', 'must have one dot between its parts, such as shop.example.com, or shop.example.com/api'],
    ['-shop.example.com', 'must have no hyphen beside a dot, and none at its ends'],
    [`${'a'.repeat(64)}.example.com`, 'must have at most 63 characters between two dots, and 253 in all'],
    [`${'a.'.repeat(130)}com`, 'must have at most 63 characters between two dots, and 253 in all'],
    ['$(id).example.com', 'must be the name of a host such as shop.example.com, or shop.example.com/api'],
  ])('%s', (text, message) => {
    expect(problems(withHosts({ dashboard: text }))).toEqual([
      expect.objectContaining({ path: 'edge.caddy.hostnames.dashboard', message }),
    ]);
    expect(problems(withHosts({ dashboard: ['ok.example.com', text] }))).toEqual([
      expect.objectContaining({ path: 'edge.caddy.hostnames.dashboard.1', message }),
    ]);
  });

  it('is said of redirects, which have no path, too', () => {
    const redirects = { 'https://www.example.com': dashboard, 'www.example.com': `${dashboard}/x` };
    expect(problems(withHosts({ dashboard }, { redirects })).map(({ message }) => message)).toEqual([
      'must be without https://, such as shop.example.com',
      'must be a host without a path, such as shop.example.com',
    ]);
  });

  it('is always told apart from what is right', () => {
    expect(troubleWithHost('x'.repeat(300), false)).toContain('63 characters');
  });
});

describe('hosts that lead nowhere, or to two things', () => {
  it.each([
    [
      'no app',
      { dashbord: dashboard },
      'dashbord',
      'is no app of this stack: there are dashboard, api, shop, shop-reverb',
      'dashboard',
    ],
    [
      'an app without a port',
      { bot: dashboard },
      'bot',
      'is an app that listens on no port: there are dashboard, api, shop, shop-reverb',
    ],
    [
      'a worker',
      { 'dashboard-mail': dashboard },
      'dashboard-mail',
      'is a worker of dashboard, which listens on no port: there are dashboard, api, shop, shop-reverb',
    ],
    [
      'a queue',
      { 'shop-mail': dashboard },
      'shop-mail',
      'is a worker of shop, which listens on no port: there are dashboard, api, shop, shop-reverb',
    ],
    ['one host of two apps', { dashboard, api: dashboard }, 'api', 'leads to dashboard already'],
    [
      'one path of two apps',
      { dashboard: `${dashboard}/x`, api: `${dashboard}/x` },
      'api',
      'leads to dashboard already',
    ],
    ['one host twice', { dashboard: [dashboard, dashboard] }, 'dashboard', 'is named twice'],
    [
      'the path of Reverb',
      { shop: dashboard, api: `${dashboard}/app` },
      'api',
      'is where shop-reverb listens, unless edge.caddy.hostnames.shop-reverb says another place',
    ],
  ])('%s', (_what, hostnames, key, message, suggestion?: string) => {
    expect(problems(withHosts(hostnames))).toEqual([
      expect.objectContaining({ path: `edge.caddy.hostnames.${key}`, message, ...(suggestion && { suggestion }) }),
    ]);
  });

  it.each([
    [
      'from the host of an app',
      { [dashboard]: dashboard },
      dashboard,
      'leads to an app already, and cannot lead elsewhere',
    ],
    ['to itself', { 'a.example.com': 'a.example.com' }, 'a.example.com', 'leads to itself'],
    [
      'to one that leads on',
      { 'a.example.com': 'b.example.com', 'b.example.com': dashboard },
      'a.example.com',
      `leads on to ${dashboard}: name the host of an app`,
    ],
    [
      'to a host without an app',
      { 'www.example.com': 'shp.example.com' },
      'www.example.com',
      `leads to no app: the hosts of apps are ${dashboard}`,
    ],
  ])('a redirect %s', (_what, redirects, key, message) => {
    expect(problems(withHosts({ dashboard }, { redirects }))).toEqual([
      expect.objectContaining({ path: `edge.caddy.redirects.${key}`, message }),
    ]);
  });

  it('a circle of redirects is refused at both ends', () => {
    const redirects = { 'a.example.com': 'b.example.com', 'b.example.com': 'a.example.com' };
    expect(problems(withHosts({ dashboard }, { redirects }))).toHaveLength(2);
  });

  it('names that nobody certifies', () => {
    const local = { hostnames: { dashboard: 'nas.lan' } };
    expect(problems(withEdge({ traefik: { ...local, certificates: 'files' } }))).toEqual([]);
    expect(problems(withEdge({ traefik: local }))).toEqual([
      expect.objectContaining({ value: 'nas.lan', message: expect.stringContaining('no public authority certifies') }),
    ]);
    expect(problems(withEdge({ cloudflare: { hostnames: { dashboard: 'localhost' } } }))).toEqual([
      expect.objectContaining({ value: 'localhost', message: expect.stringContaining('a domain that Cloudflare has') }),
    ]);
  });
});

describe('the edge itself', () => {
  it.each([
    [
      'two kinds',
      { caddy: { hostnames: { dashboard } }, nginx: { hostnames: { dashboard } } },
      'edge',
      'must have one key, the kind: caddy, cloudflare, tailscale, traefik, nginx',
    ],
    ['no kind', {}, 'edge', 'must have one key, the kind: caddy, cloudflare, tailscale, traefik, nginx'],
    [
      'a kind that is unknown',
      { cady: { hostnames: { dashboard } } },
      'edge.cady',
      'is not an answer that is known here',
    ],
    ['a kind without hosts', { caddy: {} }, 'edge.caddy.hostnames', 'is missing: must be a map of answers'],
    [
      'hosts without an app',
      { caddy: { hostnames: {} } },
      'edge.caddy.hostnames',
      'must be a map with at least one app',
    ],
    [
      'an empty list of hosts',
      { caddy: { hostnames: { dashboard: [] } } },
      'edge.caddy.hostnames.dashboard',
      'must name a host',
    ],
    [
      'an amount without a unit',
      { caddy: { hostnames: { dashboard }, upload: '50' } },
      'edge.caddy.upload',
      'must be an amount of memory such as 512M or 2G',
    ],
    [
      'another amount',
      { nginx: { hostnames: { dashboard }, upload: '50MB' } },
      'edge.nginx.upload',
      'must be an amount of memory such as 512M or 2G',
    ],
    ['a rate of nothing', { nginx: { hostnames: { dashboard }, rate: 0 } }, 'edge.nginx.rate', 'must be 1 or more'],
    [
      'an address that is none',
      { caddy: { hostnames: { dashboard }, email: 'ops' } },
      'edge.caddy.email',
      'must be an email address',
    ],
    [
      'a tunnel by its name',
      { cloudflare: { hostnames: { dashboard }, config: 'local', tunnel: 'shop' } },
      'edge.cloudflare.tunnel',
      'must be the id of a tunnel',
    ],
    [
      'certificates of another kind',
      { traefik: { hostnames: { dashboard }, certificates: 'internal' } },
      'edge.traefik.certificates',
      'must be one of acme, files',
    ],
  ])('%s', (_what, edge, path, message) => {
    expect(problems(withEdge(edge))).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    );
  });

  it('keeps hosts and redirects when another kind is chosen, and nothing else', () => {
    const file = withHosts({ dashboard }, { redirects: { 'www.example.com': dashboard }, email: 'ops@example.com' });
    const sources = { folder: 'shop', detected: { apps: [], findings: [] }, file, isVacant: () => false };
    const chosen = [{ edge: { nginx: { rate: 5 } } }];
    const { answers } = complete({ ...sources, chosen } as unknown as Parameters<typeof complete>[0]);
    expect(answers['edge']).toEqual({
      nginx: { hostnames: { dashboard }, redirects: { 'www.example.com': dashboard }, rate: 5 },
    });
  });
});
