/** nginx as the edge, for real: certificates that are brought, two apps, three hosts. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import images from '../../templates/images.json' with { type: 'json' };
import {
  compose,
  ctl,
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
import { type Authority, newAuthority, type Pair, type Wanted } from './authority.ts';
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
  reachable,
  type Seen,
  seenBy,
  steadyLoad,
  tcpSocket,
  tlsSocket,
  websocket,
} from './edge.ts';

const shop = 'shop.example.com';
const api = 'api.shop.example.com';
const www = 'www.shop.example.com';

const answers = {
  prodstack: 1,
  name: '',
  apps: Object.fromEntries(
    ['api', 'web'].map((path, index) => [
      path,
      {
        ...{ stack: 'node', framework: 'none', path, version: 24, packageManager: 'npm', frozen: true, build: 'none' },
        ...{ start: 'node server.js', health: '/health', port: 3000 + index },
      },
    ]),
  ),
  edge: {
    nginx: {
      hostnames: { api: [api, `${shop}/api`], web: shop },
      redirects: { [www]: shop },
      rate: 10,
      upload: '50M',
    },
  },
};

const stack = await newStack('nginx', { app: 'web', more: ['HTTP_PORT', 'HTTPS_PORT'] });
const certs = join(stack.directory, 'docker/nginx/certs');
let authority: Authority;
let door: Door;
let report: Report;

/** Where a pair lies, for a while. */
async function withFiles<T>(
  { chain, key }: Pick<Pair, 'chain' | 'key'>,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-pair-'));
  writeFileSync(join(folder, 'fullchain.pem'), chain);
  writeFileSync(join(folder, 'privkey.pem'), key, { mode: 0o600 });
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The script of the stack, from another folder. */
async function install(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { exitCode, all } = await execa(join(stack.directory, 'scripts/install-certificate'), args, {
    ...{ cwd: '/', all: true, reject: false, stdin: 'ignore' },
    env: { COMPOSE_FILE: undefined, COMPOSE_PROJECT_NAME: undefined, ...env },
  });
  return { exitCode, text: all };
}

function installPair(name: string, pair: Pick<Pair, 'chain' | 'key'>) {
  return withFiles(pair, (folder) => install([name, join(folder, 'fullchain.pem'), join(folder, 'privkey.pem')]));
}

/** Runs commands of the image on the network of the edge, each client with an address of its own until all have ended. */
async function clients(...scripts: readonly string[]): Promise<readonly string[]> {
  const network = `${stack.name}_edge`;
  const nginx = (await inspect(stack, 'nginx')).NetworkSettings.Networks[network]?.IPAddress;
  const options = ['--rm', '--detach', '--network', network, '--env', `TO=::${nginx}:8443`, '--entrypoint', 'tail'];
  const started = await Promise.all(
    scripts.map(() => execa('docker', ['run', ...options, images['nginx-debian'], '-f', '/dev/null'])),
  );
  const ids = started.map(({ stdout }) => stdout);
  try {
    const runs = ids.map((id, index) => execa('docker', ['exec', id, 'sh', '-c', scripts[index] ?? '']));
    return (await Promise.all(runs)).map(({ stdout }) => stdout);
  } finally {
    await execa('docker', ['rm', '--force', ...ids]);
  }
}

beforeAll(async () => {
  authority = await newAuthority();
  placeApps(stack, 'api', 'web');
  const config = join(stack.directory, 'answers.json');
  writeFileSync(config, JSON.stringify({ ...answers, name: stack.name }));
  try {
    report = await generate(stack, '--config', config);
    setPorts(stack);
    door = { https: stack.more['HTTPS_PORT'] ?? 0, http: stack.more['HTTP_PORT'] ?? 0, ca: authority.root };
    await follow(stack, report);
  } catch (error) {
    await keepArtifacts(stack, 'nginx');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `nginx ${task.name}`));
});

afterAll(async () => {
  authority?.end();
  await remove(stack);
});

