/** How a host's memory and cores are divided among what runs on it. Pure. */
import { type Host, hosts, type Size } from '../../answers/hosts.ts';
import type { Limits } from '../types.ts';
import {
  coreSteps,
  coresText,
  hundredths,
  mebibytes,
  memorySteps,
  memoryText,
  roundDown,
  type Steps,
} from './amounts.ts';

/** A service and the limits that it has where nothing is short. */
export interface Part {
  readonly name: string;
  readonly limits: Limits;
}

/** Who gets what. */
export interface Division {
  readonly limits: ReadonlyMap<string, Limits>;
  /** Of all parts together, and what there is for them. */
  readonly memory: { readonly given: string; readonly host: string; readonly system: string };
  readonly cpus: { readonly given: string; readonly host: string };
}

/** Why nothing can be divided. */
export interface TooSmall {
  readonly what: 'memory' | 'cpus';
  readonly needs: readonly { readonly name: string; readonly least: string }[];
  /** The sum of the above. */
  readonly sum: string;
  /** What the host has for the parts. */
  readonly has: string;
  /** The smallest of the sizes that has enough of both. */
  readonly enough?: Size;
}

/** Less than a twentieth of a core, and a program takes minutes to start. */
const leastCores = 5;
/** More than what calculating with fractions loses, and less than any amount. */
const tiny = 1e-6;
/** How far the limits of a service grow on a host with more room, unless it says so itself. */
const usualGrowth = 4;

/**
 * Memory that no container gets: 192 MiB for the kernel, the Docker daemon with one helper process per container, and
 * a way to log in; and a sixteenth, because machines have less than they are sold with, and the kernel's own tables
 * grow with the memory.
 */
export function systemPart(memory: number): number {
  return 192 + Math.ceil(memory / 16);
}

/**
 * Divides a host: the sum of all limits never exceeds it, so that no container can be killed for what another one
 * takes. One-shots count like all others: at an update they run beside what is there already.
 * Memory that somebody chose is kept where there is room for it; the rest grows and shrinks in proportion to its usual
 * limits.
 */
export function divide(parts: readonly Part[], host: Host): Division | TooSmall {
  const memory = mebibytes(host.memory);
  const system = systemPart(memory);
  const forMemory = parts.map(memoryShare);
  const forCores = parts.map(coreShare);
  const roomy = (what: TooSmall['what'], shares: readonly Share[], has: number): TooSmall | undefined => {
    const sum = total(shares.map((share) => share.least));
    if (sum <= has) return undefined;
    const text = what === 'memory' ? memoryText : coresText;
    const enough = smallestFor(total(forMemory.map(least)), total(forCores.map(least)));
    return {
      what,
      needs: parts.map(({ name }, index) => ({ name, least: text(shares[index]?.least ?? 0) })),
      sum: text(sum),
      has: text(Math.max(0, has)),
      ...(enough && { enough }),
    };
  };
  const short = roomy('memory', forMemory, memory - system) ?? roomy('cpus', forCores, hundredths(host.cpus));
  if (short) return short;

  const memories = shareOut(forMemory, memory - system, memorySteps);
  const cores = shareOut(forCores, hundredths(host.cpus), coreSteps);
  return {
    limits: new Map(
      parts.map(({ name, limits }, index) => [name, limitsFor(limits, memories[index] ?? 0, cores[index] ?? 0)]),
    ),
    memory: { given: memoryText(total(memories)), host: host.memory, system: memoryText(system) },
    cpus: { given: coresText(total(cores)), host: host.cpus },
  };
}

export function isTooSmall(result: Division | TooSmall): result is TooSmall {
  return 'needs' in result;
}

/** Memory below which a service cannot live. */
export function floorOf(limits: Limits): number {
  return Math.min(mebibytes(limits.floor ?? limits.reservation), mebibytes(limits.memory));
}

