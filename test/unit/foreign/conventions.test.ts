import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { inTheirNames } from '../../../generators/foreign/app.ts';
import { add } from './support.ts';

const compose = `services:
  web:
    profiles: [app, all]
    image: acme/web:3
    depends_on: [db]
  db:
    profiles: [data, app]
    image: postgres:17
    environment: { POSTGRES_PASSWORD: "\${PGPASSWORD:?}" }
    volumes: [db:/var/lib/postgresql/data]
  jobs:
    image: acme/jobs:3
volumes:
  db:
`;

/** The services of the file as it would be. */
async function services(block: string, asked: object = {}) {
  const { outcomes } = await add({ 'compose.yaml': compose }, { block, ...asked });
  const text = outcomes.find(({ path }) => path === 'compose.yaml')?.texts?.after ?? '';
  return parse(text).services as Readonly<Record<string, { readonly profiles?: readonly string[] }>>;
}

describe('apps that are all built from the top', () => {
  const app = (name: string) => ({
    [`apps/${name}/package.json`]: '{"scripts":{"start":"node a.js"},"dependencies":{"express":"^5"}}',
  });
  const service = (name: string) => `  ${name}: { build: { context: .., dockerfile: apps/${name}/Dockerfile } }\n`;
  const tree = { ...app('api'), ...app('web'), 'infra/compose.yaml': `services:\n${service('api')}${service('web')}` };

  it('are run by the services that have their Dockerfiles: add app is for others', async () => {
    await expect(add(tree, { block: 'app' })).rejects.toMatchObject({
      message: 'No app was found here that no service runs yet.',
    });
    const more = await add({ ...tree, ...app('mailer') }, { block: 'app' });
    expect(more.services).toEqual(['mailer']);
  });
});

describe('profiles', () => {
  it('are those of what it needs, without which Compose refuses the file', async () => {
    expect((await services('backup'))['backup']?.profiles).toEqual(['data', 'app']);
    expect((await services('pooler'))['pgbouncer']?.profiles).toEqual(['data', 'app']);
    const role = { for: ['web'], set: { start: 'node worker.js' } };
    expect((await services('worker', role))['web-worker']?.profiles).toEqual(['app', 'all']);
  });

  it('are those of all that need it, and none where one of them has none', async () => {
    expect((await services('redis', { for: ['web'] }))['redis']?.profiles).toEqual(['app', 'all']);
    expect((await services('redis', { for: ['web', 'jobs'] }))['redis']?.profiles).toBeUndefined();
    expect((await services('redis'))['redis']?.profiles).toBeUndefined();
  });
});

describe('what is known to a stack of ours alone', () => {
  it.each(['sentry', 'opentelemetry', 'oidc', 'target', 'websocket', 'reverb', 'traefik'])(
    'is refused with the reason and a way: %s',
    async (block) => {
      await expect(services(block)).rejects.toMatchObject({
        message: expect.stringMatching(`^${block} cannot be added to a project of somebody else's: it `),
        hint: expect.stringContaining('create-prodstack new'),
      });
    },
  );
});

describe('services whose names no app of ours could have', () => {
  const tree = {
    'compose.yaml': ['grafana', 'my_app', 'Web.site']
      .map((name) => `  ${name}: { image: acme/app:3, expose: ["8000"] }\n`)
      .join('')
      .replace(/^/, 'services:\n'),
  };
  const hostnames = {
    grafana: 'stats.example.com',
    my_app: ['shop.example.com', 'stats.example.com/service'],
    'Web.site': 'site.example.com',
  };

  it.each(['caddy', 'nginx', 'cloudflare'])(
    'are asked by these from %s, hosts and paths as they are',
    async (block) => {
      const asked = { block, for: Object.keys(hostnames), set: { edge: { [block]: { hostnames } } } };
      const { outcomes, notes, next } = await add(tree, asked);
      const all = [...outcomes.map(({ texts }) => texts?.after ?? ''), ...notes, ...next].join('\n');
      expect(all).not.toMatch(/of-theirs|grafana-app|my-app|web-site/);
      for (const name of asked.for) expect(all).toMatch(new RegExp(`(?:upstream|to-|http://|->.*)${name}\\b`));
    },
  );

  it('are named in what is wrong with their hosts', async () => {
    const set = { edge: { caddy: { hostnames: { my_app: 'bad_host.example.com' } } } };
    await expect(add(tree, { block: 'caddy', for: ['my_app'], set })).rejects.toMatchObject({
      problems: [{ path: 'edge.caddy.hostnames.my_app' }],
    });
  });

  it('are no part of another word in what is said of them', () => {
    const app = { key: 'app', service: { name: 'App', sources: [], model: {} } };
    expect(inTheirNames('apps.app.port: app-migrate is no app', [app])).toBe('apps.App.port: app-migrate is no App');
  });
});
