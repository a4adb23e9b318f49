/** What a person does because of the edge: before its first start, and after it became another one. */
import { describe, expect, it } from 'vitest';
import { baselineFile, readBaseline } from '../../../generators/plan/baseline.ts';
import { nextCommands } from '../../../generators/plan/docs.ts';
import { edgeSteps, formerEdge } from '../../../generators/plan/edge-steps.ts';
import { leftEdge } from '../../../generators/warnings/edge.ts';
import { run, type Tree } from '../../support/plan.ts';

const hostnames = { app: 'shop.acme.dev' };
const app = { stack: 'node', framework: 'none', path: 'app', start: 'node server.js', port: 3000, health: '/health' };

const generated = (edge: object | null, tree: Tree = { 'app/x': '' }) =>
  run(tree, { name: 'shop', apps: { app }, backup: { engine: 'none' }, edge });

describe('before the first start', () => {
  it('certificates that Caddy or Traefik is brought are asked for in every text that says how to start', async () => {
    for (const kind of ['caddy', 'traefik']) {
      const { stack, after } = await generated({ [kind]: { hostnames, certificates: 'files' } });
      const [step = ''] = edgeSteps(stack);
      expect(step).toContain(`into docker/${kind}/certs`);
      expect(nextCommands(stack).indexOf(step)).toBe(nextCommands(stack).length - 2);
      expect(after['README.md']).toContain(`${step}\nscripts/ctl up`);
      expect(after['docs/DEPLOYMENT.md']).toContain(`${step}\nscripts/ctl up`);
      expect(edgeSteps((await generated({ [kind]: { hostnames } })).stack)).toEqual([]);
    }
  });

  it('nginx gets certificates to begin with, and a tunnel is made at Cloudflare', async () => {
    const steps = async (edge: object) => edgeSteps((await generated(edge)).stack).join('\n');
    expect(await steps({ nginx: { hostnames } })).toMatch(/^scripts\/install-certificate --self-signed$/m);
    expect(await steps({ cloudflare: { hostnames } })).toMatch(/scripts\/tunnel token\n.*scripts\/tunnel rules$/);
    const tunnel = '11111111-2222-4333-8444-555555555555';
    expect(await steps({ cloudflare: { hostnames, config: 'local', tunnel } })).toContain('scripts/tunnel create');
    expect(await steps({ tailscale: { hostnames: { app: 'shop' } } })).toBe('');
  });
});

describe('another edge than the one on disk', () => {
  const edges = {
    caddy: { caddy: { hostnames } },
    nginx: { nginx: { hostnames } },
    traefik: { traefik: { hostnames } },
    cloudflared: { cloudflare: { hostnames } },
    tailscale: { tailscale: { hostnames: { app: 'shop' } } },
  };

  it('is told by what was generated before, whoever has changed the answers since', async () => {
    const { stack: without, after: plain } = await generated(null);
    expect(formerEdge(without, readBaseline(plain[baselineFile]).files)).toBeUndefined();
    for (const [service, edge] of Object.entries(edges)) {
      const { stack, after } = await generated(edge);
      const baseline = readBaseline(after[baselineFile]).files;
      expect(formerEdge(stack, baseline)).toBeUndefined();
      expect(formerEdge(without, baseline)).toBe(service);
      const { stack: other } = await generated(service === 'caddy' ? edges.nginx : edges.caddy);
      expect(formerEdge(other, baseline)).toBe(service);
      expect(formerEdge(stack, readBaseline(plain[baselineFile]).files)).toBeUndefined();
    }
  });

  it('takes the old container away with the next command, and says why', async () => {
    const { stack } = await generated(edges.cloudflared);
    expect(nextCommands(stack).at(-1)).toBe('scripts/ctl up --build --detach --wait');
    expect(nextCommands(stack, true).at(-1)).toBe('scripts/ctl up --build --detach --wait --remove-orphans');
    const images = { from: 'registry', prefix: 'ghcr.io/acme' };
    const registry = { name: 'shop', apps: { app }, backup: { engine: 'none' }, images };
    const { stack: pulled } = await run({ 'app/x': '' }, registry);
    expect(nextCommands(pulled, true).at(-1)).toBe('IMAGE_TAG=local scripts/ctl up --detach --wait --remove-orphans');
    expect(leftEdge('caddy')).toEqual([expect.stringContaining('--remove-orphans')]);
    expect(leftEdge(undefined)).toEqual([]);
  });
});