describe('the certificates', () => {
  it('are those that were installed, after one that nobody trusts', async () => {
    expect(report.next).toContain('scripts/install-certificate --self-signed');
    await expect(ask(door, shop, '/')).rejects.toThrow(/self-signed/);
    const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'nginx-check');
    expect(stdout).toContain('docker/nginx/certs/default.crt is signed by itself');
    expect(await install(['--self-signed'])).toMatchObject({ exitCode: 0 });

    const wildcard = await authority.issue({ names: [`*.${shop}`, 'other.example.net'] });
    // It has to be for all names without a pair of their own.
    const refused = await installPair('default', wildcard);
    expect(refused.exitCode).toBe(1);
    expect(refused.text).toContain(`default.crt is not for ${shop}, but for DNS:*.${shop}, DNS:other.example.net`);
    expect(await installPair(shop, await authority.issue({ names: [shop] }))).toMatchObject({ exitCode: 0 });
    expect(await installPair('default', wildcard)).toMatchObject({ exitCode: 0 });
    expect(await installPair('elsewhere.example.net', wildcard)).toMatchObject({ exitCode: 1 });

    for (const [name, names] of [
      [shop, `DNS:${shop}`],
      [api, `DNS:*.${shop}, DNS:other.example.net`],
      [www, `DNS:*.${shop}, DNS:other.example.net`],
    ] as const)
      await eventually(async () => {
        const { protocol, alpn, certificate } = await handshake(door, name);
        expect({ protocol, alpn, names: certificate.subjectaltname }).toEqual({
          protocol: 'TLSv1.3',
          alpn: 'h2',
          names,
        });
      });
    // It asks again, 3 seconds later, for an app that came up behind it.
    for (const host of [shop, api]) await eventually(() => seenBy(door, host));
    // Nobody but nginx can read a key.
    for (const name of [shop, 'default'])
      expect(statSync(join(certs, `${name}.key`))).toMatchObject({ uid: 101, mode: 0o100400 });
  });

  it('are shown to TLS 1.2 and 1.3 only, and only to who asks for a name that is known', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await expect(handshake(door, shop, old)).rejects.toThrow(/protocol version/);
    expect((await handshake(door, shop, { maxVersion: 'TLSv1.2' })).protocol).toBe('TLSv1.2');
    for (const name of ['other.example.net', 'localhost', 'example.com'])
      await expect(handshake(door, name), name).rejects.toThrow(/unrecognized name/);
  });

  it('are renewed without a dropped request, and a wrong one leaves everything as it was', async () => {
    const load = steadyLoad(door, api);
    const socket = await websocket(door, api, '/ws');
    const serial = async () => (await handshake(door, api)).certificate.serialNumber;
    let before = await serial();

    const { chain } = await authority.issue({ names: [`*.${shop}`] });
    const { key } = await authority.issue({ names: [`*.${shop}`] });
    const wrong = await installPair('default', { chain, key });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.text).toContain('do not belong together');
    expect(await serial()).toBe(before);

    for (let round = 0; round < 2; round += 1) {
      expect(await installPair('default', await authority.issue({ names: [`*.${shop}`] }))).toMatchObject({
        exitCode: 0,
      });
      await eventually(async () => expect(await serial()).not.toBe(before));
      before = await serial();
    }
    // Who is connected stays so.
    socket.send('still here');
    expect(await socket.next()).toBe('still here');
    socket.close();
    const { failed, sent } = await load.stop();
    expect(failed).toEqual([]);
    expect(sent).toBeGreaterThan(50);
  });

  it('come from certbot by its deploy hook, and are proved to it by files', async () => {
    const names = [api, 'elsewhere.example.net'];
    const run = await withFiles(await authority.issue({ names }), (folder) =>
      install([], { RENEWED_LINEAGE: folder, RENEWED_DOMAINS: names.join(' ') }),
    );
    expect(run).toMatchObject({ exitCode: 0 });
    await eventually(async () =>
      expect((await handshake(door, api)).certificate.subjectaltname).toBe(`DNS:${names.join(', DNS:')}`),
    );
    expect((await handshake(door, www)).certificate.subjectaltname).toBe(`DNS:*.${shop}`);

    // It is called for whatever certbot renews on this host.
    const foreign = await withFiles(await authority.issue({ names: ['mail.example.org'] }), (folder) =>
      install([], { RENEWED_LINEAGE: folder, RENEWED_DOMAINS: 'mail.example.org' }),
    );
    expect(foreign).toMatchObject({ exitCode: 0 });
    expect((await handshake(door, www)).certificate.subjectaltname).toBe(`DNS:*.${shop}`);

    const place = join(stack.directory, 'docker/nginx/acme/.well-known/acme-challenge');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'token'), 'token.thumbprint');
    expect(await askPlain(door, www, '/.well-known/acme-challenge/token')).toMatchObject({
      ...{ status: 200, body: 'token.thumbprint' },
    });
    expect(await askPlain(door, www, '/.well-known/acme-challenge/other')).toMatchObject({ status: 404 });
  });
});

