import { describe, expect, it } from 'vitest';
import { hosts } from '../../generators/answers/hosts.ts';
import { hundredths, mebibytes } from '../../generators/stack/targets/amounts.ts';
import { systemPart } from '../../generators/stack/targets/fit.ts';
import {
  compose,
  containers,
  docker,
  eventually,
  follow,
  generate,
  http,
  newStack,
  serviceOf,
  setPorts,
  sql,
  withStack,
} from '../support/scenario.ts';

const { memory, cpus } = hosts.small;

describe('the limits for a small host', () => {
  it('fit into it, and every service of the Laravel preset becomes healthy and works under them', async () => {
    const stack = await newStack('small');
    await withStack(stack, 'small host', async () => {
      // Reverb is a package that the stand-ins of base images do not have.
      const args = ['--preset', 'laravel', '--set', 'apps.app.reverb=null', '--set', 'targets=[small]'];
      const report = await generate(stack, ...args);
      setPorts(stack);
      await follow(stack, report);

      const all = await containers(stack);
      expect(all.map(serviceOf)).toEqual(
        expect.arrayContaining(['app', 'app-migrate', 'app-queue-server', 'app-scheduler', 'postgres', 'redis']),
      );
      const sum = (of: (limits: (typeof all)[number]['HostConfig']) => number) =>
        all.reduce((total, { HostConfig }) => total + of(HostConfig), 0);
      const free = mebibytes(memory) - systemPart(mebibytes(memory));
      expect(sum(({ Memory }) => Memory)).toBeLessThanOrEqual(free * 2 ** 20);
      expect(sum(({ NanoCpus }) => NanoCpus)).toBeLessThanOrEqual(hundredths(cpus) * 1e7);
      for (const { Name, HostConfig } of all) {
        expect(HostConfig.Memory, Name).toBeGreaterThan(0);
        expect(HostConfig.NanoCpus, Name).toBeGreaterThan(0);
      }

      // As many requests at a time as there are threads, and a job, without the kernel taking any of them.
      for (let round = 0; round < 6; round += 1) {
        const visits = await Promise.all([http(stack.ports.app, '/'), http(stack.ports.app, '/')]);
        expect(visits.map(({ status }) => status)).toEqual([200, 200]);
      }
      await compose(stack, 'exec', '-T', 'app', 'php', 'artisan', 'activity:queue', 'console', '--queue=high');
      const done = "SELECT count(*) FROM activities WHERE source = 'console'";
      await eventually(async () => expect(await sql(stack, done)).toBe('1'));

      for (const { Id, Name, RestartCount } of await containers(stack)) {
        const { stdout } = await docker(stack, 'inspect', '--format', '{{json .State}}', Id);
        expect(JSON.parse(stdout), Name).toMatchObject({ OOMKilled: false, ExitCode: 0 });
        expect(RestartCount, Name).toBe(0);
      }
    });
  });
});
