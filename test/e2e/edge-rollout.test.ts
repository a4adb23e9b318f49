/** A new release of an app behind a proxy, under a steady load: no request may fail, whatever becomes of the release. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { image } from '../../generators/stack/images.ts';
import { provideImage } from '../support/engine.ts';
import {
  type Container,
  compose,
  containers,
  eventually,
  follow,
  generate,
  keepArtifacts,
  newStack,
  remove,
  type Stack,
  serviceOf,
  setPorts,
} from '../support/scenario.ts';
import { newAuthority } from './authority.ts';
import { ask, type Door, placeApps, seenBy, steadyLoad, websocket } from './edge.ts';

const shop = 'shop.internal';
let stack: Stack;
let source: string;
let door: Door;

/** Another app, with another port: at a host of its own behind Caddy, beside the first one below a path otherwise. */
function placeOfWeb(kind: string): readonly [host: string, path: string] {
  return kind === 'caddy' ? ['web.internal', '/'] : [shop, '/web'];
}

/** One stack after the other: an app, its migrations and a worker, and an app beside it, behind a proxy. */
function behind(kind: 'caddy' | 'nginx' | 'traefik'): void {
  // Where no registry is reached, Traefik is compiled first.
  beforeAll(async () => {
    stack = await newStack(`rolled-${kind}`, { app: 'api', more: ['HTTP_PORT', 'HTTPS_PORT'] });
    source = join(stack.directory, 'api/server.js');
    try {
      placeApps(stack, 'api', 'web');
      writeFileSync(join(stack.directory, 'api/migrate.js'), "console.log('migrated');\n");
      writeFileSync(
        join(stack.directory, 'api/worker.js'),
        "setInterval(() => {}, 1000);\nprocess.once('SIGTERM', () => process.exit(0));\n",
      );
      const own = kind === 'traefik' ? ', certificates: files' : '';
      const report = await generate(
        stack,
        ...['--set', 'apps.api.path=api', '--set', 'apps.api.health=/health', '--set', 'apps.api.port=3000'],
        ...['--set', 'apps.api.migrate=node migrate.js', '--set', 'apps.api.workers={jobs: {start: node worker.js}}'],
        ...['--set', 'apps.web.path=web', '--set', 'apps.web.health=/health', '--set', 'apps.web.port=4000'],
        ...[
          '--set',
          `edge={${kind}: {hostnames: {api: ${shop}, web: ${placeOfWeb(kind).join('').replace(/\/$/, '')}}${own}}}`,
        ],
      );
      setPorts(stack);
      if (kind === 'traefik') await provideImage(image('nginx'));
      const brought = kind === 'caddy' ? undefined : await bring(`docker/${kind}/certs`);
      await follow(stack, report);
      const inside = ['exec', '-T', 'caddy', 'cat', '/data/caddy/pki/authorities/local/root.crt'];
      const ca = brought ?? (await compose(stack, ...inside)).stdout;
      door = { https: stack.more['HTTPS_PORT'] ?? 0, http: stack.more['HTTP_PORT'] ?? 0, ca };
      // nginx asks again, 3 seconds later, for an app that came up behind it.
      for (const [host, path] of [[shop, '/'] as const, placeOfWeb(kind)])
        await eventually(async () => expect((await ask(door, host, path)).status).toBe(200));
    } catch (error) {
      await keepArtifacts(stack, `edge-rollout ${kind}`);
      throw error;
    }
  });
  beforeEach(({ onTestFailed, task }) => {
    onTestFailed(() => keepArtifacts(stack, `edge-rollout ${kind} ${task.name}`));
  });
  afterAll(() => remove(stack));
}

