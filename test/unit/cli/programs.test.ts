import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runProgram } from '../../../generators/programs.ts';

it('a program that takes too long is ended with what it has started', async () => {
  const began = Date.now();
  // As `docker` starts `docker-compose`: the child holds what its parent prints to.
  const ended = await runProgram('git', ['-c', 'alias.wait=!echo on; sleep 300; true', 'wait'], {
    cwd: tmpdir(),
    // Time enough to say something first.
    timeout: 3_000,
  });
  expect(ended).toMatchObject({ exitCode: 124, stdout: 'on\n' });
  expect(Date.now() - began).toBeLessThan(50_000);
});

it('a program that is not there is no error of ours', async () => {
  const options = { cwd: tmpdir(), env: { PATH: tmpdir() } };
  expect(await runProgram('git', ['--version'], options)).toMatchObject({ exitCode: 127, stdout: '' });
});
