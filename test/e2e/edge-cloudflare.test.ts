/**
 * A tunnel whose rules are in the repo, from the login to the first request, and on to one with a token in a file. Nobody answers at
 * the other end: the program that speaks with Cloudflare's API is one of the test's own, and the tunnel a stand-in.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readYaml } from '../../generators/compose/yaml.ts';
import { provideImage, provideImages } from '../support/engine.ts';
import {
  compose,
  containers,
  docker,
  generate,
  http,
  inspect,
  keepArtifacts,
  newStack,
  type Report,
  remove,
  serviceOf,
  setPorts,
} from '../support/scenario.ts';
import { placeApps } from './edge.ts';
import { openWayIn } from './way-in.ts';

const stack = await newStack('tunnelled', { app: 'web', more: ['API_PORT'] });
const inStack = (path: string) => join(stack.directory, path);
const credentials = 'docker/cloudflared/private/credentials.json';
const certificate = 'docker/cloudflared/private/cert.pem';
const id = '6ff42ae2-765d-4adf-8112-31c55c1551ef';
const secret = Buffer.alloc(32, 'tunnel').toString('base64');
const token = Buffer.from(JSON.stringify({ a: 'acc', t: id, s: secret })).toString('base64');
const edge = (more: string) =>
  `edge={cloudflare: {${more}, hostnames: {web: shop.acme.dev, api: [api.acme.dev, shop.acme.dev/api]}}}`;
const apps = ['--set', 'apps.web.health=/health', '--set', 'apps.api.health=/health', '--set', 'apps.api.port=4000'];
let report: Report;
let close = async (): Promise<void> => {};
/** `scripts/tunnel` as it was generated. */
let generated = '';

/** Writes what cloudflared writes, where it writes it, as whom it is told to be. */
const program = `#!/bin/sh
home=$HOME/.cloudflared
case "$*" in
  '--no-autoupdate tunnel login') (umask 077 && echo PEM > "$home/cert.pem") ;;
  *' tunnel list '*) cat "$home/cert.pem" > /dev/null && echo '[]' ;;
  *' tunnel create --credentials-file '*)
    echo '{"AccountTag":"acc","TunnelSecret":"${secret}","TunnelID":"${id}","Endpoint":""}' > "$5" && chmod 400 "$5"
    ;;
  *' tunnel route dns '*) eval "echo \\"INF Added CNAME \\\${$#} which will route to this tunnel tunnelID=${id}\\"" >&2 ;;
  *' ingress validate') cat /config.yml ;;
  *) echo "unknown: $*" >&2 && exit 1 ;;
esac
`;

async function tunnel(...args: readonly string[]) {
  return execa(inStack('scripts/tunnel'), args, { cwd: '/', stdin: 'ignore' });
}

/** Puts that program in the place of the official one. */
async function useOwnProgram(): Promise<void> {
  await provideImage('busybox:1.37.0-glibc');
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-cloudflared-'));
  writeFileSync(join(folder, 'cloudflared'), program, { mode: 0o755 });
  const lines = ['FROM busybox:1.37.0-glibc', 'COPY --chmod=755 cloudflared /bin/', 'USER 65532:65532'];
  const image = `${stack.name}-cloudflared:test`;
  const entrypoint = 'ENTRYPOINT ["cloudflared", "--no-autoupdate"]';
  await execa('docker', ['build', '--tag', image, '--file', '-', folder], { input: [...lines, entrypoint].join('\n') });
  rmSync(folder, { recursive: true });
  generated = readFileSync(inStack('scripts/tunnel'), 'utf8');
  writeFileSync(inStack('scripts/tunnel'), generated.replaceAll(/cloudflare\/cloudflared:\S+/g, image));
}

beforeAll(async () => {
  try {
    placeApps(stack, 'web', 'api');
    report = await generate(stack, ...apps, '--set', edge('config: local'));
    setPorts(stack);
    await useOwnProgram();
    await provideImages(stack.directory);
  } catch (error) {
    await keepArtifacts(stack, 'edge-cloudflare');
    throw error;
  }
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => keepArtifacts(stack, `edge-cloudflare ${task.name}`));
});

afterAll(async () => {
  await close();
  await remove(stack);
});

const up = () => execa(inStack('scripts/ctl'), ['up', '--build', '--detach', '--wait'], { cwd: '/', reject: false });

