import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compose, docker, eventually, http } from '../support/scenario.ts';
import { reloads } from './obligations/development.ts';
import { isHardened } from './obligations/hardening.ts';
import { keepsSecrets } from './obligations/secrets.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

/** One white pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsVc3fwAAAABJRU5ErkJggg==';

describe('the pnpm monorepo with an API and a Next.js dashboard', async () => {
  const system = await startSystem({
    name: 'mono',
    app: 'api',
    folder: 'apps/api',
    context: '.',
    more: ['DASHBOARD_PORT'],
    args: ['--preset', 'node-tunnel'],
    backups: true,
    services: ['api', 'api-worker', 'backup', 'dashboard', 'postgres', 'postgres-setup'],
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
      const { stdout } = await compose(stack, 'exec', '-T', service, 'sh', '-c', "grep -h '^Uid' /proc/[0-9]*/status");
      const users = stdout.split('\n').map((line) => line.split(/\s+/)[1]);
      expect(users.length, stdout).toBeGreaterThan(1);
      expect(new Set(users), stdout).toEqual(new Set(['1001']));
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

  reloads(system);
});
