/** Caddy as the edge of two apps, with certificates of its own authority. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { image } from '../../generators/stack/images.ts';
import { provideImage } from '../support/engine.ts';
import { run } from '../support/plan.ts';
import {
  compose,
  containers,
  docker,
  eventually,
  follow,
  generate,
  inspect,
  keepArtifacts,
  newStack,
  remove,
  type Stack,
  serviceOf,
  setPorts,
  withStack,
} from '../support/scenario.ts';
import {
  ask,
  askHttp2,
  askPlain,
  type Door,
  eventsInStep,
  exchange,
  handshake,
  payload,
  placeApps,
  quicVersions,
  reachable,
  seenBy,
  startNeighbour,
  steadyLoad,
  tcpSocket,
  tlsSocket,
  websocket,
} from './edge.ts';

const shop = 'shop.internal';
const api = 'api.shop.internal';
const www = 'www.shop.internal';

const stack = await newStack('caddied', { app: 'web', more: ['HTTP_PORT', 'HTTPS_PORT'] });
const { http, https } = doorOf(stack, '');
let door: Door;

/** As docs and the guide have it. */
const root = () => compose(stack, 'exec', '-T', 'caddy', 'cat', '/data/caddy/pki/authorities/local/root.crt');

beforeAll(async () => {
  try {
    placeApps(stack, 'web', 'api');
    const hostnames = `{web: ${shop}, api: [${api}, ${shop}/api]}`;
    const report = await generate(
      stack,
      ...['--set', 'apps.web.health=/health', '--set', 'apps.api.health=/health', '--set', 'apps.api.port=4000'],
      ...['--set', `edge={caddy: {hostnames: ${hostnames}, redirects: {${www}: ${shop}}}}`],
    );
    setPorts(stack);
    // As strict as an app can be: its own health check, its hosts, https.
    writeFileSync(join(stack.directory, 'api.env'), `ALLOWED_HOSTS=127.0.0.1,${api},${shop}\nREDIRECT_TO_HTTPS=yes\n`);
    await follow(stack, report);
    door = doorOf(stack, (await root()).stdout);
    // It makes them once it is started.
    for (const host of [shop, api, www]) await eventually(() => handshake(door, host));
  } catch (error) {
    await keepArtifacts(stack, 'edge-caddy');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `edge-caddy ${task.name}`));
});

afterAll(() => remove(stack));

