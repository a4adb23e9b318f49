/** Which services can be rolled out, what has to be done before and after, and who shows the maintenance page. */
import { describe, expect, it } from 'vitest';
import { rollout } from '../../../generators/stack/rollout.ts';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', framework: 'none', start: 'node server.js', health: '/health' };
const apps = {
  web: { ...node, path: 'web', port: 3000, uses: [] },
  api: {
    ...node,
    path: 'api',
    port: 4000,
    uses: ['postgres'],
    migrate: 'node migrate.js',
    workers: { jobs: { start: 'node worker.js' } },
  },
};
const hostnames = { web: 'shop.example.com', api: ['api.example.com', 'shop.example.com/api'] };

const generated = (edge: object | undefined, chosen: object = apps) =>
  run(
    { 'web/x': '', 'api/x': '' },
    { name: 'shop', apps: chosen, postgres: { mode: 'bundled' }, backup: { engine: 'none' }, ...(edge && { edge }) },
  );

describe('a rollout', () => {
  it('does the one-shots that a service waits for before it, in their order, and its other roles after it', async () => {
    const { stack } = await generated({ caddy: { hostnames } });
    const services = rollout(stack)?.services.map(({ name, port, setups, followers }) => ({
      ...{ name, port },
      setups: setups.map((one) => one.name),
      followers: followers.map((one) => one.name),
    }));
    expect(services).toEqual([
      { name: 'api', port: 4000, setups: ['postgres-setup', 'api-migrate'], followers: ['api-jobs'] },
      { name: 'web', port: 3000, setups: [], followers: [] },
    ]);
  });

  it('is there behind the proxies that can be led from one container to another only', async () => {
    for (const kind of ['caddy', 'nginx', 'traefik']) {
      const { stack, after } = await generated({ [kind]: { hostnames } });
      expect(rollout(stack)?.services).toHaveLength(2);
      expect(after['scripts/rollout']).toContain('known=(api web)');
      expect(after['docs/DEPLOYMENT.md']).toContain('scripts/rollout --all');
    }
    for (const edge of [undefined, { cloudflare: { hostnames } }]) {
      const { after } = await generated(edge);
      expect(after).not.toHaveProperty('scripts/rollout');
      expect(after['docs/DEPLOYMENT.md']).not.toContain('scripts/rollout');
    }
  });

  it('is none of a websocket server, nor of what stands before the app', async () => {
    const base = { stack: 'laravel', path: 'web', version: '8.4', frozen: true, reverb: { port: 8081 } };
    const laravel = { ...base, server: 'fpm' };
    const { stack } = await generated({ caddy: { hostnames: { web: 'shop.example.com' } } }, { web: laravel });
    expect(rollout(stack)).toBeUndefined();
    const octane = { ...laravel, server: 'frankenphp' };
    const { stack: other } = await generated({ caddy: { hostnames: { web: 'shop.example.com' } } }, { web: octane });
    const [only, ...others] = rollout(other)?.services ?? [];
    expect(others).toEqual([]);
    expect(only?.name).toBe('web');
    expect(only?.followers.map(({ name }) => name)).toContain('web-reverb');
  });

  it('leads Traefik by a twin of each router of the labels, which goes before it', async () => {
    const { stack, after } = await generated({ traefik: { hostnames } });
    const labels = stack.edge?.labels?.['api'] ?? {};
    const rules = Object.entries(labels).filter(([label]) => label.endsWith('.rule'));
    expect(rules).toHaveLength(2);
    for (const [label, rule] of rules) {
      const router = label.split('.')[3];
      const priority = Number(labels[label.replace(/rule$/, 'priority')]) + 1;
      expect(after['scripts/rollout']).toContain(
        `rollout-${router}: { entryPoints: [websecure], service: rollout-api, priority: ${priority}, rule: ${JSON.stringify(rule)} }`,
      );
    }
  });
});

describe('the maintenance page', () => {
  it('is shown by Caddy and nginx themselves while a file is there, which is not in git', async () => {
    for (const kind of ['caddy', 'nginx']) {
      const { stack, after } = await generated({ [kind]: { hostnames } });
      expect(stack.services.map(({ name }) => name)).not.toContain('maintenance');
      expect(after['scripts/maintenance']).toContain('flag=docker/edge/maintenance/on');
      expect(after['.gitignore']?.split('\n')).toContain('/docker/edge/maintenance/on');
    }
  });

  it('is shown by a service in the place of the apps behind a tunnel, and before them behind Traefik', async () => {
    const { stack, after } = await generated({ cloudflare: { hostnames } });
    const page = stack.services.find(({ name }) => name === 'maintenance');
    expect(page).toMatchObject({ profile: 'maintenance', production: true, networks: ['edge'] });
    expect(after['compose.prod.yaml']).toContain('edge: { aliases: ["api", "web"] }');
    expect(after['docker/edge/nginx.conf']).toMatch(/listen 4000;\n\s*listen 3000;/);
    expect(after['scripts/maintenance']).toContain('compose stop api web');
    const { stack: other, after: files } = await generated({ traefik: { hostnames } });
    const { labels = {} } = other.services.find(({ name }) => name === 'maintenance') ?? {};
    expect(labels['traefik.http.routers.maintenance.rule']).toBe('Host(`shop.example.com`) || Host(`api.example.com`)');
    expect(files['compose.prod.yaml']).not.toContain('aliases');
    expect(files['scripts/maintenance']).not.toContain('compose stop');
  });
});
