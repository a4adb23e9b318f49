import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of a machine, seen while something runs. */
export interface Watch {
  /** Ends it; all different ones that were seen. */
  stop(): readonly string[];
}

/** Looks at the arguments of all processes of this machine, those in containers too, again and again. */
export function watchProcesses(): Watch {
  const seen = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It has ended.
      }
    }
  };
  look();
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return [...seen];
    },
  };
}
