/** `backup key`: what keeps the key from being only on the host that it protects. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../../generators/plan/render.ts';
import { terminal } from '../../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'prodstack-key-'));
const home = join(folder, 'home');
const scripts = ['common', 'status', 'key'];
for (const name of scripts) writeFileSync(join(folder, `${name}.sh`), render(`docker/backup/lib/${name}.sh`, {}));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(home, { recursive: true, force: true }));

const key = 'aB3dE6gH9jK2mN5pQ8';
const env = { BACKUP_HOME: home, BACKUP_PROJECT: 'shop', BACKUP_PASSWORD: key };
const script = (text: string) =>
  ['set -Eeuo pipefail', ...scripts.map((name) => `. ${join(folder, `${name}.sh`)}`), 'prepare', text].join('\n');
const run = (text: string, more: Readonly<Record<string, string>> = {}) =>
  execa('bash', ['-c', script(text)], { env: { ...env, ...more }, reject: false, stdin: 'ignore' });

/** Types these characters where the proof is asked for. */
async function prove(proof: string): Promise<{ readonly status: number; readonly screen: string }> {
  writeFileSync(join(folder, 'ask.sh'), script('command_key'));
  const settings = JSON.stringify({ stdio: 'inherit', env: { PATH: process.env['PATH'], ...env } });
  const start = `process.exitCode = require('node:child_process').spawnSync('bash', [${JSON.stringify(join(folder, 'ask.sh'))}], ${settings}).status`;
  const shown = terminal(['-e', start], folder);
  await shown.until('the last 6 characters');
  shown.type(`${proof}\r`);
  return { status: await shown.ended(), screen: shown.screen() };
}

const elsewhere = async (more = {}) => (await run('if key_elsewhere; then echo yes; else echo no; fi', more)).stdout;

describe('the key', () => {
  it('is not shown to a log, unless somebody says so', async () => {
    const refused = await run('command_key');
    expect({ status: refused.exitCode, text: refused.stdout }).toEqual({ status: 1, text: '' });
    expect(refused.stderr).toContain('no terminal');
    expect(refused.stderr).not.toContain(key);
    expect((await run('command_key --print')).stdout).toBe(key);
  });

  it('counts as kept elsewhere once its end was typed from there, and a new one asks again', async () => {
    expect(await elsewhere()).toBe('no');
    const { status, screen } = await prove(key.slice(-6));
    expect(status, screen).toBe(0);
    expect(screen).toContain(key);
    expect(await elsewhere()).toBe('yes');
    expect(readFileSync(join(home, 'state/key.json'), 'utf8')).not.toContain(key.slice(-6));
    expect(await elsewhere({ BACKUP_PASSWORD: `${key}x` })).toBe('no');
  });

  it('does not count as kept after something else was typed, or nothing', async () => {
    expect((await prove('wrong!')).status).toBe(1);
    expect((await prove('')).status).toBe(0);
    expect(await elsewhere()).toBe('no');
  });

  it('is none where backups are not encrypted', async () => {
    const { stdout, exitCode } = await run('command_key', { BACKUP_PASSWORD: '' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('not encrypted') });
    expect(await elsewhere({ BACKUP_PASSWORD: '' })).toBe('no');
  });
});