describe('Caddy as the edge', () => {
  it('has a certificate for each name, of an authority that clients can be given', async () => {
    for (const host of [shop, api, www]) {
      const { protocol, alpn, certificate } = await handshake(door, host);
      expect({ protocol, alpn, names: certificate.subjectaltname }).toEqual({
        protocol: 'TLSv1.3',
        alpn: 'h2',
        names: `DNS:${host}`,
      });
    }
    expect((await handshake(door, shop, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(handshake(door, shop, old)).rejects.toThrow(/protocol version/);
  });

  it('speaks HTTP/2 and HTTP/3', async () => {
    const second = await askHttp2(door, shop, '/');
    expect([second.status, second.alpn]).toEqual([200, 'h2']);
    expect(second.headers['alt-svc']).toBe('h3=":443"; ma=2592000');
    expect(await quicVersions(https)).toContain(1);
    // The client of the image itself, where it can.
    const curl = (...args: readonly string[]) => compose(stack, 'exec', '-T', 'caddy', 'curl', ...args);
    if ((await curl('--version')).stdout.includes('HTTP3')) {
      const trusted = ['--cacert', '/data/caddy/pki/authorities/local/root.crt'];
      const { stdout } = await curl(
        ...['--silent', '--http3-only', '--resolve', `${shop}:443:127.0.0.1`, ...trusted],
        ...['--write-out', '\n%{http_version}', `https://${shop}/`],
      );
      expect(stdout.split('\n').at(-1)).toBe('3');
    }
  });

  it('leads each host and path to its app, the longest path first, and keeps the path', async () => {
    const ids = Object.fromEntries((await containers(stack)).map((one) => [serviceOf(one), one.Id.slice(0, 12)]));
    const expected = [
      [shop, '/', 'web'],
      [shop, '/api', 'api'],
      [shop, '/api/v1/orders?a=1&b=%2F', 'api'],
      [shop, '/apidocs', 'web'],
      [shop, '/deep/api', 'web'],
      [api, '/', 'api'],
      [api, '/api/x', 'api'],
    ] as const;
    for (const [host, path, app] of expected) {
      const seen = await seenBy(door, host, path);
      expect([seen.container, seen.url], host + path).toEqual([ids[app], path]);
    }
  });

  it('redirects http and other names once, with path and query', async () => {
    const plain = await askPlain(door, shop, '/a/b?c=d&e=%20f');
    expect([plain.status, plain.headers.location]).toEqual([308, `https://${shop}/a/b?c=d&e=%20f`]);
    const other = await ask(door, www, '/a/b?c=d&e=%20f');
    expect([other.status, other.headers.location]).toEqual([308, `https://${shop}/a/b?c=d&e=%20f`]);
  });

  it('has no answer for names that it does not know', async () => {
    await expect(handshake(door, 'other.internal')).rejects.toThrow(/alert/);
    await expect(handshake(door, '')).rejects.toThrow(/alert/);
    for (const host of ['other.internal', '127.0.0.1']) {
      const { text } = await exchange(tcpSocket(http), `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect(text, host).toBe('');
    }
    const { status, body } = await ask(door, shop, '/', { headers: { host: 'other.internal' } });
    expect([status, body]).toEqual([421, '']);
  });

  it('tells apps who the client is, and lets nobody forge it', async () => {
    const forged = {
      'x-forwarded-for': '203.0.113.7, 198.51.100.9',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'evil.example.com',
      'x-forwarded-port': '81',
      'x-forwarded-prefix': '/evil',
      'x-real-ip': '203.0.113.7',
      forwarded: 'for=203.0.113.7;proto=http;host=evil.example.com',
      x_forwarded_for: '203.0.113.7',
      x_forwarded_proto: 'http',
      'x-own': 'kept',
    };
    const neighbour = await startNeighbour(stack, door, { service: 'caddy', port: 443 });
    try {
      const { headers, ...seen } = await neighbour.seen(shop, forged);
      expect(seen).toMatchObject({ address: neighbour.address, scheme: 'https', host: shop });
      expect(JSON.stringify(headers)).not.toMatch(/203\.0\.113|198\.51\.100|evil/);
      expect(headers).toMatchObject({
        'x-forwarded-for': neighbour.address,
        'x-real-ip': neighbour.address,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': shop,
        'x-own': 'kept',
      });
      expect(Object.keys(headers).filter((name) => name.includes('_'))).toEqual([]);
    } finally {
      await neighbour.remove();
    }
    // A header that is called one of the connection is not passed on: not even then does the client's own count.
    const { headers } = await seenBy(door, shop, '/', {
      headers: { ...forged, connection: 'close, x-forwarded-for, x-real-ip' },
    });
    expect(headers['x-forwarded-for']).toBe(headers['x-real-ip']);
    expect(headers['x-forwarded-for']).toMatch(/^[0-9.]+$/);
    expect(headers['x-forwarded-for']).not.toMatch(/^203/);
  });

  it('adds security headers where the app has none of its own', async () => {
    const { headers } = await ask(door, shop, '/');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
    });
    // The name exists here only: a browser that remembers it could not be helped elsewhere.
    for (const name of ['strict-transport-security', 'server', 'via', 'content-security-policy'])
      expect(headers).not.toHaveProperty(name);
    const own = (await ask(door, shop, '/own-headers')).headers;
    expect(own).toMatchObject({
      'x-content-type-options': 'own',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=1',
      'content-security-policy': "default-src 'self'",
    });
  });

  it('compresses what is worth it, in the way that the client likes', async () => {
    const accept = (encoding: string) => ask(door, shop, '/page', { headers: { 'accept-encoding': encoding } });
    const whole = await ask(door, shop, '/page');
    expect(whole.headers).not.toHaveProperty('content-encoding');
    for (const [encoding, expected, decode] of [
      ['gzip', 'gzip', gunzipSync],
      ['gzip, zstd, br', 'zstd', zstdDecompressSync],
      ['br', undefined, brotliDecompressSync],
    ] as const) {
      const { headers, bytes } = await accept(encoding);
      expect(headers['content-encoding']).toBe(expected);
      if (expected) expect(decode(bytes).toString()).toBe(whole.body);
    }
  });

  it('passes a websocket on, and a reload of the configuration does not cut it', async () => {
    const open = await websocket(door, shop, '/api/ws');
    open.send('first');
    expect(await open.next()).toBe('first');
    await compose(stack, 'exec', '-T', 'caddy', 'caddy', 'reload', '--force', '--config', '/etc/caddy/Caddyfile');
    open.send('x'.repeat(5000));
    expect(await open.next()).toBe('x'.repeat(5000));
    open.close();
    expect((await open.closed).code).toBe(1000);
  });

  it('hands on each event of a stream when it comes', async () => {
    const { headers, came } = await eventsInStep(door, shop, '/api');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(came.map(({ data }) => data)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('takes an upload of 50 MB whole, and refuses a larger one', async () => {
    const fits = payload(50);
    const taken = await ask(door, shop, '/upload', { method: 'POST', body: fits.body });
    expect(JSON.parse(taken.body)).toEqual({ bytes: fits.body.length, sha256: fits.sha256 });
    const { body } = payload(51);
    // Who says how much it will be is refused before it is sent.
    const announced = `POST /upload HTTP/1.1\r\nHost: ${shop}\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect((await exchange(tlsSocket(door, shop), announced)).text).toMatch(/^HTTP\/1\.1 413 /);
    expect((await askHttp2(door, shop, '/upload', { method: 'POST', body })).status).toBe(413);
  });

  it('is not kept busy by clients that are slow on purpose', async () => {
    const slow = Array.from({ length: 200 }, (_, index) => {
      const socket = tlsSocket(door, shop);
      const body = index % 2 === 0;
      const start = body ? 'POST /held-back/upload HTTP/1.1\r\nContent-Length: 1000000\r\n' : 'GET / HTTP/1.1\r\n';
      const open = new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()));
      const closed = new Promise<number>((resolve) => socket.once('close', () => resolve(Date.now())));
      socket.on('error', () => {});
      socket.write(`${start}Host: ${shop}\r\n${body ? '\r\nx' : 'X-Slow: '}`);
      const timer = setInterval(() => socket.write('x'), 500);
      return { socket, open, closed, body, timer };
    });
    try {
      // So many handshakes take their time on a busy machine, and are not what this is about.
      await Promise.all(slow.map(({ open, closed }) => Promise.race([open, closed])));
      const start = Date.now();
      for (let count = 0; count < 20; count += 1) await seenBy(door, shop, '/', { patience: 5000 });
      expect(Date.now() - start).toBeLessThan(10_000);
      // Who does not end its headers is sent away.
      const headers = slow.filter(({ body }) => !body);
      await Promise.race([
        Promise.all(headers.map(({ closed }) => closed)),
        new Promise((_, reject) => setTimeout(() => reject(new Error('slow headers are waited for')), 25_000)),
      ]);
      // Who does not end its body keeps Caddy waiting, and no app.
      expect(slow.filter(({ socket, body }) => body && !socket.destroyed)).toHaveLength(100);
      expect((await compose(stack, 'logs', '--no-log-prefix', 'web')).stdout).not.toContain('/held-back/upload');
    } finally {
      for (const { socket, timer } of slow) {
        clearInterval(timer);
        socket.destroy();
      }
    }
  });

  it('asks no app that is not ready, and asks again once it is', async () => {
    const health = (status: number) => compose(stack, 'exec', '-T', 'api', 'node', '-e', set(status));
    const set = (status: number) =>
      `fetch('http://127.0.0.1:4000/health?status=${status}', { method: 'POST' }).then((r) => process.exit(r.ok ? 0 : 1))`;
    await health(503);
    await eventually(async () => expect((await ask(door, api, '/')).status).toBe(503), 120);
    expect((await ask(door, shop, '/')).status).toBe(200);
    await health(200);
    await eventually(async () => expect((await ask(door, api, '/')).status).toBe(200));
  });

  it('shows the maintenance page instead of apps while the flag is there', async () => {
    const folder = join(stack.directory, 'docker/edge/maintenance');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.html'), '<title>Back soon {env.PATH}</title>');
    writeFileSync(join(folder, 'on'), '');
    const { status, headers, body } = await ask(door, shop, '/api/orders', { method: 'POST' });
    expect([status, headers['retry-after'], headers['content-type']]).toEqual([503, '300', 'text/html; charset=utf-8']);
    expect(body).toBe('<title>Back soon {env.PATH}</title>');
    rmSync(join(folder, 'on'));
    expect((await ask(door, shop, '/')).status).toBe(200);
  });

  it('logs who asked for what, and no secret', async () => {
    await ask(door, shop, '/logged?page=2&token=leaked-1', {
      headers: { authorization: 'Bearer leaked-2', cookie: 'session=leaked-3', 'x-api-key': 'leaked-4' },
    });
    const line = await eventually(async () => {
      const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'caddy');
      const found = stdout.split('\n').find((one) => one.includes('/logged'));
      if (found === undefined) throw new Error('not logged yet');
      return found;
    });
    expect(line).not.toContain('leaked');
    expect(JSON.parse(line)).toMatchObject({
      request: {
        client_ip: expect.stringMatching(/^[0-9.]+$/),
        method: 'GET',
        host: shop,
        uri: '/logged?page=2&token=REDACTED',
      },
      status: 200,
      upstream: 'web:3000',
    });
  });

  it('keeps the secrets of a stream that its client has left out of its warnings, too', async () => {
    const path = '/left/events?count=1000&Token=leaked-5&accessToken=leaked-6&a=b&api_key=leaked-7';
    const socket = tlsSocket(door, shop);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${shop}\r\nX-Api-Key: leaked-8\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    const lines = await eventually(async () => {
      const { stdout, stderr } = await compose(stack, 'logs', '--no-log-prefix', 'caddy');
      const found = `${stdout}\n${stderr}`.split('\n').filter((one) => one.includes('/left/events'));
      expect(found.map((one) => (JSON.parse(one) as { level: string }).level).sort()).toEqual(['info', 'warn']);
      return found;
    });
    for (const line of lines) {
      expect(line).not.toContain('leaked');
      expect(line).toContain('?count=1000&Token=REDACTED&accessToken=REDACTED&a=b&api_key=REDACTED');
    }
  });

  it('holds requests while an app is made anew', async () => {
    const load = steadyLoad(door, shop);
    await eventually(() => expect(load.sent()).toBeGreaterThan(50));
    await compose(stack, 'up', '--detach', '--no-deps', '--force-recreate', '--wait', 'web');
    const before = load.sent();
    await eventually(() => expect(load.sent()).toBeGreaterThan(before + 50));
    const { sent, failed, containers: answered, slowest } = await load.stop();
    console.log(`recreated: ${failed.length} of ${sent} requests failed, the slowest took ${slowest} ms`, failed);
    expect(answered).toHaveLength(2);
    // A POST that had reached the container before it stopped is not sent twice.
    expect(failed.filter((one) => !one.includes('POST'))).toEqual([]);
    expect(failed.length).toBeLessThanOrEqual(4);
  });

  it('keeps its certificates over down and up', async () => {
    const before = (await handshake(door, shop)).certificate.fingerprint256;
    await compose(stack, 'down');
    await compose(stack, 'up', '--detach', '--wait');
    expect((await handshake(door, shop)).certificate.fingerprint256).toBe(before);
    expect((await root()).stdout).toBe(door.ca);
  });

  it('is the only way in, as an ordinary user that can write to its certificates alone', async () => {
    const { addresses, open } = await reachable(stack);
    expect(addresses).not.toEqual([]);
    expect([...open].sort()).toEqual(
      addresses.flatMap((address) => [`${address}:${http}`, `${address}:${https}`]).sort(),
    );
    for (const container of await containers(stack)) {
      const published = Object.values(container.NetworkSettings.Ports).some((bindings) => bindings?.length);
      expect(published, container.Name).toBe(serviceOf(container) === 'caddy');
    }
    const { Id, HostConfig, NetworkSettings } = await inspect(stack, 'caddy');
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${stack.name}_edge`]);
    expect(HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
    });
    expect(HostConfig.CapAdd?.map((one) => one.replace('CAP_', ''))).toEqual(['NET_BIND_SERVICE']);
    const probe =
      "grep -hE '^(Uid|CapEff):' /proc/1/status; touch /etc/caddy/probe /data/probe /config/probe /probe; true";
    const { stdout, stderr } = await docker(stack, 'exec', Id, 'sh', '-c', probe);
    expect(stdout.split(/\s+/)).toEqual(['Uid:', '1443', '1443', '1443', '1443', 'CapEff:', '0000000000000000']);
    expect(stderr.match(/Read-only file system/g)).toHaveLength(4);
  });

  it('is well as scripts/verify sees it', async () => {
    const { stdout } = await execa('scripts/verify', ['--json'], { cwd: stack.directory, reject: false });
    const { healthy, checks } = JSON.parse(stdout) as {
      readonly healthy: boolean;
      readonly checks: readonly { readonly check: string; readonly status: string; readonly text: string }[];
    };
    expect({ healthy, bad: checks.filter(({ status }) => status !== 'ok') }).toEqual({ healthy: true, bad: [] });
    const well = checks.map(({ check, text }) => `${check}: ${text}`);
    expect(well).toEqual(
      expect.arrayContaining([
        'web: port 3000 of its container answers /health with 200',
        'api: port 4000 of its container answers /health with 200',
        ...[shop, api].map((host) => `${host}: https://${host}/health answers with 200`),
        `${www}: https://${www}/ answers with 308`,
        ...[shop, api, www].map((host) => `${host}: http:// is sent on to https://`),
        'ports: what is published is on the loopback interface, but for caddy:80 caddy:443 caddy:443/udp',
      ]),
    );
  });

  it('is told by scripts/ctl who has its port', async () => {
    const squatter = `${stack.name}-squatter`;
    await compose(stack, 'stop', 'caddy');
    // The engine answers this once it has given the ports back.
    const { Config } = await inspect(stack, 'caddy');
    try {
      const options = ['--detach', '--rm', '--name', squatter, '--publish', `${http}:80`, '--entrypoint', 'sleep'];
      await docker(stack, 'run', ...options, Config.Image, '300');
      const { exitCode, stderr } = await execa('scripts/ctl', ['up', '--detach'], {
        cwd: stack.directory,
        reject: false,
      });
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain(
        `ctl: port ${http}, which caddy publishes, is taken by the container ${squatter}: stop that, or set HTTP_PORT in .env`,
      );
    } finally {
      await docker(stack, 'rm', '--force', squatter);
      await compose(stack, 'up', '--detach', '--wait');
    }
  });
});

