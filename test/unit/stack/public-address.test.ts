/** What apps are told of the address that the world finds them by, and of where their servers look for the visitor. */
import { describe, expect, it } from 'vitest';
import { run } from '../../support/plan.ts';

const laravel = {
  stack: 'laravel',
  path: '.',
  server: 'frankenphp',
  frozen: true,
  migrate: 'none',
  health: 'none',
  reverb: { port: 8081 },
  assets: {
    ...{ packageManager: 'npm', frozen: true, version: 24, build: 'build', php: false },
    buildVariables: ['VITE_REVERB_APP_KEY', 'VITE_REVERB_HOST', 'VITE_REVERB_PORT', 'VITE_REVERB_SCHEME'],
  },
};
const django = {
  ...{ stack: 'python', framework: 'django', path: '.', frozen: true, migrate: 'none', port: 8000 },
  ...{ server: 'gunicorn', app: 'shop.wsgi:application', health: 'none' },
  hosts: { allowed: 'HOSTS', origins: 'ORIGINS', separator: 'comma' },
};
const none = { postgres: null, redis: null };

async function planned(app: object, edge?: object) {
  const { stack, after } = await run({ x: '' }, { apps: { shop: app }, ...none, ...(edge && { edge }) });
  const variable = (name: string) => stack.env.find((one) => one.name === name)?.default;
  const service = (name: string) => stack.services.find((one) => one.name === name);
  return { variable, service, after };
}
const caddy = { caddy: { hostnames: { shop: ['shop.example.com', 'www.example.com/shop'] } } };
const cloudflare = { cloudflare: { hostnames: { shop: 'shop.example.com' } } };

describe('the public address', () => {
  it('of a Laravel app is its own for mails, and that of its websockets for the assets', async () => {
    const { variable, service } = await planned(laravel, caddy);
    expect(variable('SHOP_URL')).toBe('https://shop.example.com');
    expect(['HOST', 'PORT', 'SCHEME'].map((one) => variable(`SHOP_WEBSOCKET_${one}`))).toEqual([
      'shop.example.com',
      '443',
      'https',
    ]);
    expect(service('shop')?.prodEnvironment).toMatchObject({ SESSION_SECURE_COOKIE: 'true' });
    expect(service('shop-reverb')?.prodEnvironment).not.toHaveProperty('SESSION_SECURE_COOKIE');
  });

  it('of a Laravel app in development is this machine, for links and for the assets', async () => {
    const { service, after } = await planned(laravel, caddy);
    const port = { variable: 'SHOP_REVERB_PORT' };
    expect(service('shop')?.devEnvironment['APP_URL']).toEqual(['http://localhost:', { variable: 'SHOP_PORT' }]);
    expect(service('shop')?.build?.devArgs).toEqual({
      PUBLIC_VITE_REVERB_HOST: 'localhost',
      PUBLIC_VITE_REVERB_PORT: [port],
      PUBLIC_VITE_REVERB_SCHEME: 'http',
    });
    expect(after['compose.dev.yaml']).toContain('PUBLIC_VITE_REVERB_HOST: localhost');
    expect(after['compose.dev.yaml']).toContain('PUBLIC_VITE_REVERB_PORT: "${SHOP_REVERB_PORT:-8081}"');
    expect(after['compose.yaml']).toContain('PUBLIC_VITE_REVERB_HOST: "${SHOP_WEBSOCKET_HOST:-shop.example.com}"');
  });

  it('is that of the websockets where they have a host of their own', async () => {
    const hostnames = { shop: 'shop.example.com', 'shop-reverb': 'ws.example.com' };
    const { variable } = await planned(laravel, { caddy: { hostnames } });
    expect(variable('SHOP_WEBSOCKET_HOST')).toBe('ws.example.com');
  });

  it('is unknown without an edge, and on a tailnet without a name', async () => {
    for (const edge of [undefined, { tailscale: { hostnames: { shop: 'shop' } } }]) {
      const { variable, service } = await planned(laravel, edge);
      expect(variable('SHOP_URL')).toBe('http://localhost:8080');
      expect(variable('SHOP_WEBSOCKET_HOST')).toBe('localhost');
      expect(service('shop')?.devEnvironment).not.toHaveProperty('APP_URL');
    }
    const tailnet = { tailscale: { hostnames: { shop: 'shop' }, tailnet: 'tail1234.ts.net' } };
    expect((await planned(laravel, tailnet)).variable('SHOP_URL')).toBe('https://shop.tail1234.ts.net');
  });

  it('of a Django app is among the hosts that it answers to, after the one of the health check', async () => {
    const { variable } = await planned(django, caddy);
    expect(variable('SHOP_ALLOWED_HOSTS')).toBe('localhost,127.0.0.1,shop,shop.example.com,www.example.com');
    expect(variable('SHOP_CSRF_TRUSTED_ORIGINS')?.split(',').slice(2)).toEqual([
      'https://shop.example.com',
      'https://www.example.com',
    ]);
  });
});

describe('the visitor', () => {
  const commandOf = (dockerfile = '') =>
    /^CMD (\[.*\])$/gm.exec(dockerfile.slice(dockerfile.indexOf('AS production')))?.[1];

  it('is in the log of gunicorn, from the header that the edge alone writes', async () => {
    const formatOf = async (edge?: object) => {
      const { after } = await planned(django, edge);
      const words = JSON.parse(commandOf(after['Dockerfile']) ?? '[]') as string[];
      return words.includes('--access-logformat') ? words.at(-1)?.split(' ')[0] : undefined;
    };
    expect(await formatOf()).toBeUndefined();
    expect(await formatOf(caddy)).toBe('%({x-forwarded-for}i)s');
    expect(await formatOf(cloudflare)).toBe('%({cf-connecting-ip}i)s');
  });

  it('is taken by daphne from the header without anybody else in it', async () => {
    const daphne = { ...django, server: 'daphne', app: 'shop.asgi:application' };
    const start = async (edge?: object) => commandOf((await planned(daphne, edge)).after['Dockerfile']);
    expect(await start(caddy)).toContain('"--proxy-headers", "shop.asgi:application"');
    expect(await start(cloudflare)).toContain('"--proxy-headers-host", "cf-connecting-ip"');
  });

  it('is read by FrankenPHP from the right where somebody may have written before the edge', async () => {
    const caddyfile = async (edge?: object) => (await planned(laravel, edge)).after['docker/laravel/Caddyfile'];
    expect(await caddyfile()).toContain('trusted_proxies_strict');
    expect(await caddyfile()).not.toContain('-X-Forwarded-Host');
    expect(await caddyfile(cloudflare)).toContain('trusted_proxies_strict');
    expect(await caddyfile(caddy)).not.toContain('trusted_proxies_strict');
    for (const edge of [caddy, cloudflare]) expect(await caddyfile(edge)).toContain('request_header -X-Forwarded-Host');
  });
});
