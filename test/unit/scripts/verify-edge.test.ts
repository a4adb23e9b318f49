/** `scripts/verify` of a stack with an edge: real bash, curl, openssl, TLS and HTTP; only Docker is played. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folder, says, verify, verifyWith, wellWith } from './verifying.ts';

/** Names and for how many days their certificates hold. */
const certificates: Readonly<Record<string, number>> = {
  'shop.example.com': 60,
  'soon.example.com': 5,
  'ended.example.com': 0,
  'www.example.com': 60,
};
const at = (name: string) => join(folder, name);
const flag = at('stack/docker/edge/maintenance/on');
const app1 = 'app shop-app-1 running healthy 0 0 false unless-stopped';
const caddy = 'caddy shop-caddy-1 running healthy 0 0 false unless-stopped';

let app: Server;
let http: Server;
let https: Server;
/** What each of them answers. */
let status = { app: 200, http: 308, https: 200 };

const port = (server: Server) => (server.address() as AddressInfo).port;
const answering =
  (who: keyof typeof status): RequestListener =>
  (request, response) => {
    // Strict as apps are: by another name it is asked nothing.
    if (who === 'app' && request.headers.host !== 'shop.example.com') return void response.writeHead(400).end();
    const code = who === 'https' && request.headers.host?.startsWith('www.') ? 308 : status[who];
    response.writeHead(code, code === 308 ? { location: 'https://shop.example.com/' } : {}).end();
  };

async function certify(name: string, days: number): Promise<void> {
  const openssl = (...args: readonly string[]) => execa('openssl', args, { cwd: folder });
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    'csr',
  );
  writeFileSync(at('names'), `subjectAltName=DNS:${name}\n`);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days), '-extfile', 'names'];
  await openssl('x509', '-req', '-in', 'csr', ...signed, '-out', `${name}.crt`);
}

beforeAll(async () => {
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '60', '-subj', '/CN=Test'];
  await execa('openssl', [...request, '-keyout', 'ca.key', '-out', 'ca.pem'], { cwd: folder });
  for (const [name, days] of Object.entries(certificates)) await certify(name, days);
  const contextOf = (name: string) =>
    createSecureContext({ cert: readFileSync(at(`${name}.crt`)), key: readFileSync(at(`${name}.key`)) });
  app = createHttpServer(answering('app'));
  http = createHttpServer(answering('http'));
  https = createHttpsServer(
    {
      SNICallback: (name, done) =>
        name in certificates ? done(null, contextOf(name)) : done(new Error('unknown name')),
    },
    answering('https'),
  );
  for (const server of [app, http, https])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}, 60_000);

