/** The questions of `add` in a project of somebody else's, in a real terminal. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freshFolder, Repo, removeFolders } from '../../support/repo.ts';
import { keys, terminal } from '../../support/terminal.ts';

const cli = join(import.meta.dirname, '../../../dist/cli.js');
afterAll(removeFolders);

function theirs(): Repo {
  const repo = new Repo(freshFolder());
  repo.write('compose.yaml', 'services:\n  web:\n    build: .\n    expose: ["8000"]\n  jobs:\n    build: .\n');
  return repo;
}

describe('on a terminal, in a project of somebody else', { timeout: 60_000 }, () => {
  it('add asks who uses it', async () => {
    const repo = theirs();
    const tty = terminal([cli, 'add', 'redis'], repo.root);
    await tty.until('Does web use redis?');
    tty.type(`y${keys.enter}`);
    await tty.until('Does jobs use redis?');
    tty.type(keys.enter);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(tty.screen()).toContain('docker compose up -d redis web');
    expect(repo.read('compose.yaml').match(/REDIS_URL/g)).toHaveLength(1);
  });

  it('add asks whom an edge leads to, and by which host', async () => {
    const repo = theirs();
    const tty = terminal([cli, 'add', 'caddy'], repo.root);
    await tty.until('Does caddy lead to web?');
    tty.type(`y${keys.enter}`);
    await tty.until('Does caddy lead to jobs?');
    tty.type(keys.enter);
    await tty.until('The host that leads to web');
    tty.type(`shop.acme.dev${keys.enter}`);
    await tty.until('Change these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(repo.read('docker/caddy/Caddyfile')).toContain('shop.acme.dev');
  });

  it('add asks whose process a worker is', async () => {
    const repo = theirs();
    const tty = terminal([cli, 'add', 'worker', '--set', 'start=node worker.js'], repo.root);
    await tty.until('For which service?');
    tty.type(keys.down + keys.enter);
    await tty.until('Change this file?');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(repo.read('compose.yaml')).toContain('jobs-worker:');
  });
});