/** The claim of one service on one of the two: in proportion to `weight`, between `least` and `most`. */
interface Share {
  readonly weight: number;
  readonly least: number;
  readonly most: number;
  /** Somebody chose it: served before the others, who keep at least half of what they would have. */
  readonly first: boolean;
}

function memoryShare({ limits }: Part): Share {
  const usual = mebibytes(limits.memory);
  return shareOf(limits, 'memory', usual, floorOf(limits));
}

/** Cores are shared, not used up: a service that gets fewer is slower, and nobody has to make room for it. */
function coreShare({ limits }: Part): Share {
  const usual = hundredths(limits.cpus);
  return { ...shareOf(limits, 'cpus', usual, Math.min(leastCores, usual)), first: false };
}

function shareOf(limits: Limits, key: 'memory' | 'cpus', usual: number, atLeast: number): Share {
  const chosen = limits.chosen?.includes(key) ?? false;
  return {
    weight: usual,
    least: atLeast,
    most: chosen ? usual : usual * (limits.growth ?? usualGrowth),
    first: chosen,
  };
}

const least = (share: Share): number => share.least;

/** Round amounts for all shares; never more than there is, never less than each needs, and no less where there is more. */
function shareOut(shares: readonly Share[], amount: number, steps: Steps): readonly number[] {
  const fair = fill(shares, amount);
  const others = shares
    .filter((share) => !share.first)
    .map((share) => ({
      ...share,
      least: Math.max(share.least, Math.min(share.weight, fair.get(share) ?? 0) / 2),
      share,
    }));
  const first = fill(
    shares.filter((share) => share.first),
    amount - total(others.map(least)),
  );
  const second = fill(others, amount - total([...first.values()]));
  const given = new Map([...first, ...others.map((one) => [one.share, second.get(one) ?? 0] as const)]);
  return shares.map((share) => {
    const exact = given.get(share) ?? share.least;
    // What somebody chose is no rounder than they chose it.
    return exact === share.most ? exact : Math.max(share.least, roundDown(exact + tiny, steps));
  });
}

/**
 * The largest amounts in proportion to the weights that fit together: like water in vessels of different widths, each
 * with a bottom and a brim. Those that the level leaves below their bottom, or above their brim, are settled first.
 */
function fill(shares: readonly Share[], amount: number): ReadonlyMap<Share, number> {
  // The level at which a share leaves its bottom, and the one at which it is full.
  const levels = shares.flatMap(({ weight, least, most }) => [least / weight, most / weight]).sort((a, b) => a - b);
  const at = (level: number) =>
    shares.map((share) => Math.min(share.most, Math.max(share.least, level * share.weight)));
  const reached = levels.findLast((level) => total(at(level)) <= amount) ?? 0;
  const open = shares.filter(({ weight, least, most }) => least / weight <= reached && reached < most / weight);
  const rest = amount - total(at(reached));
  const width = total(open.map(({ weight }) => weight));
  const filled = at(width === 0 ? reached : reached + rest / width);
  return new Map(shares.map((share, index) => [share, filled[index] ?? share.least]));
}

/** The limits of a service with this much; what depends on them follows. */
function limitsFor(usual: Limits, memory: number, cpus: number): Limits {
  const growth = memory / mebibytes(usual.memory);
  const reservation = roundDown(mebibytes(usual.reservation) * growth, memorySteps);
  return {
    ...usual,
    cpus: coresText(cpus),
    memory: memoryText(memory),
    // Below the limit in any case: equal, and there would be nothing for the kernel to take back first.
    reservation:
      growth === 1 ? usual.reservation : memoryText(Math.max(8, Math.min(reservation, Math.floor(memory / 2)))),
    pids: growth > 1 ? Math.ceil((usual.pids * growth) / 32) * 32 : usual.pids,
  };
}

function smallestFor(memory: number, cpus: number): Size | undefined {
  return (Object.keys(hosts) as Size[]).find((size) => {
    const host = mebibytes(hosts[size].memory);
    return memory <= host - systemPart(host) && cpus <= hundredths(hosts[size].cpus);
  });
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, one) => sum + one, 0);
}
