/** `scripts/verify` beside a Docker that says what a test wants: real bash, and an app that really listens. */
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { folder, says, script, verify, wellWith } from './verifying.ts';

let app: Server;
let status = 200;
let asked = '';

beforeAll(async () => {
  app = createServer((request, response) => {
    asked = `${request.method} ${request.url} ${request.headers.host}`;
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  app.close();
  rmSync(folder, { recursive: true, force: true });
});

const port = () => (app.address() as AddressInfo).port;
const backup = {
  lastBackup: { id: '20261121T020000Z', age: 7200, where: 's3' },
  lastDrill: { ok: true, age: 86_400 },
  schedule: { drill: 'weekly' },
  running: null,
  problems: [],
  warnings: [],
};
const app1 = 'app shop-app-1 running healthy 0 0 false unless-stopped';
const setup = 'setup shop-setup-1 exited none 0 0 false no';

beforeEach(() => {
  status = 200;
  const view = {
    name: 'shop',
    postgres: { superuser: 'postgres' },
    apps: ['app 3000 /health 299'],
    open: 'mqtt:8883',
    data: 'postgres-data|backups',
    backup: { service: 'backup' },
  };
  wellWith(view);
  says('services', 'app\nsetup\n');
  says('containers', `${app1}\n${setup}\n`);
  says('ports', 'app 3000/tcp 127.0.0.1\nmqtt 8883/tcp 0.0.0.0\n');
  says('address', `127.0.0.1:${port()}\n`);
  says('status', JSON.stringify(backup));
});

it('all is well', async () => {
  const { exitCode, failed, warned, well } = await verify();
  expect({ exitCode, failed, warned }).toEqual({ exitCode: 0, failed: [], warned: [] });
  expect(well).toContain('services: 2 containers run, or have done their work');
  expect(well).toContain('backups: the last good one is 2 hours old: 20261121T020000Z, s3');
  expect(asked).toBe(`GET /health 127.0.0.1:${port()}`);
});

it.each([
  ['an engine that does not answer', 'engine', undefined, /^engine: /],
  ['a Compose that is too old', 'compose', '2.24.3\n', /^compose: Compose 2\.24\.3 is older/],
  ['a service without a container', 'services', 'app\nsetup\nworker\n', /^worker: it has no container/],
  [
    'a stopped app',
    'containers',
    `${app1.replace('running healthy', 'exited none')}\n${setup}\n`,
    /^app: it is exited/,
  ],
  ['a failed one-shot', 'containers', `${app1}\n${setup.replace('none 0', 'none 1')}\n`, /^setup: .*exit status 1/],
  ['an unhealthy app', 'containers', `${app1.replace(' healthy', ' unhealthy')}\n${setup}\n`, /^app: it is unhealthy/],
  [
    'one that never ends starting',
    'containers',
    `${app1.replace(' healthy', ' starting')}\n${setup}\n`,
    /^app: its health/,
  ],
  [
    'a restart loop',
    'containers',
    `${app1.replace('running healthy', 'restarting none')}\n${setup}\n`,
    /again and again/,
  ],
  ['a container killed for memory', 'containers', `${app1.replace('false', 'true')}\n${setup}\n`, /want of memory/],
  ['a database that does not answer', 'postgres', undefined, /^postgres: /],
  ['an app that is not published', 'address', '', /^app: its port 3000 is not published/],
  ['an app behind a dead port', 'address', '127.0.0.1:1\n', /^app: .* does not answer/],
  [
    'a database that the world can reach',
    'ports',
    'postgres 5432/tcp 0.0.0.0\n',
    /^ports: postgres is published on 0\.0\.0\.0/,
  ],
  ['an app on every address of IPv6', 'ports', 'app 3000/tcp ::\n', /^ports: app is published on ::/],
  [
    'a volume that down -v takes',
    'volumes',
    'shop_postgres-data 2026 shop\n',
    /^volumes: shop_postgres-data is one of Compose/,
  ],
  [
    'backups with a problem',
    'status',
    JSON.stringify({ ...backup, problems: ['he said "no"\\'] }),
    /^backups: he said "no"\\$/,
  ],
  ['backups that cannot be asked', 'status', undefined, /^backups: the service backup does not answer/],
])('%s is named, and ends with 1', async (_what, file, text, message) => {
  if (text === undefined) rmSync(join(folder, 'says', file));
  else says(file, text);
  const { exitCode, failed } = await verify();
  expect({ exitCode, failed }).toEqual({ exitCode: 1, failed: [expect.stringMatching(message)] });
});

it('an app that answers with an error is named', async () => {
  status = 503;
  const { exitCode, failed } = await verify();
  expect({ exitCode, failed }).toEqual({ exitCode: 1, failed: [expect.stringMatching(/^app: .* answers with 503$/)] });
});

it.each([
  [
    'what was restarted',
    'containers',
    `${app1.replace('0 0 false', '0 4 false')}\n${setup}\n`,
    /shop-app-1 was restarted 4 times/,
  ],
  [
    'a first backup that is being made',
    'status',
    JSON.stringify({ ...backup, lastBackup: null, running: 'backup', problems: ['x'] }),
    /first one is being made/,
  ],
  [
    'a first backup that is still to come',
    'status',
    JSON.stringify({ ...backup, lastBackup: null, lastDrill: null, healthy: true }),
    /first one is still to come/,
  ],
  [
    'backups that no drill has shown',
    'status',
    JSON.stringify({ ...backup, lastDrill: null }),
    /no drill has shown yet/,
  ],
  ['what backups warn of', 'status', JSON.stringify({ ...backup, warnings: ['only here'] }), /^backups: only here$/],
])('%s is a warning', async (_what, file, text, message) => {
  says(file, text);
  const { exitCode, failed, warned } = await verify();
  expect({ exitCode, failed, warned }).toEqual({ exitCode: 0, failed: [], warned: [expect.stringMatching(message)] });
});

it('a container that was restarted just now may be in a loop', async () => {
  says('containers', `${app1.replace('0 0 false', '1 4 false')}\n${setup}\n`);
  says('uptime', 'Up 3 seconds (healthy)\n');
  expect(await verify()).toMatchObject({ exitCode: 1, failed: [expect.stringMatching(/restarted 4 times.*just now/)] });
});

it('--restart asks, and without a terminal wants --yes', async () => {
  expect(await verify('--restart')).toMatchObject({ exitCode: 1, failed: [expect.stringMatching(/no terminal/)] });
});

it('wrong usage ends with 2', async () => {
  for (const args of [['--x'], ['--timeout'], ['--timeout', 'x'], ['--timeout=']]) {
    const { exitCode } = await execa(script, args, { reject: false });
    expect(exitCode, args.join(' ')).toBe(2);
  }
});
