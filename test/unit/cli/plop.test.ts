import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keys, type Terminal, terminal } from '../../support/terminal.ts';
import { readTree, writeTree } from '../../support/tree.ts';

const root = join(import.meta.dirname, '../../..');
const plop = join(root, 'node_modules/plop/bin/plop.js');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'prodstack-plop-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function answer(tty: Terminal, directory: string): Promise<void> {
  await tty.until('Folder');
  tty.type(`${directory}${keys.enter}`);
  for (const question of [
    'Which starter',
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
    await tty.until(question);
    tty.type(keys.enter);
  }
  expect(await tty.ended()).toBe(0);
}

describe('plop', { timeout: 60_000 }, () => {
  it('offers our generators in a clone', async () => {
    await answer(terminal([plop, 'new'], root), join(folder, 'shop'));
    expect(Object.keys(readTree(join(folder, 'shop')))).toContain('compose.yaml');
  });

  it('loads our package from the plopfile of another', async () => {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/create-prodstack'));
    writeTree(folder, {
      'package.json': '{ "type": "module" }',
      'plopfile.js': "export default (plop) => plop.load('create-prodstack', {}, { generators: true });\n",
    });
    await answer(terminal([plop, 'new'], folder), 'shop');
    expect(Object.keys(readTree(join(folder, 'shop')))).toContain('compose.yaml');
  });
});
