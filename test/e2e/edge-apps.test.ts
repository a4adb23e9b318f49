/** Five apps behind one edge: each sees its visitors as they are, whatever they make up. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  compose,
  docker,
  eventually,
  follow,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  setPorts,
} from '../support/scenario.ts';
import { ask, askPlain, type Door, events, handshake, websocket } from './edge.ts';

const apps = ['api', 'books', 'ledger', 'shop', 'pages'] as const;
type App = (typeof apps)[number];
const hostOf = (app: App) => `${app}.internal`;

/** Where each app says what it sees; the pages have it from the api. */
const routes: Readonly<Record<App, string>> = {
  api: '/api/seen',
  books: '/seen',
  ledger: '/seen',
  shop: '/seen',
  pages: '/api/seen',
};

/** What a visitor may send to be taken for somebody else, or for somewhere else. */
const forged = {
  'x-forwarded-for': '203.0.113.66',
  'x-forwarded-proto': 'http',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '8080',
  'x-forwarded-prefix': '/evil',
  'x-real-ip': '203.0.113.66',
  'cf-connecting-ip': '203.0.113.66',
  forwarded: 'for=203.0.113.66;proto=http;host=evil.example',
};

describe('apps behind an edge', async () => {
  const stack = await newStack('visitors', {
    fixture: 'visitors',
    app: 'api',
    more: ['HTTP_PORT', 'HTTPS_PORT', 'BOOKS_PORT', 'LEDGER_PORT', 'SHOP_PORT', 'PAGES_PORT'],
  });
  const { HTTP_PORT: http = 0, HTTPS_PORT: https = 0 } = stack.more;
  let door: Door = { http, https, ca: '' };
  let report: Report;
  /** The visitor of these tests: this machine, as Docker shows it to the edge. */
  let visitor: string;

  beforeAll(async () => {
    try {
      const hostnames = apps.map((app) => `${app}: ${hostOf(app)}`).join(', ');
      report = await generate(
        stack,
        ...['--set', 'apps.api={stack: fastapi, path: api}'],
        ...['--set', 'apps.books={stack: python, path: books, port: 8001, migrate: none}'],
        ...['--set', 'apps.ledger={stack: node, path: ledger}'],
        ...['--set', 'apps.shop={stack: laravel, path: shop, port: 8081}'],
        ...['--set', 'apps.pages={stack: static, path: pages, build: none, output: ., proxy: {/api: api}}'],
        ...['--set', `edge.caddy.hostnames={${hostnames}}`],
      );
      setPorts(stack);
      await follow(stack, report);
      const root = ['cat', '/data/caddy/pki/authorities/local/root.crt'];
      door = { ...door, ca: (await compose(stack, 'exec', '-T', 'caddy', ...root)).stdout };
      const network = `${stack.name}_edge`;
      const { stdout } = await docker(stack, 'network', 'inspect', network);
      visitor = (JSON.parse(stdout) as { IPAM: { Config: { Gateway: string }[] } }[])[0]?.IPAM.Config[0]?.Gateway ?? '';
      // Caddy makes them once it is started.
      for (const app of apps) await eventually(() => handshake(door, hostOf(app)));
    } catch (error) {
      await keepArtifacts(stack, 'edge-apps');
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `edge-apps ${task.name}`));
  });
  afterAll(() => remove(stack));

  const see = async (app: App, headers = {}) => {
    const { status, body } = await ask(door, hostOf(app), routes[app], { headers });
    expect(status, body).toBe(200);
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  };

  it('there is nothing to warn of in apps that believe their proxy as they should', () => {
    expect(report.warnings.filter((warning) => /every visitor|makes up/.test(warning))).toEqual([]);
  });

  it.each(apps)('%s sees the visitor, https and its own host', async (app) => {
    expect(visitor).toMatch(/^[\d.]+$/);
    const host = hostOf(app);
    const expected = { address: visitor, scheme: 'https', host, url: `https://${host}${routes[app]}` };
    expect(await see(app)).toMatchObject(expected);
    expect(await see(app, forged)).toMatchObject(expected);
  });

  it.each(apps)('the log of %s has the visitor, and not whom it makes up', async (app) => {
    const mark = `mark-${app}`;
    // nginx logs no query.
    const path = app === 'pages' ? `/api/${mark}?` : `${routes[app]}?${mark}&`;
    await ask(door, hostOf(app), `${path}token=leaked-1&API_KEY=leaked-2`, {
      headers: { ...forged, referer: 'https://shop.internal/?code=leaked-3', 'x-api-key': 'leaked-4' },
    });
    await eventually(async () => {
      const { stdout } = await compose(stack, 'logs', '--no-log-prefix', app);
      const line = stdout.split('\n').find((one) => one.includes(mark)) ?? '';
      expect(line).toMatch(new RegExp(`(?:^|["\\s])${visitor.replaceAll('.', '\\.')}(?::0)?["\\s]`));
      expect(line).not.toContain('203.0.113.66');
      // uvicorn logs every query as it is, and what a Node.js app logs is its own.
      if (app !== 'api' && app !== 'ledger') expect(line).not.toContain('leaked');
    });
  });

  it.each(['api', 'books', 'ledger', 'shop'] as const)('%s redirects to https on its own host', async (app) => {
    const { status, headers } = await ask(door, hostOf(app), app === 'api' ? '/api/go' : '/go', { headers: forged });
    expect([301, 302, 307, 308]).toContain(status);
    expect(headers.location).toBe(`https://${hostOf(app)}${routes[app]}`);
  });

  it('who comes by http is sent to https once, also by apps that see to that themselves', async () => {
    for (const app of ['books', 'ledger'] as const) {
      const { status, headers } = await askPlain(door, hostOf(app), routes[app], { headers: forged });
      expect([status, headers.location]).toEqual([308, `https://${hostOf(app)}${routes[app]}`]);
      await see(app);
    }
  });

  it('cookies are for https only', async () => {
    for (const app of ['books', 'ledger', 'shop'] as const) {
      const { headers } = await ask(door, hostOf(app), routes[app], { headers: forged });
      expect(headers['set-cookie']?.length, app).toBeGreaterThan(0);
      for (const cookie of headers['set-cookie'] ?? []) expect(cookie).toMatch(/; ?secure(?:;|$)/i);
    }
  });

  it('the public address is the default: Laravel has it for mails, Django answers to it', async () => {
    expect(await see('shop')).toMatchObject({ configured: 'https://shop.internal', https: 'on' });
    const { stdout } = await compose(
      stack,
      'exec',
      '-T',
      'books',
      'sh',
      '-c',
      'echo "$ALLOWED_HOSTS $CSRF_TRUSTED_ORIGINS"',
    );
    expect(stdout).toContain('books.internal');
    expect(stdout).toContain('https://books.internal');
  });

  it('no header changes the path that gunicorn is asked for', async () => {
    const { status } = await ask(door, hostOf('books'), '/elsewhere/seen', { headers: { SCRIPT_NAME: '/elsewhere' } });
    expect(status).toBe(404);
  });

  it('no header with an underscore is taken for one of the proxy, not even where the proxy lets it through', async () => {
    const sent = [
      ...['Host: shop.internal', 'X-Forwarded-For: 198.51.100.1', 'X-Forwarded-Proto: https'],
      ...['X_Forwarded_For: 203.0.113.66', 'X_Forwarded_Proto: http', 'X_Forwarded_Host: evil.example'],
      ...['X_Forwarded_Port: 8080', 'X_Forwarded_Prefix: /evil', 'Tailscale_User_Login: boss@example.com'],
    ];
    // As tailscaled would ask: past Caddy, which drops such names itself.
    const context = `stream_context_create(['http' => ['header' => ${JSON.stringify(sent)}]])`;
    const script = `echo file_get_contents('http://127.0.0.1:8081/seen', false, ${context});`;
    const { stdout } = await compose(stack, 'exec', '-T', 'shop', 'php', '-r', script);
    expect(JSON.parse(stdout)).toMatchObject({
      address: '198.51.100.1',
      scheme: 'https',
      host: 'shop.internal',
      url: 'https://shop.internal/seen',
      login: null,
    });
  });

  it('a websocket through the edge, and through nginx in the stack, knows its visitor', async () => {
    for (const app of ['api', 'pages'] as const) {
      const socket = await websocket(door, hostOf(app), '/api/ws', forged);
      expect(await socket.next()).toBe(`${visitor} wss`);
      socket.close();
    }
  });

  it('events arrive one by one through both', async () => {
    const { came } = await events(door, hostOf('pages'), '/api/events');
    expect(came.map(({ data }) => data)).toEqual(['0', '1', '2', '3']);
    expect((came[3]?.ms ?? 0) - (came[0]?.ms ?? 0)).toBeGreaterThan(1000);
  });

  it('the apps have no port of this machine, by which somebody could get past the edge', async () => {
    for (const app of apps) {
      const { Ports } = (await inspect(stack, app)).NetworkSettings;
      expect(Object.values(Ports).flatMap((bindings) => bindings ?? [])).toEqual([]);
    }
  });
});
