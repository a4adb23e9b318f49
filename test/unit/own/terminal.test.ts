/** The questions of `add` and `remove`, in a real terminal. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { keys, terminal } from '../../support/terminal.ts';
import { readTree } from '../../support/tree.ts';

const root = join(import.meta.dirname, '../../..');
const cli = join(root, 'dist/cli.js');
const plop = join(root, 'node_modules/plop/bin/plop.js');

const made = mkdtempSync(join(tmpdir(), 'prodstack-own-'));
let cwd: string;
beforeAll(async () => {
  await execa(process.execPath, [cli, '.', '--preset', 'node', '--yes', '--set', 'name=shop'], { cwd: made });
}, 60_000);
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'prodstack-own-'));
  cpSync(made, cwd, { recursive: true });
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));
afterAll(() => rmSync(made, { recursive: true, force: true }));

const answers = () => readYaml(readTree(cwd)['prodstack.yaml'] ?? '', 'prodstack.yaml');

describe('on a terminal', { timeout: 60_000 }, () => {
  it('add asks what, for which app, and before it writes', async () => {
    const before = readTree(cwd);
    const tty = terminal([cli, 'add'], cwd);
    await tty.until('What shall be added?');
    tty.type(keys.down.repeat(8));
    tty.type(keys.enter);
    await tty.until('Does app use mail?');
    tty.type(keys.enter);
    await tty.until('prodstack.yaml');
    await tty.until('Change these');
    expect(readTree(cwd)).toEqual(before);
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(answers()).toMatchObject({
      mail: { mode: 'catcher' },
      apps: { app: { uses: ['postgres', 'redis', 'mail'] } },
    });
  });

  it('add connects nobody where nobody uses it', async () => {
    const tty = terminal([cli, 'add', 'storage'], cwd);
    await tty.until('Does app use storage?');
    tty.type(`n${keys.enter}`);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(tty.screen()).toContain('No app is connected to storage yet.');
    expect(answers()).toMatchObject({ storage: { mode: 'bundled' }, apps: { app: { uses: ['postgres', 'redis'] } } });
  });

  it('add asks for the name and the command of a worker, and refuses shell syntax', async () => {
    const tty = terminal([cli, 'add', 'worker'], cwd);
    await tty.until('Its name');
    tty.type(`mailer${keys.enter}`);
    await tty.until('Its production command');
    tty.type(`node src/server.js; id${keys.enter}`);
    await tty.until('must be one plain command');
    tty.type(`${'\b'.repeat(4)}${keys.enter}`);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(answers()).toMatchObject({ apps: { app: { workers: { mailer: { start: 'node src/server.js' } } } } });
  });

  it('add asks for the host that an edge leads to', async () => {
    const tty = terminal([cli, 'add', 'caddy'], cwd);
    await tty.until('The host that leads to app');
    tty.type(`https://shop.acme.dev${keys.enter}`);
    await tty.until('must be without https://');
    tty.type(`${'\b'.repeat(30)}shop.acme.dev${keys.enter}`);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(answers()).toMatchObject({ edge: { caddy: { hostnames: { app: 'shop.acme.dev' } } } });
  });

  it('add offers a starter where no other app was found', async () => {
    const tty = terminal([cli, 'add', 'app'], cwd);
    await tty.until('Which starter do you want?');
    tty.type(keys.enter);
    await tty.until('Name of the app');
    tty.type(`admin${keys.enter}`);
    await tty.until('Folder');
    tty.type(keys.enter);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(readTree(cwd)).toHaveProperty(['admin/src/server.js']);
    // The usual port of a Node app has the one that is there.
    expect(answers()).toMatchObject({ apps: { app: { port: 3000 }, admin: { stack: 'node', port: 3001 } } });
  });

  it('nothing is written for who says no', async () => {
    const before = readTree(cwd);
    const tty = terminal([cli, 'add', 'mail', '--for', 'app'], cwd);
    await tty.until('Change these');
    tty.type(`n${keys.enter}`);
    expect(await tty.ended()).toBe(130);
    expect(tty.screen()).toContain('Nothing was written.');
    expect(readTree(cwd)).toEqual(before);
  });

  it('remove shows what uses it, and asks what becomes of the data', async () => {
    const tty = terminal([cli, 'remove'], cwd);
    await tty.until('What shall be taken out?');
    tty.type(keys.down + keys.down + keys.enter);
    await tty.until('apps.app.uses: app is connected to it');
    await tty.until('Take that out, too?');
    tty.type(`y${keys.enter}`);
    await tty.until('What becomes of the data in shop_redis-data?');
    tty.type(keys.down + keys.enter);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(tty.screen()).toContain('docker volume rm shop_redis-data');
    expect(answers()).not.toHaveProperty('redis');
  });

  it('remove takes nothing from who wants to keep it', async () => {
    const before = readTree(cwd);
    const tty = terminal([cli, 'remove', 'redis'], cwd);
    await tty.until('Take that out, too?');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(130);
    expect(readTree(cwd)).toEqual(before);
  });

  it('plop has the same generators in a clone', async () => {
    const tty = terminal([plop, '--plopfile', join(root, 'plopfile.ts'), 'add'], cwd);
    await tty.until('What shall be added?');
    tty.type(keys.down.repeat(8) + keys.enter);
    await tty.until('Does app use mail?');
    tty.type(keys.enter);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(answers()).toMatchObject({ mail: { mode: 'catcher' } });
  });
});
