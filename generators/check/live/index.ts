/** The rules about what runs, asked by `check --live` beside those about files. */
import type { Finding } from '../../rules/types.ts';
import type { LiveStack } from './facts.ts';
import type { LiveRule } from './rule.ts';
import { liveBackup, liveBackupWeak, liveDrill } from './rules/backups.ts';
import { liveLogs, liveOldConfiguration, liveOldImage, liveRoot } from './rules/files.ts';
import { liveClock, liveDisk } from './rules/host.ts';
import { liveMemoryPromised, liveMemoryShort, liveOutOfMemory } from './rules/memory.ts';
import { livePortOpen, livePortOther } from './rules/ports.ts';
import {
  liveDown,
  liveMissing,
  liveOrphan,
  liveRefused,
  liveRestarting,
  liveStarting,
  liveUnchecked,
  liveUnhealthy,
} from './rules/state.ts';
import { liveVolumeMissing, liveVolumeShared } from './rules/volumes.ts';

/** Every live rule, in the order in which `list rules` shows them. */
export const liveRules: readonly LiveRule[] = [
  liveMissing,
  liveDown,
  liveRestarting,
  liveUnhealthy,
  liveStarting,
  liveUnchecked,
  liveOutOfMemory,
  liveMemoryShort,
  liveMemoryPromised,
  livePortOpen,
  livePortOther,
  liveOrphan,
  liveRefused,
  liveOldImage,
  liveOldConfiguration,
  liveLogs,
  liveRoot,
  liveVolumeMissing,
  liveVolumeShared,
  liveBackup,
  liveDrill,
  liveBackupWeak,
  liveDisk,
  liveClock,
];

/** What does not hold in running stacks, in the form that findings in files have. What is said of two stacks is said once. */
export function liveFindings(stacks: readonly LiveStack[]): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const stack of stacks) {
    const isDeployed = stack.combination?.purpose !== 'development';
    for (const { id, severity, scope, check } of liveRules) {
      if (scope === 'deployed' && !isDeployed) continue;
      for (const { combination, ...place } of check(stack)) {
        const combinations = combination === undefined ? [] : [combination];
        findings.set(JSON.stringify([id, place]), { rule: id, severity, ...place, combinations });
      }
    }
  }
  return [...findings.values()];
}