describe('a tunnel whose rules are in the repo', () => {
  it('does not start before it is made', async () => {
    expect(report.next.find((line) => line.includes('scripts/tunnel login'))).toBeDefined();
    expect(await up()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('does not exist') });
  });

  it('is made by its script, as the person, whose files nobody else gets at', async () => {
    await tunnel('login');
    expect((await tunnel('create')).stdout).toContain(id);
    expect((await tunnel('route')).stdout).toBe('api.acme.dev leads to the tunnel\nshop.acme.dev leads to the tunnel');
    for (const [path, mode] of [
      ['docker/cloudflared/private', '700'],
      [certificate, '600'],
      [credentials, '444'],
    ] as const) {
      const found = statSync(inStack(path));
      expect([path, (found.mode & 0o777).toString(8), found.uid]).toEqual([path, mode, process.getuid?.()]);
    }
    const rules = readYaml((await tunnel('rules')).stdout, 'config.yml');
    expect(rules).toEqual(readYaml(readFileSync(inStack('docker/cloudflared/config.yml'), 'utf8'), 'config.yml'));
  });

  it('starts with them, and its rules name what is there', async () => {
    const started = await up();
    expect(started.exitCode, started.stderr).toBe(0);
    const { State, NetworkSettings, HostConfig } = await inspect(stack, 'cloudflared');
    expect(State.Health?.Status).toBe('healthy');
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${stack.name}_edge`]);
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapAdd: null, CapDrop: ['ALL'] });
    expect((await tunnel('status')).stdout).toContain('Connected to Cloudflare.');
    for (const container of await containers(stack)) {
      const published = Object.values(container.NetworkSettings.Ports).filter((hosts) => hosts !== null);
      expect([serviceOf(container), published]).toEqual([serviceOf(container), []]);
    }

    const { ingress } = readYaml(readFileSync(inStack('docker/cloudflared/config.yml'), 'utf8'), 'config.yml') as {
      readonly ingress: readonly { readonly service: string }[];
    };
    const services = [...new Set(ingress.map(({ service }) => service.replace('http://', '')))];
    expect(services).toEqual(['api:4000', 'web:3000', 'http_status:404']);
    close = await openWayIn(stack, { API_PORT: services[0] ?? '', WEB_PORT: services[1] ?? '' });
    expect((await http(stack.more['API_PORT'] ?? 0, '/api/x?y=1')).body).toContain('"url":"/api/x?y=1"');
    expect((await http(stack.ports.app, '/health')).status).toBe(200);
  });

  it('does not start with the credentials of another one, and says so once', async () => {
    const right = readFileSync(inStack(credentials), 'utf8');
    const put = (text: string) => {
      rmSync(inStack(credentials));
      writeFileSync(inStack(credentials), text, { mode: 0o444 });
    };
    put(right.replace('TunnelSecret', 'Secret'));
    const again = ['up', '--detach', '--wait', '--force-recreate', '--no-build', 'cloudflared'];
    const refused = await compose(stack, ...again).catch((error: unknown) => error);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cloudflared-check') });
    const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'cloudflared-check');
    expect(stdout).toContain(`${credentials} has no TunnelSecret`);
    const { State, RestartCount } = await inspect(stack, 'cloudflared');
    expect({ status: State.Status, RestartCount }).toEqual({ status: 'created', RestartCount: 0 });
    put(right);
    await compose(stack, ...again);
  });

  it('becomes one whose rules are at Cloudflare, with its token in a file', async () => {
    writeFileSync(inStack('scripts/tunnel'), generated);
    report = await generate(stack, ...apps, '--set', edge('config: token'), '--set', 'secrets.from=files');
    expect(report.warnings.join('\n')).toMatch(/secrets\/tunnel_token is missing/);
    expect(report.warnings.join('\n')).toContain('docker/cloudflared/config.yml');
    await execa(inStack('scripts/tunnel'), ['token'], { cwd: '/', input: `tunnel run --token ${token}\n` });
    const started = await up();
    expect(started.exitCode, started.stderr).toBe(0);
    const { State, Id, Config } = await inspect(stack, 'cloudflared');
    expect(State.Health?.Status).toBe('healthy');
    expect(JSON.stringify(Config)).toContain('TUNNEL_TOKEN_FILE=/run/secrets/tunnel_token');
    expect(JSON.stringify(await containers(stack))).not.toContain(token);
    expect((await docker(stack, 'top', Id)).stdout).not.toContain(token);
  });
});