describe('Caddy and public names', () => {
  it('takes a configuration with apps and paths that are called as what is in it', async () => {
    const node = { stack: 'node', start: 'node server.js', uses: [] };
    const names = ['app', 'site', 'health', 'strict-transport-security', 'known'];
    const { after } = await run(Object.fromEntries(names.map((name) => [`${name}/x`, ''])), {
      name: 'shop',
      apps: Object.fromEntries(names.map((name, index) => [name, { ...node, path: name, port: 3000 + index }])),
      backup: { engine: 'none' },
      edge: {
        caddy: {
          hostnames: {
            app: ['shop.example.com', 'localhost'],
            site: 'shop.example.com/maintenance',
            health: ['shop.example.com/known', 'nas/health'],
            'strict-transport-security': 'shop.example.com/too-large',
            known: 'shop.example.com/known/known',
          },
          redirects: { 'www.example.com': 'shop.example.com' },
          email: 'first.last+%ops@example.com',
        },
      },
    });
    const folder = mkdtempSync(join(tmpdir(), 'prodstack-e2e-'));
    try {
      chmodSync(folder, 0o755);
      writeFileSync(join(folder, 'Caddyfile'), after['docker/caddy/Caddyfile'] ?? '');
      await provideImage(image('caddy'));
      const validate = 'caddy validate --config /etc/caddy/Caddyfile && caddy fmt --diff /etc/caddy/Caddyfile';
      const mount = ['--volume', `${folder}:/etc/caddy:ro`];
      const { stdout } = await execa('docker', ['run', '--rm', ...mount, image('caddy'), 'sh', '-c', validate]);
      expect(stdout).toContain('Valid configuration');
      // As Caddy itself would write it.
      expect(stdout).not.toMatch(/^[+-]/m);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('gets its certificates by ACME, and renews none after a restart', async () => {
    const stack = await newStack('acme', { app: 'web', more: ['HTTP_PORT', 'HTTPS_PORT'] });
    const name = 'shop.example.com';
    await withStack(stack, 'edge-caddy acme', async () => {
      await caddyOnly(stack, `{hostnames: {web: ${name}}, redirects: {www.${name}: ${name}}, email: ops@example.com}`);
      // An authority in the place of the public one: what it asks Caddy for, and where, is the same.
      const write = (path: string, text: string) => {
        const file = join(stack.directory, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      };
      write('ca/Caddyfile', '{\n\tskip_install_trust\n}\nhttps://ca {\n\ttls internal\n\tacme_server\n}\n');
      write(
        'compose.acme.yaml',
        `services:
  ca: { image: "${image('caddy')}", networks: [edge], volumes: ["./ca:/etc/caddy:ro"] }
  caddy: { networks: { edge: { aliases: [${name}, www.${name}] } } }
`,
      );
      const files = ['compose.yaml', 'compose.prod.yaml', 'compose.acme.yaml'].flatMap((file) => ['-f', file]);
      const using = (...args: readonly string[]) => compose(stack, ...files, ...args);
      await using('up', '--detach', 'ca');
      const root = await eventually(
        async () => (await using('exec', '-T', 'ca', 'cat', '/data/caddy/pki/authorities/local/root.crt')).stdout,
      );
      write('docker/caddy/ca.crt', root);
      const caddyfile = join(stack.directory, 'docker/caddy/Caddyfile');
      const global = '{\n\tacme_ca https://ca/acme/local/directory\n\tacme_ca_root /etc/caddy/ca.crt\n';
      writeFileSync(caddyfile, readFileSync(caddyfile, 'utf8').replace('{\n', global));
      write('docker/edge/maintenance/index.html', 'soon');
      write('docker/edge/maintenance/on', '');
      await using('up', '--detach', '--wait', 'caddy');

      const door = doorOf(stack, root);
      // What did not succeed at once, it tries again a minute later.
      const first = await eventually(() => handshake(door, name));
      await eventually(() => handshake(door, `www.${name}`));
      expect(first.certificate.subjectaltname).toBe(`DNS:${name}`);
      const { status, headers } = await ask(door, name, '/');
      expect([status, headers['strict-transport-security']]).toEqual([503, 'max-age=2592000']);
      await expect(handshake(door, 'other.example.com')).rejects.toThrow(/alert/);

      await using('up', '--detach', '--wait', '--force-recreate', 'caddy');
      expect((await handshake(door, name)).certificate.fingerprint256).toBe(first.certificate.fingerprint256);
    });
  });

  it('does not start with certificates that are missing or not its own, and serves those that were brought', async () => {
    const stack = await newStack('brought', { app: 'web', more: ['HTTP_PORT', 'HTTPS_PORT'] });
    const name = 'shop.example.com';
    await withStack(stack, 'edge-caddy files', async () => {
      await caddyOnly(stack, `{hostnames: {web: ${name}}, certificates: files}`);
      const folder = join(stack.directory, 'docker/caddy/certs');
      mkdirSync(folder, { recursive: true });
      const up = () => compose(stack, 'up', '--detach', '--wait', 'caddy');
      const said = async () => (await compose(stack, 'logs', '--no-log-prefix', 'caddy-check')).stdout;
      await expect(up()).rejects.toThrow(/caddy-check" didn't complete successfully/);
      expect(await said()).toContain(`there is no certificate for ${name}: bring docker/caddy/certs/${name}.crt`);
      expect((await inspect(stack, 'caddy')).State).toMatchObject({ Status: 'created', Running: false });

      // Readable for Caddy, whoever runs this: the check warns of it, and no more.
      await execa('openssl', ['genpkey', '-algorithm', 'RSA', '-out', join(folder, `${name}.key`)]);
      chmodSync(join(folder, `${name}.key`), 0o444);
      const certify = (subject: string) =>
        execa('openssl', [
          ...['req', '-x509', '-key', join(folder, `${name}.key`), '-days', '90', '-subj', `/CN=${subject}`],
          ...['-addext', `subjectAltName=DNS:${subject}`, '-out', join(folder, `${name}.crt`)],
        ]);
      await certify('other.example.com');
      await expect(up()).rejects.toThrow(/caddy-check/);
      expect(await said()).toContain(`docker/caddy/certs/${name}.crt is not for ${name}`);

      await certify(name);
      await up();
      const ca = readFileSync(join(folder, `${name}.crt`), 'utf8');
      const door = doorOf(stack, ca);
      const before = (await handshake(door, name)).certificate.fingerprint256;
      // A new one, as the guide has it.
      await certify(name);
      await compose(stack, 'exec', '-T', 'caddy', 'caddy', 'reload', '--force', '--config', '/etc/caddy/Caddyfile');
      const renewed = { ...door, ca: readFileSync(join(folder, `${name}.crt`), 'utf8') };
      const after = await eventually(() => handshake(renewed, name));
      expect(after.certificate.fingerprint256).not.toBe(before);
    });
  });
});

/** A stack of which only Caddy is started: no app is built. */
async function caddyOnly(stack: Stack, caddy: string): Promise<void> {
  placeApps(stack, 'web');
  await generate(stack, '--set', 'apps.web.health=/health', '--set', `edge={caddy: ${caddy}}`);
  setPorts(stack);
  const { stdout } = await compose(stack, 'config', '--images', 'caddy');
  for (const one of stdout.split('\n').filter((line) => line !== '')) await provideImage(one);
  await docker(stack, 'volume', 'create', `${stack.name}_caddy-data`);
}

function doorOf({ more }: Stack, ca: string): Door {
  return { http: more['HTTP_PORT'] ?? 0, https: more['HTTPS_PORT'] ?? 0, ca };
}
