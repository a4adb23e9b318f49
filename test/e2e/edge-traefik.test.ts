/** Traefik as the edge of two apps, with certificates that are brought, and the filter between it and the Docker API. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Container,
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
  serviceOf,
  setPorts,
} from '../support/scenario.ts';
import {
  ask,
  askHttp2,
  askPlain,
  type Door,
  eventsInStep,
  handshake,
  payload,
  placeApps,
  reachable,
  seenBy,
  steadyLoad,
  tlsSocket,
  websocket,
} from './edge.ts';

const shop = 'shop.example.com';
const api = 'api.example.com';
const www = 'www.example.com';
/** Nothing but an app on a path. */
const partner = 'partner.example.com';
const hosts = [shop, api, www, partner];

const stack = await newStack('traefiked', { app: 'web', more: ['HTTP_PORT', 'HTTPS_PORT'] });
const [http = 0, https = 0] = [stack.more['HTTP_PORT'], stack.more['HTTPS_PORT']];
const authority = mkdtempSync(join(tmpdir(), 'prodstack-authority-'));
const certs = join(stack.directory, 'docker/traefik/certs');
let door: Door;

// Where no registry is reached, Traefik is compiled first.
beforeAll(async () => {
  try {
    placeApps(stack, 'web', 'api');
    const hostnames = `{web: ${shop}, api: [${api}, ${shop}/api, ${partner}/api]}`;
    const edge = `{traefik: {hostnames: ${hostnames}, redirects: {${www}: ${shop}}, certificates: files}}`;
    const report = await generate(
      stack,
      ...['--set', 'apps.web.health=/health', '--set', 'apps.api.health=/health', '--set', 'apps.api.port=4000'],
      ...['--set', `edge=${edge}`],
    );
    setPorts(stack);
    // As strict as an app can be: its own health check, its hosts, https.
    writeFileSync(
      join(stack.directory, 'api.env'),
      `ALLOWED_HOSTS=127.0.0.1,${api},${shop},${partner}\nREDIRECT_TO_HTTPS=yes\n`,
    );
    const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await openssl('req', '-x509', ...options, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
    mkdirSync(certs, { recursive: true });
    for (const host of hosts) await bring(host);
    door = { https, http, ca: readFileSync(join(authority, 'ca.crt'), 'utf8') };
    await follow(stack, report);
    // Docker tells it of a container that is healthy; it takes that over half a second later.
    for (const host of [shop, api]) await eventually(() => seenBy(door, host));
  } catch (error) {
    await keepArtifacts(stack, 'edge-traefik');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `edge-traefik ${task.name}`));
});

afterAll(async () => {
  rmSync(authority, { recursive: true, force: true });
  await remove(stack);
});

const openssl = (...args: readonly string[]) => execa('openssl', args, { cwd: authority });

