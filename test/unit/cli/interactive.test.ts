import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { keys, terminal } from '../../support/terminal.ts';
import { readTree, writeTree } from '../../support/tree.ts';

const cli = join(import.meta.dirname, '../../../dist/cli.js');

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'prodstack-tty-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const answersIn = (folder: string): unknown => readYaml(readTree(folder)['prodstack.yaml'] ?? '', 'prodstack.yaml');

describe('the questions on a terminal', { timeout: 60_000 }, () => {
  it('make a stack with a starter app in an empty folder', async () => {
    const tty = terminal([cli, 'shop'], cwd);
    await tty.until('Which starter do you want?');
    tty.type(keys.down);
    tty.type(keys.enter);
    await tty.until('Name of the stack');
    tty.type(`shop-two${keys.enter}`);
    await tty.until('Where does PostgreSQL run?');
    tty.type(keys.enter);
    await tty.until('PostgreSQL version');
    tty.type(keys.down + keys.enter);
    await tty.until('Where does Redis run?');
    tty.type(keys.enter);
    await tty.until('Redis version');
    tty.type(keys.enter);
    await tty.until('every night');
    tty.type(keys.enter);
    await tty.until('What lets the world in?');
    tty.type(keys.enter);
    await tty.until('usual limits?');
    tty.type(`n${keys.enter}`);
    await tty.until('Where will it run?');
    tty.type(keys.down + keys.down + keys.down + keys.down + keys.enter);
    await tty.until('get the images from?');
    tty.type(keys.down + keys.enter);
    await tty.until('The registry and path');
    tty.type(`ghcr.io/acme${keys.enter}`);
    await tty.until('compose.yaml');
    await tty.until('Write these');
    expect(readdirSync(cwd)).toEqual([]);
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(tty.screen()).toContain('docker compose -f compose.build.yaml build');
    expect(answersIn(join(cwd, 'shop'))).toMatchObject({
      targets: { medium: {} },
      images: { from: 'registry', prefix: 'ghcr.io/acme' },
      name: 'shop-two',
      apps: { app: { stack: 'fastapi' } },
      postgres: { version: 17 },
      redis: { version: 8 },
    });
  });

  const existing = {
    'package.json':
      '{\n  "scripts": { "start": "node main.js" },\n  "packageManager": "pnpm@10.12.1",\n  "dependencies": { "express": "5", "pg": "8" }\n}\n',
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    'main.js': "require('express')().listen(process.env.PORT || 4000);\n",
  };

  it('show what was detected with its evidence, and ask for the rest', async () => {
    writeTree(cwd, existing);
    const tty = terminal([cli, '.'], cwd);
    await tty.until('Name of the stack');
    tty.type(keys.enter);
    await tty.until('packageManager: pnpm@10.12.1, from package.json:3');
    await tty.until('Is that right for app?');
    tty.type(keys.enter);
    await tty.until('Node.js version');
    tty.type(keys.enter);
    await tty.until('Health route');
    tty.type(`\b\b\b\b\b/up date${keys.enter}`);
    await tty.until('must be a path');
    tty.type(`${'\b'.repeat(20)}/up${keys.enter}`);
    await tty.until('Where does PostgreSQL run (a client was found, from package.json');
    tty.type(keys.enter);
    await tty.until('PostgreSQL version');
    tty.type(keys.enter);
    await tty.until('Where does Redis run?');
    tty.type(keys.enter);
    await tty.until('every night');
    tty.type(keys.enter);
    await tty.until('What lets the world in?');
    tty.type(keys.enter);
    await tty.until('usual limits?');
    tty.type(keys.enter);
    await tty.until('Write these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(answersIn(cwd)).toMatchObject({
      apps: { app: { packageManager: 'pnpm@10.12.1', port: 4000, health: '/up' } },
    });
    expect(answersIn(cwd)).not.toHaveProperty('redis');
  });

  it('let somebody else run the data of a stack that has it in containers', async () => {
    writeTree(cwd, existing);
    writeTree(cwd, {
      'prodstack.yaml': [
        'prodstack: 1',
        'name: shop',
        'apps:',
        '  app: { stack: node, health: none, version: 24 }',
        'postgres:',
        '  mode: bundled',
        '  version: 18',
        '  pooler: pgbouncer',
        'redis:',
        '  mode: bundled',
        '  keeps: cache',
        '',
      ].join('\n'),
    });
    const tty = terminal([cli, '.'], cwd);
    for (const [question, answer] of [
      ['Name of the stack', ''],
      ['Is that right', ''],
      ['Where does PostgreSQL run', keys.down],
      ['Who runs it?', keys.up + keys.up],
      ['PostgreSQL version', ''],
      ['Where does Redis run', keys.down],
      ['every night', ''],
      ['What lets the world in?', ''],
      ['usual limits?', ''],
      ['Write these', ''],
    ] as const) {
      await tty.until(question);
      tty.type(answer + keys.enter);
    }
    expect(await tty.ended()).toBe(0);
    expect(answersIn(cwd)).toMatchObject({
      postgres: { mode: 'managed', provider: 'neon' },
      redis: { mode: 'managed' },
    });
    expect(answersIn(cwd)).not.toHaveProperty('postgres.pooler');
    expect(answersIn(cwd)).not.toHaveProperty('redis.keeps');
  });

  it('take the host of an app as soon as it is one, and another kind of edge for the same hosts', async () => {
    writeTree(cwd, existing);
    const given = ['--set', 'apps.app.health=none', '--set', 'apps.app.version=24', '--set', 'postgres=null'];
    const answer = async (edge: readonly (readonly [string, string])[], ...more: readonly string[]) => {
      const tty = terminal([cli, '.', ...more], cwd);
      for (const [question, text] of [
        ['Name of the stack', ''],
        ...(more.length > 0 ? ([['Is that right', '']] as const) : []),
        ['Where does PostgreSQL run', ''],
        ['Where does Redis run', ''],
        ...edge,
        ['usual limits?', ''],
        ['Write these', ''],
      ] as const) {
        await tty.until(question);
        tty.type(text + keys.enter);
      }
      expect(await tty.ended()).toBe(0);
    };
    await answer(
      [
        ['What lets the world in?', keys.down],
        ['The host that leads to app', 'https://Shop.example.com'],
        ['must be without https://', `${'\b'.repeat(30)}Shop.example.com`],
        ['must be in lower case: shop.example.com', `${'\b'.repeat(30)}shop.example.com`],
      ],
      ...given,
    );
    expect(answersIn(cwd)).toMatchObject({ edge: { caddy: { hostnames: { app: 'shop.example.com' } } } });
    await answer([
      ['What lets the world in?', keys.down + keys.down],
      ['The host that leads to app', ''],
    ]);
    expect((answersIn(cwd) as { readonly edge: unknown }).edge).toEqual({
      cloudflare: { hostnames: { app: 'shop.example.com' }, config: 'local' },
    });
    // The other way has no use for the id of a tunnel.
    const named = readFileSync(join(cwd, 'prodstack.yaml'), 'utf8').replace(
      'config: local',
      'config: local\n    tunnel: 6ff42ae2-765d-4adf-8112-31c55c1551ef',
    );
    writeFileSync(join(cwd, 'prodstack.yaml'), named);
    await answer([
      ['What lets the world in?', keys.up],
      ['The host that leads to app', ''],
    ]);
    expect((answersIn(cwd) as { readonly edge: unknown }).edge).toEqual({
      cloudflare: { hostnames: { app: 'shop.example.com' } },
    });
    await answer([['What lets the world in?', keys.up.repeat(2)]]);
    expect(answersIn(cwd)).not.toHaveProperty('edge');
  });

  it('settle a conflict with the difference in sight', async () => {
    writeTree(cwd, { ...existing, Dockerfile: 'FROM scratch\n' });
    const tty = terminal([cli, '.', '--set', 'apps.app.health=none', '--set', 'apps.app.version=24'], cwd);
    for (const question of [
      'Name of the stack',
      'Is that right',
      'Where does PostgreSQL run',
      'PostgreSQL version',
      'Where does Redis run',
      'every night',
      'What lets the world in?',
      'usual limits?',
    ]) {
      await tty.until(question);
      tty.type(keys.enter);
    }
    await tty.until('-FROM scratch');
    await tty.until('Dockerfile exists and differs');
    tty.type(keys.enter);
    await tty.until('Write these');
    tty.type(keys.enter);
    expect(await tty.ended()).toBe(0);
    expect(readTree(cwd)['Dockerfile']).toBe('FROM scratch\n');
  });

  it('write nothing when the last answer is no', async () => {
    mkdirSync(join(cwd, 'shop'));
    const tty = terminal([cli, 'shop', '--preset', 'node'], cwd);
    for (const question of [
      'Name of the stack',
      'Where does PostgreSQL run?',
      'PostgreSQL version',
      'Where does Redis run?',
      'Redis version',
      'every night',
      'What lets the world in?',
      'usual limits?',
    ]) {
      await tty.until(question);
      tty.type(keys.enter);
    }
    await tty.until('Write these');
    tty.type(`n${keys.enter}`);
    expect(await tty.ended()).toBe(130);
    expect(readdirSync(join(cwd, 'shop'))).toEqual([]);
  });

  it.each(['Which starter do you want?', 'Name of the stack', 'PostgreSQL version', 'Redis version', 'Write these'])(
    'leave the folder as it was on Ctrl-C at %j',
    async (question) => {
      const tty = terminal([cli, 'shop'], cwd);
      for (const one of [
        'Which starter do you want?',
        'Name of the stack',
        'Where does PostgreSQL run?',
        'PostgreSQL version',
        'Where does Redis run?',
        'Redis version',
        'every night',
        'What lets the world in?',
        'usual limits?',
        'Write these',
      ]) {
        await tty.until(one);
        if (one === question) break;
        tty.type(keys.enter);
      }
      tty.type(keys.ctrlC);
      expect(await tty.ended()).toBe(130);
      expect(tty.screen()).toContain('Nothing was written.');
      expect(readdirSync(cwd)).toEqual([]);
    },
  );
});
