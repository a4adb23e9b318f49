import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { compose, containers, docker, eventually, http, inspect, serviceOf } from '../support/scenario.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

/** One white pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsVc3fwAAAABJRU5ErkJggg==';

/** As the dashboard of Cloudflare shows one. */
const token = Buffer.from(
  JSON.stringify({
    a: '699d98642c564d2e855e9661899b7252',
    t: '6ff42ae2-765d-4adf-8112-31c55c1551ef',
    s: Buffer.alloc(32, 'tunnel').toString('base64'),
  }),
).toString('base64');

describe('the pnpm monorepo with an API and a Next.js dashboard behind a tunnel', async () => {
  const system = await startSystem({
    name: 'mono',
    app: 'api',
    folder: 'apps/api',
    context: '.',
    more: ['DASHBOARD_PORT'],
    args: ['--preset', 'node-tunnel'],
    backups: true,
    brought: { TUNNEL_TOKEN: token },
    behind: { API_PORT: 'api:3001', DASHBOARD_PORT: 'dashboard:3000' },
    services: [
      ...['api', 'api-worker', 'backup', 'cloudflared', 'cloudflared-check', 'dashboard', 'postgres', 'postgres-setup'],
    ],
    health: '/health',
    visit: { method: 'POST', path: '/visits' },
    edit: { file: 'apps/api/src/app.ts', from: 'ready', to: 'all right', path: '/health' },
  });
  const { stack } = system;
  const dashboard = stack.more['DASHBOARD_PORT'] ?? 0;
  const page = async () => (await http(dashboard, '/', { accept: 'text/html' })).body;

  /** The steps of a build with what became of them. */
  const build = async (service: string): Promise<readonly (readonly [step: string, cached: boolean])[]> => {
    const { stdout, stderr } = await compose(stack, '--progress', 'plain', 'build', service);
    const log = stdout + stderr;
    return [...log.matchAll(/^#(\d+) (\[[\w -]+ \d+\/\d+\] (?:RUN|COPY|WORKDIR) .*)$/gm)].map(
      ([, number, step = '']) => [step, new RegExp(`^#${number} CACHED$`, 'm').test(log)] as const,
    );
  };

  starts(system);
  isHardened(system);
  keepsSecrets(system);

  it('asks for what only a person has at Cloudflare, before anything is started', () => {
    const { next, warnings } = system.report();
    expect(warnings.join('\n')).toMatch(/TUNNEL_TOKEN=eyJ[\s\S]*dashboard\.example\.com/);
    const up = next.findIndex((line) => line.startsWith('scripts/ctl up'));
    for (const command of ['token', 'rules'])
      expect(next.findIndex((line) => line.includes(`scripts/tunnel ${command}`))).toBeLessThan(up);
  });

  it('nothing has a port on this machine, and the tunnel meets no more than what a rule may name', async () => {
    for (const container of await containers(stack)) {
      const published = Object.values(container.NetworkSettings.Ports).filter((hosts) => hosts !== null);
      expect([serviceOf(container), published]).toEqual([serviceOf(container), []]);
    }
    const on = async (service: string) => Object.keys((await inspect(stack, service)).NetworkSettings.Networks).sort();
    expect(await on('cloudflared')).toEqual([`${stack.name}_edge`]);
    expect(await on('cloudflared-check')).toEqual(['none']);
    const { stdout } = await docker(stack, 'network', 'inspect', `${stack.name}_edge`);
    const [{ Containers: there }] = JSON.parse(stdout) as [{ Containers: Record<string, { Name: string }> }];
    const names = Object.values(there).map(({ Name }) => Name);
    const ours = names.filter((name) => name.startsWith(`${stack.name}-`)).sort();
    expect(ours).toEqual(['api', 'cloudflared', 'dashboard'].map((name) => `${stack.name}-${name}-1`));
  });

  it('the page shows what the API counts, by the address that the stack gave it', async () => {
    const before = JSON.parse((await http(stack.ports.app, '/visits')).body) as { total: number };
    expect(await page()).toContain(`${before.total + 1} visit`);
    expect(await page()).toContain(`<h1>${stack.name}</h1>`);
  });

  it('the worker does what the API leaves to it', async () => {
    const counted = async () => JSON.parse((await http(stack.ports.app, '/visits')).body) as Record<string, number>;
    const { total = 0 } = await counted();
    expect((await http(stack.ports.app, '/visits', { method: 'POST' })).status).toBe(200);
    await eventually(async () => expect(await counted()).toMatchObject({ total: total + 1, today: total + 1 }));
  });

  it('every asset of the page is served', async () => {
    const assets = [...new Set((await page()).match(/\/_next\/static\/[\w./-]+\.(?:js|css)/g) ?? [])];
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of [...assets, '/icon.svg'])
      expect({ asset, ...(await http(dashboard, asset)) }).toMatchObject({ asset, status: 200 });
  });

  it('production has neither tools, nor tests, nor the other app', async () => {
    const names = ['typescript', '@types', 'next', 'dashboard', 'test', '*.test.*', '*.tsbuildinfo'];
    const tests = names.flatMap((name, index) => [...(index === 0 ? [] : ['-o']), '-name', name]);
    const inApi = ['exec', '-T', 'api', 'find', '/app', '-path', '*/node_modules/.pnpm/*/node_modules', '-prune', '-o'];
    expect((await compose(stack, ...inApi, '(', ...tests, ')', '-print')).stdout).toBe('');
    const inDashboard = [
      'exec',
      '-T',
      'dashboard',
      'find',
      '/app',
      '-path',
      '*/node_modules/typescript',
      '-o',
      '-name',
      'api.ts',
    ];
    expect((await compose(stack, ...inDashboard)).stdout).toBe('');
  });

  it('every process runs as the user that the Dockerfile names', async () => {
    for (const service of ['api', 'dashboard']) {
      // A process that ends meanwhile, that of a health check, is no mistake.
      const users = "grep -hs '^Uid' /proc/[0-9]*/status; true";
      const { stdout } = await compose(stack, 'exec', '-T', service, 'sh', '-c', users);
      const ids = stdout.split('\n').map((line) => line.split(/\s+/)[1]);
      expect(ids.length, stdout).toBeGreaterThan(1);
      expect(new Set(ids), stdout).toEqual(new Set(['1001']));
    }
  });

  it('an edit builds its own app only, and installs nothing; a variable of the build shows in the page', async () => {
    const source = join(stack.directory, 'apps/dashboard/app/page.tsx');
    writeFileSync(source, readFileSync(source, 'utf8').replace('The API does not answer.', 'No API.'));
    writeFileSync(join(stack.directory, 'apps/dashboard/public/dot.png'), Buffer.from(pixel, 'base64'));
    appendFileSync(join(stack.directory, '.env'), '\nNEXT_PUBLIC_TITLE=Overview of it all\n');

    const api = await build('api');
    expect(api.length).toBeGreaterThan(8);
    expect(api.filter(([, cached]) => !cached)).toEqual([]);

    const steps = await build('dashboard');
    const installs = steps.filter(([step]) => /pnpm install|npm install/.test(step));
    expect(installs.length).toBeGreaterThan(1);
    expect(installs.filter(([, cached]) => !cached)).toEqual([]);
    expect(steps.some(([step, cached]) => /run --if-present build/.test(step) && !cached)).toBe(true);

    await compose(stack, 'up', '--detach', '--wait');
    await eventually(async () => expect(await page()).toContain('<h1>Overview of it all</h1>'));
    // Made smaller by sharp, which came with the standalone server.
    const { status, body } = await http(dashboard, '/_next/image?url=%2Fdot.png&w=64&q=75', { accept: 'image/webp' });
    expect(status, body).toBe(200);
    const { stdout } = await docker(
      stack,
      'image',
      'inspect',
      '--format',
      '{{.Config.User}}',
      `${stack.name}-dashboard:local`,
    );
    expect(stdout.trim()).toBe('1001:1001');
  });

  it('a token that cannot be one starts nothing, is said once with the way to a right one, and shown nowhere', async () => {
    const tunnel = (input: string) =>
      execa(join(stack.directory, 'scripts/tunnel'), ['token'], { cwd: '/', input, reject: false });
    const refused = await tunnel(`${token.slice(0, 80)}\n`);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('only a part of one') });

    const wrong = 'a token of something else';
    appendFileSync(join(stack.directory, '.env'), `TUNNEL_TOKEN='${wrong}'\n`);
    const up = await compose(stack, 'up', '--detach', '--wait').catch((error: unknown) => error);
    expect(up).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cloudflared-check') });
    const { stdout } = await compose(stack, 'logs', '--no-log-prefix', 'cloudflared-check');
    expect(stdout).toMatch(/TUNNEL_TOKEN in \.env has blanks in it[\s\S]*scripts\/tunnel token/);
    expect(stdout).not.toContain(wrong);
    const { State, RestartCount } = await inspect(stack, 'cloudflared');
    expect({ status: State.Status, RestartCount }).toEqual({ status: 'created', RestartCount: 0 });

    const taken = await tunnel(`cloudflared service install ${token}\n`);
    expect(taken.exitCode, taken.stderr).toBe(0);
    expect(taken.stdout + taken.stderr).not.toContain(token);
    expect((await inspect(stack, 'cloudflared')).State.Health?.Status).toBe('healthy');
    expect((await compose(stack, 'logs', '--no-color')).stdout).not.toContain(token);
  });

  reloads(system);
});