describe('the check of certificates', () => {
  interface Case {
    readonly says: string;
    readonly files: Readonly<Record<string, string | Buffer>>;
    readonly uid?: number;
    readonly mode?: number;
  }

  /** What it says of each folder of files, for one name; all of them in one container. */
  async function check(cases: readonly Case[]) {
    const folder = mkdtempSync(join(tmpdir(), 'prodstack-certs-'));
    chmodSync(folder, 0o755);
    for (const [number, { files, uid = 101, mode = 0o400 }] of cases.entries()) {
      mkdirSync(join(folder, `${number}`));
      for (const [name, content] of Object.entries(files)) {
        const file = join(folder, `${number}`, name);
        writeFileSync(file, content);
        chownSync(file, uid, uid);
        chmodSync(file, name.endsWith('.key') ? mode : 0o444);
      }
    }
    const each = `mkdir /etc/nginx/stack; for number in $(seq 0 ${cases.length - 1}); do
      ln -sfn /cases/$number /etc/nginx/stack/certs
      sh /check.sh --pairs ${shop} 2>&1 && code=0 || code=$?
      echo "exit status $code"
    done`;
    try {
      const { stdout } = await execa('docker', [
        ...['run', '--rm', '--network', 'none', '--volume', `${folder}:/cases:ro`],
        ...['--volume', `${join(stack.directory, 'docker/nginx/check.sh')}:/check.sh:ro`],
        ...['--entrypoint', 'sh', images['nginx-debian'], '-c', each],
      ]);
      return [...stdout.matchAll(/([\s\S]*?)exit status (\d+)\n?/g)].map(([, text = '', code]) => ({
        text,
        exitCode: Number(code),
      }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const pair = (chain: string | Buffer, key: string | Buffer) => ({ [`${shop}.crt`]: chain, [`${shop}.key`]: key });

  it('refuses what nginx or a client would, and says the way out', async () => {
    const good = await authority.issue({ names: [shop] });
    const other = await authority.issue({ names: ['other.example.net'] });
    const of = async (wanted: Partial<Wanted>) => {
      const { chain, key } = await authority.issue({ names: [shop], ...wanted });
      return pair(chain, key);
    };
    const der = await authority.convert(good.certificate, 'x509', '-outform', 'DER');
    const encrypted = await authority.convert(good.key, 'pkey', '-aes256', '-passout', 'pass:secret');
    const faults: readonly Case[] = [
      { says: `there is no certificate for ${shop}: bring`, files: {} },
      { says: `${shop}.key is missing, beside ${shop}.crt`, files: { [`${shop}.crt`]: good.chain } },
      { says: `${shop}.crt is missing, beside ${shop}.key`, files: { [`${shop}.key`]: good.key } },
      { says: 'default.key is missing, beside default.crt', files: { 'default.crt': good.chain } },
      {
        says: `${shop}.key cannot be read by nginx, which is user 101: sudo chown 101`,
        files: pair(good.chain, good.key),
        uid: 0,
      },
      { says: `${shop}.crt is empty`, files: pair('', good.key) },
      { says: `${shop}.crt is DER`, files: pair(der, good.key) },
      { says: `${shop}.crt is no certificate in PEM`, files: pair('certificate', good.key) },
      { says: `${shop}.crt holds a key and no certificate`, files: pair(good.key, good.chain) },
      { says: `${shop}.key is no private key in PEM`, files: pair(good.chain, 'key') },
      { says: `${shop}.key is encrypted`, files: pair(good.chain, encrypted) },
      {
        says: `${shop}.crt and docker/nginx/certs/${shop}.key do not belong together`,
        files: pair(good.chain, other.key),
      },
      { says: 'begins with another certificate', files: pair(authority.intermediate + good.certificate, good.key) },
      { says: `${shop}.crt has expired, on `, files: await of({ from: -20, until: -1 }) },
      { says: `${shop}.crt is valid from `, files: await of({ from: 2, until: 90 }) },
      { says: `${shop}.crt is not for ${shop}, but for DNS:other.example.net`, files: pair(other.chain, other.key) },
      { says: `${shop}.crt is not for ${shop}, but for no name at all`, files: await of({ alternatives: false }) },
      { says: `${shop}.crt is not for servers`, files: await of({ usage: 'clientAuth' }) },
    ];
    const said = await check(faults);
    for (const [index, { says }] of faults.entries()) {
      const { text = '', exitCode } = said[index] ?? {};
      expect(text, says).toContain(says);
      expect(exitCode, says).toBe(1);
      expect(text, says).toContain('nginx is not started');
    }
  });

  it('warns of what will be wrong soon, or for some', async () => {
    const good = await authority.issue({ names: [shop] });
    const soon = await authority.issue({ names: [shop], until: 13 });
    const direct = await authority.issue({ names: [shop], direct: true });
    const warnings: readonly Case[] = [
      { says: 'within 14 days', files: pair(soon.chain, soon.key) },
      { says: `${shop}.crt holds no certificate but its own`, files: pair(good.certificate, good.key) },
      {
        says: 'certificate 2 is that of CN=Test Intermediate, where that of CN=Test Root',
        files: pair(direct.chain, direct.key),
      },
      { says: 'every user of this host can read', files: pair(good.chain, good.key), mode: 0o444 },
    ];
    const fine: Case = { says: '', files: { 'default.crt': good.chain, 'default.key': good.key } };
    const said = await check([...warnings, fine]);
    for (const [index, { says }] of warnings.entries()) {
      const { text = '', exitCode } = said[index] ?? {};
      expect(text, says).toMatch(/^nginx-check: warning: /);
      expect(text, says).toContain(says);
      expect(exitCode, says).toBe(0);
    }
    expect(said.at(-1)).toEqual({
      text: expect.stringMatching(
        /^nginx-check: shop\.example\.com: docker\/nginx\/certs\/default\.crt, until .* GMT\n$/,
      ),
      exitCode: 0,
    });
  });

  it('keeps nginx from being started, and leaves one that runs as it is', async () => {
    const kept = readFileSync(join(certs, 'default.key'));
    const { Id } = await inspect(stack, 'nginx');
    writeFileSync(join(certs, 'default.key'), (await authority.issue({ names: [shop] })).key);
    const up: { stderr?: string } = await ctl(stack, 'up', '--detach').catch((error) => error);
    expect(up.stderr).toContain('service "nginx-check" didn\'t complete successfully: exit 1');
    // What Compose does not say.
    expect(up.stderr).toMatch(
      /default\.crt and docker\/nginx\/certs\/default\.key do not belong together.*nginx is not started/s,
    );
    writeFileSync(join(certs, 'default.key'), kept);
    expect(await seenBy(door, shop)).toMatchObject({ host: shop });
    await compose(stack, 'up', '--detach', '--wait');
    expect((await inspect(stack, 'nginx')).Id).toBe(Id);
  });
});

describe('what nginx lets in', () => {
  it('reaches the app of the host and path, by HTTP/1.1 and HTTP/2', async () => {
    const containers = await Promise.all(
      ['web', 'api'].map(async (name) => (await inspect(stack, name)).Id.slice(0, 12)),
    );
    for (const [host, path, container] of [
      [shop, '/', containers[0]],
      [shop, '/apix', containers[0]],
      [shop, '/api', containers[1]],
      [shop, '/api/a?b=c', containers[1]],
      [api, '/api/a?b=c', containers[1]],
    ] as const) {
      expect(await seenBy(door, host, path)).toMatchObject({ container, host, url: path });
      const { alpn, body, status } = await askHttp2(door, host, path);
      expect({ alpn, status }).toEqual({ alpn: 'h2', status: 200 });
      expect(JSON.parse(body)).toMatchObject({ container, host, url: path });
    }
  });

  it('leads to https and to the host that counts, with path and query', async () => {
    for (const host of [shop, api, www])
      expect(await askPlain(door, host, '/a/b?c=d')).toMatchObject({
        status: 308,
        headers: { location: `https://${host}/a/b?c=d` },
      });
    expect(await ask(door, www, '/a/b?c=d')).toMatchObject({
      status: 308,
      headers: { location: `https://${shop}/a/b?c=d` },
    });
  });

  it('is no host that is unknown', async () => {
    await expect(askPlain(door, 'other.example.net', '/')).rejects.toThrow(/socket hang up|ECONNRESET/);
    // On a connection of one that is known.
    expect(await ask(door, shop, '/', { headers: { host: 'other.example.net' } })).toMatchObject({ status: 421 });
    // The host of the request line counts, and the app sees no other one.
    const { text } = await exchange(
      tlsSocket(door, shop),
      `GET https://${shop}/ HTTP/1.1\r\nHost: other.example.net\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toContain(`"host":"${shop}"`);
    expect(text).not.toContain('other.example.net');
  });

  it('is told the address, scheme and host of the client, which nobody can forge', async () => {
    const forged = {
      ...{ 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', 'x-forwarded-proto': 'http' },
      ...{ 'x-forwarded-host': 'evil.example.net', 'x-forwarded-port': '1', 'x-forwarded-prefix': '/evil' },
      ...{ forwarded: 'for=203.0.113.7;host=evil.example.net', proxy: 'http://203.0.113.7' },
    };
    const words = Object.entries(forged).map(([name, value]) => `--header '${name}: ${value}'`);
    const [said = ''] = await clients(
      `hostname -i; curl -sS --insecure --connect-to "$TO" ${words.join(' ')} 'https://${shop}/api?a=b&token=hidden&code=hidden'`,
    );
    const [address = '', body = ''] = said.split('\n');
    const seen = JSON.parse(body) as Seen;
    expect(seen).toMatchObject({ address, scheme: 'https', host: shop });
    expect(seen.headers).toMatchObject({
      ...{ 'x-forwarded-for': address, 'x-real-ip': address, 'x-forwarded-proto': 'https', 'x-forwarded-host': shop },
    });
    for (const name of ['forwarded', 'proxy', 'x-forwarded-port', 'x-forwarded-prefix'])
      expect(seen.headers).not.toHaveProperty(name);
    expect(body).not.toMatch(/203\.0\.113\.7|evil/);
    // And both logs have it; without what is as good as a password.
    await eventually(async () => {
      const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'nginx');
      const line = stdout.split('\n').find((one) => one.includes(`"client":"${address}"`)) ?? '{}';
      expect(JSON.parse(line)).toMatchObject({
        client: address,
        host: shop,
        uri: '/api?a=b&token=*&code=*',
        status: 200,
      });
      expect((await compose(stack, 'logs', 'api')).stdout).toContain(`${address} https ${shop} GET`);
    });
  });

  it('speaks websockets, and no other protocol by upgrade', async () => {
    const socket = await websocket(door, shop, '/api/ws');
    for (const text of ['one', 'two'.repeat(1000)]) {
      socket.send(text);
      expect(await socket.next()).toBe(text);
    }
    socket.close();
    const { headers } = await seenBy(door, shop, '/', { headers: { connection: 'Upgrade', upgrade: 'h2c' } });
    expect(headers).not.toHaveProperty('upgrade');
  });

  it('hears an event stream event by event', async () => {
    const { came, headers } = await eventsInStep(door, shop, '/api');
    expect(headers['content-type']).toContain('text/event-stream');
    expect(came.map(({ data }) => data)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('uploads 50 MB whole, and no byte more', async () => {
    const { body, sha256 } = payload(50);
    const whole = await ask(door, shop, '/api/upload', { method: 'POST', body, patience: 120_000 });
    expect(JSON.parse(whole.body)).toEqual({ bytes: body.length, sha256 });
    const more = Buffer.concat([body, Buffer.from('x')]);
    expect(await ask(door, shop, '/api/upload?token=leaked', { method: 'POST', body: more })).toMatchObject({
      status: 413,
    });
    expect(await ask(door, shop, '/health')).toMatchObject({ status: 200 });
    // The error log does not have the request either.
    await eventually(async () => {
      const { stdout, stderr } = await compose(stack, 'logs', '--no-log-prefix', 'nginx');
      expect(stdout).toMatch(/"uri":"\/api\/upload\?token=\*".*"status":413/);
      expect(stdout + stderr).not.toContain('leaked');
    });
  });

  it('gets headers where the app has none, and text compressed', async () => {
    const { headers } = await ask(door, shop, '/page', { headers: { 'accept-encoding': 'gzip' } });
    expect(headers).toMatchObject({
      ...{ 'strict-transport-security': 'max-age=2592000', 'x-content-type-options': 'nosniff' },
      ...{ 'referrer-policy': 'strict-origin-when-cross-origin', 'content-encoding': 'gzip', server: 'nginx' },
    });
    expect((await ask(door, shop, '/own-headers')).headers).toMatchObject({
      ...{
        'strict-transport-security': 'max-age=1',
        'x-content-type-options': 'own',
        'referrer-policy': 'no-referrer',
      },
    });
  });
});

describe('who asks too much of nginx', () => {
  it('is told to wait, and nobody else is', async () => {
    const many = (count: number) =>
      `curl -sS --insecure --connect-to "$TO" -o /dev/null -w '%{http_code} %header{retry-after}\\n' 'https://${api}/?n=[1-${count}]'`;
    const [greedy = '', modest = ''] = await clients(many(300), many(10));
    const answers = greedy.split('\n').map((line) => line.trim());
    // Twice the rate at once.
    expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => '200'));
    expect(answers).toContain('429 1');
    expect(new Set(answers)).toEqual(new Set(['200', '429 1']));
    expect(modest.split('\n').map((line) => line.trim())).toEqual(Array.from({ length: 10 }, () => '200'));
  });

  it('slowly, has no share of an app, and takes none from others', async () => {
    const start = Date.now();
    const slow = Array.from({ length: 40 }, () =>
      exchange(tlsSocket(door, api), `GET / HTTP/1.1\r\nHost: ${api}\r\nX-Slow: `),
    );
    // It makes no difference what kind of answer they ask for.
    const bodies = ['application/json', 'text/event-stream'].map((accept, number) => {
      const body = tlsSocket(door, api).on('error', () => {});
      const head = `POST /upload?slowly=${number} HTTP/1.1\r\nHost: ${api}\r\nAccept: ${accept}`;
      body.write(`${head}\r\nContent-Length: 100\r\n\r\n0123456789`);
      return body;
    });
    const load = steadyLoad(door, api);
    // Nobody waits for the rest of the headers for longer than that.
    await Promise.allSettled(slow);
    expect(Date.now() - start).toBeLessThan(20_000);
    const { failed, slowest } = await load.stop();
    expect(failed).toEqual([]);
    expect(slowest).toBeLessThan(5000);
    expect(Date.now() - start).toBeGreaterThan(5000);
    // The app is asked when the request is whole.
    expect((await compose(stack, 'logs', 'api')).stdout).not.toContain('/upload?slowly');
    for (const body of bodies) body.write('x'.repeat(90));
    await eventually(async () => {
      const { stdout } = await compose(stack, 'logs', 'api');
      for (const number of bodies.keys()) expect(stdout).toContain(`/upload?slowly=${number}`);
    });
    for (const body of bodies) body.destroy();
  });
});

describe('the host', () => {
  it('has no other port open than those two', async () => {
    const ports = (await reachable(stack)).open.map((at) => Number(at.slice(at.lastIndexOf(':') + 1)));
    expect([...new Set(ports)].sort()).toEqual([door.http, door.https].sort());
    await expect(exchange(tcpSocket(stack.ports.app), 'GET / HTTP/1.0\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('while something is changed', () => {
  it('everybody sees the page of the maintenance, and nobody an app', async () => {
    const folder = join(stack.directory, 'docker/edge/maintenance');
    if (!existsSync(join(folder, 'index.html'))) writeFileSync(join(folder, 'index.html'), '<h1>Back soon</h1>');
    const page = readFileSync(join(folder, 'index.html'), 'utf8');
    writeFileSync(join(folder, 'on'), '');
    for (const asked of [
      await ask(door, shop, '/api/a'),
      await ask(door, shop, '/', { method: 'POST', body: Buffer.from('a=b') }),
      await ask(door, api, '/', { headers: { accept: 'text/event-stream' } }),
    ]) {
      expect(asked).toMatchObject({
        status: 503,
        body: page,
        headers: { 'retry-after': '300', 'cache-control': 'no-store' },
      });
      expect(asked.headers['content-type']).toContain('text/html');
    }
    expect(await askPlain(door, shop, '/.well-known/acme-challenge/token')).toMatchObject({ status: 200 });
    expect((await inspect(stack, 'nginx')).State.Health?.Status).toBe('healthy');
    rmSync(join(folder, 'on'));
    expect(await ask(door, shop, '/.edge/maintenance')).toMatchObject({ status: 404 });
    expect(await seenBy(door, shop)).toMatchObject({ host: shop });
  });

  it('an app that is made anew is found again, and the other one does not notice', async () => {
    const load = steadyLoad(door, shop);
    const before = (await seenBy(door, api)).container;
    await compose(stack, 'up', '--detach', '--wait', '--force-recreate', '--no-deps', 'api');
    await eventually(async () => expect((await seenBy(door, api)).container).not.toBe(before), 10);
    expect((await load.stop()).failed).toEqual([]);
  });

  it('requests at work are answered before nginx stops, and a restart begins with what is there', async () => {
    const slow = ask(door, shop, '/slow?ms=3000');
    await eventually(async () => expect((await compose(stack, 'logs', 'web')).stdout).toContain('/slow?ms=3000'));
    await compose(stack, 'stop', 'nginx');
    expect(await slow).toMatchObject({ status: 200 });
    expect((await inspect(stack, 'nginx')).State.ExitCode).toBe(0);
    await compose(stack, 'start', 'nginx');
    for (const host of [shop, api])
      await eventually(async () => expect(await seenBy(door, host)).toMatchObject({ host }));
  });
});

describe('a changed answer', () => {
  const fresh = `new.${shop}`;
  /** One command, as it is printed. */
  const type = (command: string) =>
    execa('sh', ['-ec', command], {
      ...{ cwd: stack.directory, all: true, reject: false, stdin: 'ignore' },
      env: { COMPOSE_FILE: undefined, COMPOSE_PROJECT_NAME: undefined },
    });
  let command = '';

  it('reaches the nginx that runs by what is printed, without a dropped request', async () => {
    const { body } = payload(3);
    const upload = async () => (await ask(door, shop, '/api/upload', { method: 'POST', body })).status;
    await expect(handshake(door, fresh)).rejects.toThrow(/unrecognized name/);
    expect(await upload()).toBe(200);
    const { Id } = await inspect(stack, 'nginx');
    const load = steadyLoad(door, api);

    const sets = ['edge.nginx.upload=2M', `edge.nginx.hostnames.web=[${shop}, ${fresh}]`];
    const changed = await generate(stack, ...sets.flatMap((one) => ['--set', one]));
    expect(changed.next).not.toEqual(report.next);
    expect(changed.next.slice(0, -1)).toEqual(report.next);
    command = changed.next.at(-1) ?? '';
    await follow(stack, changed);

    // The workers from before the reload are gone when they have nobody left.
    await eventually(async () => {
      expect(await seenBy(door, fresh)).toMatchObject({ host: fresh });
      expect(await upload()).toBe(413);
    });
    expect((await inspect(stack, 'nginx')).Id).toBe(Id);
    expect((await load.stop()).failed).toEqual([]);
    // A second one says nothing of it: there is nothing to be read.
    expect((await generate(stack)).next).toEqual(report.next);
    // And it is where people look for it.
    for (const file of ['docs/DEPLOYMENT.md', 'docs/DOCKER_TROUBLESHOOTING.md', 'docker/nginx/nginx.conf'])
      expect(readFileSync(join(stack.directory, file), 'utf8'), file).toContain(command);
  });

  it('leaves alone where scripts/rollout has led requests', async () => {
    const file = '/etc/nginx/live/web.conf';
    const read = async () => (await compose(stack, 'exec', '-T', 'nginx', 'cat', file)).stdout;
    const put = (line: string) => compose(stack, 'exec', '-T', 'nginx', 'sh', '-c', `echo '${line}' >${file}`);
    const byName = await read();
    const address = (await inspect(stack, 'web')).NetworkSettings.Networks[`${stack.name}_edge`]?.IPAddress;
    const chosen = `server ${address}:3001 max_fails=0;`;
    await put(chosen);
    expect(await type(command)).toMatchObject({ exitCode: 0 });
    expect(await read()).toBe(chosen);
    expect(await seenBy(door, shop)).toMatchObject({ host: shop });
    // Another port is another line, where nothing has been chosen.
    await put('server web:9 resolve max_fails=0;');
    expect(await type(command)).toMatchObject({ exitCode: 0 });
    expect(await read()).toBe(byName);
    await eventually(async () => expect(await seenBy(door, shop)).toMatchObject({ host: shop }));
  });

  it('that nginx cannot read changes nothing', async () => {
    const file = join(stack.directory, 'docker/nginx/nginx.conf');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('server_tokens off;', 'server_tokens maybe;'));
    const { exitCode, all } = await type(command);
    writeFileSync(file, good);
    expect(all).toContain('invalid value "maybe" in /etc/nginx/stack/nginx.conf');
    expect(exitCode).not.toBe(0);
    expect(await seenBy(door, shop)).toMatchObject({ host: shop });
    expect(await type(command)).toMatchObject({ exitCode: 0 });
  });
});

describe('the example of nginx before a stack without an edge', () => {
  it('works as it is printed, and tells the app who came', async () => {
    const text = readFileSync(
      join(import.meta.dirname, '../golden/fastapi-managed/expected/docs/DEPLOYMENT.md'),
      'utf8',
    );
    const [, example = ''] = /```nginx\n([\s\S]*?)```/.exec(text) ?? [];
    const names = [...example.matchAll(/live\/([a-z.]+)\/fullchain/g)].map(([, name = '']) => name);
    expect(names).toEqual(['backend.example.com', 'frontend.example.com']);
    const folder = mkdtempSync(join(tmpdir(), 'prodstack-outer-'));
    chmodSync(folder, 0o755);
    const { chain, key } = await authority.issue({ names });
    for (const name of names) {
      mkdirSync(join(folder, 'live', name), { recursive: true });
      writeFileSync(join(folder, 'live', name, 'fullchain.pem'), chain);
      writeFileSync(join(folder, 'live', name, 'privkey.pem'), key);
    }
    // The app of the fixture in the place of those of the example.
    writeFileSync(join(folder, 'outer.conf'), example.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:3001'));
    const { Id } = await inspect(stack, 'web');
    const mounts = [`${folder}/outer.conf:/etc/nginx/conf.d/outer.conf:ro`, `${folder}:/etc/letsencrypt:ro`];
    const outer = await execa('docker', [
      ...['run', '--rm', '--detach', '--network', `container:${Id}`],
      ...mounts.flatMap((one) => ['--volume', one]),
      // Without what the image does for its own example.
      ...['--entrypoint', 'nginx', images['nginx-debian'], '-g', 'daemon off;'],
    ]);
    try {
      const to = (await inspect(stack, 'web')).NetworkSettings.Networks[`${stack.name}_edge`]?.IPAddress;
      const curl = `curl -sS --insecure --retry 20 --retry-connrefused --retry-delay 1 --connect-to ::${to}:`;
      const [said = ''] = await clients(
        [
          'hostname -i',
          `${curl}443 -H 'X-Forwarded-For: 203.0.113.7' -H 'Forwarded: for=203.0.113.7' https://${names[0]}/; echo`,
          `${curl}80 -o /dev/null -w '%{http_code} %{redirect_url}\\n' http://${names[1]}/a?b=c`,
          `${curl}443 -N -H 'Accept: text/event-stream' -w '%{time_starttransfer} %{time_total}' 'https://${names[1]}/events?count=4&ms=1000' | tail -n 1`,
        ].join('; '),
      );
      const [address = '', body = '', redirect, times = ''] = said.split('\n');
      expect(JSON.parse(body)).toMatchObject({ address, scheme: 'https', host: names[0], peer: '127.0.0.1' });
      expect(body).not.toContain('203.0.113.7');
      expect(redirect).toBe(`308 https://${names[1]}/a?b=c`);
      const [first = 0, whole = 0] = times.split(' ').map(Number);
      expect(whole - first).toBeGreaterThan(1);
    } finally {
      await execa('docker', ['rm', '--force', outer.stdout]);
      rmSync(folder, { recursive: true });
    }
  });
});