/** A certificate of the authority for one name, where Traefik reads it. */
async function bring(host: string): Promise<void> {
  const key = join(certs, `${host}.key`);
  writeFileSync(join(authority, 'names'), `subjectAltName=DNS:${host}\n`);
  await openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${host}`, '-keyout', key, '-out', 'csr');
  // Traefik is another user.
  chmodSync(key, 0o644);
  await openssl(
    ...['x509', '-req', '-in', 'csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '30', '-extfile', 'names'],
    ...['-out', join(certs, `${host}.crt`)],
  );
}

describe('Traefik as the edge', () => {
  it('has a certificate for each name, and speaks TLS 1.2 and 1.3, HTTP/2 and HTTP/3', async () => {
    for (const host of hosts) {
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
    const second = await askHttp2(door, shop, '/');
    expect([second.status, second.alpn]).toEqual([200, 'h2']);
    expect(second.headers['alt-svc']).toMatch(/^h3=":443"/);
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
      [partner, '/api/x', 'api'],
    ] as const;
    for (const [host, path, app] of expected) {
      const seen = await seenBy(door, host, path);
      expect([seen.container, seen.url], host + path).toEqual([ids[app], path]);
    }
  });

  it('redirects http and other names, with path and query', async () => {
    const plain = await askPlain(door, shop, '/a/b?c=d&e=%20f');
    expect([plain.status, plain.headers.location]).toEqual([301, `https://${shop}/a/b?c=d&e=%20f`]);
    for (const [method, status] of [
      ['GET', 301],
      // What is not GET keeps its method.
      ['POST', 308],
    ] as const) {
      const other = await ask(door, www, '/a/b?c=d&e=%20f', { method });
      expect([other.status, other.headers.location]).toEqual([status, `https://${shop}/a/b?c=d&e=%20f`]);
    }
  });

  it('has nothing for names that it does not know', async () => {
    for (const host of ['other.example.com', ''])
      await expect(handshake(door, host), host).rejects.toThrow(/unrecognized name/);
    expect((await askPlain(door, 'other.example.com', '/')).status).toBe(404);
    expect((await ask(door, shop, '/', { headers: { host: 'other.example.com' } })).status).toBe(404);
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
    // A client with an address of its own: the other app.
    const client = await inspect(stack, 'api');
    const address = client.NetworkSettings.Networks[`${stack.name}_edge`]?.IPAddress;
    const request = { host: 'traefik', port: 8443, servername: shop, rejectUnauthorized: false };
    const options = JSON.stringify({ ...request, headers: { ...forged, host: shop } });
    const program = `require('https').get(${options}, (answer) => answer.pipe(process.stdout))`;
    const { stdout } = await docker(stack, 'exec', client.Id, 'node', '-e', program);
    const { headers, ...seen } = JSON.parse(stdout);
    expect(seen).toMatchObject({ address, scheme: 'https', host: shop });
    expect(JSON.stringify(headers)).not.toMatch(/203\.0\.113|198\.51\.100|evil/);
    expect(headers).toMatchObject({
      'x-forwarded-for': address,
      'x-real-ip': address,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': shop,
      'x-own': 'kept',
    });
    expect(Object.keys(headers).filter((name) => name.includes('_') || name === 'forwarded')).toEqual([]);
    // A header that is called one of the connection is not passed on: not even then does the client's own count.
    const named = await seenBy(door, shop, '/', {
      headers: { ...forged, connection: 'close, x-forwarded-for, x-real-ip' },
    });
    expect(named.headers['x-forwarded-for']).toBe(named.headers['x-real-ip']);
    expect(named.headers['x-forwarded-for']).toMatch(/^(?!203)[0-9.]+$/);
  });

  it('adds security headers, and compresses what is worth it', async () => {
    expect((await ask(door, shop, '/')).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=2592000',
    });
    const page = await ask(door, shop, '/page', { headers: { 'accept-encoding': 'gzip' } });
    expect(page.headers['content-encoding']).toBe('gzip');
    expect((await ask(door, shop, '/page')).headers).not.toHaveProperty('content-encoding');
  });

  it('passes websockets on, whose app takes them for https', async () => {
    const open = await websocket(door, shop, '/api/ws');
    open.send('first');
    expect(await open.next()).toBe('first');
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

  it('takes an upload of 50 MB whole', async () => {
    const { body, sha256 } = payload(50);
    const taken = await ask(door, shop, '/upload', { method: 'POST', body });
    expect(JSON.parse(taken.body)).toEqual({ bytes: body.length, sha256 });
  });

  it('is not kept busy by clients that are slow on purpose', async () => {
    const slow = Array.from({ length: 100 }, (_, index) => {
      const socket = tlsSocket(door, shop);
      const start = index % 2 === 0 ? 'POST /upload HTTP/1.1\r\nContent-Length: 1000000\r\n' : 'GET / HTTP/1.1\r\n';
      socket.on('error', () => {});
      socket.write(`${start}Host: ${shop}\r\n${index % 2 === 0 ? '\r\nx' : 'X-Slow: '}`);
      const open = new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()));
      return { socket, open };
    });
    try {
      // So many handshakes take their time on a busy machine, and are not what this is about.
      await Promise.all(slow.map(({ open }) => open));
      for (let count = 0; count < 20; count += 1) await seenBy(door, shop, '/', { patience: 5000 });
    } finally {
      for (const { socket } of slow) socket.destroy();
    }
  });

  it('logs who asked for what, and no secret', async () => {
    await ask(door, shop, '/logged?token=leaked-1', {
      headers: { authorization: 'Bearer leaked-2', cookie: 'session=leaked-3' },
    });
    const line = await eventually(async () => {
      const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'traefik');
      const found = stdout.split('\n').find((one) => one.includes('/logged'));
      if (found === undefined) throw new Error('not logged yet');
      return found;
    });
    expect(line).not.toContain('leaked');
    expect(JSON.parse(line)).toMatchObject({
      ClientHost: expect.stringMatching(/^[0-9.]+$/),
      RequestHost: shop,
      RequestPath: '/logged',
      DownstreamStatus: 200,
      RouterName: 'web@docker',
    });
  });

  it('reads a renewed certificate when it is told to, and drops no request for it', async () => {
    const before = (await handshake(door, shop)).certificate.serialNumber;
    const load = steadyLoad(door, shop);
    await bring(shop);
    const config = join(stack.directory, 'docker/traefik/dynamic/proxy.yml');
    utimesSync(config, new Date(), new Date());
    await eventually(async () => expect((await handshake(door, shop)).certificate.serialNumber).not.toBe(before));
    expect((await load.stop()).failed).toEqual([]);
  });

  it('is not started with a certificate that clients would refuse, and says why', async () => {
    const looked = await compose(stack, 'logs', '--no-log-prefix', 'traefik-check');
    expect(looked.stdout).toContain(`${shop}: docker/traefik/certs/${shop}.crt, until`);
    const key = join(certs, `${shop}.key`);
    const own = readFileSync(key);
    writeFileSync(key, readFileSync(join(certs, `${api}.key`)));
    const refused = compose(stack, 'run', '--rm', '--no-deps', '-T', 'traefik-check');
    await expect(refused).rejects.toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('do not belong together'),
    });
    writeFileSync(key, own);
    await compose(stack, 'run', '--rm', '--no-deps', '-T', 'traefik-check');
  });

  it('asks no container of `docker compose run`, though it has the labels of its service', async () => {
    const { stdout: id } = await compose(stack, 'run', '--detach', '--no-deps', 'web', 'node', 'server.js');
    try {
      await eventually(async () =>
        expect((JSON.parse((await docker(stack, 'inspect', id)).stdout)[0] as Container).State.Health?.Status).toBe(
          'healthy',
        ),
      );
      const answered = new Set<string>();
      for (let count = 0; count < 10; count += 1) answered.add((await seenBy(door, shop)).container);
      expect([...answered]).toEqual([(await inspect(stack, 'web')).Id.slice(0, 12)]);
    } finally {
      await docker(stack, 'rm', '--force', id);
    }
  });

  it('leads from an old container to a new one without a failed request', async () => {
    const before = await inspect(stack, 'web');
    const load = steadyLoad(door, shop);
    const beside = steadyLoad(door, shop, { path: '/api/orders', visitors: 1 });
    const rollout = () =>
      execa(join(stack.directory, 'scripts/rollout'), ['--force', '--no-build', 'web'], { cwd: '/' });
    await rollout();
    await rollout();
    const after = load.sent();
    await eventually(() => expect(load.sent()).toBeGreaterThan(after + 50));
    const [{ sent, failed, containers: answered, slowest }, other] = await Promise.all([load.stop(), beside.stop()]);
    console.log(
      `rolled out twice: ${failed.length} of ${sent} requests failed, the slowest took ${slowest} ms`,
      failed,
    );
    expect(answered).toHaveLength(3);
    expect(failed).toEqual([]);
    // What is for the other app, on a path of the same host, goes on reaching that one only.
    expect([other.failed, other.containers]).toEqual([[], [(await inspect(stack, 'api')).Id.slice(0, 12)]]);
    expect((await inspect(stack, 'web')).Id).not.toBe(before.Id);
    expect(readdirSync(join(stack.directory, 'docker/traefik/dynamic'))).toEqual(['proxy.yml']);
    // What Compose would do is nothing.
    const { stderr } = await compose(stack, 'up', '--detach', '--wait');
    expect(stderr).not.toMatch(/Recreate|Creat/);
  });

  it('says 503 of an app that is stopped, on its host and on its paths, and 404 of what it does not know', async () => {
    const expected = async (status: number) => {
      for (const [host, path, one] of [
        [api, '/', status],
        [shop, '/api', status],
        [shop, '/api/', status],
        [shop, '/api/v1/orders?a=1', status],
        [partner, '/api/', status],
        // The other app has the rest of the host, and nothing of what is for this one.
        [shop, '/', 200],
        [shop, '/apidocs', 200],
        [partner, '/', 404],
        [partner, '/apidocs', 404],
      ] as const)
        expect([host, path, (await ask(door, host, path)).status]).toEqual([host, path, one]);
    };
    await expected(200);
    // Nor in the moments between: only its own container ever answers.
    const load = steadyLoad(door, shop, { path: '/api/orders', visitors: 1 });
    const { Id } = await inspect(stack, 'api');
    await eventually(() => expect(load.sent()).toBeGreaterThan(5));
    await compose(stack, 'stop', 'api');
    await eventually(() => expected(503));
    await compose(stack, 'start', 'api');
    await eventually(() => expected(200));
    expect((await load.stop()).containers).toEqual([Id.slice(0, 12)]);
  });

  it('leads everybody to the page of scripts/maintenance while that is on', async () => {
    const maintenance = (word: string) => execa(join(stack.directory, 'scripts/maintenance'), [word], { cwd: '/' });
    await maintenance('on');
    await eventually(async () => {
      const { status, headers, body } = await ask(door, shop, '/api/orders');
      expect([status, headers['retry-after'], body.includes('<title>')]).toEqual([503, '300', true]);
    });
    await maintenance('off');
    await eventually(async () => expect((await ask(door, shop, '/api/orders')).status).toBe(200));
  });

  it('is the only way in, as an ordinary user without capabilities', async () => {
    const { addresses, open } = await reachable(stack);
    expect(open).toEqual(expect.arrayContaining(addresses.map((address) => `${address}:${https}`)));
    expect([...new Set(open.map((one) => Number(/\d+$/.exec(one))))].sort()).toEqual([http, https].sort());
    for (const container of await containers(stack)) {
      const published = Object.values(container.NetworkSettings.Ports).some((bindings) => bindings?.length);
      expect(published, container.Name).toBe(serviceOf(container) === 'traefik');
    }
    const { Id, HostConfig } = await inspect(stack, 'traefik');
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapAdd: null, CapDrop: ['ALL'] });
    const { stdout } = await docker(stack, 'exec', Id, 'grep', '-hE', '^(Uid|CapEff):', '/proc/1/status');
    expect(stdout.split(/\s+/)).toEqual(['Uid:', '65532', '65532', '65532', '65532', 'CapEff:', '0000000000000000']);
  });
});

