/** The hosts of targets: what they have. */
import type * as v from 'valibot';
import type { sizes, targets } from './deployment.ts';

export type Targets = v.InferOutput<typeof targets>;
export type Size = (typeof sizes)[number];

/** What a machine has, as Compose writes it. */
export interface Host {
  readonly memory: string;
  readonly cpus: string;
}

/** What machines of a usual size have: those that are sold everywhere. */
export const hosts: Readonly<Record<Size, Host>> = {
  small: { memory: '1G', cpus: '1' },
  medium: { memory: '4G', cpus: '2' },
  large: { memory: '16G', cpus: '8' },
};

/** The targets that say by their name what they are; others have to say it. */
export const knownTargets = ['selfhosted', 'digitalocean', ...Object.keys(hosts)] as const;

export function isSize(name: string): name is Size {
  return Object.hasOwn(hosts, name);
}

/** The host of a target; undefined where nobody said how large it is, so that nothing is fitted into it. */
export function hostOf(name: string, { size, host }: Targets[string]): Host | undefined {
  if (host) return host;
  const named = size ?? (isSize(name) ? name : name === 'digitalocean' ? 'small' : undefined);
  return named && hosts[named];
}

/** Memory in MiB: `512M` is 512, `2G` is 2048. */
export function mebibytes(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('G') ? 1024 : 1);
}
