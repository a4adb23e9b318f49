/** What the Caddyfile says of answers, and who looks at certificates that are brought. */
import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', start: 'node server.js', uses: [] };
const apps = {
  web: { ...node, path: 'web', port: 3000, health: '/health' },
  api: { ...node, path: 'api', port: 3001, health: 'none' },
};
const hostnames = { web: 'shop.example.com', api: ['api.example.com', 'shop.example.com/api'] };

const generated = async (caddy: object) => {
  const { stack, after } = await run(
    { 'web/x': '', 'api/x': '' },
    { name: 'shop', apps, backup: { engine: 'none' }, edge: { caddy: { hostnames, ...caddy } } },
  );
  return { stack, text: after['docker/caddy/Caddyfile'] ?? '', after };
};

/** The block of a site or snippet. */
const blockOf = (text: string, head: string): string =>
  text.split(/\n(?=\S)/).find((one) => one.startsWith(`${head} {`)) ?? '';

describe('the Caddyfile', () => {
  it('leaves certificates of public names to Caddy, and makes those of private ones here', async () => {
    const names = ['shop.example.com', 'nas', 'shop.local', 'shop.home.arpa', 'local.example.com', 'shop.locale'];
    const { text } = await generated({ hostnames: { web: names } });
    const internal = names.filter((name) => blockOf(text, name).includes('tls internal'));
    expect(internal).toEqual(['nas', 'shop.local', 'shop.home.arpa']);
    // A browser would remember it for a name that somebody else may have in another network.
    const strict = names.filter((name) => blockOf(text, name).includes('import strict-transport-security'));
    expect(strict).toEqual(['shop.example.com', 'local.example.com', 'shop.locale']);
  });

  it('says nothing of an authority of its own where there is none', async () => {
    const { text, stack } = await generated({ email: 'ops@example.com' });
    expect(text).not.toMatch(/pki|tls internal|skip_install_trust/);
    expect(text).toContain('\temail ops@example.com\n');
    expect(stack.guide.map(({ id }) => id)).not.toContain('caddy-root');
  });

  it('makes all certificates itself where that is chosen', async () => {
    const { text } = await generated({
      certificates: 'internal',
      redirects: { 'www.example.com': 'shop.example.com' },
    });
    expect(text.match(/^\ttls internal$/gm)).toHaveLength(3);
    expect(text).not.toContain('strict-transport-security');
  });

  it('limits a request to what was chosen, in bytes of two powers', async () => {
    const { text } = await generated({ upload: '2G' });
    expect(text).toContain('max_size 2048MiB');
    expect(text).toContain(`> ${2 * 2 ** 30}\``);
    // A MiB each minute, and for small ones ten minutes.
    expect(text).toContain('read_body 2048m');
    expect((await generated({ upload: '1M' })).text).toContain('read_body 10m');
  });

  it('asks the health route of an app as a visitor does, and no other app', async () => {
    const { text } = await generated({});
    expect(blockOf(text, '(to-web)')).toContain('import health /health shop.example.com');
    expect(blockOf(text, '(to-api)')).not.toContain('import health');
  });

  it('answers 404 where a host has no app for the rest of its paths', async () => {
    const { text } = await generated({ hostnames: { api: 'shop.example.com/api' } });
    expect(blockOf(text, 'shop.example.com')).toMatch(/\thandle \{\n\t\terror 404\n\t\}/);
  });
});

describe('certificates that are brought', () => {
  it('are looked at before Caddy is started, by the user that reads them', async () => {
    const { stack, text, after } = await generated({
      certificates: 'files',
      redirects: { 'www.example.com': 'shop.example.com' },
    });
    const names = ['shop.example.com', 'api.example.com', 'www.example.com'];
    for (const name of names)
      expect(blockOf(text, name)).toContain(`tls /etc/caddy/certs/${name}.crt /etc/caddy/certs/${name}.key`);
    const service = (name: string) => stack.services.find((one) => one.name === name);
    expect(service('caddy')?.dependsOn).toEqual({ 'caddy-check': 'service_completed_successfully' });
    const { command, user } = service('caddy-check')?.view ?? {};
    expect(command).toEqual(['sh', '/etc/caddy/check.sh', ...names]);
    expect(user).toBe(service('caddy')?.view['user']);
    expect(after['docker/caddy/check.sh']).not.toMatch(/nginx/);
    expect(after['.gitignore']).toContain('/docker/caddy/certs/\n');
  });

  it('are asked of nobody else', async () => {
    const { stack } = await generated({});
    expect(stack.services.map(({ name }) => name)).toEqual(['web', 'api', 'caddy']);
  });
});
