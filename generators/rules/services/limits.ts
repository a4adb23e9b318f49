import { composeSpec, github } from '../sources.ts';
import { isLongRunning, serviceRule } from '../view.ts';

export const limitsCpu = serviceRule({
  id: 'limits-cpu',
  severity: 'warning',
  title: 'Every long-running service has a CPU limit',
  why: 'One busy container otherwise takes all cores, and the database and the health checks beside it starve.',
  fix: 'Set deploy.resources.limits.cpus; plain `docker compose up` applies it, without Swarm.',
  source: composeSpec('deploy.md#cpus'),
  scope: 'production',
  of: isLongRunning,
  at: ['deploy', 'resources', 'limits', 'cpus'],
  check: ({ service }) =>
    isPositive(service.deploy?.resources?.limits?.cpus) || isPositive(service.cpus) ? undefined : 'no CPU limit',
});

export const limitsMemory = serviceRule({
  id: 'limits-memory',
  severity: 'warning',
  title: 'Every long-running service has a memory limit',
  why: 'A leak in one container otherwise takes the memory of the host, and the kernel kills whatever it likes, often the database.',
  fix: 'Set deploy.resources.limits.memory to what the service needs at its peak, with some room.',
  source: composeSpec('deploy.md#memory'),
  scope: 'production',
  of: isLongRunning,
  at: ['deploy', 'resources', 'limits', 'memory'],
  check: ({ service }) =>
    isPositive(service.deploy?.resources?.limits?.memory) || isPositive(service.mem_limit)
      ? undefined
      : 'no memory limit',
});

export const limitsPids = serviceRule({
  id: 'limits-pids',
  severity: 'warning',
  title: 'Every long-running service has a limit of processes',
  why: 'A fork bomb or a leak of threads in one container otherwise uses up the process table of the host, and nobody can log in.',
  fix: 'Set deploy.resources.limits.pids, beside the other limits.',
  source: composeSpec('deploy.md#pids'),
  scope: 'production',
  of: isLongRunning,
  at: ['deploy', 'resources', 'limits', 'pids'],
  check: ({ service }) =>
    isPositive(service.deploy?.resources?.limits?.pids) || isPositive(service.pids_limit)
      ? undefined
      : 'no limit of processes',
});

export const memoryReservation = serviceRule({
  id: 'memory-reservation',
  severity: 'info',
  title: 'Every long-running service reserves the memory that it always needs',
  why: 'When memory is short, the kernel takes it from containers above their reservation first; without one all are equal.',
  fix: 'Set deploy.resources.reservations.memory to what the service uses when it is idle.',
  source: github('docker/compose/blob/main/pkg/compose/create.go'),
  scope: 'production',
  of: isLongRunning,
  at: ['deploy', 'resources', 'reservations', 'memory'],
  check: ({ service }) =>
    isPositive(service.deploy?.resources?.reservations?.memory) || isPositive(service.mem_reservation)
      ? undefined
      : 'no memory is reserved',
});

/** Sizes are strings of bytes in the model; zero and minus one mean no limit. */
function isPositive(value: string | number | undefined): boolean {
  return value !== undefined && Number.parseFloat(String(value)) > 0;
}
