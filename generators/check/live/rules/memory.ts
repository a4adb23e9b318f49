/** Memory: who ran out of it, and who soon will. */
import { sizeText } from '../../../rules/sizes.ts';
import { dockerDocs } from '../../../rules/sources.ts';
import { containerRule, type LiveRule, readable } from '../rule.ts';

const limits = ['deploy', 'resources', 'limits', 'memory'];

export const liveOutOfMemory = containerRule({
  id: 'live-out-of-memory',
  severity: 'error',
  title: 'Nothing is killed for want of memory',
  why: 'The kernel kills a process at once, in the middle of what it does: requests, jobs and transactions are cut off.',
  fix: 'Raise deploy.resources.limits.memory to what it needs at its peak, or find the leak.',
  source: dockerDocs('engine/containers/resource_constraints/'),
  at: limits,
  check: ({ container, stack }) => {
    const kills = stack.kills.get(container.id) ?? [];
    const last = Math.max(...kills);
    const limit = container.memoryLimit > 0 ? `, with a limit of ${sizeText(container.memoryLimit)}` : '';
    if (kills.length > 0) {
      const times = kills.length === 1 ? 'a process of it' : `${kills.length} processes of it`;
      return `the kernel has killed ${times} for want of memory${limit}; the last time ${readable(stack.host.now - last)} ago`;
    }
    return container.oomKilled ? `the kernel has killed it for want of memory${limit}` : undefined;
  },
});

export const liveMemoryShort = containerRule({
  id: 'live-memory-short',
  severity: 'warning',
  title: 'Every container has memory to spare',
  why: 'At its limit the kernel kills it; close below, it spends its time reading back what was thrown out of memory.',
  fix: 'Raise deploy.resources.limits.memory, or lower what the program takes (workers, caches, pools).',
  source: dockerDocs('reference/cli/docker/container/stats/'),
  at: limits,
  check: ({ container, stack }) => {
    const share = stack.memory.get(container.id.slice(0, 12)) ?? 0;
    return container.memoryLimit > 0 && share >= 0.9
      ? `uses ${Math.round(share * 100)}% of its ${sizeText(container.memoryLimit)}`
      : undefined;
  },
});

export const liveMemoryPromised: LiveRule = {
  id: 'live-memory-promised',
  severity: 'warning',
  title: 'The memory limits of what runs fit the host',
  why: 'A limit that the host does not have protects nobody: when all are at work, the kernel kills whatever it likes, often the database.',
  fix: 'Lower the limits, or take a larger host.',
  source: dockerDocs('engine/containers/resource_constraints/'),
  scope: 'deployed',
  check: ({ containers, host, name }) => {
    const all = containers
      .filter(({ status }) => status === 'running')
      .reduce((sum, { memoryLimit }) => sum + memoryLimit, 0);
    return host.memory > 0 && all > host.memory
      ? [{ message: `the limits of ${name} add up to ${sizeText(all)}, and the host has ${sizeText(host.memory)}` }]
      : [];
  },
};