describe('scripts/rollout', () => {
  behind('caddy');

  it('puts a new release in the place of the old one, and no request fails', async () => {
    release('two');
    const worker = await only('api-jobs');
    const before = await only('api');
    const web = await only('web');
    const load = steadyLoad(door, shop);
    const socket = await websocket(door, shop, '/ws');
    // Longer than the new container takes to get ready: it is at work in the old one all the time.
    const slow = seenBy(door, shop, '/slow?ms=20000');
    const { exitCode, all } = await rollout('--all');
    expect(exitCode, all).toBe(0);
    const { failed, containers: answered } = await load.stop();
    expect(failed).toEqual([]);
    expect(answered).toEqual([idOf(before), idOf(await only('api'))]);
    expect((await slow).version).toBe('version one');
    expect((await seenBy(door, shop)).version).toBe('version two');
    // It went with the old container, and said so (RFC 6455: going away).
    expect((await socket.closed).code).toBe(1001);
    const again = await websocket(door, shop, '/ws');
    again.send('hello');
    expect(await again.next()).toBe('hello');
    again.close();
    expect(all.match(/^migrated$/gm)).toHaveLength(1);
    expect((await only('api-jobs')).Id).not.toBe(worker.Id);
    // The socket, at the port of this app, while the other one has another port.
    expect(all).toMatch(/^== api: requests go to the new release\n\d+ connections are still open/m);
    expect(all).toContain('web: neither image nor configuration has changed');
    expect((await only('web')).Id).toBe(web.Id);
  });

  it('leaves a stack that the next up finds nothing to do in', async () => {
    const before = [await only('api'), await only('api-jobs')].map(({ Id }) => Id);
    await compose(stack, 'up', '--detach', '--wait');
    expect([await only('api'), await only('api-jobs')].map(({ Id }) => Id)).toEqual(before);
    const { exitCode, all } = await rollout('api');
    expect(exitCode).toBe(0);
    expect(all).toContain('neither image nor configuration has changed');
    expect((await only('api')).Id).toBe(before[0]);
  });

  it('keeps the old release where the new one does not become healthy, and no request fails', async () => {
    const before = await only('api');
    const text = readFileSync(source, 'utf8');
    const load = steadyLoad(door, shop);
    writeFileSync(source, text.replace('let health = 200', 'process.exit(1)'));
    const { exitCode, all } = await rollout('api');
    writeFileSync(source, text);
    expect(exitCode, all).toBe(1);
    expect(all).toMatch(/the new release does not become healthy \(.* restarted [3-9] times\)/);
    expect((await only('api')).Id).toBe(before.Id);
    const file = join(stack.directory, 'api/Dockerfile');
    const recipe = readFileSync(file, 'utf8');
    writeFileSync(file, 'FROM scratch\nRUN nothing\n');
    const unbuilt = await rollout('api');
    writeFileSync(file, recipe);
    expect(unbuilt.exitCode).toBe(1);
    expect(unbuilt.all).toContain('an image cannot be built: nothing was changed');
    const migrations = join(stack.directory, 'api/migrate.js');
    writeFileSync(migrations, 'process.exit(1);\n');
    const unmigrated = await rollout('api');
    writeFileSync(migrations, "console.log('migrated');\n");
    expect(unmigrated.exitCode).toBe(1);
    expect(unmigrated.all).toContain('api-migrate failed: the old release serves as before');
    // Nor does the next up start what failed.
    await compose(stack, 'up', '--detach', '--wait');
    expect((await only('api')).Id).toBe(before.Id);
    const { failed, containers: answered } = await load.stop();
    expect({ failed, answered }).toEqual({ failed: [], answered: [idOf(before)] });
  });

  it('is finished by the next run where it was killed, and no request fails', async () => {
    const load = steadyLoad(door, shop);
    release('three');
    for (const moment of ['is started beside', 'requests go to']) {
      await killedAt(moment);
      expect((await all('api')).length).toBe(2);
      const { exitCode, all: said } = await rollout('api');
      expect(exitCode, said).toBe(0);
      expect(said).toContain('a rollout was interrupted');
      await only('api');
    }
    // Ctrl-C, before the new one is in its place: as it was.
    const before = await only('api');
    expect(await killedAt('is started beside', 'SIGINT')).toBe(130);
    expect((await only('api')).Id).toBe(before.Id);
    const { failed } = await load.stop();
    expect(failed).toEqual([]);
    expect((await seenBy(door, shop)).version).toBe('version three');
  });

  it('says what a plain up costs', async () => {
    await replacesUnderLoad('caddy');
  });

  it('has a page for what takes longer: scripts/maintenance', async () => {
    await showsPage('caddy');
  });
});

describe.each(['nginx', 'traefik'] as const)('scripts/rollout behind %s', (kind) => {
  behind(kind);

  it('puts a new container in the place of the old one, and no request fails', async () => {
    await replacesUnderLoad(kind);
  });

  it('shows a page instead, until it is off', async () => {
    await showsPage(kind);
  });
});

/** A container for another one of the same release, by the script, and then by a plain up: what came of the requests. */
async function replacesUnderLoad(kind: string): Promise<void> {
  const measured = async (run: () => Promise<unknown>) => {
    const load = steadyLoad(door, shop);
    await eventually(() => expect(load.sent()).toBeGreaterThan(20));
    await run();
    const before = load.sent();
    await eventually(() => expect(load.sent()).toBeGreaterThan(before + 50));
    return load.stop();
  };
  const before = await only('api');
  const [host, path] = placeOfWeb(kind);
  const other = steadyLoad(door, host, { path, visitors: 1 });
  const rolled = await measured(async () => {
    const { exitCode, all } = await rollout('--force', '--no-build', 'api');
    expect(exitCode, all).toBe(0);
  });
  const { failed, containers: beside } = await other.stop();
  expect({ failed, beside }).toEqual({ failed: [], beside: [idOf(await only('web'))] });
  expect(rolled.failed).toEqual([]);
  expect(rolled.containers).toEqual([idOf(before), idOf(await only('api'))]);
  const plain = await measured(() => compose(stack, ...again));
  const figures = ({ sent, failed, slowest }: typeof plain) =>
    `${failed.length} of ${sent} failed, slowest ${slowest} ms`;
  const times = plain.failed.map((one) => Date.parse(one.split(' ')[0] ?? ''));
  const gap = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
  console.log(`${kind}: rollout ${figures(rolled)}; up ${figures(plain)}, for ${gap} ms`, [
    ...new Set(plain.failed.map((one) => one.slice(25))),
  ]);
}

