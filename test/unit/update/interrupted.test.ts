import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, expect, it } from 'vitest';
import { madeRepo, removeFolders } from '../../support/repo.ts';
import { readTree } from '../../support/tree.ts';

const cli = join(import.meta.dirname, '../../../dist/cli.js');
afterAll(removeFolders);

it('killed anywhere, leaves all as it was or all done, and the next run goes on from there', async () => {
  const made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
  for (const file of ['compose.yaml', 'compose.prod.yaml', 'Dockerfile', 'docs/DEPLOYMENT.md', 'scripts/verify'])
    made.older(file, (text) => `${text}# old\n`);
  made.rewriteBaseline((record) => ({ ...record, program: '0.0.1' }));
  made.edit('compose.yaml', (text) => text.replace('PORT: "3000"', 'PORT: "3000"\n      MINE: "1"'));
  const update = (root: string, ...argv: string[]) => execa(process.execPath, [cli, 'update', root, ...argv]);

  const whole = made.copy();
  const began = performance.now();
  await update(whole.root);
  const took = performance.now() - began;
  const [before, done] = [readTree(made.root), readTree(whole.root)];
  expect(done).not.toEqual(before);

  for (const part of [0.6, 0.8, 0.9, 0.96]) {
    const repo = made.copy();
    const child = spawn(process.execPath, [cli, 'update', repo.root], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    await after(took * part);
    child.kill('SIGKILL');
    await ended;
    // A look puts right what was left.
    await execa(process.execPath, [cli, 'update', repo.root, '--check'], { reject: false });
    const now = readTree(repo.root);
    expect(now).toEqual(now['Dockerfile'] === before['Dockerfile'] ? before : done);
    await update(repo.root);
    expect(readTree(repo.root)).toEqual(done);
  }
}, 120_000);
