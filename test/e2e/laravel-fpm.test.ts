import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { compose, eventually, http } from '../support/scenario.ts';
import { isHardened } from './obligations/hardening.ts';
import { playsItsRoles } from './obligations/roles.ts';
import { starts } from './obligations/start.ts';
import { startSystem } from './system.ts';

describe('an existing Laravel app in a sub-folder, on php-fpm behind nginx', async () => {
  const system = await startSystem({
    name: 'larafpm',
    fixture: 'laravel-fpm',
    app: 'backend',
    folder: 'backend',
    args: ['--set', 'apps.backend.server=fpm'],
    services: [
      'backend',
      'backend-php',
      'backend-migrate',
      'backend-queue',
      'backend-scheduler',
      'postgres',
      'postgres-setup',
    ],
    health: '/up',
    unhealthy: 500,
    visit: { method: 'GET', path: '/visits' },
    edit: { file: 'backend/routes/web.php', from: '/greeting', to: '/greetings', path: '/greetings' },
  });
  const { stack } = system;

  it('what the folder says is found', () => {
    const { answers, detected, warnings } = system.report();
    expect(answers.apps).toEqual({
      backend: {
        stack: 'laravel',
        path: 'backend',
        server: 'fpm',
        version: '8.4',
        extensions: ['bcmath'],
        frozen: false,
        localPackages: ['packages'],
        assets: {
          packageManager: 'npm',
          frozen: true,
          version: 24,
          build: 'build',
          buildVariables: ['VITE_APP_NAME'],
          php: true,
        },
        queues: { queue: {} },
        scheduler: true,
        migrate: 'artisan',
        health: '/up',
        drivers: { queue: 'database', cache: 'database', session: 'cookie' },
        port: 8080,
        uses: ['postgres'],
      },
    });
    const files = Object.fromEntries(detected.map(({ path, evidence }) => [path, evidence.file]));
    expect(files).toMatchObject({
      'apps.backend.version': 'backend/composer.json',
      'apps.backend.queues': 'backend/app/Jobs/RecordActivity.php',
      'apps.backend.scheduler': 'backend/routes/console.php',
      'apps.backend.health': 'backend/bootstrap/app.php',
      postgres: 'backend/.env.example',
    });
    expect(warnings).toEqual([expect.stringContaining('not pinned by a lockfile')]);
  });

  it('nginx passes on to PHP, which has the extension and the package of the repo', async () => {
    expect(await http(stack.ports.app, '/greeting')).toMatchObject({
      status: 200,
      body: 'hello from a local package 42 fpm-fcgi',
    });
  });

  it('PHP learns who the visitor is from the proxy in front, and not from the visitor', async () => {
    const headers = {
      ...{ host: 'shop.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.66, 198.51.100.7' },
      ...{ 'x-forwarded-host': 'evil.example', 'x-forwarded-port': '8443', 'x-forwarded-prefix': '/evil' },
    };
    const proxied = await http(stack.ports.app, '/visitor', { headers });
    expect(JSON.parse(proxied.body)).toEqual({
      address: '198.51.100.7',
      url: 'https://shop.example.com/visitor',
      trusted: true,
    });
    await eventually(async () =>
      expect((await compose(stack, 'logs', '--no-log-prefix', 'backend')).stdout).toMatch(
        /^198\.51\.100\.7 .*"GET \/visitor /m,
      ),
    );
  });

  it('assets that need artisan are built, and kept by browsers', async () => {
    const { status, body } = await http(stack.ports.app, '/build/assets/app-1a2b3c4d.js');
    expect({ status, body }).toMatchObject({ status: 200, body: expect.stringContaining('"greeting"') });
    expect(await cacheControl(stack.ports.app, '/build/assets/app-1a2b3c4d.js')).toBe(
      'public, max-age=31536000, immutable',
    );
    expect((await http(stack.ports.app, '/build/assets/none.js')).status).toBe(404);
  });

  it('neither Node.js nor Composer is in the image that runs', async () => {
    const { stdout } = await compose(
      stack,
      'exec',
      '-T',
      'backend-php',
      'sh',
      '-c',
      'command -v node composer git unzip; true',
    );
    expect(stdout).toBe('');
  });

  playsItsRoles(system, {
    php: 'backend-php',
    queue: 'backend-queue',
    queueName: 'default',
    scheduler: 'backend-scheduler',
  });
  starts(system);
  isHardened(system);
});

function cacheControl(port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.headers['cache-control']);
    })
      .once('error', reject)
      .end();
  });
}