describe('the Docker API', () => {
  /** What the filter answers to somebody who has taken Traefik over. */
  async function ask(method: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
    const { Id } = await inspect(stack, 'traefik');
    // Busybox has no wget that shows the status of a refusal with its body: the request is written by hand.
    const text = `${method} ${path} HTTP/1.1\\r\\nHost: docker-proxy\\r\\nConnection: close\\r\\n\\r\\n`;
    const { stdout } = await docker(stack, 'exec', Id, 'sh', '-c', `printf %b '${text}' | nc -w 60 docker-proxy 2375`);
    const [head = '', ...body] = stdout.split(/\r?\n\r?\n/);
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), body: body.join('\n\n') };
  }

  it('tells Traefik of the containers that it routes to, and of no others, whatever it asks for', async () => {
    const routed = (await containers(stack)).filter((one) => ['web', 'api'].includes(serviceOf(one)));
    const ids = routed.map(({ Id }) => Id).sort();
    for (const query of ['', '?all=1', '?all=1&filters=%7B%7D', `?filters=${encodeURIComponent('{"label":["x"]}')}`]) {
      const { status, body } = await ask('GET', `/v1.44/containers/json${query}`);
      expect([status, [...new Set(body.match(/(?<="Id":")[0-9a-f]{64}/g))].sort()], query).toEqual([200, ids]);
    }
    expect((await ask('GET', `/containers/${ids[0]}/json`)).status).toBe(200);
    for (const path of ['/_ping', '/version']) expect((await ask('GET', path)).status, path).toBe(200);
  });

  it('tells it when one of them ends or starts, and nothing of commands that are run in one', async () => {
    const { Id } = await inspect(stack, 'traefik');
    const request = 'GET /events?filters=%7B%7D HTTP/1.1\\r\\nHost: docker-proxy\\r\\n\\r\\n';
    const listening = docker(
      stack,
      'exec',
      Id,
      'sh',
      '-c',
      `(printf %b '${request}'; sleep 600) | nc docker-proxy 2375`,
    );
    let told = '';
    listening.stdout?.on('data', (chunk: Buffer) => {
      told += chunk;
    });
    listening.catch(() => {}); // it is ended from here
    try {
      await eventually(() => expect(told).toContain('200 OK'));
      await compose(stack, 'exec', '-T', 'api', 'echo', 'a secret');
      await compose(stack, 'restart', 'api');
      await eventually(() => expect(told).toContain('"Action":"health_status: healthy"'));
    } finally {
      listening.kill();
    }
    const actions = [...told.matchAll(/"Action":"([^"]*)"/g)].map(([, action]) => action);
    expect([...new Set(actions)]).toEqual(['die', 'start', 'health_status: healthy']);
    expect(told).not.toContain('a secret');
  });

  it('refuses all else: other routes, names in place of ids, and whatever would change something', async () => {
    const { Id, Name } = await inspect(stack, 'web');
    const refused = [
      ['GET', `/containers${Name}/json`],
      ['GET', `/containers/${Id.slice(0, 12)}/json`],
      ['GET', `/containers/${Id}/logs?stdout=1`],
      ['GET', `/containers/${Id}/archive?path=/`],
      ['GET', `/containers/${Id}/json/../logs`],
      ['GET', '/info'],
      ['GET', '/images/json'],
      ['GET', '/networks'],
      ['GET', '/secrets'],
      ['GET', '//containers/json'],
      ['GET', '/v1.44/../containers/json'],
      ['GET', '/containers/json%2f..%2f..%2finfo'],
      ['POST', `/containers/${Id}/stop`],
      ['POST', `/containers/${Id}/exec`],
      ['POST', '/containers/create'],
      ['POST', '/containers/json'],
      ['PUT', `/containers/${Id}/archive?path=/`],
      ['DELETE', `/containers/${Id}`],
      ['DELETE', `/containers/${Id}/json`],
    ] as const;
    for (const [method, path] of refused) expect((await ask(method, path)).status, `${method} ${path}`).toBe(403);
    expect((await inspect(stack, 'web')).State.Running).toBe(true);
    const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'docker-proxy');
    expect(stdout).toContain('"POST /containers/create HTTP/1.1"');
    expect(stdout).not.toContain('/_ping');
  });

  it('is asked for no other protocol: after a 101 the filter would look at nothing more', async () => {
    const { Config } = await inspect(stack, 'docker-proxy');
    const folder = mkdtempSync(join(tmpdir(), 'prodstack-socket-'));
    const socket = join(folder, 'docker.sock');
    // A daemon that agrees to any.
    let came = '';
    const daemon = createServer((connection) =>
      connection.on('data', (chunk) => {
        came += chunk;
        const answer = /^upgrade:/im.test(String(chunk))
          ? '101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp'
          : '200 OK\r\nContent-Length: 0';
        connection.write(`HTTP/1.1 ${answer}\r\n\r\n`);
      }),
    );
    await new Promise<void>((resolve) => daemon.listen(socket, resolve));
    // The filter is another user.
    chmodSync(folder, 0o755);
    chmodSync(socket, 0o777);
    const config = `${join(stack.directory, 'docker/docker-proxy/haproxy.cfg')}:/usr/local/etc/haproxy/haproxy.cfg:ro`;
    const { stdout: id } = await docker(
      ...([stack, 'run', '--detach', '--env', 'PROJECT=none', '--publish', '127.0.0.1::2375'] as const),
      ...['--volume', config, '--volume', `${folder}:/var/run`, Config.Image],
    );
    try {
      const { stdout: place } = await docker(stack, 'port', id, '2375/tcp');
      const headers = { connection: 'Upgrade', upgrade: 'tcp' };
      const asked = () =>
        new Promise<number | undefined>((resolve, reject) => {
          const sent = request(`http://${place}/version`, { headers });
          sent.on('response', (answer) => resolve(answer.resume().statusCode));
          sent.on('upgrade', (answer, connection) => {
            connection.destroy();
            resolve(answer.statusCode);
          });
          sent.on('error', reject);
          sent.end();
        });
      expect(await eventually(asked)).toBe(200);
      expect(came).toMatch(/^GET \/version HTTP\/1\.1\r\n/);
      expect(came).not.toMatch(/^upgrade:/im);
    } finally {
      await docker(stack, 'rm', '--force', id);
      daemon.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is mounted into the filter alone, which nothing but Traefik reaches', async () => {
    const { stdout } = await docker(
      ...([
        stack,
        'ps',
        '--quiet',
        '--no-trunc',
        '--filter',
        `label=com.docker.compose.project=${stack.name}`,
      ] as const),
      ...['--filter', 'volume=/var/run/docker.sock'],
    );
    const filter = await inspect(stack, 'docker-proxy');
    expect(stdout.split('\n')).toEqual([filter.Id]);
    expect(Object.keys(filter.NetworkSettings.Networks)).toEqual([`${stack.name}_socket`]);
    expect(filter.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      Privileged: false,
      CapAdd: null,
      CapDrop: ['ALL'],
    });
    const onSocket = (await containers(stack)).filter((one) =>
      Object.keys(one.NetworkSettings.Networks).includes(`${stack.name}_socket`),
    );
    expect(onSocket.map(serviceOf).sort()).toEqual(['docker-proxy', 'traefik']);
    const { Id } = await inspect(stack, 'web');
    const looked = docker(
      stack,
      'exec',
      Id,
      'node',
      '-e',
      "require('dns').lookup('docker-proxy', (e) => process.exit(e ? 7 : 0))",
    );
    await expect(looked).rejects.toMatchObject({ exitCode: 7 });
    // The host cannot reach an internal network either.
    const address = filter.NetworkSettings.Networks[`${stack.name}_socket`]?.IPAddress ?? '';
    const knock = await execa('curl', ['--silent', '--max-time', '2', `http://${address}:2375/_ping`], {
      reject: false,
    });
    expect(knock.stdout).not.toBe('OK');
  });
});
