import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import images from '../../templates/images.json' with { type: 'json' };
import { ensureEngine, provideImage } from '../support/engine.ts';
import { binOf, packedPrefix } from '../support/packed.ts';

const image = images['node:24'];
const user = 1234;

/** In containers, where disks can be full and folders read-only, and where nobody is root. */
describe('a run that the disk refuses changes nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prodstack-disk-'));

  beforeAll(async () => {
    if (!(await ensureEngine())) throw new Error('No Docker Engine with Compose answers: this test cannot run.');
    await provideImage(image);
    chmodSync(folder, 0o777); // only the mount is read-only
    writeFileSync(join(folder, 'README.md'), 'mine\n');
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('in a read-only folder', async () => {
    const { exitCode, stderr } = await inContainer('prodstack /work', '--volume', `${folder}:/work:ro`);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain('read-only');
    expect(readdirSync(folder)).toEqual(['README.md']);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('mine\n');
  });

  it('on a full disk', async () => {
    const script = `echo mine >/out/README.md
      prodstack /out; code=$?
      echo left: $(find /out -mindepth 1), $(cat /out/README.md)
      exit $code`;
    const { exitCode, stdout, stderr } = await inContainer(script, '--tmpfs', `/out:size=64k,uid=${user}`);
    expect(exitCode, stderr).toBe(3);
    expect(stderr).toContain('the disk is full');
    expect(stdout).toContain('left: /out/README.md, mine');
  });

  it('in a folder that has vanished', async () => {
    const script = `mkdir /out/gone; cd /out/gone; rmdir /out/gone
      prodstack .; code=$?
      echo left: $(find /out -mindepth 1)
      exit $code`;
    const { exitCode, stdout, stderr } = await inContainer(script, '--tmpfs', `/out:uid=${user}`);
    expect(exitCode, stderr).toBe(3);
    expect(stdout).toMatch(/left:$/);
    expect(stderr).not.toContain('    at '); // a message, not a stack trace
  });
});

/** Runs a script as an ordinary user of a Node image; `prodstack FOLDER` in it is the packed program. */
async function inContainer(script: string, ...options: readonly string[]) {
  const prefix = await packedPrefix();
  const program = `prodstack() { node /opt/packed/${binOf(prefix)} "$1" --preset node --yes; }`;
  const run = ['run', '--rm', '--user', String(user), '--volume', `${prefix}:/opt/packed:ro`, ...options];
  return execa('docker', [...run, '--entrypoint', 'sh', image, '-c', `${program}\n${script}`], { reject: false });
}