afterAll(() => {
  for (const server of [app, http, https]) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const trusted = { CURL_CA_BUNDLE: at('ca.pem') };

/** What runs behind Caddy, with the hosts that are looked at. */
function put(hosts: readonly string[], edge: object = {}): void {
  wellWith({
    name: 'shop',
    postgres: false,
    apps: [`app ${port(app)} /health 299 shop.example.com`],
    edge: {
      service: 'caddy',
      network: 'edge',
      proxy: true,
      http: 80,
      https: 443,
      flag: 'docker/edge/maintenance/on',
      stopped: '',
      rolled: '',
      hosts,
      ...edge,
    },
    open: 'caddy:80 caddy:443 caddy:443/udp',
    data: 'caddy-data',
    backup: undefined,
  });
  says('services', 'app\ncaddy\n');
  says('containers', `${app1}\n${caddy}\n`);
  says('ports', 'caddy 80/tcp 0.0.0.0\ncaddy 443/tcp 0.0.0.0\ncaddy 443/udp ::\n');
  says('volumes', 'shop_caddy-data 2026-11-21T10:00:00Z \n');
  says('network', 'shop_app 192.0.2.1\nshop_edge 127.0.0.1\n');
  says('https', `0.0.0.0:${port(https)}\n`);
  says('http', `0.0.0.0:${port(http)}\n`);
}

const shop = 'shop.example.com /health 200 299 public';

beforeEach(() => {
  status = { app: 200, http: 308, https: 200 };
  rmSync(flag, { force: true });
  put([shop]);
});

it('all is well', async () => {
  put([shop, 'www.example.com / 300 399 public']);
  const { exitCode, failed, warned, well } = await verifyWith(trusted);
  expect({ exitCode, failed, warned }).toEqual({ exitCode: 0, failed: [], warned: [] });
  expect(well).toEqual(
    expect.arrayContaining([
      `app: port ${port(app)} of its container answers /health with 200`,
      expect.stringMatching(/^shop\.example\.com: its certificate holds until /),
      'shop.example.com: https://shop.example.com/health answers with 200',
      'shop.example.com: http:// is sent on to https://',
      'www.example.com: https://www.example.com/ answers with 308',
      'ports: what is published is on the loopback interface, but for caddy:80 caddy:443 caddy:443/udp',
    ]),
  );
});

describe('an app', () => {
  it.each([
    ['that answers with an error', () => (status.app = 503), /^app: port \d+ of its container answers .* with 503$/],
    [
      'that nobody gets to',
      () => says('network', 'shop_app 192.0.2.1\n'),
      /^app: it is not on the network shop_edge, where caddy is$/,
    ],
  ])('%s is named', async (_what, breaks, message) => {
    breaks();
    const { exitCode, failed } = await verifyWith(trusted);
    expect({ exitCode, failed }).toEqual({ exitCode: 1, failed: [expect.stringMatching(message)] });
  });

  it('that listens on its own loopback interface only is named', async () => {
    // Another address of this machine, where nobody listens.
    says('network', 'shop_edge 127.0.0.2\n');
    const { failed } = await verifyWith(trusted);
    expect(failed).toEqual([expect.stringMatching(/^app: port \d+ of its container does not answer/)]);
  });

  it('that this host does not get to is believed', async () => {
    const bin = at('no-timeout');
    mkdirSync(bin, { recursive: true });
    for (const name of [
      'bash',
      'awk',
      'sed',
      'grep',
      'cat',
      'tr',
      'sort',
      'tail',
      'head',
      'dirname',
      'curl',
      'openssl',
      'sleep',
      'cut',
      'env',
    ]) {
      const { stdout } = await execa('bash', ['-c', `command -v ${name}`]);
      if (!existsSync(join(bin, name))) symlinkSync(stdout, join(bin, name));
    }
    const { failed, warned } = await verifyWith({ ...trusted, PATH: `${at('bin')}:${bin}` });
    expect({ failed, warned }).toEqual({
      failed: [],
      warned: [expect.stringMatching(/^app: from here nobody gets to its container/)],
    });
  });
});

describe('the edge', () => {
  it.each([
    ['an app behind it that fails', () => (status.https = 502), /^shop\.example\.com: https:.* answers with 502$/],
    [
      'http that is not sent on',
      () => (status.http = 200),
      /^shop\.example\.com: http:.* answers with 200, and should/,
    ],
    ['a port that is not published', () => rmSync(at('says/https')), /^shop\.example\.com: caddy publishes no port$/],
    [
      'a certificate that has ended',
      () => put(['ended.example.com / 200 499 internal']),
      /^ended\.example\.com: its certificate has ended: /,
    ],
    [
      'another port of it that is open',
      () => says('ports', 'caddy 2019/tcp 0.0.0.0\n'),
      /^ports: caddy is published on 0\.0\.0\.0, port 2019/,
    ],
    ['an app that is published past it', () => says('ports', 'app 3000/tcp ::\n'), /^ports: app is published on ::/],
  ])('%s is named', async (_what, breaks, message) => {
    breaks();
    const { exitCode, failed } = await verifyWith(trusted);
    expect({ exitCode, failed }).toEqual({ exitCode: 1, failed: [expect.stringMatching(message)] });
  });

  it('a certificate that clients do not trust is named, but for one that is made here', async () => {
    const { failed } = await verify();
    expect(failed).toEqual([
      expect.stringMatching(/^shop\.example\.com: clients do not trust its certificate: curl: \(60\)/),
    ]);
    put(['shop.example.com /health 200 299 internal']);
    expect(await verify()).toMatchObject({ exitCode: 0, failed: [], warned: [] });
  });

  it('a name that it has no certificate for is named', async () => {
    put(['other.example.com / 200 499 public']);
    const { failed } = await verifyWith(trusted);
    expect(failed).toContain('other.example.com: there is no certificate for it');
    expect(failed).toContainEqual(
      expect.stringMatching(/^other\.example\.com: https:.* does not answer: curl: \(35\)/),
    );
  });

  it('a certificate that ends soon is a warning', async () => {
    put(['soon.example.com / 200 499 public']);
    const { exitCode, warned } = await verifyWith(trusted);
    expect({ exitCode, warned }).toEqual({
      exitCode: 0,
      warned: [expect.stringMatching(/^soon\.example\.com: its certificate ends soon: /)],
    });
  });

  it('the maintenance page is a warning, and what visitors get then is right', async () => {
    mkdirSync(join(flag, '..'), { recursive: true });
    writeFileSync(flag, '');
    status.https = 503;
    const { exitCode, failed, warned, well } = await verifyWith(trusted);
    expect({ exitCode, failed, warned }).toEqual({
      exitCode: 0,
      failed: [],
      warned: ['maintenance: it is on: visitors get its page, until scripts/maintenance off'],
    });
    expect(well).toContain('shop.example.com: https://shop.example.com/health answers with the maintenance page');
    // It would end with the apps that come up.
    expect((await verifyWith(trusted, '--restart', '--yes')).warned).toContainEqual(
      expect.stringMatching(/^restart: not begun: scripts\/maintenance is on/),
    );
  });

  it('files that do not have it are named', async () => {
    says('services', 'app\n');
    const { exitCode, failed } = await verifyWith(trusted);
    expect({ exitCode, failed }).toEqual({ exitCode: 1, failed: [expect.stringContaining('COMPOSE_FILE in .env')] });
  });

  it('two containers of what scripts/rollout exchanges are a warning', async () => {
    says('containers', `${app1}\n${app1.replace('app-1', 'app-2')}\n${caddy}\n`);
    expect(await verifyWith(trusted)).toMatchObject({ exitCode: 0, warned: [] });
    put([shop], { rolled: 'app' });
    says('containers', `${app1}\n${app1.replace('app-1', 'app-2')}\n${caddy}\n`);
    const { exitCode, warned } = await verifyWith(trusted);
    expect({ exitCode, warned }).toEqual({
      exitCode: 0,
      warned: [expect.stringMatching(/^app: it has two containers: .* scripts\/rollout app$/)],
    });
  });
});

describe('a tunnel', () => {
  const tunnel = { service: 'cloudflared', proxy: false, http: '', https: '', flag: '', stopped: 'app' };
  const running = (state: string) =>
    says('containers', `${app1}\ncloudflared shop-cloudflared-1 running ${state} 0 0 false unless-stopped\n`);

  beforeEach(() => {
    put([], tunnel);
    says('services', 'app\ncloudflared\n');
    says('ports', '');
    running('healthy');
  });

  it('is connected, and nothing is published', async () => {
    const { exitCode, failed, warned, well } = await verify();
    expect({ exitCode, failed, warned }).toEqual({ exitCode: 0, failed: [], warned: [] });
    expect(well).toContain('cloudflared: it is connected');
  });

  it('that is not connected is named', async () => {
    running('unhealthy');
    const { exitCode, failed, well } = await verify();
    expect({ exitCode, failed }).toEqual({
      exitCode: 1,
      failed: [expect.stringMatching(/^cloudflared: it is unhealthy/)],
    });
    expect(well).not.toContain('cloudflared: it is connected');
  });

  it('a name that cannot be asked from here is a warning', async () => {
    put(['no-such-name.invalid / 200 499'], tunnel);
    says('services', 'app\ncloudflared\n');
    running('healthy');
    const { failed, warned } = await verify();
    expect({ failed, warned }).toEqual({
      failed: [],
      warned: [expect.stringMatching(/^no-such-name\.invalid: .* cannot be asked from here/)],
    });
  });

  it('the maintenance page comes from a service of its own', async () => {
    const away = app1.replace('running healthy', 'exited none');
    says('containers', `${away}\ncloudflared shop-cloudflared-1 running healthy 0 0 false unless-stopped\n`);
    expect((await verify()).failed).toEqual([expect.stringMatching(/^app: it is exited/)]);
    says('profile', 'cloudflared\nmaintenance\n');
    const { failed, warned } = await verify();
    expect({ failed, warned }).toEqual({ failed: [], warned: [expect.stringMatching(/^maintenance: it is on/)] });
  });

  it('an app that is published past it is named', async () => {
    says('ports', 'app 3000/tcp 0.0.0.0\n');
    expect((await verify()).failed).toEqual([expect.stringMatching(/^ports: app is published on 0\.0\.0\.0/)]);
  });
});
