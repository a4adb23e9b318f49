import type { EnvVar, Limits } from '../types.ts';
import { envPrefix } from '../values.ts';

/** The variables that override the limits of a service: `APP_CPU_LIMIT` and its like. */
export function limitVariables(service: string): { readonly [K in keyof Limits]: string } {
  const prefix = envPrefix(service);
  return {
    cpus: `${prefix}_CPU_LIMIT`,
    memory: `${prefix}_MEMORY_LIMIT`,
    pids: `${prefix}_PIDS_LIMIT`,
    reservation: `${prefix}_MEMORY_RESERVATION`,
  };
}

/** The same as documented variables of `.env`. */
export function limitEnv(service: string, limits: Limits): readonly EnvVar[] {
  const names = limitVariables(service);
  const entry = (name: string, meaning: string, value: string): EnvVar => ({
    name,
    meaning,
    kind: 'optional',
    default: value,
    group: 'Limits',
  });
  return [
    entry(
      names.cpus,
      `Limits of ${service}: cores; memory, beyond which the kernel kills it; memory that the host keeps free for it, less than its limit; processes and threads.`,
      limits.cpus,
    ),
    entry(names.memory, '', limits.memory),
    entry(names.reservation, '', limits.reservation),
    entry(names.pids, '', String(limits.pids)),
  ];
}
