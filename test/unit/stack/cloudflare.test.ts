/** A tunnel to Cloudflare: what its containers are given, and the rules that it goes by. */
import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { nextCommands } from '../../../generators/plan/docs.ts';
import { cloudflareWarnings } from '../../../generators/warnings/cloudflare.ts';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', start: 'node server.js', frozen: true, version: 24, framework: 'express' };
const apps = {
  shop: { ...node, path: 'shop', port: 3000, uses: [] },
  api: { ...node, path: 'api', port: 3001, uses: [] },
};
const input = { 'shop/x': '', 'api/x': '' };
const hostnames = { shop: ['shop.acme.dev', 'shop.acme.dev/api/v2'], api: ['api.acme.dev', 'shop.acme.dev/api'] };
const stackWith = (cloudflare: object, more: object = {}) =>
  run(input, { apps, edge: { cloudflare: { hostnames, ...cloudflare } }, ...more });

interface Config {
  readonly tunnel: string;
  readonly ingress: readonly { readonly hostname?: string; readonly path?: string; readonly service: string }[];
}

/** The file of a locally managed tunnel, and its text. */
async function configOf(cloudflare: object, more: object = {}) {
  const { after } = await stackWith({ config: 'local', ...cloudflare }, more);
  const text = after['docker/cloudflared/config.yml'] ?? '';
  return { text, config: readYaml(text, 'config.yml') as Config };
}

describe('the rules of a tunnel', () => {
  it('are those of the hostnames, the longest path of a host first, and 404 for the rest', async () => {
    const { config } = await configOf({});
    expect(config.ingress).toEqual([
      { hostname: 'shop.acme.dev', path: '^/api/v2(/|$)', service: 'http://shop:3000' },
      { hostname: 'shop.acme.dev', path: '^/api(/|$)', service: 'http://api:3001' },
      { hostname: 'shop.acme.dev', service: 'http://shop:3000' },
      { hostname: 'api.acme.dev', service: 'http://api:3001' },
      { service: 'http_status:404' },
    ]);
  });

  it.each([
    ['/api', 'http://api:3001'],
    ['/api/', 'http://api:3001'],
    ['/api/v1/things', 'http://api:3001'],
    ['/api/v2', 'http://shop:3000'],
    ['/apiary', 'http://shop:3000'],
    ['/other/api', 'http://shop:3000'],
    ['/', 'http://shop:3000'],
  ])('lead %s of the host to %s, as cloudflared looks for them', async (path, service) => {
    const { config } = await configOf({});
    // The first rule with that host whose expression is found anywhere in the path (ingress/rule.go).
    const rule = config.ingress.find(
      (one) => (one.hostname ?? 'shop.acme.dev') === 'shop.acme.dev' && new RegExp(one.path ?? '').test(path),
    );
    expect(rule?.service).toBe(service);
  });

  it('are in a file with keys that cloudflared knows, and without those that weaken it', async () => {
    const { config } = await configOf({});
    // developers.cloudflare.com: "Configuration file", "Origin parameters".
    expect(Object.keys(config)).toEqual(['tunnel', 'credentials-file', 'originRequest', 'ingress']);
    expect(config).toMatchObject({
      'credentials-file': '/etc/cloudflared/credentials.json',
      originRequest: { connectTimeout: '5s', keepAliveTimeout: '1s' },
    });
    for (const rule of config.ingress) {
      expect(['hostname', 'path', 'service']).toEqual(expect.arrayContaining(Object.keys(rule)));
      expect(rule.service).toMatch(/^(?:http:\/\/[a-z0-9-]+:\d+|http_status:404)$/);
    }
    expect(config.ingress.filter(({ hostname }) => hostname === undefined)).toEqual([config.ingress.at(-1)]);
  });

  it('name the tunnel, or leave it to the credentials', async () => {
    const id = '6ff42ae2-765d-4adf-8112-31c55c1551ef';
    expect((await configOf({ tunnel: id })).config.tunnel).toBe(id);
    expect((await configOf({})).config.tunnel).toBe('shop');
  });
});