const again = ['up', '--detach', '--no-deps', '--force-recreate', '--wait', 'api'];

async function showsPage(kind: string): Promise<void> {
  const script = (...args: readonly string[]) => execa('scripts/maintenance', args, { cwd: stack.directory });
  expect((await script('status')).stdout).toBe('off');
  for (const word of ['on', 'on']) expect((await script(word)).stdout).toMatch(/^on[.,]/m);
  const post = () => ask(door, shop, '/any/thing', { method: 'POST', body: Buffer.from('x') });
  // Traefik asks Docker, all others look for a file: theirs is there at once.
  if (kind === 'traefik') await eventually(async () => expect((await post()).status).toBe(503));
  const { status, headers, body } = await post();
  expect([status, headers['retry-after']]).toEqual([503, '300']);
  expect(headers['content-type']).toMatch(/^text\/html/);
  expect(body).toContain('We will be back soon');
  expect((await only('api')).State.Health?.Status).toBe('healthy');
  await compose(stack, 'restart', kind);
  await eventually(async () => expect((await ask(door, shop, '/')).status).toBe(503));
  expect((await script('status')).stdout).toMatch(/^on/);
  await script('off');
  // The file is gone at once; nginx, which was just started, may still have to ask where the app is.
  if (kind !== 'traefik') expect((await ask(door, shop, '/')).status).not.toBe(503);
  await eventually(async () => expect((await ask(door, shop, '/')).status).toBe(200));
}

/** A certificate of an authority of its own; the certificate of that. */
async function bring(folder: string): Promise<string> {
  const authority = await newAuthority();
  try {
    const { chain, key } = await authority.issue({ names: [shop] });
    const place = (file: string) => join(stack.directory, folder, file);
    mkdirSync(place('.'), { recursive: true });
    writeFileSync(place(`${shop}.crt`), chain);
    // The proxy is another user.
    writeFileSync(place(`${shop}.key`), key, { mode: 0o644 });
    return authority.root;
  } finally {
    authority.end();
  }
}

/** Another release of the app. */
function release(version: string): void {
  writeFileSync(source, readFileSync(source, 'utf8').replace(/'version \w+'/, `'version ${version}'`));
}

async function rollout(...args: readonly string[]): Promise<{ readonly exitCode?: number; readonly all: string }> {
  const { exitCode, all } = await execa('scripts/rollout', args, { cwd: stack.directory, reject: false, all: true });
  return { ...(exitCode !== undefined && { exitCode }), all };
}

/** Starts a rollout and ends it once it has said something; what it exited with. */
async function killedAt(moment: string, signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL'): Promise<number | undefined> {
  const isBeside = moment === 'is started beside';
  const settings = join(stack.directory, 'api.env');
  // A new container with these settings gets ready for nobody: it stays beside the old one until it was met there.
  if (isBeside) writeFileSync(settings, 'ALLOWED_HOSTS=nobody\n');
  const running = execa('scripts/rollout', ['--force', '--no-build', 'api'], {
    cwd: stack.directory,
    reject: false,
    all: true,
    // Ctrl-C reaches the whole group.
    detached: true,
  });
  const said = new Promise<void>((resolve) => {
    running.all.on('data', (chunk: Buffer) => chunk.includes(moment) && resolve());
  });
  await Promise.race([said, running]);
  if (isBeside) await eventually(async () => expect((await all('api')).length).toBe(2));
  process.kill(-(running.pid ?? 0), signal);
  const { exitCode } = await running;
  rmSync(settings, { force: true });
  return exitCode;
}

async function all(service: string): Promise<readonly Container[]> {
  return (await containers(stack)).filter((one) => serviceOf(one) === service);
}

/** The one container of a service. */
async function only(service: string): Promise<Container> {
  const [one, ...others] = await all(service);
  if (!one || others.length > 0) throw new Error(`${service} has ${one ? others.length + 1 : 0} containers`);
  return one;
}

function idOf({ Id }: Container): string {
  return Id.slice(0, 12);
}
