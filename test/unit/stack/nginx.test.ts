/** What the configuration of nginx says of answers. */
import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const node = { stack: 'node', start: 'node server.js', uses: [] };
const apps = {
  web: { ...node, path: 'web', port: 3000 },
  api: { ...node, path: 'api', port: 3001 },
};
const hostnames = {
  web: 'shop.example.com',
  api: ['api.example.com', 'shop.example.com/api', 'shop.example.com/api/v2'],
};

const generated = async (nginx: object) => {
  const { stack, after } = await run(
    { 'web/x': '', 'api/x': '' },
    { name: 'shop', apps, backup: { engine: 'none' }, edge: { nginx: { hostnames, ...nginx } } },
  );
  return { stack, text: after['docker/nginx/nginx.conf'] ?? '', after };
};

/** The server of a host, over TLS. */
const serverOf = (text: string, host: string): string =>
  text.split(/\n {4}server \{\n/).find((one) => one.includes('listen 8443') && one.includes(`server_name ${host};`)) ??
  '';

describe('the configuration of nginx', () => {
  it('tries the longest path first, and takes nothing that only begins alike', async () => {
    const { text } = await generated({});
    const locations = [...serverOf(text, 'shop.example.com').matchAll(/^ {8}location (?!@|=)(.*) \{$/gm)];
    expect(locations.map(([, location]) => location)).toEqual(['~ ^/api/v2(?:/|$)', '~ ^/api(?:/|$)', '/']);
    const [, pattern = ''] = /location ~ (\S+) \{/.exec(serverOf(text, 'shop.example.com')) ?? [];
    const matches = ['/api/v2', '/api/v2/a', '/api/v22', '/api'].map((path) => new RegExp(pattern).test(path));
    expect(matches).toEqual([true, true, false, false]);
  });

  it('leads to nobody what no app of a host has', async () => {
    const { text } = await generated({ hostnames: { api: 'shop.example.com/api' } });
    expect(serverOf(text, 'shop.example.com')).toMatch(/location \/ \{\s+return 404;/);
    expect(serverOf((await generated({})).text, 'shop.example.com')).not.toContain('return 404');
  });

  it('has every name that is asked for in its check, redirects too', async () => {
    const { stack, after } = await generated({ redirects: { 'www.example.com': 'shop.example.com' } });
    const names = ['shop.example.com', 'api.example.com', 'www.example.com'];
    expect(stack.services.find(({ name }) => name === 'nginx-check')?.view['command']).toEqual([
      'sh',
      '/etc/nginx/stack/check.sh',
      ...names,
    ]);
    const chosen = [...(after['docker/nginx/live.sh'] ?? '').matchAll(/^certificate (\S+)$/gm)].map(([, name]) => name);
    expect(chosen).toEqual(names);
  });

  it('limits what one address may ask for by the answer, and a network of IPv6 as one address', async () => {
    const { text } = await generated({ rate: 7, upload: '2G' });
    expect(text).toContain('rate=7r/s;');
    expect(text).toContain('limit_req zone=requests burst=14 nodelay;');
    expect(text).toContain('limit_conn connections 28;');
    expect(text).toContain('client_max_body_size 2G;');
    expect((await generated({})).text).toContain('rate=50r/s;');

    const [, map = ''] = /map \$remote_addr \$client_network \{([\s\S]*?)\n {4}\}/.exec(text) ?? [];
    const rules = [...map.matchAll(/"~(.*)" \$network(\S*);/g)].map(
      ([, from = '', end = '']) => [new RegExp(from), end] as const,
    );
    const countedAs = (address: string): string => {
      const rule = rules.find(([from]) => from.test(address));
      return rule ? `${rule[0].exec(address)?.groups?.['network']}${rule[1]}` : address;
    };
    expect(rules).toHaveLength(3);
    for (const [address, counted] of [
      ['192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:a:b:c:d', '2001:db8:1:2'],
      ['2001:db8:1:2::5', '2001:db8:1:2'],
      ['2001:db8:1:0:a:b:c:d', '2001:db8:1:0'],
      ['2001:db8:1::5', '2001:db8:1:0'],
      ['2001:db8::a:b:c:d', '2001:db8:0:0'],
      ['::1', '::1'],
    ] as const)
      expect(countedAs(address), address).toBe(counted);
  });

  it('has browsers remember https only for names that the whole world has', async () => {
    const { text } = await generated({ hostnames: { web: ['shop.example.com', 'shop.internal', 'nas'] } });
    const strict = ['shop.example.com', 'shop.internal', 'nas'].filter((name) =>
      serverOf(text, name).includes('Strict-Transport-Security'),
    );
    expect(strict).toEqual(['shop.example.com']);
  });
});