describe('the containers of a tunnel', () => {
  it('are on the network of the world only, or on none; nothing of the stack has a port on the host', async () => {
    const { stack } = await stackWith({});
    const found = (name: string) => stack.services.find((one) => one.name === name);
    expect(found('cloudflared')).toMatchObject({ networks: ['edge'], production: true, volumes: [] });
    expect(found('cloudflared-check')).toMatchObject({ networks: [], oneShot: true, production: true });
    expect(stack.services.flatMap(({ ports }) => ports.production)).toEqual([]);
  });

  it('get the token from the environment', async () => {
    const { after } = await stackWith({});
    expect(after['compose.prod.yaml']).toContain('TUNNEL_TOKEN: "${TUNNEL_TOKEN:?');
    expect(after['.env.example']).not.toContain('TUNNEL_TOKEN');
    expect(after['.env.production.example']).toMatch(/^TUNNEL_TOKEN=$/m);
    expect(after['compose.yaml']).not.toContain('cloudflared');
    expect(after['compose.dev.yaml']).not.toContain('cloudflared');
  });

  it.each(['files', 'infisical'])('get the token from a file: %s', async (from) => {
    const { after, stack } = await stackWith({}, { secrets: { from } });
    const [, services = ''] = /^services:\n([\s\S]*)/m.exec(after['compose.prod.yaml'] ?? '') ?? [];
    expect(services.match(/TUNNEL_TOKEN_FILE: \/run\/secrets\/tunnel_token/g)).toHaveLength(2);
    expect(services).not.toContain('${TUNNEL_TOKEN');
    expect(stack.secrets.find(({ name }) => name === 'tunnel_token')).toMatchObject({ made: false });
  });

  it('get their credentials from a file that has to be there, and that git never sees', async () => {
    const { after, stack } = await stackWith({ config: 'local' });
    const credentials = 'docker/cloudflared/private/credentials.json';
    for (const name of ['cloudflared', 'cloudflared-check'])
      expect(stack.services.find((one) => one.name === name)?.files).toContainEqual({
        path: credentials,
        target: '/etc/cloudflared/credentials.json',
        provided: true,
      });
    expect(after['.gitignore']).toContain('/docker/cloudflared/private/\n');
    expect(after['compose.prod.yaml']).not.toContain('TUNNEL_TOKEN');
  });
});

describe('what a person has to do at Cloudflare', () => {
  it('is said before the first start, for each way', async () => {
    const next = async (cloudflare: object) => nextCommands((await stackWith(cloudflare)).stack).join('\n');
    expect(await next({})).toMatch(/scripts\/tunnel token\n.*scripts\/tunnel rules\nscripts\/ctl up/);
    expect(nextCommands((await stackWith({}, { secrets: { from: 'infisical' } })).stack)[0]).toContain('in Infisical');
    expect(await next({ config: 'local' })).toMatch(/login, .*create, .*route\nscripts\/ctl up/);
  });

  const warnings = async (cloudflare: object) => cloudflareWarnings((await stackWith(cloudflare)).stack);

  it.each(['shop.acme.dev', 'acme.dev', 'acme.co.uk', 'shop.acme.co.uk', 'shop.acme.com.br', 'www.shop.de'])(
    'is nothing for a name with a certificate: %s',
    async (host) => {
      expect(await warnings({ hostnames: { shop: host } })).toEqual([]);
    },
  );

  it.each(['api.shop.acme.dev', 'api.shop.acme.co.uk', 'a.b.shop.de', 'x.y.co.de.acme.dev'])(
    'is a certificate for a name that is too deep: %s',
    async (host) => {
      expect(await warnings({ hostnames: { shop: host } })).toEqual([expect.stringContaining(`not for ${host}:`)]);
    },
  );

  it('is the redirects', async () => {
    const redirects = { 'www.acme.dev': 'shop.acme.dev' };
    expect(await warnings({ redirects })).toEqual([expect.stringContaining('Cloudflare for www.acme.dev')]);
    const { after } = await stackWith({ redirects });
    expect(after['scripts/tunnel']).toContain('When  http.host eq "www.acme.dev"');
    expect(after['scripts/tunnel']).toContain('Then  concat("https://shop.acme.dev", http.request.uri.path)');
  });
});

describe('answers that no tunnel can keep', () => {
  const id = '6ff42ae2-765d-4adf-8112-31c55c1551ef';

  it.each([
    ['a name that only exists here', { hostnames: { shop: 'nas' } }, 'edge.cloudflare.hostnames.shop'],
    ['a name of the local network', { hostnames: { shop: 'shop.local/a' } }, 'edge.cloudflare.hostnames.shop'],
    ['a redirect from such a name', { redirects: { 'a.lan': 'shop.acme.dev' } }, 'edge.cloudflare.redirects.a.lan'],
    ['an id where the token has it', { tunnel: id }, 'edge.cloudflare.tunnel'],
    ['an id that is none', { config: 'local', tunnel: 'shop' }, 'edge.cloudflare.tunnel'],
  ])('are refused: %s', async (_, cloudflare, path) => {
    await expect(stackWith(cloudflare)).rejects.toMatchObject({ problems: [{ path }] });
  });
});
