/** The node of a tailnet: what it serves, how it logs in, and what it cannot be. */
import { describe, expect, it } from 'vitest';
import { describeAnswers } from '../../../generators/answers/describe.ts';
import { validate } from '../../../generators/answers/validate.ts';
import { UserError } from '../../../generators/errors.ts';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', framework: 'express', start: 'node server.js', dev: 'none' };
const apps = {
  site: { ...node, path: 'site', port: 3000 },
  api: { ...node, path: 'api', port: 3001 },
  jobs: { ...node, path: 'jobs', port: 'none', health: 'none' },
};

/** A stack of these apps behind a node. */
async function behind(tailscale: object, more: object = {}) {
  const tree = { 'site/x': '', 'api/x': '', 'jobs/x': '', 'prodstack.yaml': JSON.stringify({ apps, ...more }) };
  const { stack, after, answers } = await run(tree, { backup: { engine: 'none' }, edge: { tailscale } });
  const service = (name: string) => {
    const found = stack.services.find((one) => one.name === name);
    if (!found) throw new Error(`no service ${name}`);
    return found;
  };
  return { stack, after, answers, service, serve: JSON.parse(after['docker/tailscale/serve.json'] ?? '') };
}

/** What is wrong with these answers of an edge, as `path: message`. */
async function problems(tailscale: object): Promise<readonly string[]> {
  const { answers } = await behind({ hostnames: { site: 'shop' } });
  try {
    validate({ ...answers, edge: { tailscale } });
  } catch (error) {
    if (error instanceof UserError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

it('takes the place of another edge, whose redirects it cannot keep', async () => {
  const was = {
    caddy: { hostnames: { site: 'shop.example.com' }, redirects: { 'www.example.com': 'shop.example.com' } },
  };
  const { answers } = await behind({ hostnames: { site: 'shop' } }, { edge: was });
  expect(answers.edge).toEqual({ tailscale: { hostnames: { site: 'shop' } } });
});

it('is not offered answers that are always refused', () => {
  const paths = describeAnswers().map(({ path }) => path);
  expect(paths).toContain('edge.caddy.upload');
  expect(paths).toContain('edge.caddy.redirects.<name>');
  expect(paths).toContain('edge.traefik.redirects.<name>');
  expect(paths.filter((path) => /^edge\.(?:traefik\.upload|tailscale\.redirects)/.test(path))).toEqual([]);
});

/**
 * The fields of a serve configuration and what may stand in them (tailscale v1.102.3, ipn/serve.go: ServeConfig,
 * TCPPortHandler, WebServerConfig, HTTPHandler). Go ignores a field that it does not know: a typing error serves nothing.
 */
function expectServeConfig(config: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
  const { TCP = {}, Web = {}, AllowFunnel = {}, ...unknown } = config;
  expect(unknown).toEqual({});
  for (const [port, handler] of Object.entries(TCP)) {
    expect(port).toMatch(/^\d+$/);
    expect([{ HTTP: true }, { HTTPS: true }]).toContainEqual(handler);
  }
  for (const [place, { Handlers, ...others }] of Object.entries(Web as Record<string, Record<string, object>>)) {
    expect(Object.keys(TCP)).toContain(/^\$\{TS_CERT_DOMAIN\}:(\d+)$/.exec(place)?.[1]);
    expect(others).toEqual({});
    for (const [mount, handler] of Object.entries(Handlers ?? {})) {
      expect(mount).toMatch(/^\//);
      // Exactly one of them.
      expect(Object.keys(handler)).toHaveLength(1);
      expect(['Proxy', 'Redirect']).toContain(Object.keys(handler)[0]);
      for (const text of Object.values(handler as Record<string, string>))
        expect(text).toMatch(/^http:\/\/[a-z0-9-]+:\d+(?:\/[\w/-]+)?$|^30[1278]:https:\/\//);
    }
  }
  for (const [place, allowed] of Object.entries(AllowFunnel)) {
    expect(Object.keys(Web)).toContain(place);
    expect(allowed).toBe(true);
    // Ports that Funnel has (Tailscale documentation, "Funnel", "Requirements and limitations").
    expect([443, 8443, 10_000]).toContain(Number(place.split(':')[1]));
  }
}

describe('what a node serves', () => {
  it('is every route, with its path as it is, and plain HTTP only leads there', async () => {
    const { serve } = await behind({ hostnames: { site: 'shop', api: ['shop/api', 'shop/api/v2/files'] } });
    expectServeConfig(serve);
    expect(serve).toEqual({
      TCP: { 80: { HTTP: true }, 443: { HTTPS: true } },
      Web: {
        '${TS_CERT_DOMAIN}:80': {
          Handlers: { '/': { Redirect: '308:https://${TS_CERT_DOMAIN}${REQUEST_URI}' } },
        },
        '${TS_CERT_DOMAIN}:443': {
          Handlers: {
            '/': { Proxy: 'http://site:3000' },
            '/api': { Proxy: 'http://api:3001/api' },
            '/api/v2/files': { Proxy: 'http://api:3001/api/v2/files' },
          },
        },
      },
    });
  });

  it('is for the tailnet alone, unless Funnel was asked for; then over HTTPS only', async () => {
    const { serve, after } = await behind({ hostnames: { site: 'shop' }, funnel: true });
    expectServeConfig(serve);
    expect(serve.AllowFunnel).toEqual({ '${TS_CERT_DOMAIN}:443': true });
    expect(after['docs/DOCKER_TROUBLESHOOTING.md']).toContain('nodeAttrs');
    const without = await behind({ hostnames: { site: 'shop' }, funnel: false });
    expect(without.serve).not.toHaveProperty('AllowFunnel');
    expect(without.after['docs/DOCKER_TROUBLESHOOTING.md']).not.toContain('nodeAttrs');
  });

  it('has the Reverb of a Laravel app at /app, where its clients look', async () => {
    const laravel = { stack: 'laravel', path: 'site', version: '8.4', frozen: true, reverb: { port: 8081 } };
    const { serve } = await behind({ hostnames: { site: 'shop' } }, { apps: { site: laravel } });
    expectServeConfig(serve);
    expect(serve.Web['${TS_CERT_DOMAIN}:443'].Handlers['/app']).toEqual({ Proxy: 'http://site-reverb:8081/app' });
  });
});

describe('a node', () => {
  it('reaches the apps and nothing else, and nothing of the stack is published', async () => {
    const { stack, service } = await behind(
      { hostnames: { site: 'shop' } },
      { apps: { ...apps, site: { ...apps.site, uses: ['postgres'] } }, postgres: { mode: 'bundled' } },
    );
    expect(service('tailscale').networks).toEqual(['edge']);
    expect(service('site').networks).toEqual(['edge', 'data']);
    expect(stack.services.flatMap(({ ports }) => ports.production)).toEqual([]);
    expect(stack.volumes.find(({ name }) => name === 'tailscale-state')?.disposable).toBeUndefined();
  });

  it.each([
    { from: 'env', key: '"${TS_AUTHKEY:?set it in .env (tskey-auth-...)}"', check: 'TS_AUTHKEY' },
    { from: 'files', key: 'file:/run/secrets/ts_authkey', check: 'TS_AUTHKEY_FILE' },
  ])('logs in with a key from $from, and once only', async ({ from, key, check }) => {
    const { after, service } = await behind({ hostnames: { site: 'shop' } }, { secrets: { from } });
    const overlay = after['compose.prod.yaml'] ?? '';
    expect(overlay).toContain(`      TS_AUTHKEY: ${key}\n`);
    expect(overlay).toContain('      TS_AUTH_ONCE: "true"\n      ');
    expect(overlay).toContain('      TS_HOSTNAME: shop\n');
    expect(Object.keys(service('tailscale-check').environment)).toContain(check);
    // Development has no edge, and so no key.
    expect(after['compose.dev.yaml']).not.toContain('TS_');
    expect(after['.env.example']).not.toMatch(/^#?TS_/m);
  });

  it('has one name, which is no more than that, and leads nowhere else', async () => {
    expect(await problems({ hostnames: { site: 'shop', api: 'shop/api' }, tailnet: 'tail1234.ts.net' })).toEqual([]);
    expect(await problems({ hostnames: { site: 'shop.tail1234.ts.net' } })).toEqual([
      'edge.tailscale.hostnames.site: is more than the name of the node: write shop, and what is behind it as edge.tailscale.tailnet',
    ]);
    expect(await problems({ hostnames: { site: 'shop', api: 'api' } })).toEqual([
      'edge.tailscale.hostnames.api: would be a second node: one has one name, shop; write shop/PATH, or run this app in a stack of its own',
    ]);
    expect(await problems({ hostnames: { site: 'shop' }, redirects: { 'www.example.com': 'shop' } })).toEqual([
      'edge.tailscale.redirects: lead nowhere: a node of a tailnet has one name, and is asked by no other',
    ]);
    expect(await problems({ hostnames: { site: 'shop' }, tailnet: 'tail1234' })).toEqual([
      'edge.tailscale.tailnet: must be the whole DNS name of the tailnet, such as tail1234.ts.net: https://login.tailscale.com/admin/dns shows it',
    ]);
    expect(await problems({ hostnames: { jobs: 'shop' } })).toHaveLength(1);
  });
});
