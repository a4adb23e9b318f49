import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { containers, docker } from '../../support/scenario.ts';
import type { System } from '../system.ts';

/**
 * What `scripts/test-build` promises: it finds what is missing before a deploy does, and touches nothing that runs.
 * @param entry the file, in the folder of the app, that its service starts
 */
export function provesItsImages({ subject, stack }: System, entry: string): void {
  const testBuild = (...args: readonly string[]) =>
    execa(join(stack.directory, 'scripts/test-build'), args, { reject: false });
  const leftovers = async () => {
    const mark = `${stack.name}-test-build`;
    const named = await Promise.all([
      docker(stack, 'ps', '--all', '--filter', `name=${mark}`, '--format', '{{.Names}}'),
      docker(stack, 'volume', 'ls', '--filter', `name=${mark}`, '--format', '{{.Name}}'),
      docker(stack, 'image', 'ls', '--filter', `reference=${stack.name}-*:test-build`, '--format', '{{.Repository}}'),
    ]);
    return named.map(({ stdout }) => stdout).join('');
  };

  it('the test of a build passes, beside the running stack, and leaves nothing', async () => {
    const before = (await containers(stack)).map(({ Id }) => Id);
    const { exitCode, stdout, stderr } = await testBuild();
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain(`${subject.app}: there`);
    expect(await leftovers()).toBe('');
    expect((await containers(stack)).map(({ Id }) => Id)).toEqual(before);
  });

  it('the test of a build finds an entry point that is not in the image', async () => {
    const ignore = join(stack.directory, subject.folder, '.dockerignore');
    const text = readFileSync(ignore, 'utf8');
    writeFileSync(ignore, `${text}\n${entry}\n`);
    try {
      const { exitCode, stderr } = await testBuild('--no-start');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`${subject.app}: what it starts is not in its image`);
      expect(await leftovers()).toBe('');
    } finally {
      writeFileSync(ignore, text);
    }
  });
}
