import { appendFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compose,
  composeDev,
  containers,
  docker,
  eventually,
  http,
  inspect,
  type Stack,
  serviceOf,
  sql,
} from '../support/scenario.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { stopsGracefully } from './obligations/shutdown.ts';
import { starts } from './obligations/start.ts';
import { startSystem, visit } from './system.ts';

/** Routes that the starter does not have, to see through the proxy with. */
const routes = `

@app.get("/api/echo")
async def echo(request: Request) -> dict[str, str]:
    return dict(request.headers)


@app.get("/api/events")
async def events() -> Response:
    from fastapi.responses import StreamingResponse

    async def ticks() -> AsyncIterator[str]:
        yield "data: first\\n\\n"
        await asyncio.sleep(600)

    return StreamingResponse(ticks(), media_type="text/event-stream")
`;

describe('a FastAPI backend with a static front end', async () => {
  const system = await startSystem({
    name: 'home',
    app: 'frontend',
    folder: 'frontend',
    args: ['--preset', 'home-server'],
    more: ['BACKEND_PORT', 'MQTT_PORT'],
    services: ['backend', 'backend-migrate', 'frontend', 'mqtt', 'postgres', 'postgres-setup'],
    health: '/healthz',
    visit: { method: 'GET', path: '/api/' },
    edit: { file: 'frontend/index.html', from: '<main>', to: '<main lang="en">', path: '/' },
  });
  const { stack } = system;
  const get = (path: string, headers = {}) => http(stack.ports.app, path, { accept: 'text/html', headers });

  starts(system);
  isHardened(system);

  it('the page waits for nothing but its files, and they may be kept for ever', async () => {
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page.body) ?? [];
    const plain = await get(script);
    expect(plain).toMatchObject({
      status: 200,
      headers: {
        'content-type': expect.stringContaining('javascript'),
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
    const packed = await rawBody(stack, script, { 'accept-encoding': 'gzip' });
    expect(gunzipSync(packed).toString()).toBe(plain.body);
    expect(packed.length).toBeLessThan(plain.body.length);
  });

  it('a route of the page gets the page, a missing file does not', async () => {
    const page = await get('/');
    for (const route of ['/visits', '/visits/jane.doe', '/apiary'])
      expect(await get(route)).toMatchObject({
        status: 200,
        body: page.body,
        headers: { 'cache-control': 'no-cache' },
      });
    for (const file of ['/assets/index-00000000.js', '/assets/', '/logo.png', '/config.json'])
      expect(await get(file), file).toMatchObject({ status: 404, headers: { 'cache-control': 'no-cache' } });
  });

  it('every answer has the security headers, once, and does not name a version', async () => {
    for (const path of ['/', '/config.js', '/assets/none.js', '/api/', '/api/none', '/healthz']) {
      const { headers } = await get(path);
      expect(headers, path).toMatchObject({
        server: 'nginx',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'referrer-policy': 'strict-origin-when-cross-origin',
        'permissions-policy': expect.stringContaining('camera=()'),
      });
    }
    // The app's own word on caching is the only one.
    expect((await get('/api/')).headers['cache-control']).toBe('no-store');
  });

  it('/api reaches the backend, which counts in Postgres', async () => {
    const before = await visit(system);
    expect(await visit(system)).toBe(before + 1);
    expect(await sql(stack, 'SELECT total FROM visits')).toBe(String(before + 1));
  });

  it('the backend is found again where it has another address, and its packages are not installed again', async () => {
    const address = async () =>
      (await inspect(stack, 'backend')).NetworkSettings.Networks[`${stack.name}_app`]?.IPAddress;
    const nginx = await inspect(stack, 'frontend');
    const before = await address();
    await compose(stack, 'stop', '--timeout', '5', 'backend');
    // 504 while the address is remembered, for 5 seconds at most.
    expect([502, 504]).toContain((await get('/api/')).status);
    // Somebody else takes the address meanwhile.
    const squatter = `${stack.name}-squatter`;
    const image = (await compose(stack, 'config', '--images', 'postgres')).stdout.trim();
    await docker(
      stack,
      'run',
      '--rm',
      '--detach',
      '--name',
      squatter,
      '--network',
      `${stack.name}_app`,
      image,
      'sleep',
      '600',
    );
    try {
      appendFileSync(join(stack.directory, 'backend/app/main.py'), routes);
      const { stderr, stdout } = await compose(stack, '--progress', 'plain', 'build', 'backend');
      expect(stdout + stderr).toMatch(/^#(\d+) \[.*uv sync[\s\S]*^#\1 CACHED$/m);
      await compose(stack, 'up', '--detach', '--wait', '--force-recreate', '--no-deps', 'backend');
      expect(await address()).not.toBe(before);
      await eventually(async () => expect((await get('/api/')).status).toBe(200), 30);
      expect((await inspect(stack, 'frontend')).State.StartedAt).toBe(nginx.State.StartedAt);
    } finally {
      await docker(stack, 'rm', '--force', squatter);
    }
  });

  it('the backend learns whom it answers from the proxy in front, not from the visitor; and gets upgrades', async () => {
    const { body } = await get('/api/echo?x=1', {
      host: 'shop.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.66, 198.51.100.7',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-prefix': '/evil',
      'x-real-ip': '203.0.113.66',
      forwarded: 'for=203.0.113.66',
      connection: 'Upgrade',
      upgrade: 'websocket',
    });
    expect(JSON.parse(body)).toMatchObject({
      host: 'shop.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example.com',
      'x-forwarded-for': '198.51.100.7',
      'x-real-ip': '198.51.100.7',
      connection: 'upgrade',
      upgrade: 'websocket',
    });
    expect(body).not.toMatch(/evil|203\.0\.113\.66/);
    const { body: direct } = await get('/api/echo?x=1', { 'x-forwarded-proto': 'ftp' });
    expect(JSON.parse(direct)).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-forwarded-for': expect.stringMatching(/^[\d.]+$/),
    });
  });

  it('an event arrives while the stream goes on', async () => {
    const event = await new Promise<string>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: stack.ports.app, path: '/api/events', agent: false };
      const sent = request({ ...options, headers: { accept: 'text/event-stream' } }, (response) => {
        response.once('data', (chunk: Buffer) => {
          resolve(chunk.toString());
          sent.destroy();
        });
      });
      sent.setTimeout(60_000, () => sent.destroy(new Error('nothing came')));
      sent.once('error', reject);
      sent.end();
    });
    expect(event).toBe('data: first\n\n');
  });

  it('/config.js follows frontend.env without a build, and gives nothing else away', async () => {
    expect(evaluated((await get('/config.js')).body)).toEqual({});
    const image = (await inspect(stack, 'frontend')).Image;
    const odd = `</script> "quoted" \\ back 'single' ü 🦊`;
    const lines = [
      `PUBLIC_GREETING=${JSON.stringify(odd)}`,
      'PUBLIC_LINES="a\\nb"',
      'SECRET_KEY=hunter2',
      'NOT_PUBLIC_X=1',
    ];
    writeFileSync(join(stack.directory, 'frontend.env'), `${lines.join('\n')}\n`);
    await compose(stack, 'up', '--detach', '--wait');
    const { body, headers } = await get('/config.js');
    expect(evaluated(body)).toEqual({ PUBLIC_GREETING: odd, PUBLIC_LINES: 'a\nb' });
    expect(body).not.toMatch(/hunter2|<\/script/);
    expect(headers['cache-control']).toBe('no-store');
    expect((await inspect(stack, 'frontend')).Image).toBe(image);
  });

  it('every process is the user of the Dockerfile', async () => {
    const { stdout } = await compose(
      stack,
      'exec',
      '-T',
      'frontend',
      'sh',
      '-c',
      "grep -hs '^Uid' /proc/[0-9]*/status; true",
    );
    expect(new Set(stdout.match(/\d+/g))).toEqual(new Set(['1001']));
  });

  it('what a device sends over MQTT becomes a row of a hypertable, and the backend has it', async () => {
    const send = (value: string) =>
      compose(
        stack,
        ...['exec', '-T', 'mqtt', 'sh', '-c'],
        'mosquitto_pub -h 127.0.0.1 -p 8883 --cafile /mosquitto/certs/ca.crt -u device -P "$DEVICE_MQTT_PASSWORD" "$@"',
        ...['sh', '-t', 'sensors/cellar', '-q', '1', '-m', value],
      );
    const logged = async () => {
      const { stdout } = await compose(stack, 'logs', '--no-color', '--no-log-prefix', 'backend');
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => (JSON.parse(line) as { message: string }).message);
    };
    // What is sent before that is lost.
    await eventually(async () => expect(await logged()).toContainEqual(expect.stringMatching(/^listening to /)));
    await send('warm');
    await send('11.5');
    const readings = await eventually(async () => {
      const found = JSON.parse((await get('/api/readings')).body) as readonly { topic: string; value: number }[];
      expect(found).toMatchObject([{ topic: 'sensors/cellar', value: 11.5 }]);
      return found;
    });
    expect(readings).toHaveLength(1);
    expect(await sql(stack, 'SELECT hypertable_name FROM timescaledb_information.hypertables')).toBe('readings');
    await eventually(async () => expect(await logged()).toContain('not a number on sensors/cellar'));
  });

  it('the key for encryption has 64 hex digits, and everything is started again whatever happens', async () => {
    const { stdout } = await compose(stack, 'exec', '-T', 'backend', 'printenv', 'ENCRYPTION_KEY');
    expect(stdout).toMatch(/^[0-9a-f]{64}$/);
    const long = (await containers(stack)).filter(({ State }) => State.Running);
    expect(long.map((one) => [serviceOf(one), one.HostConfig.RestartPolicy.Name]).sort()).toEqual(
      ['backend', 'frontend', 'mqtt', 'postgres'].map((name) => [name, 'always']),
    );
  });

  it('make runs it, by short names', async () => {
    const make = (...args: readonly string[]) =>
      execa('make', args, { cwd: stack.directory, env: { COMPOSE_FILE: undefined } });
    const { stdout: help } = await make();
    const names = help.split('\n').map((line) => line.split(/\s+/)[1]);
    expect(names).toEqual([
      'help',
      'prod-up',
      'prod-down',
      'prod-logs',
      'prod-build',
      'prod-restart',
      'verify',
      'certs',
    ]);
    const before = await inspect(stack, 'frontend');
    await make('prod-restart', 'SERVICE=frontend');
    expect((await inspect(stack, 'frontend')).Id).not.toBe(before.Id);
    const database = await inspect(stack, 'postgres');
    await make('certs', 'prod-up');
    expect((await inspect(stack, 'postgres')).Id).toBe(database.Id);
  });

  stopsGracefully(system);

  describe('in development', () => {
    // Both overlays publish the port of the backend.
    beforeAll(() => compose(stack, 'stop', '--timeout', '5'));

    it('the development server passes /api on, and has the same /config.js', async () => {
      await composeDev(stack, 'up', '--build', '--detach', '--wait');
      const { status, body } = await http(stack.ports.development, '/api/', { accept: 'application/json' });
      expect({ status, body }).toEqual({ status: 200, body: '{"visits":1}' });
      const config = await http(stack.ports.development, '/config.js');
      expect(evaluated(config.body)).toMatchObject({ PUBLIC_LINES: 'a\nb' });
      expect((await http(stack.ports.development, '/')).body).toContain('/@vite/client');
    });

    reloads(system);
  });
});

/** What `/config.js` gives a page. */
function evaluated(script: string): unknown {
  const window: { __CONFIG__?: unknown } = {};
  new Function('window', script)(window);
  return window.__CONFIG__;
}

/** An answer as it is sent. */
function rawBody(stack: Stack, path: string, headers: Readonly<Record<string, string>>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: stack.ports.app, path, headers, agent: false };
    const sent = request(options, async (response) => resolve(Buffer.concat(await response.toArray())));
    sent.once('error', reject);
    sent.end();
  });
}
