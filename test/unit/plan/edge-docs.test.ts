/** What texts say of an edge: only what holds for its kind, and commands that can be carried out. */
import { describe, expect, it } from 'vitest';
import { domainOf } from '../../../generators/answers/host-names.ts';
import { validate } from '../../../generators/answers/validate.ts';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { otherEdge } from '../../../generators/plan/edge-docs.ts';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', framework: 'none', start: 'node server.js', health: '/health' };
const apps = { web: { ...node, path: 'web', port: 3000 }, api: { ...node, path: 'api', port: 4000, uses: [] } };
const hostnames = { web: 'shop.acme.dev', api: ['api.acme.dev', 'shop.acme.dev/api'] };
const named = { web: 'shop', api: 'shop/api' };

const generated = (edge: object | undefined, more: object = {}) =>
  run({ 'web/x': '', 'api/x': '' }, { name: 'shop', apps, backup: { engine: 'none' }, ...(edge && { edge }), ...more });
const texts = async (edge: object | undefined, more: object = {}) => {
  const { after } = await generated(edge, more);
  const text = (path: string) => after[path] ?? '';
  return {
    deployment: text('docs/DEPLOYMENT.md'),
    guide: text('docs/DOCKER_TROUBLESHOOTING.md'),
    readme: text('README.md'),
    production: text('compose.prod.yaml'),
  };
};
const edges = {
  caddy: { caddy: { hostnames } },
  nginx: { nginx: { hostnames } },
  traefik: { traefik: { hostnames } },
  cloudflare: { cloudflare: { hostnames } },
  tailscale: { tailscale: { hostnames: named } },
};

describe('another edge', () => {
  const local = { caddy: { hostnames: { web: 'home.lan', api: 'home.lan/api' } } };

  it('is one that takes the hosts as they are', async () => {
    for (const edge of [edges.caddy, edges.nginx, edges.traefik, edges.cloudflare, local]) {
      const { stack, answers, after } = await generated(edge);
      if (!stack.edge) throw new Error('There is no edge.');
      const { other } = otherEdge(stack.edge);
      expect(after['docs/DEPLOYMENT.md']).toContain(`--set 'edge=${other}'`);
      const [kind = ''] = Object.keys(readYaml(other, 'other') as object);
      const [before] = Object.values(answers.edge ?? {});
      expect(kind in edge).toBe(false);
      expect(() => validate({ ...answers, edge: { [kind]: { hostnames: before?.hostnames } } })).not.toThrow();
    }
  });

  it('asks for whole names where a node of a tailnet had one', async () => {
    const { stack, answers } = await generated(edges.tailscale);
    if (!stack.edge) throw new Error('There is no edge.');
    const { other } = otherEdge(stack.edge);
    expect(other).toBe('{caddy: {hostnames: {api: [HOST/api], web: [HOST]}}}');
    expect(() => validate({ ...answers, edge: readYaml(other, 'other') })).toThrow();
    const whole = readYaml(other.replaceAll('HOST', 'shop.acme.dev'), 'other');
    expect(validate({ ...answers, edge: whole }).edge?.caddy?.hostnames).toEqual({
      web: ['shop.acme.dev'],
      api: ['shop.acme.dev/api'],
    });
  });
});

it('maintenance stops the apps behind a tunnel, and behind no proxy', async () => {
  for (const [kind, edge] of Object.entries(edges)) {
    const { deployment } = await texts(edge);
    const stops = kind === 'cloudflare' || kind === 'tailscale';
    expect(deployment.includes('The apps are stopped for that'), kind).toBe(stops);
    expect(deployment.includes('The apps go on running'), kind).toBe(!stops);
  }
});

it('what is asked for by a port of this machine has one', async () => {
  for (const edge of [undefined, ...Object.values(edges)]) {
    const { guide } = await texts(edge);
    expect(guide.includes('http://$(docker compose port')).toBe(edge === undefined);
    expect(guide.includes('in production no port of the app is published')).toBe(edge !== undefined);
  }
});

it('a service that nobody has started is in no diagram, and marked among the limits', async () => {
  for (const edge of Object.values(edges)) {
    const { deployment } = await texts(edge);
    expect(deployment).not.toContain('["maintenance"]');
    expect(deployment).not.toContain('| `maintenance` |');
  }
  expect((await texts(edges.traefik)).deployment).toContain('| `maintenance`, while it is on |');
});

it('a broker that devices reach is named wherever ports are', async () => {
  const mqtt = { mqtt: { mode: 'bundled' } };
  for (const edge of [edges.caddy, edges.cloudflare]) {
    const { deployment, production } = await texts(edge, mqtt);
    expect(deployment).toMatch(/open but port 8883 of `mqtt`/);
    expect(deployment).toMatch(/^\| ports \|.*port 8883 of `mqtt`/m);
    expect(production).toContain('but where MQTT_ADDRESS says so');
    expect((await texts(edge)).production).not.toContain('says so');
  }
});

it('a node whose tailnet nobody has named is no link', async () => {
  const { deployment, guide, readme } = await texts(edges.tailscale);
  for (const text of [deployment, guide, readme]) expect(text).not.toMatch(/<https:[^>]*TAILNET/);
  expect(readme).toContain('`https://shop.TAILNET.ts.net` (TAILNET: set `edge.tailscale.tailnet`');
  expect(deployment).toMatch(/^# TAILNET: .*\ncurl -I https:\/\/shop\.TAILNET\.ts\.net\/$/m);
  const named = await texts({ tailscale: { ...edges.tailscale.tailscale, tailnet: 'tail1234.ts.net' } });
  expect(named.readme).toContain('<https://shop.tail1234.ts.net>');
  expect(named.deployment).toContain('<https://shop.tail1234.ts.net/health>');
});

it('what only a person has is asked for where it is kept', async () => {
  const { readme } = await texts(edges.tailscale, { secrets: { from: 'files' } });
  expect(readme).toContain('- `secrets/ts_authkey`');
  const { readme: plain } = await texts(edges.tailscale);
  expect(plain).toMatch(/in `\.env`; `\.env\.production\.example` says what each means:\n(?:.*\n)*- `TS_AUTHKEY`/);
  expect(plain).not.toContain('secrets/ts_authkey');
});

it('knows where registries have domains on the third level', () => {
  expect(domainOf('shop.acme.dev')).toBe('acme.dev');
  expect(domainOf('a.shop.acme.co.uk')).toBe('acme.co.uk');
  expect(domainOf('acme.com.br')).toBe('acme.com.br');
  expect(domainOf('a.com.acme.io')).toBe('acme.io');
  expect(domainOf('nas')).toBe('nas');
});
